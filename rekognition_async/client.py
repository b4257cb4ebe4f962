"""The client: one object a service opens, shares between its tasks, and closes."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

from aiobotocore.client import AioBaseClient
from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession

from rekognition_async._botocore import connection
from rekognition_async._botocore.events import CallOptions
from rekognition_async.config import (
    DEFAULT_CONNECT_TIMEOUT,
    DEFAULT_MAX_POOL_CONNECTIONS,
    DEFAULT_READ_TIMEOUT,
    ConnectionSettings,
    RetryPolicy,
    check_seconds,
)
from rekognition_async.operation import PagedRequest, R, Request, T
from rekognition_async.operations import AllOperations
from rekognition_async.operations.bulk import BulkOperations
from rekognition_async.operations.waits import Waits
from rekognition_async.pagination import Paginator
from rekognition_async.retry import RetryBudget
from rekognition_async.waiting import PollPace, PollSettings, WaitCondition, wait_until

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
        retry: RetryPolicy = RetryPolicy(),  # noqa: B008 - frozen
        connect_timeout: float = DEFAULT_CONNECT_TIMEOUT,
        read_timeout: float = DEFAULT_READ_TIMEOUT,
        max_pool_connections: int = DEFAULT_MAX_POOL_CONNECTIONS,
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
            retry: When failed attempts are repeated.
            connect_timeout: Seconds to wait for a connection.
            read_timeout: Seconds to wait for the next bytes of an answer.
            max_pool_connections: How many connections may be open at once; a call beyond that
                waits for one to be free.
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
        self._begin(retry)

    @classmethod
    def from_aiobotocore(
        cls,
        client: AioBaseClient,
        *,
        retry: RetryPolicy = RetryPolicy(),  # noqa: B008 - frozen
    ) -> Self:
        """Wraps an aiobotocore client that a service already has.

        The wrapped client stays its owner's: it goes on working by itself, with its own retries,
        and closing the wrapper does not close it.

        Args:
            client: An entered aiobotocore client of the service ``rekognition``.
            retry: When failed attempts of calls through the wrapper are repeated.

        Returns:
            A client that is open as long as the wrapped one is, or until `aclose`.

        Raises:
            ValueError: It is a client of another service.
        """
        wrapper = cls.__new__(cls)
        wrapper._connection = connection.borrowed(client)
        wrapper._begin(retry, opened_here=True)
        return wrapper

    def _begin(self, retry: RetryPolicy, *, opened_here: bool = False) -> None:
        self._options = CallOptions(retry, RetryBudget(retry.budget))
        self._pace = PollPace()
        self._opened_here = opened_here

    async def open(self) -> Self:
        """Opens the client: resolves region and credentials, and prepares the connections.

        Opening an open client does nothing. A closed one may be opened again.

        Returns:
            The client.

        Raises:
            ConfigurationError: No region was found, or a setting is of no use to botocore.
        """
        if await self._connection.open():
            self._opened_here = True
        return self

    async def aclose(self) -> None:
        """Closes the client and its connections; closing a closed one does nothing.

        Calls that are under way end with `ClientClosedError`. A view made by `with_options` closes
        the connections only where the view opened them.
        """
        if self._opened_here:
            self._opened_here = False
            await self._connection.aclose()

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
        self, *, retry: RetryPolicy | None = None, deadline: float | None = None
    ) -> Self:
        """A view of this client with other settings, over the same connections.

        Args:
            retry: When failed attempts are repeated; None keeps the client's policy and its
                retry budget, another policy has a budget of its own.
            deadline: The seconds that one call may take, with all attempts and waits; None keeps
                the client's. Where the next wait would pass it, the last error is raised at once.

        Returns:
            A client that lives as long as this one.

        Raises:
            ValueError: The deadline is not a positive, finite number of seconds.
        """
        if deadline is None:
            deadline = self._options.deadline
        else:
            check_seconds("deadline", deadline, above_zero=True)
        view = copy.copy(self)
        view._opened_here = False
        if retry is None:
            retry, budget = self._options.retry, self._options.budget
        else:
            budget = RetryBudget(retry.budget)
        view._options = CallOptions(retry, budget, deadline)
        return view

    async def send(self, request: Request[R]) -> R:
        """Sends one request; every method, listing and wait of this client goes through here.

        Args:
            request: A request model, as in ``ListCollectionsRequest(max_results=10)``.

        Returns:
            The response of the class that belongs to the request.

        Raises:
            ServiceError: The service answered with an error, and retries did not help.
            TransportError: No usable answer came, and retries did not help.
            ResponseValidationError: The answer contradicts its schema.
            ConfigurationError: There are no credentials to sign with.
            ClientClosedError: The client is not open.
        """
        return await self._connection.transport().call(request, self._options)

    def _paginate(
        self,
        request: PagedRequest[R, T],
        *,
        max_items: int | None,
        resume: str | None,
        prefetch: int,
    ) -> Paginator[R, T]:
        return Paginator(
            self.send,
            self._connection.spawn,
            request,
            max_items=max_items,
            resume=resume,
            prefetch=prefetch,
        )

    def _spawn(self, work: Coroutine[Any, Any, _T]) -> asyncio.Task[_T]:
        return self._connection.spawn(work)

    async def _wait_until(self, condition: WaitCondition[R], polling: PollSettings) -> R:
        policy = self._options.retry
        region_name = self._connection.transport().region_name

        async def turn(operation: str) -> None:
            await self._pace.turn(operation, region_name, policy.clock)

        return await wait_until(
            condition,
            polling,
            send=self.send,
            turn=turn,
            clock=policy.clock,
            random=policy.random,
        )
