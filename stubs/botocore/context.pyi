class ClientContext:
    features: set[str]

def get_context() -> ClientContext | None: ...
