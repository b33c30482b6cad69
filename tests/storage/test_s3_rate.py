"""The request rate that the processes of a host share."""

import os
import tempfile
import time
from itertools import pairwise

import pytest
from store_programs import in_another_process

from pipelines.storage.s3_rate import RequestRate

RESERVE = """
from pipelines.storage.s3_rate import RequestRate
address, rate, go = values
shared = RequestRate(address, rate)
while not os.path.exists(go):
    pass
print(*(shared.reserve() for _ in range(10_000)))
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Where the file is, for this process and those that it starts."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def test_processes_share_one_rate(folder):
    started = [in_another_process(RESERVE, "http://store", 1000.0, str(folder / "go")) for _ in range(3)]
    time.sleep(0.5)  # so that they begin at once, as nearly as may be
    (folder / "go").touch()
    slots = sorted(float(slot) for process in started for slot in process.communicate()[0].split())
    assert len(slots) == 30_000
    assert min(later - earlier for earlier, later in pairwise(slots)) > 0.0009
    assert len(list(folder.iterdir())) == 2


def test_who_was_asked_to_slow_down_slows_all_and_only_once():
    mine, other, elsewhere = (RequestRate(address, 1000.0) for address in ("a", "a", "b"))
    for _ in range(100):
        mine.reserve()
    mine.slow_down()
    after = mine.per_second()
    assert after < 1000
    other.slow_down()  # the answer to a request of before the cut
    assert other.per_second() >= after
    assert elsewhere.per_second() == 1000


def test_a_rate_that_was_cut_grows_again_to_what_it_may_be(monkeypatch):
    now = [time.monotonic()]
    monkeypatch.setattr("pipelines.storage.s3_rate.time.monotonic", lambda: now[0])
    rate = RequestRate("a", 200.0)
    rate.reserve()
    rate.slow_down()
    slow = rate.per_second()
    assert 1 <= slow < 10
    now[0] += 1
    assert rate.per_second() == pytest.approx(slow + 50)
    now[0] += 60
    assert rate.per_second() == 200


def test_slots_of_before_a_restart_are_not_waited_for(monkeypatch):
    now = [10_000.0]
    monkeypatch.setattr("pipelines.storage.s3_rate.time.monotonic", lambda: now[0])
    rate = RequestRate("a", 10.0)
    for _ in range(20):
        rate.reserve()
    now[0] = 5.0  # the clock began anew
    assert rate.reserve() == 5.0
    rate.slow_down()
    assert rate.per_second() < 10


def test_a_link_in_the_temporary_folder_is_not_followed(folder):
    RequestRate("a", 10.0)
    (file,) = folder.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    file.unlink()
    file.symlink_to(folder / "target")
    with pytest.raises(OSError, match="symbolic link"):
        RequestRate("a", 10.0)
    assert not os.path.lexists(folder / "target")
