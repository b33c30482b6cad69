"""The store of `hdfs://`: HDFS over WebHDFS, with no Hadoop client on the machines that read.

`hdfs_settings`  the site file's part      `hdfs_namenode`  names, asked again while it may help
`hdfs_answers`   refusals in words         `hdfs_datanode`  bytes
`hdfs_listing`   a tree in order           `hdfs_reading`, `hdfs_writing`  streams over both

The address in a URI is Spark's; ours is `webhdfs` of the site file. A path into a snapshot, `/raw/.snapshot/s1/…`, is a
path like any other, and pins what is read whatever happens to `/raw`.
"""

import io
from collections.abc import Iterator
from typing import BinaryIO

from blake3 import blake3

from pipelines.errors import ChangedError
from pipelines.storage.contract import Stat
from pipelines.storage.hdfs_listing import walk
from pipelines.storage.hdfs_namenode import namenode
from pipelines.storage.hdfs_reading import open_file
from pipelines.storage.hdfs_settings import HdfsSettings
from pipelines.storage.hdfs_writing import INCOMPLETE, Aside, HdfsOutput

_PIECE_BYTES = 1 << 20


class HdfsStore:
    """Files of one HDFS; a version is modification time, id and length."""

    def __init__(self, **settings: str) -> None:
        self._namenode = namenode(HdfsSettings(**settings))

    def stat(self, uri: str, version: str | None = None) -> Stat:
        """Size and version of a file; a folder is none."""
        found = self._namenode.stat(uri)
        if version not in (None, found.version):
            raise ChangedError(f"{uri} was changed: its version is {found.version}, not {version}")
        return found

    def list_files(self, uri: str) -> Iterator[Stat]:
        """The file itself, or every file below the folder."""
        return (stat for stat in walk(self._namenode, uri) if not _is_incomplete(stat.uri))

    def open(self, uri: str, version: str | None = None) -> BinaryIO:
        """A stream that survives its DataNode; ChangedError also when the file changes while it is read."""
        return open_file(self._namenode, self.stat(uri, version))

    def put_if_absent(self, uri: str, data: bytes) -> None:
        """Write a whole file under a new name."""
        Aside(self._namenode, uri).publish(io.BytesIO(data), len(data))

    def create(self, uri: str) -> HdfsOutput:
        """A file that appears under its name when it is whole."""
        return HdfsOutput(self._namenode, uri)

    def copy(self, source: str, destination: str) -> None:
        """Read and written again: HDFS has neither links nor copies on the server."""
        with self.open(source) as stream, self.create(destination) as output:
            while piece := stream.read(_PIECE_BYTES):
                output.write(piece)

    def checksum(self, uri: str, version: str | None = None) -> str:
        """BLAKE3 of the bytes. HDFS's own checksum depends on the size of blocks as well."""
        hasher = blake3()
        with self.open(uri, version) as stream:
            while piece := stream.read(_PIECE_BYTES):
                hasher.update(piece)
        return hasher.hexdigest()

    def delete(self, uri: str) -> None:
        """Remove the file, past the trash."""
        self._namenode.ask("DELETE", "DELETE", uri, recursive="false")

    def sweep(self, uri: str) -> int:
        """Remove the unfinished files below a folder, those too whose writer died without closing them."""
        left = [stat.uri for stat in walk(self._namenode, uri) if _is_incomplete(stat.uri)]
        for each in left:
            self.delete(each)
        return len(left)

    def modified_seconds(self, uri: str) -> float:
        """The file's modification time; another policy leaves it as it is."""
        return int(self._namenode.ask("GET", "GETFILESTATUS", uri)["FileStatus"]["modificationTime"]) / 1000

    def tier(self, uri: str) -> str:
        """Name of the storage policy of a file or folder, like HOT or COLD."""
        return str(self._namenode.ask("GET", "GETSTORAGEPOLICY", uri)["BlockStoragePolicy"]["name"])

    def set_tier(self, uri: str, tier: str) -> None:
        """Give a file or folder another storage policy. Blocks stay where they are until `hdfs mover` has run."""
        self._namenode.ask("PUT", "SETSTORAGEPOLICY", uri, storagepolicy=tier)


def _is_incomplete(uri: str) -> bool:
    return uri.rpartition("/")[2].startswith(INCOMPLETE)
