"""The client: one object a service opens, shares between its tasks, and closes."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncGenerator, Callable, Coroutine
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar

from aiobotocore.client import AioBaseClient
from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession

from rekognition_async._botocore import connection
from rekognition_async._botocore.events import Call, CallOptions
from rekognition_async._botocore.transport import details_of
from rekognition_async.config import (
    DEFAULT_CONNECT_TIMEOUT,
    DEFAULT_MAX_POOL_CONNECTIONS,
    DEFAULT_MAX_RESPONSE_BYTES,
    DEFAULT_READ_TIMEOUT,
    ConnectionSettings,
    RetryPolicy,
    check_seconds,
    check_whole_number,
)
from rekognition_async.errors import JobFailedError
from rekognition_async.log_variable import set_up_log
from rekognition_async.observers import CallHooks, OnCall
from rekognition_async.operation import PagedRequest, R, RawResponse, Request, T
from rekognition_async.operations import AllOperations
from rekognition_async.operations.bulk import BulkOperations
from rekognition_async.operations.waits import Waits
from rekognition_async.rate_limiting.queues import CallQueues, QuotasSetting
from rekognition_async.retry import RetryBudget
from rekognition_async.usage_ledger import UsageLedger
from rekognition_async.waiting import PollSettings, WaitCondition, wait_until

if TYPE_CHECKING:
    from rekognition_async._botocore.s3 import ListedObject
    from rekognition_async.bulk.engine import BulkCaller
    from rekognition_async.completions import SqsCompletions
    from rekognition_async.open_jobs import OpenJobs
    from rekognition_async.pagination import Paginator
    from rekognition_async.usage import Usage

_T = TypeVar("_T")


class RekognitionClient(AllOperations, Waits, BulkOperations):
    """Amazon Rekognition for asyncio: typed, validated, and patient with throttling.

    Use it as ``async with RekognitionClient() as client``, or call `open` and `aclose` where a
    service starts and stops. Any number of tasks of one event loop may share it.
    """

    def __init__(
        self,
        region_name: str | None = None,
        *,
        endpoint_url: str | None = None,
        profile_name: str | None = None,
        aws_access_key_id: str | None = None,
        aws_secret_access_key: str | None = None,
        aws_session_token: str | None = None,
        retry: RetryPolicy | None = None,
        quotas: QuotasSetting | None = "learned",
        connect_timeout: float = DEFAULT_CONNECT_TIMEOUT,
        read_timeout: float = DEFAULT_READ_TIMEOUT,
        attempt_timeout: float | None = None,
        max_response_bytes: int = DEFAULT_MAX_RESPONSE_BYTES,
        max_pool_connections: int = DEFAULT_MAX_POOL_CONNECTIONS,
        max_open_jobs: int | None = None,
        on_call: OnCall | None = None,
        config: AioConfig | None = None,
        session: AioSession | None = None,
    ) -> None:
        """Takes the settings; nothing is opened or looked up yet.

        Region, credentials and endpoint resolve as boto3 resolves them: the argument, then the
        environment (``AWS_ENDPOINT_URL_REKOGNITION`` among it), the profile, and for credentials
        the container's or instance's role. ``AWS_REGION`` counts where ``AWS_DEFAULT_REGION`` is
        not set.

        Args:
            region_name: The AWS region, as in ``"eu-west-1"``.
            endpoint_url: Where to send requests instead of the region's endpoint. One on the
                loopback, together with a region and an access key, is reached directly: proxies
                and profiles that the environment names are not used, nor is ``AWS_CA_BUNDLE``
                without TLS.
            profile_name: The profile of the AWS configuration files to use.
            aws_access_key_id: An access key id, together with its secret.
            aws_secret_access_key: The secret of the access key.
            aws_session_token: The token of temporary credentials.
            retry: When failed attempts are repeated. None is ``RetryPolicy()``, with
                ``max_attempts`` of AWS_MAX_ATTEMPTS or the profile's max_attempts where one is
                set. AWS_RETRY_MODE and the profile's retry_mode change nothing: ``quotas`` are
                for what the mode adaptive is for.
            quotas: What is known of the account's quotas in transactions a second, so that calls
                wait for their turn and are not refused: ``"learned"`` paces an operation from its
                first refusal on, at the rate that the service is seen to bear; ``"aws"`` paces all
                from the first call, at AWS's default quotas of the region; a mapping, as in
                ``{"IndexFaces": 200, "*": "aws"}``, at the account's own; a `RateLimiter` decides
                for itself. None sends at once, and what is refused is retried as ``retry`` says.
            connect_timeout: Seconds to wait for a connection.
            read_timeout: Seconds to wait for the next bytes of an answer.
            attempt_timeout: Seconds that one attempt may take, from its connection to the last
                byte of the answer, however steadily bytes come; None is five times the read
                timeout. It then counts as failed by a timeout, and is retried as such.
            max_response_bytes: How large an answer may be; more of it is not read. A
                `TransportError` says so, and is not retried.
            max_pool_connections: How many connections may be open at once; a call beyond that
                waits for one to be free.
            max_open_jobs: How many video jobs this client and its views have open at once; AWS's
                limit is 20 for an account and region. The start of one more waits until one ends,
                instead of being refused with `LimitExceededException`. A job has ended when a wait
                for it does, or when an answer with its status, to whomever, says so; while a start
                waits, the client asks for the statuses itself every half a minute. None is no
                limit.
            on_call: Called with the `CallDetails` of each call that has ended, pages of listings
                and polls of waits among them, however it ended; a `CallObserver` is told of its
                beginning too. A plain function that returns at once; one that raises is logged
                and changes nothing.
            config: Further settings of botocore's. An argument above that is not at its default
                counts before it, and its ``retries`` are not used.
            session: An aiobotocore session whose credentials, configuration and event hooks to
                use. It is not changed.

        Raises:
            ValueError: A setting is out of its range, or two exclude each other.
            TypeError: A setting is of another type.
        """
        self._connection = connection.owned(
            ConnectionSettings(
                region_name=region_name,
                endpoint_url=endpoint_url,
                profile_name=profile_name,
                aws_access_key_id=aws_access_key_id,
                aws_secret_access_key=aws_secret_access_key,
                aws_session_token=aws_session_token,
                connect_timeout=connect_timeout,
                read_timeout=read_timeout,
                max_pool_connections=max_pool_connections,
                config=config,
                session=session,
            )
        )
        self._begin(
            retry,
            quotas,
            attempt_timeout,
            max_response_bytes,
            max_open_jobs=max_open_jobs,
            on_call=on_call,
        )

    @classmethod
    def from_aiobotocore(
        cls,
        client: AioBaseClient,
        *,
        retry: RetryPolicy | None = None,
        quotas: QuotasSetting | None = "learned",
        attempt_timeout: float | None = None,
        max_response_bytes: int = DEFAULT_MAX_RESPONSE_BYTES,
        max_open_jobs: int | None = None,
        on_call: OnCall | None = None,
    ) -> Self:
        """Wraps an aiobotocore client that a service already has.

        The wrapped client stays its owner's: it goes on working by itself, with its own retries,
        and closing the wrapper does not close it.

        Args:
            client: An entered aiobotocore client of the service ``rekognition``.
            retry: When failed attempts of calls through the wrapper are repeated. None is
                ``RetryPolicy()``, with the total attempts of the wrapped client's configuration
                where it has those.
            quotas: The quotas that calls through the wrapper keep to, as for a client.
            attempt_timeout: Seconds that one attempt may take, from its connection to the last
                byte of the answer; None is five times the wrapped client's read timeout. A client
                over httpx has no such limit.
            max_response_bytes: How large an answer may be; more of it is not read. A client over
                httpx has no such limit.
            max_open_jobs: How many video jobs the wrapper has open at once, as for a client.
            on_call: Told of each call through the wrapper, as for a client.

        Returns:
            A client that is open as long as the wrapped one is, or until `aclose`.

        Raises:
            ValueError: It is a client of another service, or a number is out of its range.
            TypeError: A setting is of another type.
        """
        wrapper = cls.__new__(cls)
        wrapper._connection = connection.borrowed(client)
        wrapper._begin(
            retry,
            quotas,
            attempt_timeout,
            max_response_bytes,
            max_open_jobs=max_open_jobs,
            on_call=on_call,
            opened_here=True,
        )
        return wrapper

    def _begin(
        self,
        retry: RetryPolicy | None,
        quotas: QuotasSetting | None,
        attempt_timeout: float | None,
        max_response_bytes: int,
        *,
        max_open_jobs: int | None,
        on_call: OnCall | None,
        opened_here: bool = False,
    ) -> None:
        set_up_log()
        if attempt_timeout is not None:
            check_seconds("attempt_timeout", attempt_timeout, above_zero=True)
        check_whole_number("max_response_bytes", max_response_bytes)
        if max_open_jobs is not None:
            check_whole_number("max_open_jobs", max_open_jobs)
        self._open_jobs = None if max_open_jobs is None else _open_jobs(max_open_jobs)
        policy = RetryPolicy() if retry is None else retry
        self._options = CallOptions(
            policy,
            RetryBudget(policy.budget),
            _queues(quotas, policy),
            has_default_retry=retry is None,
            attempt_timeout=attempt_timeout,
            max_response_bytes=max_response_bytes,
            hooks=_hooks(on_call),
        )
        self._usage = UsageLedger()
        self._opened_here = opened_here

    async def open(self) -> Self:
        """Opens the client: resolves region and credentials, and prepares the connections.

        Opening an open client does nothing. A closed one may be opened again, also in another
        event loop; so may one that was left open in a loop that has ended.

        Returns:
            The client.

        Raises:
            ConfigurationError: There is no such region, profile or endpoint, a file that a setting
                names cannot be used, or a source of credentials gives none; the text says which.
            ServiceError: A service that gives credentials refused for the moment.
            TransportError: A service that gives credentials gave no usable answer.
            ClientClosedError: The client is open in another event loop, which still runs.
        """
        if await self._connection.open():
            self._opened_here = True
        return self

    async def aclose(self) -> None:
        """Closes the client and its connections; closing a closed one does nothing.

        Calls, listings and waits that are under way end at once with `ClientClosedError`. A view
        made by `with_options` closes the connections only where the view opened them.

        Raises:
            ClientClosedError: The client is open in another event loop, which still runs.
        """
        if self._opened_here:
            await self._connection.aclose()
            self._opened_here = False

    async def __aenter__(self) -> Self:
        return await self.open()

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def with_options(
        self,
        *,
        retry: RetryPolicy | None = None,
        quotas: QuotasSetting | Literal["unchanged"] | None = "unchanged",
        deadline: float | None = None,
        on_call: OnCall | Literal["unchanged"] | None = "unchanged",
    ) -> Self:
        """A view of this client with other settings, over the same connections.

        Args:
            retry: When failed attempts are repeated; None keeps the client's policy and its
                retry budget, another policy has a budget of its own.
            quotas: The quotas to keep to, as for a client; ``"unchanged"`` keeps the client's
                queues and what they have learnt, anything else begins new ones.
            deadline: The seconds that one call may take, with all attempts and waits; None keeps
                the client's. Where the next wait would pass it, the last error is raised at once;
                where the call's turn would come later, `RateLimitError`.
            on_call: Told of each call through the view, in place of the client's hook;
                ``"unchanged"`` keeps that one, None tells nobody.

        Returns:
            A client that lives as long as this one.

        Raises:
            ValueError: The deadline is not a positive, finite number of seconds, or a quota is
                out of its range.
            TypeError: The quotas or the hook are of another type.
        """
        if deadline is None:
            deadline = self._options.deadline
        else:
            check_seconds("deadline", deadline, above_zero=True)
        view = copy.copy(self)
        view._opened_here = False
        view._options = replace(self._options, deadline=deadline)
        if retry is not None:
            view._options = replace(
                view._options,
                retry=retry,
                budget=RetryBudget(retry.budget),
                has_default_retry=False,
            )
        if quotas != "unchanged":
            queues = _queues(quotas, view._options.retry)
            view._options = replace(view._options, queues=queues)
        if on_call != "unchanged":
            view._options = replace(view._options, hooks=_hooks(on_call))
        return view

    @property
    def usage(self) -> Usage:
        """What this client and its views have asked of the service since it was made.

        It is a snapshot: calls by operation and region, and what AWS bills by the image. It costs
        no call, and is there before the client is opened and after it was closed.
        """
        return self._usage.snapshot()

    async def send(self, request: Request[R]) -> R:
        """Sends one request; every method, listing and wait of this client goes through here.

        Args:
            request: A request model, as in ``ListCollectionsRequest(max_results=10)``.

        Returns:
            The response of the class that belongs to the request.

        Raises:
            ServiceError: The service, or the one that gives the credentials, answered with an
                error, and retries did not help.
            TransportError: No usable answer came, and retries did not help.
            RateLimitError: The call's turn comes later than its deadline.
            ResponseValidationError: The answer contradicts its schema.
            ConfigurationError: There are no credentials to sign with, or a setting makes sending
                impossible; the text names what to mend.
            ClientClosedError: The client is not open.
        """
        return (await self.send_raw(request)).parse()

    async def send_raw(self, request: Request[R]) -> RawResponse[R]:
        """Sends one request as `send` does, and gives the answer as it came.

        It is for members that AWS has added since this version: they are in the body, and in no
        response model. Retries, deadlines and errors are those of `send`, but for an answer that
        contradicts its schema, which is an error of `RawResponse.parse`.

        Args:
            request: A request model, as in ``ListCollectionsRequest(max_results=10)``.

        Returns:
            Status, headers and body, and with ``parse()`` the response.

        Raises:
            ServiceError: The service answered with an error, and retries did not help.
            TransportError: No usable answer came, and retries did not help.
            ConfigurationError: There are no credentials to sign with.
            ClientClosedError: The client is not open.
        """
        if self._open_jobs is None:
            return await self._call(request, self._options)
        async with self._connection.in_use(request.operation):
            return await self._open_jobs.call(
                request, self._options, send=self._call, spawn=self._connection.spawn
            )

    async def _call(self, request: Request[R], options: CallOptions) -> RawResponse[R]:
        call: Call | None = None
        try:
            async with self._connection.in_use(request.operation) as transport:
                call = transport.begin(request, options)
                answer = await transport.send(call, request)
        except BaseException as error:
            # Here, where a client that was closed meanwhile is an error and no cancellation.
            if call is not None:
                self._finish(call, None, error)
            raise
        self._finish(call, answer, None)
        return answer

    def _finish(
        self, call: Call, answer: RawResponse[Any] | None, error: BaseException | None
    ) -> None:
        self._usage.count(
            call.operation,
            call.region,
            failed=error is not None or call.parse_error is not None,
            # A stub answers without anything being sent.
            answered=answer is not None and call.sent > 0,
            response=call.response,
        )
        hooks = call.options.hooks
        if hooks is not None:
            hooks.finished(details_of(call, answer, error))

    def _paginate(
        self,
        request: PagedRequest[R, T],
        *,
        max_items: int | None,
        resume: str | None,
        prefetch: int,
    ) -> Paginator[R, T]:
        from rekognition_async.pagination import Paginator

        return Paginator(
            self.send,
            self._connection.spawn,
            request,
            max_items=max_items,
            resume=resume,
            prefetch=prefetch,
        )

    def _bulk_caller(self) -> BulkCaller:
        from rekognition_async.bulk.engine import BulkCaller

        return BulkCaller(
            self._send_in_bulk,
            self._spawn,
            self._options.retry.clock.monotonic,
            self._connection.transport().max_connections,
        )

    async def _send_in_bulk(self, request: Request[R], on_sent: Callable[[float], None]) -> R:
        view = copy.copy(self)
        view._options = replace(self._options, on_sent=on_sent)
        return await view.send(request)

    def _list_s3(
        self, bucket: str, prefix: str, endpoint_url: str | None
    ) -> AsyncGenerator[ListedObject]:
        return self._connection.transport().list_s3(bucket, prefix, endpoint_url)

    def _spawn(self, work: Coroutine[Any, Any, _T]) -> asyncio.Task[_T]:
        return self._connection.spawn(work)

    async def _wait_until(self, condition: WaitCondition[R], polling: PollSettings) -> R:
        policy = self._options.retry
        async with self._connection.in_use(f"a wait with {condition.request.operation}"):
            return await wait_until(
                condition,
                polling,
                send=self.send,
                clock=policy.clock,
                random=policy.random,
            )

    async def _wait_until_told(
        self,
        condition: WaitCondition[Any],
        polling: PollSettings,
        *,
        job_id: str,
        completions: SqsCompletions,
    ) -> None:
        policy = self._options.retry
        try:
            async with self._connection.in_use(f"a wait with {condition.request.operation}"):
                await completions.wait_until_done(
                    condition,
                    polling,
                    job_id=job_id,
                    send=self.send,
                    clock=policy.clock,
                    random=policy.random,
                )
        except JobFailedError:
            self._note_ended(job_id)
            raise
        self._note_ended(job_id)

    def _note_ended(self, job_id: str) -> None:
        if self._open_jobs is not None:
            self._open_jobs.note_ended(job_id)


def _open_jobs(most: int) -> OpenJobs:
    from rekognition_async.open_jobs import OpenJobs

    return OpenJobs(most)


def _queues(quotas: QuotasSetting | None, retry: RetryPolicy) -> CallQueues | None:
    return None if quotas is None else CallQueues(quotas, retry.clock)


def _hooks(on_call: OnCall | None) -> CallHooks | None:
    return None if on_call is None else CallHooks(on_call)
