class ContainerMetadataFetcher:
    SLEEP_TIME: int
