from contextlib import AbstractAsyncContextManager
from typing import Any

class Session:
    # Its clients have methods by service, made at run time.
    def client(self, service_name: str) -> AbstractAsyncContextManager[Any]: ...
