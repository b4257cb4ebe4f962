"""What the emulator costs with very much in it, beside another build of it and moto's server.

`python -m benchmarks.emulator` prints a table; see ``--help``.
"""
