"""A real S3 server on loopback: versitygw, which checks signatures and checksums, on a folder of this machine.

`scripts/servers.sh s3` puts its program where `running` looks for it.
"""

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from pipelines.storage import Secret, Stores
from pipelines.storage.s3_rate import shared_file

PROGRAM = Path.home() / ".cache" / "phloem" / "servers" / "bin" / "versitygw"
REGION = "us-east-1"
_READY_SECONDS = 30


@dataclass(frozen=True)
class S3Server:
    """How to reach a running server."""

    endpoint: str
    access_key_id: str
    secret_access_key: str
    folder: Path
    """`objects/BUCKET/KEY` are the bytes at rest: tests flip them there."""
    ca_file: Path | None = None
    """What vouches for the server, when it speaks TLS."""
    pid: int = 0
    """Of its process, which is alone in seeing its disk when that is a small one."""

    def settings(self) -> dict[str, str]:
        """What `Stores` is told of it."""
        ca_file = {"ca_file": str(self.ca_file)} if self.ca_file else {}
        return ca_file | {
            "endpoint": self.endpoint,
            "region": REGION,
            "path_style": "true",
            "access_key_id": Secret(self.access_key_id),
            "secret_access_key": Secret(self.secret_access_key),
        }

    def stores(self, **settings: str) -> Stores:
        """Stores that know this server; `settings` come on top."""
        return Stores({"s3": self.settings() | settings})

    def site_toml(self) -> str:
        """The `[storage.s3]` table of a site file; the credentials are references to files beside the objects."""
        lines = [f'endpoint = "{self.endpoint}"', f'region = "{REGION}"', 'path_style = "true"']
        for key in ("access_key_id", "secret_access_key"):
            secret = self.folder / key
            secret.write_text(getattr(self, key))
            lines.append(f'{key} = {{ file = "{secret}" }}')
        return "\n".join(["[storage.s3]", *lines, ""])

    @cached_property
    def client(self) -> Any:
        """A plain boto3 client of the server, for what tests look at themselves."""
        return boto3.session.Session().client(
            "s3",
            endpoint_url=self.endpoint,
            region_name=REGION,
            verify=self.ca_file,
            aws_access_key_id=self.access_key_id,
            aws_secret_access_key=self.secret_access_key,
            config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
        )

    def make_bucket(self, name: str, *, versioned: bool = False) -> str:
        """A new bucket; its URI."""
        self.client.create_bucket(Bucket=name)
        if versioned:
            self.client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        return f"s3://{name}"

    def fill_disk(self) -> None:
        """Leave no room on its disk; not what the server gives back a moment later of files that it had open either."""
        fill = f"! cat /dev/zero >>{self._filler} 2>&1"
        self._on_its_disk(f"{fill}; sleep 0.5; {fill}; test -s {self._filler}")

    def make_room(self) -> None:
        """Give back what `fill_disk` took."""
        self._on_its_disk(f"rm {self._filler}")

    @property
    def _filler(self) -> Path:
        return self.folder / "objects" / ".filler"

    def _on_its_disk(self, script: str) -> None:
        into = ["nsenter", f"--target={self.pid}", "--mount", "--root"]
        into += [] if os.geteuid() == 0 else ["--user", "--preserve-credentials"]
        subprocess.run([*into, "bash", "-c", script], check=True, capture_output=True)

    def add_user(self, name: str) -> dict[str, str]:
        """A user without any right; the settings that make `stores` theirs."""
        program = [str(PROGRAM), "admin", "--allow-insecure", "--endpoint-url", self.endpoint]
        keys = ["--access", self.access_key_id, "--secret", self.secret_access_key]
        new = ["--access", name, "--secret", f"{name}-secret", "--role", "user"]
        subprocess.run([*program, *keys, "create-user", *new], check=True, capture_output=True)
        return {"access_key_id": Secret(name), "secret_access_key": Secret(f"{name}-secret")}

    def allow(self, name: str, bucket: str, *actions: str) -> None:
        """Give a user rights to everything in a bucket."""
        resources = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
        for_objects = [action for action in actions if "Bucket" not in action]
        for_bucket = [action for action in actions if "Bucket" in action]
        statements = [
            {"Effect": "Allow", "Principal": {"AWS": [name]}, "Action": allowed, "Resource": resource}
            for allowed, resource in ((for_bucket, resources[0]), (for_objects, resources[1]))
            if allowed
        ]
        self.client.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Statement": statements}))


@contextmanager
def running(folder: Path, *, tls: bool = False, disk_bytes: int = 0) -> Iterator[S3Server]:
    """Start a server on a free port with its data below `folder`, or on a disk of so many bytes; stop it at the end."""
    for name in ("objects", "versions", "users", "metadata"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    address, options = f"127.0.0.1:{free_port()}", ["--quiet", "--keep-alive", "--iam-dir", str(folder / "users")]
    ca_file = certificate(folder) if tls else None
    if ca_file:
        options += ["--cert", str(ca_file), "--key", str(ca_file.with_suffix(".key"))]
    key, secret = "PHLOEMTESTKEY", "phloem-test-secret"
    backend = ["posix", "--versioning-dir", str(folder / "versions"), str(folder / "objects")]
    if disk_bytes:  # and what it knows of objects beside them: before Linux 6.6 a tmpfs holds no attributes
        backend[1:3] = ["--sidecar", str(folder / "metadata")]
    keys = {"ROOT_ACCESS_KEY": key, "ROOT_SECRET_KEY": secret}
    command = [*_on_a_disk(folder, disk_bytes), str(PROGRAM), "--port", address, *options, *backend]
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **keys})
    server = S3Server(f"http{'s' * tls}://{address}", key, secret, folder, ca_file, process.pid)
    try:
        _wait_until_ready(server, process)
        yield server
    finally:
        process.kill()  # nothing of it is needed again, and this never waits
        process.wait()
        shared_file(server.endpoint).unlink(missing_ok=True)


def _on_a_disk(folder: Path, disk_bytes: int) -> list[str]:
    """What begins a command whose `objects` are on a small disk: a tmpfs that it alone sees, which needs no root."""
    if not disk_bytes:
        return []
    as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
    mounted = f'mount -t tmpfs -o size={disk_bytes} none "$0" && exec "$@"'
    return ["unshare", *as_root, "--mount", "bash", "-c", mounted, str(folder / "objects")]


def certificate(folder: Path) -> Path:
    """A certificate for loopback that vouches for itself, beside its key."""
    made = folder / "server.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(
        [*command, "-keyout", str(made.with_suffix(".key")), "-out", str(made)], check=True, capture_output=True
    )
    return made


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


def _wait_until_ready(server: S3Server, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while True:
        try:
            server.client.list_buckets()
        except (BotoCoreError, ClientError) as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((server.folder / "server.log").read_text()) from error
            time.sleep(0.02)
        else:
            return
