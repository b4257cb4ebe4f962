from botocore.config import Config
from botocore.hooks import EventAliaser
from botocore.model import ServiceModel

class ClientMeta:
    events: EventAliaser
    @property
    def service_model(self) -> ServiceModel: ...
    @property
    def region_name(self) -> str: ...
    @property
    def endpoint_url(self) -> str: ...
    @property
    def config(self) -> Config: ...

class BaseClient:
    meta: ClientMeta
