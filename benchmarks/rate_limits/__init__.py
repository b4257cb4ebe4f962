"""``python -m benchmarks.rate_limits``: how many calls a quota bears, and what becomes of the rest.

Each row is one run against the emulator, over real sockets and from real processes, which wait
for each other before they begin.
"""
