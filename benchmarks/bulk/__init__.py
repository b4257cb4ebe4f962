"""What a bulk costs, and how well it keeps a quota: ``python -m benchmarks.bulk``."""
