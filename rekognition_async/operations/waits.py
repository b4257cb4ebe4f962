"""Waits for what takes the service time; those for video jobs stand beside their listings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rekognition_async.operations.base import Operations
from rekognition_async.waiting import NOT_FOUND, PollSettings, WaitCondition

if TYPE_CHECKING:
    from rekognition_async.models.collections import DescribeCollectionResponse
    from rekognition_async.models.datasets import DatasetDescription, DescribeDatasetResponse
    from rekognition_async.models.liveness import GetFaceLivenessSessionResultsResponse
    from rekognition_async.models.media_analysis import GetMediaAnalysisJobResponse
    from rekognition_async.models.streams import DescribeStreamProcessorResponse
    from rekognition_async.models.versions import (
        DescribeProjectVersionsResponse,
        ProjectVersionDescription,
    )


# A version that was started since tells of it, and no longer of its training or copying.
_USED: Final = frozenset({"STARTING", "RUNNING", "STOPPING", "STOPPED", "DEPRECATED"})
_TRAINED: Final = frozenset({"TRAINING_COMPLETED"}) | _USED


class Waits(Operations):
    """``await client.wait_for_...``: polls until the work is done, or has failed.

    Polls of one operation keep within AWS's default quota, however many waits a client has.
    """

    async def wait_for_collection_exists(
        self,
        *,
        collection_id: str,
        poll_interval: float = 0.5,
        timeout: float | None = 30.0,
        jitter: float = 0.1,
    ) -> DescribeCollectionResponse:
        """Waits until a collection that was just created can be found (DescribeCollection).

        Args:
            collection_id: The id of the collection.
            poll_interval: Seconds between two polls.
            timeout: Seconds until the wait is given up; None waits on.
            jitter: The part of the interval by which it varies at random, 0 to 1.

        Returns:
            What is known of the collection.

        Raises:
            RequestValidationError: A parameter is out of its limits.
            WaitTimeoutError: The collection is not to be found after ``timeout`` seconds.
            ServiceError: Any other error the service answered with.
            TransportError: No usable answer came, three polls in a row.
        """
        from rekognition_async.models.collections import DescribeCollectionRequest

        condition = WaitCondition(
            DescribeCollectionRequest.build({}, collection_id=collection_id),
            lambda _: "EXISTS",
            done=frozenset({"EXISTS"}),
            may_be_missing=True,
        )
        return await self._wait_until(condition, PollSettings(poll_interval, timeout, jitter))

    async def wait_for_media_analysis_job(
        self,
        *,
        job_id: str,
        poll_interval: float = 30.0,
        timeout: float | None = 86_400.0,
        jitter: float = 0.1,
    ) -> GetMediaAnalysisJobResponse:
        """Waits until a media analysis job has succeeded (GetMediaAnalysisJob).

        Args:
            job_id: The id of the job, as StartMediaAnalysisJob gave it.
            poll_interval: Seconds between two polls.
            timeout: Seconds until the wait is given up; None waits on.
            jitter: The part of the interval by which it varies at random, 0 to 1.

        Returns:
            The job, with the place of its results.

        Raises:
            RequestValidationError: A parameter is out of its limits.
            JobFailedError: The job has failed, with the service's reason.
            WaitTimeoutError: The job still runs after ``timeout`` seconds.
            ResourceNotFoundException: There is no job of this id.
            ServiceError: Any other error the service answered with.
            TransportError: No usable answer came, three polls in a row.
        """
        from rekognition_async.models.media_analysis import GetMediaAnalysisJobRequest

        condition = WaitCondition(
            GetMediaAnalysisJobRequest.build({}, job_id=job_id),
            lambda job: job.status,
            done=frozenset({"SUCCEEDED"}),
            failed=frozenset({"FAILED"}),
            reason_of=_reason_of_media_analysis,
        )
        return await self._wait_until(condition, PollSettings(poll_interval, timeout, jitter))

    async def wait_for_face_liveness_session(
        self,
        *,
        session_id: str,
        poll_interval: float = 1.0,
        timeout: float | None = 180.0,
        jitter: float = 0.1,
    ) -> GetFaceLivenessSessionResultsResponse:
        """Waits until a liveness check was made (GetFaceLivenessSessionResults).

        Args:
            session_id: The id of the session, as CreateFaceLivenessSession gave it.
            poll_interval: Seconds between two polls.
            timeout: Seconds until the wait is given up; None waits on. A session lives for three
                minutes.
            jitter: The part of the interval by which it varies at random, 0 to 1.

        Returns:
            The results; whether their ``confidence`` is enough is the caller's choice.

        Raises:
            RequestValidationError: A parameter is out of its limits.
            JobFailedError: The check has failed, or the session has expired without one.
            WaitTimeoutError: No check was made in ``timeout`` seconds.
            SessionNotFoundException: There is no session of this id, or it is over.
            ServiceError: Any other error the service answered with.
            TransportError: No usable answer came, three polls in a row.
        """
        from rekognition_async.models.liveness import GetFaceLivenessSessionResultsRequest

        condition = WaitCondition(
            GetFaceLivenessSessionResultsRequest.build({}, session_id=session_id),
            lambda session: session.status,
            done=frozenset({"SUCCEEDED"}),
            failed=frozenset({"FAILED", "EXPIRED"}),
        )
        return await self._wait_until(condition, PollSettings(poll_interval, timeout, jitter))

    async def wait_for_dataset_created(
        self,
        *,
        dataset_arn: str,
        poll_interval: float = 10.0,
        timeout: float | None = 3_600.0,
        jitter: float = 0.1,
    ) -> DatasetDescription:
        """Waits until a dataset has been created (DescribeDataset).

        Args:
            dataset_arn: The ARN of the dataset, as CreateDataset gave it.
            poll_interval: Seconds between two polls.
            timeout: Seconds until the wait is given up; None waits on.
            jitter: The part of the interval by which it varies at random, 0 to 1.

        Returns:
            The dataset, with the number of its images and labels.

        Raises:
            RequestValidationError: A parameter is out of its limits.
            JobFailedError: The creation has failed, with the service's reason.
            WaitTimeoutError: The dataset is still being created after ``timeout`` seconds.
            ResourceNotFoundException: There is no dataset of this ARN.
            ServiceError: Any other error the service answered with.
            TransportError: No usable answer came, three polls in a row.
        """
        return await self._wait_for_dataset(
            dataset_arn,
            PollSettings(poll_interval, timeout, jitter),
            # An update that came after the creation tells that it was created.
            done=frozenset(
                {"CREATE_COMPLETE", "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE", "UPDATE_FAILED"}
            ),
            failed=frozenset({"CREATE_FAILED", "DELETE_IN_PROGRESS"}),
        )

    async def wait_for_dataset_updated(
        self,
        *,
        dataset_arn: str,
        poll_interval: float = 10.0,
        timeout: float | None = 3_600.0,
        jitter: float = 0.1,
    ) -> DatasetDescription:
        """Waits until the last change of a dataset is done (DescribeDataset).

        Serves after UpdateDatasetEntries and, for each of the two datasets, after
        DistributeDatasetEntries.

        Args:
            dataset_arn: The ARN of the dataset.
            poll_interval: Seconds between two polls.
            timeout: Seconds until the wait is given up; None waits on.
            jitter: The part of the interval by which it varies at random, 0 to 1.

        Returns:
            The dataset, with the number of its images and labels.

        Raises:
            RequestValidationError: A parameter is out of its limits.
            JobFailedError: The change has failed, with the service's reason.
            WaitTimeoutError: The dataset is still being changed after ``timeout`` seconds.
            ResourceNotFoundException: There is no dataset of this ARN.
            ServiceError: Any other error the service answered with.
            TransportError: No usable answer came, three polls in a row.
        """
        return await self._wait_for_dataset(
            dataset_arn,
            PollSettings(poll_interval, timeout, jitter),
            done=frozenset({"UPDATE_COMPLETE"}),
            failed=frozenset({"CREATE_FAILED", "UPDATE_FAILED", "DELETE_IN_PROGRESS"}),
        )

    async def wait_for_project_version_training_completed(
        self,
        *,
        project_arn: str,
        version_name: str,
        poll_interval: float = 120.0,
        timeout: float | None = 43_200.0,
        jitter: float = 0.1,
    ) -> ProjectVersionDescription:
        """Waits until a model version is trained (DescribeProjectVersions).

        Interval and timeout are those of botocore's waiter of this name.

        Args:
            project_arn: The ARN of the project.
            version_name: The name of the version, as it stands in its ARN.
            poll_interval: Seconds between two polls.
            timeout: Seconds until the wait is given up; None waits on.
            jitter: The part of the interval by which it varies at random, 0 to 1.

        Returns:
            The version, with the results of its training.

        Raises:
            RequestValidationError: A parameter is out of its limits.
            JobFailedError: The training has failed, with the service's reason.
            WaitTimeoutError: The training still goes on after ``timeout`` seconds, or there is no
                version of this name.
            ResourceNotFoundException: There is no project of this ARN.
            ServiceError: Any other error the service answered with.
            TransportError: No usable answer came, three polls in a row.
        """
        return await self._wait_for_project_version(
            project_arn,
            version_name,
            PollSettings(poll_interval, timeout, jitter),
            done=_TRAINED,
            failed=frozenset({"TRAINING_FAILED", "FAILED", "EXPIRED", "DELETING"}),
        )

    async def wait_for_project_version_running(
        self,
        *,
        project_arn: str,
        version_name: str,
        poll_interval: float = 30.0,
        timeout: float | None = 1_200.0,
        jitter: float = 0.1,
    ) -> ProjectVersionDescription:
        """Waits until a model version that was started runs (DescribeProjectVersions).

        Interval and timeout are those of botocore's waiter of this name.

        Args:
            project_arn: The ARN of the project.
            version_name: The name of the version, as it stands in its ARN.
            poll_interval: Seconds between two polls.
            timeout: Seconds until the wait is given up; None waits on.
            jitter: The part of the interval by which it varies at random, 0 to 1.

        Returns:
            The running version.

        Raises:
            RequestValidationError: A parameter is out of its limits.
            JobFailedError: The start has failed, with the service's reason.
            WaitTimeoutError: The model does not run after ``timeout`` seconds, or there is no
                version of this name.
            ResourceNotFoundException: There is no project of this ARN.
            ServiceError: Any other error the service answered with.
            TransportError: No usable answer came, three polls in a row.
        """
        return await self._wait_for_project_version(
            project_arn,
            version_name,
            PollSettings(poll_interval, timeout, jitter),
            done=frozenset({"RUNNING"}),
            failed=frozenset({"FAILED", "TRAINING_FAILED", "EXPIRED", "DELETING"}),
        )

    async def wait_for_project_version_stopped(
        self,
        *,
        project_arn: str,
        version_name: str,
        poll_interval: float = 30.0,
        timeout: float | None = 1_200.0,
        jitter: float = 0.1,
    ) -> ProjectVersionDescription:
        """Waits until a model version that was told to stop has stopped (DescribeProjectVersions).

        Args:
            project_arn: The ARN of the project.
            version_name: The name of the version, as it stands in its ARN.
            poll_interval: Seconds between two polls.
            timeout: Seconds until the wait is given up; None waits on.
            jitter: The part of the interval by which it varies at random, 0 to 1.

        Returns:
            The stopped version.

        Raises:
            RequestValidationError: A parameter is out of its limits.
            JobFailedError: The stop has failed, with the service's reason.
            WaitTimeoutError: The model has not stopped after ``timeout`` seconds, or there is no
                version of this name.
            ResourceNotFoundException: There is no project of this ARN.
            ServiceError: Any other error the service answered with.
            TransportError: No usable answer came, three polls in a row.
        """
        return await self._wait_for_project_version(
            project_arn,
            version_name,
            PollSettings(poll_interval, timeout, jitter),
            done=frozenset({"STOPPED"}),
            failed=frozenset({"FAILED", "TRAINING_FAILED", "DELETING"}),
        )

    async def wait_for_project_version_copied(
        self,
        *,
        project_arn: str,
        version_name: str,
        poll_interval: float = 30.0,
        timeout: float | None = 7_200.0,
        jitter: float = 0.1,
    ) -> ProjectVersionDescription:
        """Waits until the copy of a model version is complete (DescribeProjectVersions).

        Args:
            project_arn: The ARN of the project that gets the copy.
            version_name: The name of the copy, as it stands in its ARN.
            poll_interval: Seconds between two polls.
            timeout: Seconds until the wait is given up; None waits on.
            jitter: The part of the interval by which it varies at random, 0 to 1.

        Returns:
            The copy.

        Raises:
            RequestValidationError: A parameter is out of its limits.
            JobFailedError: The copying has failed, with the service's reason.
            WaitTimeoutError: The copying still goes on after ``timeout`` seconds, or there is no
                version of this name.
            ResourceNotFoundException: There is no project of this ARN.
            ServiceError: Any other error the service answered with.
            TransportError: No usable answer came, three polls in a row.
        """
        return await self._wait_for_project_version(
            project_arn,
            version_name,
            PollSettings(poll_interval, timeout, jitter),
            done=frozenset({"COPYING_COMPLETED"}) | _USED,
            failed=frozenset({"COPYING_FAILED", "FAILED", "EXPIRED", "DELETING"}),
        )

    async def wait_for_stream_processor_running(
        self,
        *,
        name: str,
        poll_interval: float = 2.0,
        timeout: float | None = 300.0,
        jitter: float = 0.1,
    ) -> DescribeStreamProcessorResponse:
        """Waits until a stream processor that was started runs (DescribeStreamProcessor).

        Args:
            name: The name of the processor.
            poll_interval: Seconds between two polls.
            timeout: Seconds until the wait is given up; None waits on.
            jitter: The part of the interval by which it varies at random, 0 to 1.

        Returns:
            The running processor.

        Raises:
            RequestValidationError: A parameter is out of its limits.
            JobFailedError: The processor has failed, with the service's reason.
            WaitTimeoutError: The processor does not run after ``timeout`` seconds.
            ResourceNotFoundException: There is no processor of this name.
            ServiceError: Any other error the service answered with.
            TransportError: No usable answer came, three polls in a row.
        """
        polling = PollSettings(poll_interval, timeout, jitter)
        return await self._wait_for_stream_processor(name, polling, status="RUNNING")

    async def wait_for_stream_processor_stopped(
        self,
        *,
        name: str,
        poll_interval: float = 2.0,
        timeout: float | None = 300.0,
        jitter: float = 0.1,
    ) -> DescribeStreamProcessorResponse:
        """Waits until a stream processor has stopped (DescribeStreamProcessor).

        Args:
            name: The name of the processor.
            poll_interval: Seconds between two polls.
            timeout: Seconds until the wait is given up; None waits on.
            jitter: The part of the interval by which it varies at random, 0 to 1.

        Returns:
            The stopped processor.

        Raises:
            RequestValidationError: A parameter is out of its limits.
            JobFailedError: The processor has failed, with the service's reason.
            WaitTimeoutError: The processor has not stopped after ``timeout`` seconds.
            ResourceNotFoundException: There is no processor of this name.
            ServiceError: Any other error the service answered with.
            TransportError: No usable answer came, three polls in a row.
        """
        polling = PollSettings(poll_interval, timeout, jitter)
        return await self._wait_for_stream_processor(name, polling, status="STOPPED")

    async def _wait_for_dataset(
        self,
        dataset_arn: str,
        polling: PollSettings,
        *,
        done: frozenset[str],
        failed: frozenset[str],
    ) -> DatasetDescription:
        from rekognition_async.models.datasets import DatasetDescription, DescribeDatasetRequest

        response = await self._wait_until(
            WaitCondition(
                DescribeDatasetRequest.build({}, dataset_arn=dataset_arn),
                _status_of_dataset,
                done=done,
                failed=failed,
                reason_of=_reason_of_dataset,
            ),
            polling,
        )
        return response.dataset_description or DatasetDescription()

    async def _wait_for_project_version(
        self,
        project_arn: str,
        version_name: str,
        polling: PollSettings,
        *,
        done: frozenset[str],
        failed: frozenset[str],
    ) -> ProjectVersionDescription:
        from rekognition_async.models.versions import DescribeProjectVersionsRequest

        request = DescribeProjectVersionsRequest.build(
            {"version_names": "version_name"},
            project_arn=project_arn,
            version_names=[version_name],
        )
        response = await self._wait_until(
            WaitCondition(
                request,
                _status_of_version,
                done=done,
                failed=failed,
                reason_of=lambda page: page.project_version_descriptions[0].status_message,
            ),
            polling,
        )
        return response.project_version_descriptions[0]

    async def _wait_for_stream_processor(
        self, name: str, polling: PollSettings, *, status: str
    ) -> DescribeStreamProcessorResponse:
        from rekognition_async.models.streams import DescribeStreamProcessorRequest

        condition = WaitCondition(
            DescribeStreamProcessorRequest.build({}, name=name),
            lambda processor: processor.status,
            done=frozenset({status}),
            failed=frozenset({"FAILED"}),
            reason_of=lambda processor: processor.status_message,
        )
        return await self._wait_until(condition, polling)


def _reason_of_media_analysis(job: GetMediaAnalysisJobResponse) -> str | None:
    details = job.failure_details
    if details is None:
        return None
    said: list[Any] = [details.code, details.message]
    return ": ".join(part for part in said if part)


def _status_of_dataset(response: DescribeDatasetResponse) -> str | None:
    description = response.dataset_description
    return None if description is None else description.status


def _reason_of_dataset(response: DescribeDatasetResponse) -> str | None:
    description = response.dataset_description
    return None if description is None else description.status_message


def _status_of_version(page: DescribeProjectVersionsResponse) -> str | None:
    descriptions = page.project_version_descriptions
    return descriptions[0].status if descriptions else NOT_FOUND
