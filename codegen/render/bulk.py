"""The methods that call an operation on an image for each of many pictures."""

from __future__ import annotations

from typing import Final

from codegen.read import Operation
from codegen.render.methods import Methods
from codegen.render.text import HEADER, PACKAGE, docstring, quoted, with_operation

_BY_HAND: Final = "IndexFaces"
"""Has an ExternalImageId, which a picture's key makes."""
_CLASS: Final = "ImagesInBulkOperations"
_SIGNATURE: Final = (
    "max_in_flight: int | None = None, "
    "journal: Journal | str | os.PathLike[str] | None = None, ordered: bool = False, "
    "shard: tuple[int, int] | None = None, prepare: bool | None = None"
)
_DETAILS: Final = (
    "A picture that fails does not end the others: its outcome has the error. Pictures are read as "
    "they are needed, and nothing is kept of those that are done. All goes at the pace of the "
    "client's quotas and lets its other calls go first."
)
_PICTURES_TOLD: Final = (
    'The pictures: `Pictures`, or a folder, a glob or ``"s3://bucket/prefix"`` as they take it; a '
    "mapping of keys to images; an iterable or async iterable of paths, objects in S3, or pairs of "
    "a key and an image."
)
_SETTINGS_TOLD: Final = (
    (
        "max_in_flight",
        "How many pictures may be under way at once, as for `send_in_bulk`.",
    ),
    (
        "journal",
        "Where outcomes are recorded, each before it is handed out. Pictures whose keys it has are "
        "passed over.",
    ),
    (
        "ordered",
        "Whether outcomes come in the order of the pictures, and not as they are done.",
    ),
    (
        "shard",
        "Which part of the keys to take, as its index from 0 and how many parts there are. None "
        "takes all.",
    ),
    (
        "prepare",
        "Whether pictures are turned, converted and scaled down into what the service takes; None "
        "does so where that is installed. Those in S3 stay as they are.",
    ),
)
_RETURNS: Final = (
    "An async iterator over the outcomes. Leaving it early cancels what is under way; wrap it in "
    "``contextlib.aclosing`` to have that done at once."
)
_RAISES: Final = (
    (
        "RequestValidationError",
        "A parameter is out of its limits; before the first outcome.",
    ),
    (
        "ConfigurationError",
        "The journal cannot be used, belongs to other parameters, or is in use; with the first "
        "outcome.",
    ),
    ("OSError", "A folder or file of `Pictures` is not there, or cannot be read."),
    ("ServiceError", "S3 cannot be listed."),
    ("TypeError", "A picture has no key."),
)


class MethodsInBulk(Methods):
    """Renders the module of methods for many pictures."""

    def _methods_in_bulk(self) -> str:
        operations = sorted(
            (each for each in self.service.operations.values() if _takes_one_image(each)),
            key=lambda each: each.method,
        )
        names = ", ".join(operation.name for operation in operations)
        head = docstring(f"{names} for many pictures.", "", {}, indent=4)
        methods = "\n".join(self._method_in_bulk(operation) for operation in operations)
        body = f"class {_CLASS}(PicturesInBulk):\n{head}\n{methods}"
        imports = self._imports(body, own=f"{PACKAGE}.operations.images_in_bulk", others_lazy=True)
        return (
            f'{HEADER}"""Images: what is to be seen on any number of pictures."""\n\n'
            "from __future__ import annotations\n\nimport os\n"
            f"{imports}\n{body}\n"
        )

    def _method_in_bulk(self, operation: Operation) -> str:
        request = operation.request
        own = [
            (self._field_name(request, member), annotation, default, member)
            for member, annotation, default in self._parameters(operation)
            if member.type.shape != "Image"
        ]
        written = self.overlay.operations.get(operation.name, {})
        documentation = docstring(
            with_operation(_for_each(str(written.get("summary", ""))), operation.name),
            _DETAILS,
            {
                "Args": [
                    ("pictures", _PICTURES_TOLD),
                    *(
                        (name, self._told(request, member, "request", operation))
                        for name, _, _, member in own
                    ),
                    *_SETTINGS_TOLD,
                ],
                "Returns": [("", _RETURNS)],
                "Raises": _RAISES,
            },
            indent=8,
        )
        signature = "".join(f"{name}: {kind}{default}, " for name, kind, default, _ in own)
        parameters = ", ".join(f"{quoted(name)}: {name}" for name, _, _, _ in own)
        return (
            f"    def {operation.method}_in_bulk(self, pictures: PicturesSource, *, {signature}"
            f"{_SIGNATURE}) -> AsyncGenerator[PictureOutcome[{operation.response.name}]]:\n"
            f"{documentation}\n"
            f"        from {PACKAGE}.bulk.engine import BulkSettings\n"
            f"        from {self._homes()[request.name]} import {request.name}\n\n"
            f"        return self._images_in_bulk({quoted(operation.name)}, {request.name}.build, "
            "pictures, "
            f"BulkSettings(max_in_flight, journal, ordered, shard), parameters={{{parameters}}}, "
            "prepare=prepare)\n"
        )


def _takes_one_image(operation: Operation) -> bool:
    images = [member for member in operation.request.members if member.type.shape == "Image"]
    return len(images) == 1 and images[0].required and operation.name != _BY_HAND


def _for_each(summary: str) -> str:
    """A summary, told of each picture of many."""
    return f"For each of any number of pictures: {summary[:1].lower()}{summary[1:]}"
