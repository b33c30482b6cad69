"""Every store that the contract is asked of: another one is one more row in STORES."""

import secrets
from concurrent.futures import ThreadPoolExecutor

import hdfs_native
import pytest

from pipelines.storage import Stores, join, normalized, scheme


def _local(request):
    return Stores(), normalized(str(request.getfixturevalue("tmp_path") / "out"))


def _hdfs(request):
    cluster = request.getfixturevalue("hdfs")
    return cluster.stores(), join(cluster.uri, "contract", request.getfixturevalue("tmp_path").name)


def _s3(request):
    server = request.getfixturevalue("s3")
    return server.stores(), join(server.make_bucket(f"contract-{secrets.token_hex(8)}"), "out")


STORES = {"local": _local, "hdfs": _hdfs, "s3": _s3}
"""Kind of store → how to make one and an empty place in it; its server starts with the first test that asks."""


@pytest.fixture(params=STORES)
def place(request):
    return STORES[request.param](request)


@pytest.fixture
def make_many(request, place):
    """Makes small objects of many names, in whatever way is fast."""

    def copy(names):
        stores, root = place
        stores.put_if_absent(join(root, names[0]), b"x")
        for name in names[1:]:
            stores.copy(join(root, names[0]), join(root, name))

    def fill_the_servers_folder(names):
        folder = request.getfixturevalue("s3").folder / "objects" / place[1].removeprefix("s3://")
        folder.mkdir(parents=True)
        for name in names:
            (folder / name).touch()

    def create_without_bytes(names):
        namenode, _, folder = place[1].removeprefix("hdfs://").partition("/")
        client = hdfs_native.Client(f"hdfs://{namenode}")  # 3 s for what takes a minute and more by WebHDFS
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda name: client.create(f"/{folder}/{name}").close(), names))

    return {"file": copy, "s3": fill_the_servers_folder, "hdfs": create_without_bytes}[scheme(place[1])]
