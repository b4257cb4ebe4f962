"""Makes the sample drawings of the documentation: ``python docs/drawings.py [FOLDER]``.

Scenes and answers are made here, and nobody is on them. The pictures are the same with each run of
one version of Pillow; another may draw letters otherwise, so that CI looks at sizes alone.
"""

import sys
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from rekognition_async import draw, models

SIZE = (480, 320)


def box(left: int, top: int, right: int, bottom: int) -> dict[str, float]:
    """A box of these pixels, as the service tells it."""
    width, height = SIZE
    return {
        "Left": left / width,
        "Top": top / height,
        "Width": (right - left) / width,
        "Height": (bottom - top) / height,
    }


def point(x: int, y: int) -> dict[str, float]:
    """A point of these pixels, as the service tells it."""
    return {"X": x / SIZE[0], "Y": y / SIZE[1]}


def scene() -> Image.Image:
    """A meadow with two figures, a car and a sign."""
    image = Image.new("RGB", SIZE, (178, 214, 240))
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 210, 480, 320), fill=(126, 178, 96))
    for x, shirt in ((90, (196, 64, 64)), (210, (60, 90, 170))):
        pen.rectangle((x - 36, 160, x + 36, 290), fill=shirt)
        pen.ellipse((x - 32, 80, x + 32, 164), fill=(232, 190, 160))
        for side in (-13, 13):
            pen.ellipse((x + side - 4, 110, x + side + 4, 118), fill=(40, 40, 40))
        pen.arc((x - 14, 128, x + 14, 148), 10, 170, fill=(140, 40, 40), width=3)
    pen.rectangle((300, 225, 450, 275), fill=(220, 180, 40))
    pen.polygon([(325, 225), (350, 190), (410, 190), (435, 225)], fill=(220, 180, 40))
    for x in (335, 420):
        pen.ellipse((x - 20, 258, x + 20, 298), fill=(30, 30, 30))
    pen.polygon([(300, 60), (440, 40), (444, 90), (304, 110)], fill="white")
    pen.text((325, 66), "SLOW ROAD", fill="black", font_size=18)
    return image


FACES = (box(58, 80, 122, 164), box(178, 80, 242, 164))


def landmarks(x: int) -> list[dict[str, Any]]:
    """Eyes, nose and mouth of a figure."""
    places = {"eyeLeft": (-13, 114), "eyeRight": (13, 114), "nose": (0, 126)}
    places |= {"mouthLeft": (-13, 143), "mouthRight": (13, 143)}
    return [{"Type": name, **point(x + dx, y)} for name, (dx, y) in places.items()]


def answers() -> dict[str, models.Response]:
    """An answer of each operation that finds something on a picture."""
    first, second = FACES
    detail = {"BoundingBox": first, "Confidence": 99.9, "Landmarks": landmarks(90)}
    other = {"BoundingBox": second, "Confidence": 98.2, "Landmarks": landmarks(210)}
    known = {"FaceId": "5f1c4d3e-0000-4000-8000-000000000001", "ExternalImageId": "anna.jpg"}
    sign = [point(300, 60), point(440, 40), point(444, 90), point(304, 110)]
    found: dict[str, tuple[type[models.Response], dict[str, Any]]] = {
        "faces": (
            models.DetectFacesResponse,
            {
                "FaceDetails": [
                    detail
                    | {
                        "AgeRange": {"Low": 25, "High": 33},
                        "Emotions": [{"Type": "HAPPY", "Confidence": 97.0}],
                    },
                    other,
                ]
            },
        ),
        "indexed": (
            models.IndexFacesResponse,
            {
                "FaceRecords": [
                    {
                        "Face": known | {"BoundingBox": first, "Confidence": 99.9},
                        "FaceDetail": detail,
                    }
                ],
                "UnindexedFaces": [{"Reasons": ["LOW_SHARPNESS"], "FaceDetail": other}],
            },
        ),
        "search": (
            models.SearchFacesByImageResponse,
            {
                "SearchedFaceBoundingBox": first,
                "FaceMatches": [{"Similarity": 99.1, "Face": known | {"BoundingBox": second}}],
            },
        ),
        "users": (
            models.SearchUsersByImageResponse,
            {
                "UserMatches": [{"Similarity": 98.7, "User": {"UserId": "anna"}}],
                "SearchedFace": {"FaceDetail": detail},
                "UnsearchedFaces": [{"FaceDetails": other, "Reasons": ["FACE_NOT_LARGEST"]}],
            },
        ),
        "compared": (
            models.CompareFacesResponse,
            {"FaceMatches": [{"Similarity": 97.4, "Face": detail}], "UnmatchedFaces": [other]},
        ),
        "labels": (
            models.DetectLabelsResponse,
            {
                "Labels": [
                    {
                        "Name": "Car",
                        "Confidence": 98.0,
                        "Instances": [{"BoundingBox": box(300, 190, 450, 298), "Confidence": 97.5}],
                    },
                    {
                        "Name": "Person",
                        "Confidence": 99.0,
                        "Instances": [
                            {"BoundingBox": box(54, 80, 126, 290), "Confidence": 99.0},
                            {"BoundingBox": box(174, 80, 246, 290), "Confidence": 98.1},
                        ],
                    },
                    {"Name": "Outdoors", "Confidence": 96.2},
                    {"Name": "Grass", "Confidence": 91.7},
                ]
            },
        ),
        "text": (
            models.DetectTextResponse,
            {
                "TextDetections": [
                    {
                        "DetectedText": "SLOW ROAD",
                        "Type": "LINE",
                        "Id": 0,
                        "Confidence": 99.3,
                        "Geometry": {"BoundingBox": box(300, 40, 444, 110), "Polygon": sign},
                    }
                ]
            },
        ),
        "moderation": (
            models.DetectModerationLabelsResponse,
            {
                "ModerationLabels": [
                    {"Name": "Gestures", "ParentName": "Rude Gestures", "Confidence": 71.0},
                    {"Name": "Rude Gestures", "ParentName": "", "Confidence": 72.0},
                ]
            },
        ),
        "celebrities": (
            models.RecognizeCelebritiesResponse,
            {
                "CelebrityFaces": [{"Name": "Zoë Example", "Face": detail, "MatchConfidence": 99}],
                "UnrecognizedFaces": [other],
            },
        ),
        "equipment": (
            models.DetectProtectiveEquipmentResponse,
            {
                "Persons": [
                    {
                        "Id": 0,
                        "Confidence": 99.7,
                        "BoundingBox": box(54, 70, 126, 290),
                        "BodyParts": [
                            {
                                "Name": "HEAD",
                                "EquipmentDetections": [
                                    {
                                        "Type": "HEAD_COVER",
                                        "Confidence": 98.0,
                                        "BoundingBox": box(58, 74, 122, 104),
                                        "CoversBodyPart": {"Value": True, "Confidence": 99.0},
                                    }
                                ],
                            },
                            {"Name": "LEFT_HAND", "EquipmentDetections": []},
                        ],
                    }
                ]
            },
        ),
        "custom": (
            models.DetectCustomLabelsResponse,
            {
                "CustomLabels": [
                    {"Name": "sign", "Confidence": 93.5, "Geometry": {"Polygon": sign}},
                    {"Name": "rural", "Confidence": 88.0},
                ]
            },
        ),
    }
    return {name: model.model_validate(value) for name, (model, value) in found.items()}


def main(folder: Path) -> None:
    """Writes the sheet: the drawings of all answers, three in a row."""
    folder.mkdir(parents=True, exist_ok=True)
    drawings = [draw(scene(), answer).image for answer in answers().values()]
    width, height = SIZE
    rows = -(-len(drawings) // 3)
    sheet = Image.new("RGB", (3 * width + 20, rows * height + 10 * (rows - 1)), "white")
    for index, drawing in enumerate(drawings):
        sheet.paste(drawing, (index % 3 * (width + 10), index // 3 * (height + 10)))
    sheet.save(folder / "drawings.png", optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "pictures")
