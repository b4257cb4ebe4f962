"""The handlers of botocore's that a session of our own begins with."""

from typing import Any

import pytest
from aiobotocore.session import AioSession
from botocore import handlers
from botocore.loaders import create_loader

from rekognition_async._botocore.connection import _OwnSession
from rekognition_async.config import ConnectionSettings

EVENTS = {event_name.partition(".")[0] for event_name, *_ in handlers.BUILTIN_HANDLERS} - {"docs"}


def handlers_of(session: AioSession, event_name: str) -> list[Any]:
    """What a session answers an event with, in order."""
    found = session.get_component("event_emitter")._emitter._handlers.prefix_search(event_name)
    return [*found]


# An older botocore has no signin.
SERVICES = {"rekognition", "sts", "sso", "sso-oidc", "signin"}.intersection(
    create_loader().list_available_services("service-2")
)


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_no_handler_is_missing_that_could_be_called(service: str) -> None:
    """Events of our service, and of those that give credentials, have all that botocore has."""
    ours, theirs = _OwnSession(ConnectionSettings()), AioSession()
    model = create_loader().load_service_model(service, "service-2")
    for event in EVENTS:
        for operation in ["", *model["operations"]]:
            event_name = f"{event}.{service}.{operation}".removesuffix(".")
            expected = handlers_of(theirs, event_name)
            found = handlers_of(ours, event_name)
            assert [handler for handler in found if handler in expected] == expected, event_name


def test_a_handler_that_somebody_gives_to_all_clients_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A tracer's handler among botocore's own is there: for our service, for any or for all."""

    def trace(**_: Any) -> None: ...

    named = ("before-send", "before-send.*.DetectLabels", "before-send.rekognition.DetectLabels")
    added = [(event_name, trace) for event_name in named]
    monkeypatch.setattr(handlers, "BUILTIN_HANDLERS", [*handlers.BUILTIN_HANDLERS, *added])
    session = _OwnSession(ConnectionSettings())
    assert handlers_of(session, "before-send.rekognition.DetectLabels").count(trace) == len(added)


def test_handlers_for_other_services_are_left_out() -> None:
    """What only clients of S3 or EC2 call is not gone through for each client of ours."""
    session = _OwnSession(ConnectionSettings())
    for event_name in ("before-call.ec2.CopySnapshot", "after-call.s3.ListObjects"):
        assert handlers_of(session, event_name) == handlers_of(
            session, event_name.partition(".")[0]
        )
