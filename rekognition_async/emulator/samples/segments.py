"""GetSegmentDetection and VideoMetadata: a video's size and frame rate, its shots and cues.

`Footage` is the video that a seed stands for; `segment_results` makes its segments.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from rekognition_async.emulator.utils.floats import single
from rekognition_async.emulator.utils.json_types import JsonObject
from rekognition_async.emulator.utils.seeded_random import SeededRandom

SEGMENT_MODEL_VERSION: Final = "2.0"

_MIN_CONFIDENCE: Final = 50.0
_SIZES: Final = ((1920, 1080), (1280, 720), (854, 480))
# Frames a second, as a fraction, and the frames that a second of timecode counts.
_RATES: Final = ((24, 1, 24), (25, 1, 25), (30, 1, 30), (30_000, 1_001, 30))
_SAMPLE_RATES: Final = (44_100, 48_000)


@dataclass(frozen=True)
class Footage:
    """The format of a video.

    Attributes:
        width: Pixels.
        height: Pixels.
        rate: Frames a second, as numerator, denominator, and the frames of a second of timecode.
        frames: How many frames it has.
        sample_rate: Of its sound.
    """

    width: int
    height: int
    rate: tuple[int, int, int]
    frames: int
    sample_rate: int

    @classmethod
    def of(cls, seed: int) -> Footage:
        """The video that a seed stands for, of one to three minutes."""
        rng = SeededRandom(seed, "footage")
        width, height = rng.pick(_SIZES)
        rate = rng.pick(_RATES)
        frames = rate[2] * rng.count(60, 180) + rng.count(0, rate[2] - 1)
        return cls(width, height, rate, frames, rng.pick(_SAMPLE_RATES))

    @property
    def duration(self) -> int:
        """Milliseconds, rounded down."""
        return self.time_of(self.frames)

    def time_of(self, frame: int) -> int:
        """When a frame is shown, in milliseconds, rounded down."""
        numerator, denominator, _ = self.rate
        return frame * 1000 * denominator // numerator

    def moments(self, count: int) -> list[int]:
        """So many moments in order, each that of a frame, in milliseconds."""
        return [self.time_of(self.frames * number // count) for number in range(count)]

    def timecode(self, frame: int) -> str:
        """A frame as SMPTE counts it; where a second has no whole frames, numbers are dropped."""
        _, denominator, a_second = self.rate
        drops = denominator != 1
        if drops:
            # The first two numbers of each minute are left out, but not of each tenth.
            a_minute = 60 * a_second - 2
            tens, rest = divmod(frame, 10 * a_minute + 2)
            frame += 18 * tens + 2 * max(0, (rest - 2) // a_minute)
        seconds, frames = divmod(frame, a_second)
        minutes, seconds = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours:02}:{minutes:02}:{seconds:02}{';' if drops else ':'}{frames:02}"

    def metadata(self) -> JsonObject:
        """The VideoMetadata."""
        numerator, denominator, _ = self.rate
        return {
            "Codec": "h264",
            "DurationMillis": self.duration,
            "Format": "QuickTime / MOV",
            "FrameRate": single(numerator / denominator),
            "FrameHeight": self.height,
            "FrameWidth": self.width,
            "ColorRange": "LIMITED",
        }

    def audio_metadata(self) -> JsonObject:
        """The AudioMetadata of its one stream."""
        return {
            "Codec": "aac",
            "DurationMillis": self.duration,
            "SampleRate": self.sample_rate,
            "NumberOfChannels": 2,
        }


def segment_results(seed: int, footage: Footage, parameters: JsonObject) -> JsonObject:
    """The results of a segment detection; see `video_results`."""
    wanted = parameters.get("SegmentTypes", ["TECHNICAL_CUE", "SHOT"])
    filters = parameters.get("Filters", {})
    found = {
        "TECHNICAL_CUE": (_cues, filters.get("TechnicalCueFilter", {})),
        "SHOT": (_shots, filters.get("ShotFilter", {})),
    }
    segments: list[JsonObject] = []
    selected: list[JsonObject] = []
    for kind, (make, limits) in found.items():
        if kind in wanted:
            least = limits.get("MinSegmentConfidence", _MIN_CONFIDENCE)
            segments += (
                segment
                for segment, sure in make(SeededRandom(seed, kind), footage)
                if sure >= least
            )
            selected.append({"Type": kind, "ModelVersion": SEGMENT_MODEL_VERSION})
    selected.sort(key=lambda kind: kind["Type"])
    return {
        "VideoMetadata": [footage.metadata()],
        "AudioMetadata": [footage.audio_metadata()],
        "Segments": segments,
        "SelectedSegmentTypes": selected,
    }


def _cues(rng: SeededRandom, footage: Footage) -> Iterator[tuple[JsonObject, float]]:
    """What broadcasters put around a film, and the film between its black frames."""
    parts = rng.count(3, 6)
    kinds = [
        *("ColorBars", "Slate", "StudioLogo", "OpeningCredits"),
        *("BlackFrames", "Content") * parts,
        *("BlackFrames", "EndCredits"),
    ]
    for (start, end), kind in zip(_stretches(rng, footage, len(kinds)), kinds, strict=True):
        sure = rng.number(55, 99.9)
        cue = {"Type": kind, "Confidence": sure}
        yield (_segment(footage, "TECHNICAL_CUE", start, end) | {"TechnicalCueSegment": cue}, sure)


def _shots(rng: SeededRandom, footage: Footage) -> Iterator[tuple[JsonObject, float]]:
    stretches = _stretches(rng, footage, rng.count(20, 40))
    for index, (start, end) in enumerate(stretches):
        sure = rng.number(55, 99.9)
        shot = {"Index": index, "Confidence": sure}
        yield _segment(footage, "SHOT", start, end) | {"ShotSegment": shot}, sure


def _stretches(rng: SeededRandom, footage: Footage, count: int) -> Iterator[tuple[int, int]]:
    """The first and the last frame of so many stretches, one behind the other, to the end."""
    weights = [rng.number(1, 5) for _ in range(count)]
    whole, passed, start = sum(weights), 0.0, 0
    for number, weight in enumerate(weights, 1):
        passed += weight
        end = footage.frames if number == count else int(footage.frames * passed / whole)
        yield start, end - 1
        start = end


def _segment(footage: Footage, kind: str, start: int, end: int) -> JsonObject:
    begin, last = footage.time_of(start), footage.time_of(end)
    return {
        "Type": kind,
        "StartTimestampMillis": begin,
        "EndTimestampMillis": last,
        "DurationMillis": last - begin,
        "StartTimecodeSMPTE": footage.timecode(start),
        "EndTimecodeSMPTE": footage.timecode(end),
        "DurationSMPTE": footage.timecode(end - start),
        "StartFrameNumber": start,
        "EndFrameNumber": end,
        "DurationFrames": end - start,
    }
