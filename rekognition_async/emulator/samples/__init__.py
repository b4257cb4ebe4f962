"""Answers where nobody declared any: made up, valid, consistent, the same for the same seed."""

from rekognition_async.emulator.samples.videos import video_results

__all__ = ["video_results"]
