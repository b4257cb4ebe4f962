"""Made-up results of analysis, for images and videos about which no answer is declared.

Each function takes a seed, the digest of what it is about, and returns the same valid members of an
answer each time. Handlers call them, and filter what they return by the parameters.
"""

from rekognition_async.emulator.samples.celebrities import (
    CELEBRITIES,
    celebrities_among,
    celebrity_faces,
)
from rekognition_async.emulator.samples.colors import image_properties
from rekognition_async.emulator.samples.custom_labels import detected_custom_labels
from rekognition_async.emulator.samples.equipment import EQUIPMENT_MODEL_VERSION, equipped_persons
from rekognition_async.emulator.samples.labels import LABEL_MODEL_VERSION, detected_labels
from rekognition_async.emulator.samples.moderation import (
    MODERATION_MODEL_VERSION,
    content_types,
    labels_with_parents,
    lineage,
    moderation_labels,
)
from rekognition_async.emulator.samples.texts import (
    TEXT_MODEL_VERSION,
    numbered_text,
    text_detections,
)
from rekognition_async.emulator.samples.videos import video_results

__all__ = [
    "CELEBRITIES",
    "EQUIPMENT_MODEL_VERSION",
    "LABEL_MODEL_VERSION",
    "MODERATION_MODEL_VERSION",
    "TEXT_MODEL_VERSION",
    "celebrities_among",
    "celebrity_faces",
    "content_types",
    "detected_custom_labels",
    "detected_labels",
    "equipped_persons",
    "image_properties",
    "labels_with_parents",
    "lineage",
    "moderation_labels",
    "numbered_text",
    "text_detections",
    "video_results",
]
