"""The usage ledger counts what a client and its views ask of the service."""

import asyncio

import pytest
from aiobotocore.session import get_session
from botocore.stub import Stubber
from pictures import picture
from support import FakeClock, emulated, patient

from rekognition_async import OperationUsage, RekognitionClient, RekognitionError, Usage
from rekognition_async.emulator import Fault, FaultRule, RekognitionEmulator


def counts(usage: Usage) -> dict[str, tuple[int, int, int, int]]:
    """Calls, failed ones, images and face vectors of each operation."""
    return {u.operation: (u.calls, u.failed, u.images, u.face_vectors) for u in usage.operations}


async def test_calls_and_images_are_counted(emulator: RekognitionEmulator) -> None:
    """An image counts for each answer of an operation that is billed by it, CompareFaces once."""
    image = picture(1, size=(200, 200), kind="JPEG")
    client = RekognitionClient(**emulator.client_options)
    assert client.usage == Usage()
    async with client:
        await client.create_collection(collection_id="c")
        indexed = await client.index_faces(collection_id="c", image=image)
        await client.detect_labels(image=image)
        await client.compare_faces(source_image=image, target_image=image)
        with pytest.raises(RekognitionError):
            await client.index_faces(collection_id="missing", image=image)
    faces = len(indexed.face_records)
    assert faces > 0
    assert counts(client.usage) == {
        "CompareFaces": (1, 0, 1, 0),
        "CreateCollection": (1, 0, 0, 0),
        "DetectLabels": (1, 0, 1, 0),
        "IndexFaces": (2, 1, 1, faces),
    }
    usage = client.usage
    assert (usage.calls, usage.failed, usage.images, usage.face_vectors) == (5, 1, 3, faces)


async def test_a_retried_call_counts_once_and_views_count_together() -> None:
    """Retries are no calls of their own, and what a view sends is in its client's ledger."""
    rule = FaultRule("*", Fault.throttle(), calls=(1, 2))
    async with emulated([rule], retry=patient(FakeClock())) as (emulator, client):
        view = client.with_options(deadline=1000)
        await view.list_collections()
        await client.list_collections()
        assert len(emulator.requests) == 4
        assert counts(client.usage) == counts(view.usage) == {"ListCollections": (2, 0, 0, 0)}


async def test_a_cancelled_call_has_failed(emulator: RekognitionEmulator) -> None:
    """Who was given no answer is billed nothing here."""
    image = picture(1, size=(200, 200), kind="JPEG")
    async with RekognitionClient(**emulator.client_options) as client:
        task = asyncio.create_task(client.detect_labels(image=image))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert client.usage.images == 0
        assert client.usage.calls == client.usage.failed


async def test_what_a_stub_answers_is_billed_nothing(emulator: RekognitionEmulator) -> None:
    """A call that was not sent counts as a call, and for no image."""
    async with get_session().create_client("rekognition", **emulator.client_options) as raw:
        wrapper = RekognitionClient.from_aiobotocore(raw)
        with Stubber(raw) as stub:
            stub.add_response("detect_labels", {"Labels": []})
            await wrapper.detect_labels(image=picture(1, size=(200, 200), kind="JPEG"))
    assert counts(wrapper.usage) == {"DetectLabels": (1, 0, 0, 0)}


def test_snapshots_add_up_and_travel_as_json() -> None:
    """The sum of two has each operation and region once, sorted, and JSON gives it back."""
    here = OperationUsage(operation="DetectLabels", region="eu-west-1", calls=3, failed=1, images=2)
    there = here.model_copy(update={"region": "us-east-1"})
    faces = OperationUsage(
        operation="IndexFaces", region="eu-west-1", calls=1, images=1, face_vectors=4
    )
    total = Usage(operations=(here, there)) + Usage(operations=(faces, here))
    twice = here.model_copy(update={"calls": 6, "failed": 2, "images": 4})
    assert total.operations == (twice, there, faces)
    assert sum([total, total], Usage()) == total + total
    assert Usage.model_validate_json(total.model_dump_json()) == total
    with pytest.raises(TypeError):
        _ = total + 1  # pyright: ignore[reportOperatorIssue] # the mistake that is tested
