class AioEndpoint:
    http_session: object
