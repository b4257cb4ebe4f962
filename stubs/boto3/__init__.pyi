from typing import Any

# Its clients have methods by service, made at run time.
def client(*args: Any, **kwargs: Any) -> Any: ...
