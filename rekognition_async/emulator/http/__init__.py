"""The HTTP server: connections, limits, TLS, and the log of requests."""
