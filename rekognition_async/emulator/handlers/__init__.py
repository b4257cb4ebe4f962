"""The operations, a module for each domain; `registry` has the function of each, by AWS's name.

See `base` for how to write one.
"""

from rekognition_async.emulator.handlers.base import Backend, Call, ExpiredError, Handler, do

__all__ = ["Backend", "Call", "ExpiredError", "Handler", "do"]
