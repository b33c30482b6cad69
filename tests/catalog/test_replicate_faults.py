"""A copy killed or failing in its middle: nothing half, nothing doubled."""

import sys

import pytest
from kept_datasets import STORES, bytes_of, kept, kill_when_it_says, leases

from pipelines.catalog import open_dataset
from pipelines.catalog.replicate import carry_out, plan_copy
from pipelines.errors import DatasetError

CONTENTS = {f"{number:02}": bytes([number]) * 100_000 for number in range(12)}

KILLED = """
import itertools, os, sys, time
from pipelines.catalog import open_dataset
from pipelines.catalog.replicate import carry_out, plan_copy
calls = itertools.count()
def watch(num_bytes):
    if next(calls) >= int(sys.argv[3]):
        os.write(1, b"in the middle\\n")  # whole, whichever threads write
        time.sleep(600)
carry_out(plan_copy(open_dataset(sys.argv[1]), sys.argv[2]), 2, watch)
"""


def unfinished(folder):
    return list(folder.rglob(".incomplete-*"))


@pytest.mark.parametrize("num_whole", [0, 5, 14])
def test_a_copy_that_was_killed_goes_on_with_what_is_missing_and_nothing_is_doubled(tmp_path, num_whole):
    source = open_dataset(kept(tmp_path / "here", contents=CONTENTS))
    command = [sys.executable, "-c", KILLED, source.uri, str(tmp_path / "there"), str(num_whole)]
    kill_when_it_says(command, "in the middle\n")
    copy = f"file://{tmp_path}/there/tiny/tokens/v1"
    assert unfinished(tmp_path / "there")
    with pytest.raises(DatasetError, match="not a published dataset"):
        open_dataset(copy)
    whole, original = bytes_of(STORES, copy), bytes_of(STORES, source.uri)
    assert len(whole) <= num_whole
    assert whole.items() <= original.items()

    plan = plan_copy(source, str(tmp_path / "there"))
    assert {each.file.path for each in plan.to_send} == set(original) - set(whole) - {"manifest.json"}
    sent = []
    carry_out(plan, watch=sent.append)
    manifest_bytes = len(original["manifest.json"])
    assert sum(sent) == sum(map(len, original.values())) - sum(map(len, whole.values())) - manifest_bytes
    assert bytes_of(STORES, copy) == original
    assert unfinished(tmp_path) == []
    assert leases(tmp_path) == []


def test_an_error_in_one_thread_ends_the_copy_without_leaving_half_a_file(tmp_path):
    source = open_dataset(kept(tmp_path / "here", contents=CONTENTS))
    calls = iter(range(1000))

    def watch(_num_bytes):
        if next(calls) >= 4:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        carry_out(plan_copy(source, str(tmp_path / "there")), 2, watch)
    assert unfinished(tmp_path) == []
    assert leases(tmp_path) == []
    there = bytes_of(STORES, f"file://{tmp_path}/there/tiny/tokens/v1")
    assert there.items() <= bytes_of(STORES, source.uri).items()
    assert "manifest.json" not in there
