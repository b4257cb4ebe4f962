"""ClientRequestToken: a retry is the same request, and another call is another one."""

from typing import Any

import pytest
from botocore import xform_name
from model_strategies import required, service_model
from support import FakeClock, patient

from rekognition_async import RekognitionClient, RequestValidationError, models
from rekognition_async.emulator import Fault, FaultRule, RekognitionEmulator

MODEL = service_model()
TAKE_TOKENS = [
    name
    for name in MODEL.operation_names
    if "ClientRequestToken" in MODEL.operation_model(name).input_shape.members
]


def parameters_of(operation: str) -> dict[str, Any]:
    """Some valid parameters, by their names in Python."""
    return {xform_name(name): value for name, value in required(operation).items()}


def test_fourteen_operations_take_a_token() -> None:
    """What is tested here is what the service model has, its idempotency tokens among it."""
    assert len(TAKE_TOKENS) == 14
    for name in MODEL.operation_names:
        for member, shape in MODEL.operation_model(name).input_shape.members.items():
            if shape.metadata.get("idempotencyToken"):
                assert member == "ClientRequestToken"


@pytest.mark.parametrize("operation", TAKE_TOKENS)
async def test_a_token_is_one_call_over_all_its_attempts(operation: str) -> None:
    """Attempts share a token that no other call has; the caller's own is kept as it is."""
    faults = [
        FaultRule(operation, Fault.throttle(), calls=1),
        FaultRule(operation, Fault.error("InternalServerError"), calls=2),
        FaultRule(operation, Fault.respond({})),
    ]
    async with RekognitionEmulator(faults=faults) as emulator:
        options = emulator.client_options
        async with RekognitionClient(**options, retry=patient(FakeClock())) as client:
            method = getattr(client, xform_name(operation))
            await method(**parameters_of(operation))
            await method(**parameters_of(operation))
            await method(**parameters_of(operation), client_request_token="my-own")
            request: Any = getattr(models, f"{operation}Request")(**parameters_of(operation))
            await client.send(request)
            await client.send(request)
        sent = [(each.parameters or {})["ClientRequestToken"] for each in emulator.requests]
    first, again, once_more, second, own, *same = sent
    assert first == again == once_more
    assert own == "my-own"
    assert same == [request.client_request_token] * 2
    assert len({first, second, own, *same}) == 4


@pytest.mark.parametrize("operation", TAKE_TOKENS)
def test_a_wrong_token_is_refused_and_a_right_one_hidden(operation: str) -> None:
    """A token is held to the service's pattern, and no error or repr shows it."""
    request_class: Any = getattr(models, f"{operation}Request")
    with pytest.raises(RequestValidationError, match="client_request_token") as refused:
        request_class(**parameters_of(operation), client_request_token="no spaces")
    assert "no spaces" not in str(refused.value)
    request = request_class(**parameters_of(operation))
    assert request.client_request_token not in repr(request)
