"""A real HDFS on loopback: one NameNode and three DataNodes, each a process of its own.

The jars come from `scripts/servers.sh` (Maven's hadoop-client-minicluster). Up in 10 to 20 s on two cores; each of the
four JVMs takes 160 to 190 MB.
"""

import json
import os
import random
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import psutil
import requests

from pipelines.storage import Stores

NUM_DATANODES = 3
SUPERUSER = "hdfs"
_JARS = Path.home() / ".cache" / "phloem" / "servers" / "hadoop-3.5.0"
# Four JVMs start at once on two cores: no optimizing compiler, one thread for garbage.
_JAVA = ("java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Xmx192m")
_NAMENODE = "org.apache.hadoop.hdfs.server.namenode.NameNode"
_DATANODE = "org.apache.hadoop.hdfs.server.datanode.DataNode"
_DFSADMIN = "org.apache.hadoop.hdfs.tools.DFSAdmin"
_READY_SECONDS = 120


class Cluster:
    """The processes, where they are reached, and ways to hurt them.

    `folder` holds configuration, data and logs. Blocks are of 4 MiB in two replicas; a folder is listed by ten names.
    """

    def __init__(
        self, folder: Path, settings: Mapping[str, str], *, num_datanodes: int = NUM_DATANODES, java: Sequence[str] = ()
    ) -> None:
        self.folder = folder
        self._java = (*_JAVA, *java)
        rpc, http = _free_ports(2)
        self.uri = f"hdfs://127.0.0.1:{rpc}"
        self.webhdfs = f"http://127.0.0.1:{http}"
        self._namenode: subprocess.Popen[bytes] | None = None
        self._datanodes: list[subprocess.Popen[bytes] | None] = [None] * num_datanodes
        (folder / "conf").mkdir(parents=True)
        _write_settings(folder / "conf" / "core-site.xml", {"fs.defaultFS": self.uri})
        addresses = {
            "dfs.namenode.name.dir": f"file://{folder}/name",
            "dfs.namenode.rpc-address": f"127.0.0.1:{rpc}",
            "dfs.namenode.http-address": f"127.0.0.1:{http}",
        }
        _write_settings(folder / "conf" / "hdfs-site.xml", addresses | _SETTINGS | dict(settings))

    def stores(self, user: str = "phloem", **settings: str) -> Stores:
        """Stores that reach this cluster as `user`."""
        return Stores({"hdfs": {"webhdfs": self.webhdfs, "user": user} | settings})

    def site_toml(self, user: str = "phloem") -> str:
        """What a site file says of this cluster."""
        return f'[storage.hdfs]\nwebhdfs = "{self.webhdfs}"\nuser = "{user}"\n'

    def start(self) -> None:
        """Launch, wait until all DataNodes are there; anybody may write below `/`."""
        self.launch()
        self._wait_until(lambda: len(self._live_ports()) == len(self._datanodes) and not self.in_safe_mode())
        self.web("PUT", "SETPERMISSION", "/", permission="1777")

    def launch(self) -> None:
        """Format, and start every process at once."""
        self._start("format", _NAMENODE, "-format").wait()
        self.start_namenode(wait=False)
        for number in range(len(self._datanodes)):
            self.start_datanode(number, wait=False)

    def wait_for_ports(self) -> None:
        """Wait until every process listens: all that can be seen of an HDFS that asks everybody for a ticket."""
        address = urlsplit(self.webhdfs)
        self._wait_until(lambda: all(self._ports(number) for number in range(len(self._datanodes))))
        with socket.socket() as probe:
            self._wait_until(lambda: probe.connect_ex((address.hostname, address.port)) == 0)

    def start_namenode(self, *, wait: bool = True) -> None:
        """Start the NameNode; with `wait`, until it answers, be it in safe mode."""
        self._namenode = self._start("namenode", _NAMENODE)
        if wait:
            self._wait_until(self._answers)

    def stop_namenode(self) -> None:
        """Kill -9; its journal is what it starts from again."""
        _kill(self._namenode)

    def restart_namenode(self) -> None:
        """Kill the NameNode and start it again: in safe mode until the DataNodes have reported."""
        self.stop_namenode()
        self.start_namenode()

    def start_datanode(self, number: int, *, wait: bool = True) -> None:
        """Start a DataNode on its data (and new ports); with `wait`, until the NameNode knows it."""
        data = self.folder / f"data-{number}"
        data.mkdir(mode=0o700, exist_ok=True)
        options = {"data.dir": data, "hostname": "127.0.0.1"}
        options |= {f"{kind}address": "127.0.0.1:0" for kind in ("", "http.", "ipc.")}
        words = [f"-Ddfs.datanode.{key}={value}" for key, value in options.items()]
        self._datanodes[number] = self._start(f"datanode-{number}", _DATANODE, *words)
        if wait:
            self._wait_until(lambda: bool(self._ports(number) & self._live_ports()))

    def kill_datanode(self, number: int) -> None:
        """Kill -9; the NameNode goes on taking it for alive for some 20 s."""
        _kill(self._datanodes[number])

    def datanode_at(self, location: str) -> int:
        """The number of the DataNode that a location of OPEN or CREATE leads to."""
        return next(number for number in range(len(self._datanodes)) if urlsplit(location).port in self._ports(number))

    def replicas(self) -> list[Path]:
        """Every block file on the DataNodes' disks that is finished."""
        return sorted(path for path in self.folder.glob("data-*/**/finalized/**/blk_*") if path.suffix != ".meta")

    def admin(self, *words: str) -> str:
        """`hdfs dfsadmin` as the superuser; what it printed. A JVM: 1 to 2 s."""
        command = self._command(_DFSADMIN, *words)
        return subprocess.run(command, env=_environment(), capture_output=True, text=True, check=True).stdout

    def web(self, method: str, operation: str, path: str, **parameters: str) -> dict[str, Any]:
        """One request to the NameNode as the superuser, in a tenth of `admin`'s time."""
        parameters = {"op": operation, "user.name": SUPERUSER} | parameters
        url = f"{self.webhdfs}/webhdfs/v1{quote(path)}"
        answer = requests.request(method, url, params=parameters, timeout=30)
        answer.raise_for_status()
        return answer.json() if answer.content else {}

    def in_safe_mode(self) -> bool:
        """Whether the NameNode refuses writes until enough blocks are reported."""
        return bool(self._bean("NameNodeInfo")["Safemode"])

    def stop(self) -> None:
        """Kill every process."""
        for process in (self._namenode, *self._datanodes):
            _kill(process)

    def _start(self, name: str, main: str, *words: str) -> subprocess.Popen[bytes]:
        # Linux kills a server when the process that started it ends, however that one ends.
        command = ["setpriv", "--pdeathsig", "KILL", *self._command(main, *words)]
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=_environment())

    def _command(self, main: str, *words: str) -> list[str]:
        if not _JARS.is_dir():
            raise FileNotFoundError(f"{_JARS} is not there: scripts/servers.sh fetches it")
        return [*self._java, "-cp", f"{self.folder / 'conf'}:{_JARS}/*", main, *words]

    def _bean(self, name: str) -> dict[str, Any]:
        question = {"qry": f"Hadoop:service=NameNode,name={name}"}
        beans = requests.get(f"{self.webhdfs}/jmx", params=question, timeout=10).json()["beans"]
        return beans[0] if beans else {}

    def _answers(self) -> bool:
        with suppress(requests.RequestException, ValueError):
            return "Safemode" in self._bean("NameNodeInfo")
        return False

    def _ports(self, number: int) -> set[int]:
        """Where a DataNode listens."""
        process = self._datanodes[number]
        with suppress(psutil.Error):
            if process is not None and process.poll() is None:
                sockets = psutil.Process(process.pid).net_connections("tcp")
                return {socket.laddr.port for socket in sockets if socket.status == psutil.CONN_LISTEN}
        return set()

    def _live_ports(self) -> set[int]:
        """The HTTP ports of the DataNodes that the NameNode takes for alive."""
        with suppress(requests.RequestException, ValueError):
            nodes = json.loads(self._bean("NameNodeInfo").get("LiveNodes", "{}")).values()
            return {int(node["infoAddr"].rpartition(":")[2]) for node in nodes}
        return set()

    def _wait_until(self, ready: Callable[[], bool]) -> None:
        until = time.monotonic() + _READY_SECONDS
        while not ready():
            if time.monotonic() > until:
                logs = "\n".join(path.read_text()[-2000:] for path in sorted(self.folder.glob("*.log")))
                raise TimeoutError(f"not ready after {_READY_SECONDS} s\n{logs}")
            time.sleep(0.1)


@contextmanager
def running(folder: Path, settings: Mapping[str, str] | None = None) -> Iterator[Cluster]:
    """A cluster in an empty `folder`, with `settings` of hdfs-site.xml beside ours; ended by process id."""
    cluster = Cluster(folder, settings or {})
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


_SETTINGS = {
    "dfs.replication": "2",
    "dfs.blocksize": str(4 << 20),
    "dfs.namenode.fs-limits.min-block-size": str(1 << 20),
    "dfs.permissions.enabled": "true",
    "dfs.ls.limit": "10",
    "dfs.heartbeat.interval": "1",
    "dfs.namenode.heartbeat.recheck-interval": "5000",
    "dfs.namenode.safemode.extension": "0",
    "dfs.namenode.datanode.registration.ip-hostname-check": "false",
    # A DataNode's pause before it asks again whether a file is closed: 400 ms for one small file in ten otherwise.
    "dfs.client.block.write.locateFollowingBlock.initial.delay.ms": "10",
    # And before it asks for replicas again when it found none: 3 s, 6 s and 9 s otherwise.
    "dfs.client.retry.window.base": "10",
    # The journal need not outlive the machine, only the NameNode.
    "dfs.namenode.edits.noeditlogchannelflush": "true",
}


def _write_settings(path: Path, settings: Mapping[str, str]) -> None:
    rows = [f"<property><name>{key}</name><value>{value}</value></property>" for key, value in settings.items()]
    path.write_text("\n".join(["<configuration>", *rows, "</configuration>"]))


def _environment() -> dict[str, str]:
    return os.environ | {"HADOOP_USER_NAME": SUPERUSER}


def _free_ports(count: int) -> list[int]:
    """Below the range of outgoing connections (32768 and up), so that a restarted server finds its own port free."""
    found: list[int] = []
    while len(found) < count:
        port = random.SystemRandom().randrange(20_000, 32_000)
        with socket.socket() as probe:
            if port not in found and probe.connect_ex(("127.0.0.1", port)) != 0:
                found.append(port)
    return found


def _kill(process: subprocess.Popen[bytes] | None) -> None:
    if process is not None:
        process.kill()
        process.wait()
