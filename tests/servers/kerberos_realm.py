"""A Kerberos realm on loopback, MIT's as Debian has it, and an HDFS in which nothing is done without its tickets."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import hdfs_cluster
from cluster import free_port

REALM = "PHLOEM.TEST"
SUPERUSER = "hdfs/127.0.0.1"
_WEB = "HTTP/127.0.0.1"
_PATH = f"{os.environ['PATH']}:/usr/sbin"
_PACKAGES = Path("/usr/lib/python3/dist-packages")
"""Debian's requests-kerberos needs no compiler; that of PyPI builds C code and wants libkrb5's headers."""
_UP_SECONDS = 30


@dataclass(frozen=True)
class Realm:
    """A running KDC; `folder` holds its configuration, its database, keytabs and tickets."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """What a process has that knows the realm and can ask HDFS by it, but has no ticket."""
        nobody = {"KRB5CCNAME": f"FILE:{self.folder}/none"}
        return {"KRB5_CONFIG": f"{self.folder}/krb5.conf", "PYTHONPATH": f"{self.folder}/packages"} | nobody

    def add(self, *principals: str) -> Path:
        """New users or services with keys of their own; the keytab that holds them."""
        keytab = self.folder / f"{principals[0].partition('/')[0]}.keytab"
        for principal in principals:
            self.run("kadmin.local", "-r", REALM, "addprinc", "-randkey", principal)
            self.run("kadmin.local", "-r", REALM, "ktadd", "-k", keytab, principal)
        return keytab

    def ticket(self, principal: str) -> dict[str, str]:
        """What a process has that is this principal: `kinit`, with its keytab."""
        name = principal.partition("/")[0]
        held = self.environment | {"KRB5CCNAME": f"FILE:{self.folder}/{name}.ticket"}
        self.run("kinit", "-k", "-t", self.folder / f"{name}.keytab", principal, KRB5CCNAME=held["KRB5CCNAME"])
        return held

    def run(self, *command: object, **environment: str) -> None:
        """One of Kerberos' own tools; CalledProcessError with its words."""
        words = [str(word) for word in command]
        subprocess.run(words, env=self.tools_environment() | environment, check=True, capture_output=True)

    def tools_environment(self) -> dict[str, str]:
        """What the KDC and its tools are told by."""
        return os.environ | self.environment | {"KRB5_KDC_PROFILE": f"{self.folder}/kdc.conf", "PATH": _PATH}


@contextmanager
def running(folder: Path) -> Iterator[Realm]:
    """A realm whose KDC runs while the block does."""
    realm, address = Realm(folder), f"127.0.0.1:{free_port()}"
    folder.mkdir()
    (folder / "krb5.conf").write_text(_KRB5_CONF.format(address=address))
    (folder / "kdc.conf").write_text(_KDC_CONF.format(address=address, folder=folder))
    (folder / "packages").mkdir()
    for package in [*_PACKAGES.glob("kerberos.*.so"), _PACKAGES / "requests_kerberos"]:
        (folder / "packages" / package.name).symlink_to(package)
    realm.run("kdb5_util", "create", "-s", "-r", REALM, "-P", "of the realm's key, which nobody needs")
    kdc = subprocess.Popen(["krb5kdc", "-n", "-r", REALM], env=realm.tools_environment(), stdout=subprocess.DEVNULL)
    try:
        realm.add("probe")
        _wait_for_a_ticket(realm)
        yield realm
    finally:
        kdc.kill()
        kdc.wait()


@contextmanager
def secure_hdfs(realm: Realm, folder: Path) -> Iterator[hdfs_cluster.Cluster]:
    """A NameNode and a DataNode that know users by the realm's tickets alone."""
    keytab = realm.add(SUPERUSER, _WEB)
    settings = _SECURE | {f"dfs.{kind}.keytab.file": str(keytab) for kind in ("namenode", "datanode")}
    settings |= {
        f"{kind}.kerberos.keytab": str(keytab) for kind in ("dfs.web.authentication", "hadoop.http.authentication")
    }
    java = [f"-Djava.security.krb5.conf={realm.folder}/krb5.conf"]
    cluster = hdfs_cluster.Cluster(folder, settings, num_datanodes=1, java=java)
    try:
        cluster.launch()
        cluster.wait_for_ports()
        yield cluster
    finally:
        cluster.stop()


def _wait_for_a_ticket(realm: Realm) -> None:
    deadline = time.monotonic() + _UP_SECONDS
    while True:
        try:
            realm.ticket("probe")
        except subprocess.CalledProcessError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


_SECURE = {
    "dfs.replication": "1",
    "hadoop.security.authentication": "kerberos",
    "dfs.block.access.token.enable": "true",
    # Ports below 1024, or TLS between DataNodes, are what it would want otherwise.
    "ignore.secure.ports.for.testing": "true",
    "hadoop.http.authentication.type": "kerberos",
    "hadoop.http.authentication.simple.anonymous.allowed": "false",
    "hadoop.http.authentication.kerberos.principal": f"{_WEB}@{REALM}",
    "dfs.web.authentication.kerberos.principal": f"{_WEB}@{REALM}",
    "dfs.namenode.kerberos.internal.spnego.principal": f"{_WEB}@{REALM}",
    "dfs.namenode.kerberos.principal": f"{SUPERUSER}@{REALM}",
    "dfs.datanode.kerberos.principal": f"{SUPERUSER}@{REALM}",
}

_KRB5_CONF = f"""
[libdefaults]
default_realm = {REALM}
dns_lookup_kdc = false
dns_canonicalize_hostname = false
rdns = false
udp_preference_limit = 1
[realms]
{REALM} = {{{{
    kdc = {{address}}
}}}}
"""
_KDC_CONF = f"""
[kdcdefaults]
kdc_listen = {{address}}
kdc_tcp_listen = {{address}}
[realms]
{REALM} = {{{{
    database_name = {{folder}}/principals
    key_stash_file = {{folder}}/stash
    acl_file = {{folder}}/acl
}}}}
"""
