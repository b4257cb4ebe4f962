"""Side by side with what a user would pick instead: ``python -m benchmarks``.

Nothing here leaves the loopback, apart from pip, which makes the environments of the peers.
"""
