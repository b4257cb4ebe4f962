"""What a test plans ahead: faults, declared answers, quotas and latency."""
