"""``rekognition-async jobs``: the analysis of videos in S3."""

from __future__ import annotations

from typing import Any, Final

import click

from rekognition_async.cli.pictures import format_option
from rekognition_async.cli.target import Target, service_options

_METHODS: Final = {
    "celebrities": "celebrity_recognition",
    "face-search": "face_search",
    "faces": "face_detection",
    "labels": "label_detection",
    "moderation": "content_moderation",
    "persons": "person_tracking",
    "segments": "segment_detection",
    "text": "text_detection",
}
"""The kinds of jobs, each with the end of the names of its methods."""

_kind_argument = click.argument("kind", type=click.Choice(sorted(_METHODS)))


@click.group()
def jobs() -> None:
    """Analyse videos: start jobs, wait for them, get results."""


@jobs.command()
@_kind_argument
@click.argument("video", metavar="S3://BUCKET/VIDEO")
@service_options
@click.option("--collection", "collection_id", metavar="ID", help="Of face-search: the collection.")
@click.option(
    "--segment-type",
    "segment_types",
    multiple=True,
    type=click.Choice(["TECHNICAL_CUE", "SHOT"]),
    help="Of segments: what to find; repeatable. By default both.",
)
@click.option(
    "--min-confidence",
    type=click.FloatRange(0, 100),
    metavar="PERCENT",
    help="Of labels and moderation: leave out what is less sure.",
)
@click.option("--job-tag", metavar="TEXT", help="Comes back with the job's completion.")
@click.option("--token", "client_request_token", help="Starts one job, however often it is sent.")
@click.option("--sns-topic", metavar="ARN", help="Where to tell that the job is done.")
@click.option("--role", metavar="ARN", help="The role with which the service tells it.")
@format_option
def start(
    target: Target,
    *,
    kind: str,
    video: str,
    collection_id: str | None,
    segment_types: tuple[str, ...],
    min_confidence: float | None,
    sns_topic: str | None,
    role: str | None,
    output_format: str,
    **parameters: Any,
) -> None:
    """Start a job, and print its id.

    It calls StartLabelDetection, or its like for the kind.
    """
    from rekognition_async.cli.services import run_call

    if (kind == "face-search") != (collection_id is not None):
        raise click.UsageError("--collection belongs to face-search, and face-search needs it")
    if segment_types and kind != "segments":
        raise click.UsageError("--segment-type belongs to segments")
    if min_confidence is not None and kind not in {"labels", "moderation"}:
        raise click.UsageError("--min-confidence belongs to labels and moderation")
    if (sns_topic is None) != (role is None):
        raise click.UsageError("--sns-topic and --role need each other")
    if collection_id is not None:
        parameters["collection_id"] = collection_id
    if kind == "segments":
        parameters["segment_types"] = segment_types or ("TECHNICAL_CUE", "SHOT")
    if min_confidence is not None:
        parameters["min_confidence"] = min_confidence
    if sns_topic is not None:
        parameters["notification_channel"] = {"sns_topic_arn": sns_topic, "role_arn": role}
    parameters["video"] = _video(video)
    run_call(
        target,
        lambda client: getattr(client, f"start_{_METHODS[kind]}")(**parameters),
        output_format,
    )


@jobs.command()
@_kind_argument
@click.argument("job_id")
@service_options
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Give up after so long; by default it waits on.",
)
@click.option(
    "--poll-interval",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    default=5.0,
    show_default=True,
    help="Ask so often.",
)
def wait(target: Target, *, kind: str, **settings: Any) -> None:
    """Wait until a job has succeeded.

    It polls GetLabelDetection, or its like for the kind. A job that fails is an error.
    """
    from rekognition_async.cli.services import run_wait

    run_wait(
        target,
        lambda client: getattr(client, f"wait_for_{_METHODS[kind]}")(**settings),
        "the job",
    )


@jobs.command()
@_kind_argument
@click.argument("job_id")
@service_options
@click.option("--max-items", type=click.IntRange(min=0), metavar="N", help="End after so many.")
@format_option
def results(target: Target, *, kind: str, output_format: str, **parameters: Any) -> None:
    """Print what a job found.

    It calls GetLabelDetection, or its like for the kind. A job that still runs is an error.
    """
    from rekognition_async.cli.services import run_listing
    from rekognition_async.cli.tables import video_row

    run_listing(
        target,
        lambda client: getattr(client, f"iter_{_METHODS[kind]}")(**parameters),
        output_format,
        video_row,
    )


def _video(url: str) -> dict[str, Any]:
    """The video of a URL, for the request to validate."""
    bucket, slash, name = url.removeprefix("s3://").partition("/")
    if not url.startswith("s3://") or not (bucket and slash and name):
        raise click.UsageError(f"the video must be s3://bucket/key, got {url!r}")
    return {"s3_object": {"bucket": bucket, "name": name}}
