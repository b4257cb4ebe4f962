"""What runs in the environment of a peer: ``python -P -m benchmarks.workers``.

Imported by every peer and measured with it, so it imports little itself.
"""
