"""An emulator that reads what is written on images, with RapidOCR: its models are in its package.

pip install 'rekognition-async[emulator]' rapidocr onnxruntime
python eyes_that_read.py sign.jpg
rekognition-async emulator --eyes eyes_that_read:Reader
"""

import asyncio
import io
import sys
from pathlib import Path

from PIL import Image, ImageOps
from rapidocr import RapidOCR

from rekognition_async import RekognitionClient
from rekognition_async.emulator import DetectedText, Eyes, RekognitionEmulator


class Reader(Eyes):
    def __init__(self) -> None:
        self._ocr = RapidOCR(params={"Global.log_level": "error"})

    def text(self, image: bytes, /) -> list[DetectedText]:
        with Image.open(io.BytesIO(image)) as opened:
            upright = ImageOps.exif_transpose(opened).convert("RGB")
        read = self._ocr(upright)
        if read.boxes is None or read.txts is None or read.scores is None:
            return []
        return [
            DetectedText(
                text,
                polygon=[(x / upright.width, y / upright.height) for x, y in corners],
                confidence=100 * score,
            )
            for text, score, corners in zip(read.txts, read.scores, read.boxes, strict=True)
        ]


async def main(path: Path) -> None:
    async with (
        RekognitionEmulator(eyes=Reader()) as emulator,
        RekognitionClient(**emulator.client_options) as client,
    ):
        answer = await client.detect_text(image=path)
    for text in answer.text_detections:
        if text.type == "LINE":
            print(text.detected_text)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
