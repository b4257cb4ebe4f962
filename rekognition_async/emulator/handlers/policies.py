"""Policies of projects: who may copy a model version into another account."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Any, Final

from rekognition_async.emulator.protocol.messages import EmulatedError

_ACTION: Final = "rekognition:CopyProjectVersion"
_REQUIRED: Final = ("Effect", "Principal", "Action", "Resource")
_PROHIBITED: Final = ("NotAction", "NotPrincipal", "NotResource")
_EFFECTS: Final = ("Allow", "Deny")
_VERSIONS: Final = ("2008-10-17", "2012-10-17")


def check_policy(text: str) -> None:
    """Refuses what is no policy of a project.

    Raises:
        EmulatedError: MalformedPolicyDocumentException; the message says what is wrong.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise _malformed("it is not JSON") from None
    if not isinstance(document, dict):
        raise _malformed("it is not a JSON object")
    if document.get("Version", "2012-10-17") not in _VERSIONS:
        raise _malformed("its Version must be 2012-10-17 or 2008-10-17")
    statements = list(_each(document.get("Statement")))
    if not statements:
        raise _malformed("it has no Statement")
    for statement in statements:
        _check_statement(statement)


def may_copy(texts: Iterable[str], version_arn: str, account_id: str) -> bool | None:
    """What the policies of a project say of an account's copying a version.

    The emulator knows accounts and no users or roles: what is said of one of those is said of its
    account. Conditions count as met.

    Args:
        texts: The policies' documents.
        version_arn: The version that is to be copied.
        account_id: The account that wants it.

    Returns:
        Whether it may; None where they do not say. What denies outweighs what allows.
    """
    effects = {
        statement["Effect"]
        for text in texts
        for statement in _each(json.loads(text)["Statement"])
        if any(_is_of(principal, account_id) for principal in _principals(statement["Principal"]))
        and any(fnmatchcase(version_arn, pattern) for pattern in _each(statement["Resource"]))
    }
    return "Deny" not in effects if effects else None


def _check_statement(statement: Any) -> None:
    if not isinstance(statement, dict):
        raise _malformed("a Statement is not a JSON object")
    for name in _REQUIRED:
        if name not in statement:
            raise _malformed(f"a Statement has no {name}")
    for name in _PROHIBITED:
        if name in statement:
            raise _malformed(f"a Statement has {name}, which is not allowed here")
    if statement["Effect"] not in _EFFECTS:
        raise _malformed("an Effect must be Allow or Deny")
    if set(_texts(statement["Action"], "Action")) != {_ACTION}:
        raise _malformed(f"the only Action that is supported is {_ACTION}")
    _texts(statement["Resource"], "Resource")
    _texts(_principals(statement["Principal"]), "Principal")


def _texts(value: Any, name: str) -> list[str]:
    texts = list(_each(value))
    if not texts or not all(isinstance(text, str) for text in texts):
        raise _malformed(f"a Statement's {name} must be text, or a list of texts")
    return texts


def _principals(principal: Any) -> list[Any]:
    if isinstance(principal, dict):
        return [one for value in principal.values() for one in _each(value)]
    return list(_each(principal))


def _is_of(principal: str, account_id: str) -> bool:
    # arn:aws:iam::123456789012:role/Admin, or the account alone.
    return principal in {"*", account_id} or principal.split(":")[4:5] == [account_id]


def _each(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        yield from value
    elif value is not None:
        yield value


def _malformed(problem: str) -> EmulatedError:
    return EmulatedError(
        "MalformedPolicyDocumentException", f"The policy document is malformed: {problem}"
    )
