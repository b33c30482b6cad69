"""What the site file says of an `s3://` endpoint, and what of it goes into requests."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from typing import Any

from pipelines.errors import RefusedError
from pipelines.storage.secret import Secret

_ENCRYPTIONS = ("AES256", "aws:kms", "aws:kms:dsse")


@dataclass(frozen=True)
class S3Settings:
    """One endpoint, in texts as the site file has them. RefusedError names every wrong one at once."""

    endpoint: str = ""
    """Empty: Amazon's, by region."""
    region: str = ""
    """Empty: boto3's chain, which looks at the environment and the profile."""
    path_style: str = "false"
    """`true`: endpoint/bucket/key, as most servers other than Amazon's want it."""
    ca_file: str = ""
    """Certificates that vouch for the endpoint's, where the system does not know them."""
    access_key_id: str = field(default="", repr=False)
    """Empty: boto3's chain (environment, profile, web identity, container, instance), which renews by itself."""
    secret_access_key: str = field(default="", repr=False)
    session_token: str = field(default="", repr=False)
    profile: str = ""
    """Of the shared credentials and configuration files."""
    encryption: str = ""
    """Of what is written: `AES256`, `aws:kms`, `aws:kms:dsse`; empty: what the bucket does by itself."""
    kms_key_id: str = ""
    requester_pays: str = "false"
    max_requests_per_second: str = "3500"
    """Of all processes of a host together. 3,500 writes a second and prefix is what Amazon S3 promises."""

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        faults = [f"storage.s3.{fault}" for fault in self._faults()]
        if faults:
            raise RefusedError(*faults)

    def _faults(self) -> Iterator[str]:
        if self.endpoint and not self.endpoint.startswith(("http://", "https://")):
            yield f"endpoint is {self.endpoint!r}, must begin with http:// or https://"
        for name in ("path_style", "requester_pays"):
            if getattr(self, name) not in {"true", "false"}:
                yield f"{name} is {getattr(self, name)!r}, must be true or false"
        if self.encryption and self.encryption not in _ENCRYPTIONS:
            yield f"encryption is {self.encryption!r}, must be one of {', '.join(_ENCRYPTIONS)}"
        if self.kms_key_id and not self.encryption.startswith("aws:kms"):
            yield 'kms_key_id is given without encryption = "aws:kms"'
        if bool(self.access_key_id) != bool(self.secret_access_key):
            yield "access_key_id and secret_access_key must be given together"
        if not self.max_requests_per_second.isdecimal() or int(self.max_requests_per_second) < 1:
            yield f"max_requests_per_second is {self.max_requests_per_second!r}, must be a whole number from 1 on"

    def renewed(self) -> "S3Settings":
        """The same with credentials as their files have them now."""
        secrets = {name: getattr(self, name) for name in ("access_key_id", "secret_access_key", "session_token")}
        return replace(self, **{name: value.latest() for name, value in secrets.items() if isinstance(value, Secret)})

    @property
    def address(self) -> str:
        """The endpoint in words."""
        return self.endpoint or f"Amazon S3 (region {self.region or 'of the environment'})"

    @property
    def of_requests(self) -> dict[str, Any]:
        """Parameters of every request about an object."""
        return {"RequestPayer": "requester"} if self.requester_pays == "true" else {}

    @property
    def of_writes(self) -> dict[str, Any]:
        """Parameters of a request that begins a new object."""
        encryption = {"ServerSideEncryption": self.encryption} if self.encryption else {}
        return encryption | ({"SSEKMSKeyId": self.kms_key_id} if self.kms_key_id else {})


S3_KEYS = tuple(setting.name for setting in fields(S3Settings))
"""What `[storage.s3]` of a site file may say."""
