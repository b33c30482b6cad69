"""One run at a time on one version, and no killed run in the way."""

import json
import os
import socket
import subprocess
import sys

import pytest

from pipelines.catalog.lease import lease
from pipelines.errors import BusyError, StorageError
from pipelines.storage import Stores

HOLDER = """
import sys
from pipelines.catalog.lease import lease
from pipelines.storage import Stores
with lease(Stores(), sys.argv[1], "tiny", "v1", "holder"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds version v1 until its input ends."""
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def mine(folder, version="v1"):
    return lease(Stores(), str(folder), "tiny", version, "mine")


def leases(folder):
    return [path.name for path in folder.rglob("running-*")]


def write_holder(folder, **changed):
    (folder / "tiny").mkdir()
    values = {"run": "theirs", "host": socket.gethostname(), "pid": os.getpid(), "started": "1"} | changed
    (folder / "tiny" / "running-v1.json").write_text(json.dumps(values))


def test_a_lease_is_held_in_the_block_and_given_back_however_it_ends(tmp_path):
    with mine(tmp_path):
        assert leases(tmp_path) == ["running-v1.json"]
    assert leases(tmp_path) == []
    with pytest.raises(ZeroDivisionError), mine(tmp_path):
        raise ZeroDivisionError
    assert leases(tmp_path) == []


def test_what_ended_the_block_is_told_also_where_the_lease_can_no_longer_be_removed(tmp_path, monkeypatch):
    def refuse(*_):
        raise StorageError("no right to delete")

    monkeypatch.setattr(Stores, "delete", refuse)
    with pytest.raises(StorageError, match="no right to write"), mine(tmp_path):
        raise StorageError("no right to write")
    with pytest.raises(StorageError, match="no right to delete"), mine(tmp_path / "other"):
        pass


def test_a_living_holder_refuses_and_is_named(tmp_path, holder):
    with (
        pytest.raises(BusyError, match=f"run holder .process {holder.pid} on .*version v1: wait.*--version"),
        mine(tmp_path),
    ):
        pass
    assert leases(tmp_path) == ["running-v1.json"]
    with mine(tmp_path, "v2"):
        assert len(leases(tmp_path)) == 2
    holder.communicate("")
    with mine(tmp_path):
        pass


@pytest.mark.parametrize("buried", [True, False])
def test_the_lease_of_a_killed_holder_is_taken_over(tmp_path, holder, buried):
    holder.kill()
    # Not waited for, it is a zombie: its entry in /proc is still there.
    os.waitid(os.P_PID, holder.pid, os.WEXITED | (0 if buried else os.WNOWAIT))
    with mine(tmp_path):
        assert json.loads((tmp_path / "tiny" / "running-v1.json").read_text())["run"] == "mine"


def test_a_process_id_that_was_given_again_is_another_process(tmp_path):
    write_holder(tmp_path, started="1")
    with mine(tmp_path):
        started = json.loads((tmp_path / "tiny" / "running-v1.json").read_text())["started"]
    (tmp_path / "tiny").rmdir()
    write_holder(tmp_path, started=started)
    with pytest.raises(BusyError, match="run theirs"), mine(tmp_path):
        pass


def test_of_another_host_nothing_is_known_so_a_person_decides(tmp_path):
    write_holder(tmp_path, host="elsewhere", pid=1)
    with (
        pytest.raises(BusyError, match=r"on elsewhere.*gone for good, delete file://.*running-v1\.json"),
        mine(tmp_path),
    ):
        pass
    assert leases(tmp_path) == ["running-v1.json"]
