"""An HDFS that asks for Kerberos tickets, as a process meets it that has one, has none, or is somebody else."""

import os
import subprocess
import sys

import kerberos_realm
import pytest

from pipelines.storage import join

PROGRAM = """
import os, sys
from concurrent.futures import ThreadPoolExecutor
from pipelines.errors import AlreadyExistsError, StorageError
from pipelines.storage import Stores, join
stores, root = Stores({"hdfs": dict(word.split("=") for word in sys.argv[2:])}), sys.argv[1]
try:
"""
"""What is tried stands in its `try`; the error that our store tells goes out as a line."""
TOLD = "\nexcept StorageError as error:\n    print(error)\n"


@pytest.fixture(scope="module")
def realm(tmp_path_factory):
    with kerberos_realm.running(tmp_path_factory.mktemp("kerberos") / "realm") as realm:
        realm.add("phloem")
        realm.add("stranger")
        yield realm


@pytest.fixture(scope="module")
def secure(realm, tmp_path_factory):
    with kerberos_realm.secure_hdfs(realm, tmp_path_factory.mktemp("secure") / "hdfs") as cluster:
        share = "stores.of(root)._namenode.ask('PUT', 'MKDIRS', root, permission='1777')"
        assert said(cluster, realm.ticket(kerberos_realm.SUPERUSER), share) == ""
        yield cluster


def said(cluster, environment, statements, settings=("kerberos=true",)):
    """What a process in this environment prints, of its own `root` in HDFS."""
    program = PROGRAM + "\n".join("    " + line for line in statements.splitlines()) + TOLD
    words = [join(cluster.uri, "shared"), f"webhdfs={cluster.webhdfs}", *settings]
    command = [sys.executable, "-c", program, *words]
    return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=True).stdout


ALL_THAT_A_RUN_DOES = """
names = [f"{number:03}" for number in range(16)]
with ThreadPoolExecutor(4) as pool:
    list(pool.map(lambda name: stores.put_if_absent(join(root, "many", name), name.encode() * 1000), names))
    read = list(pool.map(lambda name: stores.read(join(root, "many", name)), names))
assert read == [name.encode() * 1000 for name in names]
assert [stat.uri for stat in stores.list_files(join(root, "many"))] == [join(root, "many", name) for name in names]
children = []
for number in range(4):
    children.append(os.fork())
    if not children[-1]:
        try:
            with stores.create(join(root, "race")) as output:
                output.write(bytes([number]) * 3_000_000)
        except AlreadyExistsError:
            os._exit(1)
        os._exit(0)
assert sorted(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children) == [0] + [1] * 3
assert len(set(stores.read(join(root, "race")))) == 1
assert stores.sweep(root) == 0
print(stores.of(root)._namenode.ask("GET", "GETFILESTATUS", join(root, "race"))["FileStatus"]["owner"])
"""


def test_threads_and_forked_processes_with_one_ticket_write_read_and_list_as_its_owner(realm, secure):
    assert said(secure, realm.ticket("phloem"), ALL_THAT_A_RUN_DOES) == "phloem\n"


@pytest.mark.parametrize("settings", [("kerberos=true",), ("user=phloem",)], ids=["no ticket", "no kerberos"])
def test_without_a_ticket_or_without_the_setting_both_are_named(realm, secure, settings):
    told = said(secure, realm.environment, "stores.read(join(root, 'name'))", settings)
    assert (
        told
        == f'{secure.uri}/shared/name: HDFS wants to know who we are: kerberos = "true" in the site file, and kinit\n'
    )


def test_a_ticket_of_somebody_without_permission_is_told_with_its_owner(realm, secure):
    write = "stores.put_if_absent(join(root, 'theirs', 'name'), b'x')"
    closed = "stores.of(root)._namenode.ask('PUT', 'MKDIRS', join(root, 'theirs'), permission='700')"
    assert said(secure, realm.ticket("phloem"), closed) == ""
    assert "Permission denied: user=stranger, access=" in said(secure, realm.ticket("stranger"), write)
    assert said(secure, realm.ticket("phloem"), write) == ""
