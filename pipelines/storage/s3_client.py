"""A process's connection to an S3 endpoint: boto3's client, made with our settings and renewed with credentials."""

import os
from functools import cache
from typing import Any

from botocore.config import Config

from pipelines.errors import RefusedError
from pipelines.storage.s3_faults import S3_ERRORS
from pipelines.storage.s3_rate import RequestRate
from pipelines.storage.s3_settings import S3Settings

_CONNECT_SECONDS = 10.0
_READ_SECONDS = 20.0
"""Without one byte for so long, a connection is taken for dead; S3's answers begin within a second or two."""
_MAX_CONNECTIONS = 32


class Connection:
    """A process's client of one endpoint, and what it has learnt there."""

    def __init__(self, settings: S3Settings) -> None:
        self.client = _client(settings)
        self.rate = RequestRate(settings.address, float(settings.max_requests_per_second))
        self.answered = False
        """Whether anything ever came back: what cannot be reached then is away for a while, not wrong."""
        self.buckets: set[str] = set()
        """Those in which something was seen, or seen to be missing."""
        self._settings = settings

    def renew(self) -> None:
        """Another client, with the credentials that files and the provider chain give now."""
        self.client = _client(self._settings.renewed())


def connection(settings: S3Settings) -> Connection:
    """This process's connection: one that a forked child has from its parent is not used by it."""
    return _connection(os.getpid(), settings)


@cache
def _connection(pid: int, settings: S3Settings) -> Connection:  # noqa: ARG001 (a part of the key)
    return Connection(settings)


def _client(settings: S3Settings) -> Any:
    import boto3  # noqa: PLC0415 (0.4 s, which runs on local files need not spend)

    try:
        client = boto3.session.Session(profile_name=settings.profile or None).client(
            "s3",
            endpoint_url=settings.endpoint or None,
            region_name=settings.region or None,
            verify=settings.ca_file or None,
            aws_access_key_id=settings.access_key_id or None,
            aws_secret_access_key=settings.secret_access_key or None,
            aws_session_token=settings.session_token or None,
            config=_config(settings),
        )
    except (*S3_ERRORS, ValueError) as error:  # ValueError: an endpoint that is no address
        raise RefusedError(f"storage.s3: {error}") from error
    for operation in ("GetObject", "HeadObject"):
        client.meta.events.register(f"before-call.s3.{operation}", _ask_for_checksum)
    return client


def _config(settings: S3Settings) -> Config:
    """Neither attempts nor checksums of boto3's own: both are made here, once."""
    style = "path" if settings.path_style == "true" else "auto"
    # Without TLS the signature must hold the body's SHA-256 (0.57 s/GB); with it, the checksum that we send is enough.
    signed = settings.endpoint.startswith("http://")
    return Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        max_pool_connections=_MAX_CONNECTIONS,
        tcp_keepalive=True,
        retries={"total_max_attempts": 1},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={"addressing_style": style, "payload_signing_enabled": signed},
    )


def _ask_for_checksum(params: dict[str, Any], **_: Any) -> None:
    """As a header: as a parameter it would have botocore verify too, which a body that is resumed defeats."""
    params["headers"]["x-amz-checksum-mode"] = "ENABLED"
