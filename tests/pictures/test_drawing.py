"""What was found, drawn on its picture."""

import io
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from rekognition_async import PreparedImage, draw, models, prepare_image

SIZE = (400, 300)
BOX = {"Left": 0.25, "Top": 0.4, "Width": 0.5, "Height": 0.4}
EDGE = (200, 120)
"""In the middle of the box's upper edge."""
OTHER = {"Left": 0.0, "Top": 0.0, "Width": 1.0, "Height": 1.0}
POLYGON = [{"X": 0.25, "Y": 0.4}, {"X": 0.75, "Y": 0.4}, {"X": 0.5, "Y": 0.8}]
FACE = {
    "BoundingBox": BOX,
    "Confidence": 99.0,
    "Landmarks": [{"Type": "nose", "X": 0.5, "Y": 0.6}],
}
KNOWN = {"FaceId": "f" * 8, "ExternalImageId": "anna", "BoundingBox": OTHER, "Confidence": 99.0}

PLACED: dict[str, dict[str, Any]] = {
    "DetectFacesResponse": {"FaceDetails": [FACE]},
    "IndexFacesResponse": {"FaceRecords": [{"Face": KNOWN, "FaceDetail": FACE}]},
    "ListFacesResponse": {"Faces": [KNOWN | {"BoundingBox": BOX}]},
    "SearchFacesByImageResponse": {
        "SearchedFaceBoundingBox": BOX,
        "FaceMatches": [{"Similarity": 99.0, "Face": KNOWN}],
    },
    "SearchUsersByImageResponse": {
        "SearchedFace": {"FaceDetail": FACE},
        "UserMatches": [{"Similarity": 99.0, "User": {"UserId": "anna"}}],
    },
    "CompareFacesResponse": {
        "SourceImageFace": {"BoundingBox": OTHER},
        "FaceMatches": [{"Similarity": 99.0, "Face": FACE}],
    },
    "DetectLabelsResponse": {
        "Labels": [{"Name": "Car", "Instances": [{"BoundingBox": BOX, "Confidence": 99.0}]}]
    },
    "DetectTextResponse": {
        "TextDetections": [
            {"DetectedText": "STOP", "Type": "LINE", "Geometry": {"Polygon": POLYGON}}
        ]
    },
    "RecognizeCelebritiesResponse": {"CelebrityFaces": [{"Name": "Zoë", "Face": FACE}]},
    "DetectProtectiveEquipmentResponse": {
        "Persons": [
            {
                "BodyParts": [
                    {
                        "Name": "HEAD",
                        "EquipmentDetections": [{"Type": "HEAD_COVER", "BoundingBox": BOX}],
                    }
                ]
            }
        ]
    },
    "DetectCustomLabelsResponse": {
        "CustomLabels": [{"Name": "sign", "Geometry": {"BoundingBox": BOX}}]
    },
    "GetFaceDetectionResponse": {"JobStatus": "SUCCEEDED", "Faces": [{"Face": FACE}]},
    "GetPersonTrackingResponse": {"Persons": [{"Person": {"Index": 0, "BoundingBox": BOX}}]},
}


def blank() -> Image.Image:
    """A light ground, on which no line gets lost."""
    return Image.new("RGB", SIZE, (230, 230, 230))


def answer(name: str) -> models.Response:
    """An answer of this class."""
    kind: type[models.Response] = getattr(models, name)
    return kind.model_validate(PLACED[name])


@pytest.mark.parametrize("name", PLACED)
def test_what_has_a_place_is_outlined_there(name: str) -> None:
    """The outline runs where the box or polygon is, and the rest of the picture stays as it was."""
    original = blank()
    drawing = draw(original, answer(name))
    assert (drawing.width, drawing.height) == SIZE
    assert drawing.image.getpixel(EDGE) != (230, 230, 230)
    assert drawing.image.getpixel((200, 150)) == (230, 230, 230)
    assert drawing.image.getpixel((10, 290)) == (230, 230, 230)
    assert original.getcolors() == [(SIZE[0] * SIZE[1], (230, 230, 230))]


def test_landmarks_are_dots() -> None:
    """Each stands where it was found."""
    found = draw(blank(), answer("DetectFacesResponse"))
    assert found.image.getpixel((200, 179)) == (255, 255, 255)


def test_the_source_of_a_comparison_has_its_own_face() -> None:
    """Of the two pictures that were compared, the one that is named is drawn."""
    drawing = draw(blank(), answer("CompareFacesResponse"), compared="source")
    assert drawing.image.getpixel(EDGE) == (230, 230, 230)
    assert drawing.image.getpixel((200, 0)) != (230, 230, 230)


@pytest.mark.parametrize(
    "found",
    [
        models.DetectModerationLabelsResponse.model_validate(
            {"ModerationLabels": [{"Name": "Alcohol", "ParentName": "", "Confidence": 90.0}]}
        ),
        models.DetectLabelsResponse.model_validate(
            {"Labels": [{"Name": f"Label {n}", "Confidence": 90.0} for n in range(100)]}
        ),
    ],
)
def test_what_has_no_place_is_listed_in_a_corner(found: models.Response) -> None:
    """However many labels there are, the list leaves a part of the picture free."""
    drawing = draw(blank(), found)
    assert drawing.image.getpixel((1, 1)) != (230, 230, 230)
    assert drawing.image.getpixel((1, 290)) == (230, 230, 230)


def test_captions_stay_on_the_picture() -> None:
    """A long text at the edge is moved inside, and one that is wider than the picture is cut."""
    text = models.TextDetection.model_validate(
        {
            "DetectedText": "long " * 100,
            "Type": "LINE",
            "Geometry": {"BoundingBox": {"Left": 0.9, "Top": -0.1, "Width": 0.3, "Height": 0.2}},
        }
    )
    drawing = draw(blank(), text)
    row = [drawing.image.getpixel((x, 1)) for x in range(SIZE[0])]
    assert row.count((230, 230, 230)) < SIZE[0] // 2


async def test_a_drawing_is_shown_and_saved(tmp_path: Path) -> None:
    """A notebook shows it as a PNG, a file has it in the format of its ending."""
    source = io.BytesIO()
    blank().save(source, "JPEG")
    prepared = await prepare_image(source.getvalue())
    assert isinstance(prepared, PreparedImage)
    drawing = draw(prepared, models.Face.model_validate(KNOWN))
    assert drawing._repr_png_().startswith(b"\x89PNG")
    drawing.save(tmp_path / "drawn.jpg", quality=80)
    with Image.open(tmp_path / "drawn.jpg") as saved:
        assert saved.size == SIZE
    assert repr(drawing) == "<Drawing of 400 by 300 pixels>"


def test_without_the_extra_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has to find out that Pillow is missing."""
    monkeypatch.setitem(sys.modules, "rekognition_async.drawing.painting", None)
    for name in list(sys.modules):
        if name == "PIL" or name.startswith(("PIL.", "rekognition_async.drawing.painting")):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'rekognition-async\[images\]'"):
        draw(b"", models.Face())
