from typing import Any

__version__: str
UNSIGNED: Any

def xform_name(name: str, sep: str = "_", _xform_cache: Any = ...) -> str: ...
