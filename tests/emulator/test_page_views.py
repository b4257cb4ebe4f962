"""The views of the page /_emulator/: searched, paged and clicked through in a real browser."""

import re
from pathlib import Path
from typing import Any

import pytest
from browser import browser
from pictures import portrait
from wire import call, post

from rekognition_async import RekognitionClient
from rekognition_async.emulator import (
    AnswerRule,
    DetectedFace,
    Eyes,
    Fault,
    FaultRule,
    ManualClock,
    RekognitionEmulator,
)

HOSTILE = "<script>document.title='owned'</script>"
START = 1_800_000_000

# What is wider than the window, or out of the card that it is in; what a card clips counts, too.
LAYOUT = """
(() => {
  const wrong = [];
  if (document.documentElement.scrollWidth > innerWidth) wrong.push("the page");
  for (const card of document.querySelectorAll(".box, .figure, .title, header, form")) {
    const edge = card.getBoundingClientRect();
    for (const one of card.querySelectorAll("*:not(svg *)")) {
      const place = one.getBoundingClientRect();
      if (place.width && (place.right > edge.right + 1 || place.left < edge.left - 1
          || place.bottom > edge.bottom + 1))
        wrong.push(one.outerHTML.slice(0, 200));
      if (one.scrollWidth > one.clientWidth + 1 && one.matches("td, dd, pre, p, .title"))
        wrong.push(one.outerHTML.slice(0, 200));
    }
  }
  return wrong;
})()
"""


async def search(emulator: RekognitionEmulator) -> None:
    """Ann is kept; she is sought, sought too strictly, behind Bob, and on an unknown picture."""
    group, ann, unknown = portrait(1), portrait(2), portrait(3)
    emulator.people.add(group, {"Ann": (0.1, 0.2, 0.2, 0.3), "Bob": (0.5, 0.2, 0.4, 0.6)})
    emulator.people.add(ann, {"Ann": (0.2, 0.2, 0.4, 0.5), HOSTILE: (0.7, 0.1, 0.1, 0.1)})
    async with RekognitionClient(**emulator.client_options) as client:
        await client.create_collection(collection_id="staff")
        await client.create_collection(collection_id="empty")
        await client.index_faces(collection_id="staff", image=group, external_image_id="team.jpg")
        for image, threshold in ((ann, 80), (ann, 99.9), (group, 80), (unknown, 80)):
            await client.search_faces_by_image(
                collection_id="staff", image=image, face_match_threshold=threshold
            )
        await client.search_faces_by_image(collection_id="empty", image=ann)
        await client.detect_labels(image=group)


async def view(emulator: RekognitionEmulator, query: str) -> str:
    """A view as it comes over the wire."""
    reply = await post(f"{emulator.url}/_emulator/{query}", b"", {}, method="GET")
    assert reply.status == 200
    return reply.body.decode()


async def test_it_tells_why_somebody_was_not_found() -> None:
    """Too high a threshold, another face, an unknown picture and another collection are told."""
    async with RekognitionEmulator() as emulator:
        await search(emulator)
        text = await view(emulator, "?view=who&q=Ann")
        for said in (
            "The collection empty has no other face of Ann.",
            "Nothing is declared of the picture: its face is like that of no other picture.",
            "Ann is on the picture, but that of Bob is larger, and only the largest is searched.",
            "percent alike, which is less than FaceMatchThreshold 99.9, given.",
            "percent alike (FaceMatchThreshold 80.0, given).",
            "Added to staff.",
        ):
            assert said in text
        assert "There are none, in no collection." in await view(emulator, "?view=who&q=Nobody")


async def test_it_tells_how_alike_faces_are_that_eyes_saw() -> None:
    """Faces that are compared by what eyes saw are below the threshold, and nobody else's."""

    class Seeing(Eyes):
        def faces(self, image: bytes) -> list[DetectedFace]:
            vector = (1.0, 0.0) if image == portrait(1) else (0.3, 1.0)
            return [DetectedFace((0.25, 0.25, 0.5, 0.5), vector=vector)]

    async with (
        RekognitionEmulator(eyes=Seeing()) as emulator,
        RekognitionClient(**emulator.client_options) as client,
    ):
        await client.create_collection(collection_id="staff")
        await client.index_faces(collection_id="staff", image=portrait(1), external_image_id="Ann")
        await client.search_faces_by_image(collection_id="staff", image=portrait(2))
        text = await view(emulator, "?view=who&q=Ann")
        assert "57.5 percent alike, which is less than FaceMatchThreshold 80.0" in text
        assert "57.5" in await view(emulator, "?view=request&number=3")


async def test_it_tells_what_planned_and_later_things_did() -> None:
    """A fault, a declared answer, and a face that came after the search are told apart."""
    clock = ManualClock(START)
    picture = portrait(1)
    async with RekognitionEmulator(
        clock=clock, faults=[FaultRule("SearchFacesByImage", Fault.throttle(), calls=2)]
    ) as emulator:
        emulator.people.add(picture, ["Ann"])
        async with RekognitionClient(**emulator.client_options) as client:
            await client.create_collection(collection_id="staff")
            await client.search_faces_by_image(collection_id="staff", image=picture)
            clock.advance(5)
            await client.index_faces(collection_id="staff", image=picture)
            await client.search_faces_by_image(collection_id="staff", image=picture)
            emulator.answers.add(AnswerRule("SearchFacesByImage", {"FaceMatches": []}))
            await client.search_faces_by_image(collection_id="staff", image=picture)
        text = await view(emulator, "?view=who&q=Ann")
    assert "The face was added 5.0 s later." in text
    assert "It failed, by the planned fault throttle: Provisioned" in text
    assert "Its answer is a declared one, and nothing was searched." in text


async def test_a_request_is_shown_with_who_came_near() -> None:
    """Candidates below the threshold have their similarity, and pictures the boxes on them."""
    async with RekognitionEmulator() as emulator:
        await search(emulator)
        text = await view(emulator, "?view=request&number=5")
        unsigned = await post(emulator.url, b'{"CollectionId":"hush"}', {})
        assert unsigned.status == 400
        refused = await view(emulator, f"?view=request&number={len(emulator.requests)}")
    assert "FaceMatchThreshold 99.9, given" in text
    assert re.search(r"9[67]\.\d|98\.\d|99\.[0-5]", text)
    assert text.count("below threshold") == 2
    assert "data:image/jpeg;base64," in text
    assert text.count('class="edge') == 2
    assert "&lt;script&gt;" in text
    assert '"Length"' not in text.split("Answer")[1]
    assert "hush" not in refused


async def test_thumbnails_are_bounded_and_can_be_off() -> None:
    """With 0 bytes none is kept; with few the latest are."""
    for most, expected in ((0, 0), (12_000, 1)):
        async with RekognitionEmulator(max_thumbnail_bytes=most) as emulator:
            await search(emulator)
            # A view waits for its own thumbnail: after a round of all, none is still being made.
            texts: list[str] = []
            for _ in range(2):
                texts = [await view(emulator, f"?view=request&number={n}") for n in (3, 4, 6, 7, 8)]
            pictures = set(re.findall(r"base64,([^\"]+)", "".join(texts)))
            assert bool(pictures) is bool(expected)
            assert sum(map(len, pictures)) * 3 / 4 <= most
    for name in ("max_thumbnail_bytes", "max_recorded_answer_bytes"):
        settings: dict[str, Any] = {name: -1}
        with pytest.raises(ValueError, match=f"{name} must be at least 0, got -1"):
            RekognitionEmulator(**settings)


async def test_reset_forgets_pictures_and_answers() -> None:
    """After a reset, the numbers go on, and neither answers nor thumbnails are left."""
    async with RekognitionEmulator() as emulator:
        await search(emulator)
        assert emulator.requests[-1].number == 9
        emulator.reset()
        assert "It is forgotten." in await view(emulator, "?view=request&number=4")
        await call(emulator)
        assert emulator.requests[-1].number == 10
        assert "base64" not in await view(emulator, "?view=declared")


async def test_forms_of_other_sites_do_nothing() -> None:
    """A form needs the page's token and the emulator's own Origin, and admin has to be on."""
    body = b"action=clear_faults&token="
    async with RekognitionEmulator(admin=True, faults=[FaultRule("*", Fault.hang())]) as emulator:
        url = f"{emulator.url}/_emulator/"
        token = re.search(r'name="token" value="([^"]+)"', await view(emulator, "?view=controls"))
        assert token
        whole = body + token[1].encode()
        for sent, origin in (
            (body, emulator.url),
            (body + b"guessed", emulator.url),
            (whole, "https://evil.example"),
            (whole, "null"),
            (whole, None),
        ):
            headers = {} if origin is None else {"Origin": origin}
            assert (await post(url, sent, headers)).status == 403
            assert len(emulator.faults.rules) == 1
    async with RekognitionEmulator() as emulator:
        refused = await post(f"{emulator.url}/_emulator/", body, {"Origin": emulator.url})
        assert refused.status == 405
        assert "<button>Add" not in await view(emulator, "?view=controls")


async def test_a_browser_searches_and_pages(tmp_path: Path) -> None:
    """Links lead through all that is kept and back, a search finds one of them, and its record."""
    async with RekognitionEmulator() as emulator, browser(tmp_path) as page:
        emulator.seed(faces={"guests": 120})
        await page.open(f"{emulator.url}/_emulator/")
        await page.click("a", "120 faces")
        assert "person-00119" in await page.text()
        await page.click("a", "Older")
        assert "person-00069" in await page.text()
        await page.click("a", "Older")
        assert "person-00000" in await page.text()
        await page.click("a", "Newer")
        assert "person-00069" in await page.text()
        await page.fill("input[name=q]", "PERSON-00042")
        await page.click("main button", "Search")
        assert await page.run("document.querySelectorAll('tbody tr').length") == 1
        await page.click("tbody a")
        assert '"Person": "person-00042"' in await page.text()


async def test_a_browser_shows_why_and_a_request(tmp_path: Path) -> None:
    """Asking for Ann leads to her searches, and each to its picture; names run no script."""
    async with RekognitionEmulator() as emulator, browser(tmp_path) as page:
        await search(emulator)
        await page.open(f"{emulator.url}/_emulator/")
        await page.fill("input[name=q]", "Ann")
        await page.click("button", "Search")
        assert "below threshold" in await page.text()
        await page.click("td a", "SearchFacesByImage")
        text = await page.text()
        assert "Who came near" in text
        assert HOSTILE in text
        assert await page.run("document.title") == "Rekognition emulator"
        # A picture that the policy forbade would have no size of its own.
        assert await page.run("document.querySelector('svg image').getBBox().width") == 480


async def test_buttons_move_the_clock_and_plan_faults(tmp_path: Path) -> None:
    """With admin, time is advanced and set, faults are added and cleared, and errors are told."""
    clock = ManualClock(START)
    async with RekognitionEmulator(admin=True, clock=clock) as emulator, browser(tmp_path) as page:
        await page.open(f"{emulator.url}/_emulator/?view=controls")
        await page.click("button", "+ 1 hour")
        assert clock.time() == START + 3600
        await page.fill("input[name=time]", "2027-02-01 00:00:00")
        await page.click("button", "Set")
        assert "2027-02-01 00:00:00.000" in await page.text()
        await page.fill("input[name=time]", "2026-01-01")
        await page.click("button", "Set")
        assert "time only goes forward" in await page.text()
        await page.fill("input[name=seconds]", "nan")
        await page.click("button", "Advance")
        assert "seconds must be a number, got 'nan'" in await page.text()
        await page.fill("select[name=operation]", "ListCollections")
        await page.fill("input[name=when]", "1")
        await page.click("button", "Add")
        assert (await call(emulator)).status == 400
        await page.click("button", "Clear all faults")
        assert list(emulator.faults.rules) == []


@pytest.mark.parametrize("width", [400, 1200])
async def test_nothing_is_out_of_its_card(tmp_path: Path, width: int) -> None:
    """With 10,000 of each and long names, all views fit into narrow and wide windows."""
    async with RekognitionEmulator(admin=True) as emulator, browser(tmp_path) as page:
        await search(emulator)
        emulator.seed(collections=10_000, faces={"c" * 200: 10_000})
        state = emulator.export_state()
        last = state["records"][-1]
        for number in range(10_000):
            for shift, kind in enumerate(("user", "video_job")):
                added = {
                    "kind": kind,
                    "parent": "c" * 200 if kind == "user" else "",
                    "name": f"{number:064x}{HOSTILE}{'n' * 60}",
                    "sequence": last["sequence"] + 1 + 2 * number + shift,
                    "document": {"JobStatus": "SUCCEEDED", "Object": f"s3://{'k' * 150}", "T": {}},
                }
                state["records"].append({**last, **added})
        emulator.import_state(state)
        emulator.answers.extend(
            AnswerRule("DetectText", {"TextDetections": []}, name=f"{'b' * 90}/{number}")
            for number in range(10_000)
        )
        await call(emulator, operation="O" * 300)
        await call(emulator, b'{"CollectionId":"%b"}' % (b"x" * 5000), "ListFaces")
        emulator.faults.add(FaultRule("*", Fault.error("X" * 90, "m" * 300), calls=range(1, 60)))
        await page.resize(width)
        for query in (
            *("", "?view=state", "?view=state&kind=face", "?view=state&kind=user"),
            *("?view=state&kind=video_job", "?view=requests", "?view=request&number=4"),
            *("?view=request&number=10", "?view=record&sequence=3", "?view=who&q=Ann"),
            *("?view=declared", "?view=controls"),
        ):
            await page.open(f"{emulator.url}/_emulator/{query}")
            assert await page.run(LAYOUT) == [], query
            assert '{"Tags": {}}' not in await page.text()
