"""The wire protocol: messages, constraints, signatures and callers."""
