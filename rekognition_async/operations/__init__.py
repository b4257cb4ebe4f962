"""The client's methods, a module a domain; each is one request through ``send``."""

from rekognition_async.operations.collections import CollectionOperations

__all__ = ["CollectionOperations"]
