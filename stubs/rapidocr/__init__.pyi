# Types for what examples/eyes_that_read.py uses of RapidOCR.

from collections.abc import Mapping, Sequence

from PIL import Image

class RapidOCR:
    def __init__(self, *, params: Mapping[str, object] | None = ...) -> None: ...
    def __call__(self, img_content: Image.Image) -> RapidOCROutput: ...

class RapidOCROutput:
    boxes: Sequence[Sequence[tuple[float, float]]] | None
    txts: tuple[str, ...] | None
    scores: tuple[float, ...] | None
