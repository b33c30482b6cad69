"""Every benchmark runs, on input too small for its figures to mean anything."""

import json
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType

from jobs.sample import gather
from jobs.sample.summary import summarize

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    folder = tmp_path_factory.mktemp("benchmarks") / "sample"
    gather(folder, target_bytes=600_000, minimum_bytes=1)
    return folder


def printed_by(*command):
    done = subprocess.run([sys.executable, *map(str, command)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_end_to_end_benchmark_measures_each_step_and_each_stage_and_growth(sample):
    options = ("--sample", sample, "--times", 1, 2, "--kinds", "packages", "--no-cold")
    printed = printed_by("-m", "benchmarks.end_to_end.run", *options)
    lines = [line.split() for line in printed.splitlines()]
    for step in ("Extract", "Quality", "Signature", "read"):
        assert any(line[:1] == [step] for line in lines), printed
    assert [line[0] for line in lines if line[:1] in (["clean"], ["deduplicated"], ["tokens"])] == [
        *("clean", "deduplicated", "tokens") * 2
    ]
    _, *rates, shuffled, worker, jvm, driver = next(line for line in lines if line[:1] == ["deduplicated"])
    assert all(float(figure) > 0 for figure in (*rates, worker, jvm, driver))
    assert float(shuffled) >= 0
    assert "core-seconds per byte, 2x over 1x:" in printed


def test_the_whole_way_is_measured_beside_a_peer(sample, tmp_path):
    from pipelines.tokens.train import TokenizerTraining, train

    tokenizer = tmp_path / "tokenizer.json"
    tokenizer.write_text(train(["A page with a sentence in it."], TokenizerTraining(vocabulary_size=300)))
    options = ("--sample", sample, "--times", 1, "--peer-times", 1, "--rounds", 1, "--peers", "resiliparse")
    printed = printed_by("-m", "benchmarks.end_to_end.beside_datatrove", *options, "--tokenizer", tokenizer)
    assert float(printed.rpartition("ratio to datatrove with resiliparse: ")[2].split()[0]) > 0


def test_the_writers_are_compared_by_time_and_bytes(sample):
    printed = printed_by("-m", "benchmarks.end_to_end.parquet_writer", "--sample", sample, "--shards", 2, "--rounds", 1)
    for writer in ("ours", "Spark, Python", "Spark, JVM"):
        assert any(line.startswith(writer) for line in printed.splitlines()), printed


def test_a_copy_has_as_many_documents_and_bytes_but_other_texts(sample, tmp_path):
    from benchmarks.end_to_end.scaled import scaled

    twice = scaled(sample, tmp_path, 2)
    once, both = summarize(sample), summarize(twice)
    assert (both.num_documents, both.num_bytes) == (2 * once.num_documents, 2 * once.num_bytes)
    table = "sources/copy-{:02d}-docstrings.parquet"
    texts, others = (pq.read_table(twice / table.format(copy))["text"].to_pylist() for copy in (0, 1))
    assert not set(texts) & set(others)
    assert [sorted(text.split()) for text in texts] == [sorted(text.split()) for text in others]
    pages, others = (bodies(twice / f"web/copy-{copy:02d}-sample-00000.warc.gz") for copy in (0, 1))
    assert not set(pages) & set(others)


def bodies(archive):
    with archive.open("rb") as stream:
        return [record.reader.read() for record in ArchiveIterator(stream, record_types=WarcRecordType.response)]


def test_the_kernels_benchmarks_run(tmp_path):
    (tmp_path / "page.html").write_text("<html><body><p>A page with a sentence in it.</p></body></html>")
    assert "resiliparse" in printed_by("benchmarks/text/extract.py", tmp_path, 1)
    assert "charset_normalizer" in printed_by("-m", "benchmarks.text.charset")
    judged = json.loads(printed_by("-m", "benchmarks.text.urls", "--urls", 300, "--rounds", 1))
    assert (judged["urls"], judged["differences"]) == (300, [])
    assert "all equal" in printed_by("benchmarks/tokens/encode.py", "--megabytes", 1, "--rounds", 1)
    assert "ratio" in printed_by("benchmarks/reader/throughput.py", "--rows", 300, "--rounds", 1)
    language = printed_by("-m", "benchmarks.text.language", "--megabytes", 0.1, "--rounds", 1)
    assert language.count("all scores equal") == 3
    assert "--hostile" in printed_by("-m", "benchmarks.text.parity", "--help")


def test_the_filters_are_measured_beside_the_reference_and_the_fuzzer_finds_a_wrong_table():
    printed = printed_by(
        "-m", "benchmarks.text.filters", "--megabytes", 0.3, "--peer-share", 1, "--kinds", "docstrings"
    )
    assert "no verdict differs" in printed
    ratios = [line.split()[3] for line in printed.splitlines() if line.startswith(("filters", "MinHash", "both"))]
    assert len(ratios) == 3
    assert all(float(ratio.removesuffix("x")) > 0 for ratio in ratios)
    fuzz = [sys.executable, "-m", "benchmarks.text.fuzz", "--minutes", "0", "--size", "50"]
    answers = [
        subprocess.run([*fuzz, *more], cwd=ROOT, capture_output=True, check=False)
        for more in ([], ["--break", "28:16"])
    ]
    assert [answer.returncode for answer in answers] == [0, 1]


def test_personal_data_is_scored_by_kind_and_measured_beside_the_peer():
    printed = printed_by("-m", "benchmarks.text.personal_data", "--texts", 40, "--rounds", 1)
    lines = [line.split() for line in printed.splitlines()]
    for kind in ("EMAIL", "PHONE", "PRIVATE_KEY"):
        assert sum(line[:1] == [kind] for line in lines) == 2, printed
    speeds = [line for line in printed.splitlines() if line.startswith(("datatrove", "ours"))]
    assert len(speeds) == 5
    assert all(float(line[42:].split()[0]) > 0 for line in speeds)


def test_planning_is_timed_and_held_against_its_bounds():
    options = ("--rounds", 1, "--hosts", 6, "--complete", 20, "--mesh", 20, "--networkx", 15)
    printed = printed_by("-m", "benchmarks.transfer.plan", *options)
    nearness = [
        float(line.rpartition(" of bound")[0].split()[-1]) for line in printed.splitlines() if "of bound" in line
    ]
    assert len(nearness) == 15
    assert all(0.97 <= value <= 1.0001 for value in nearness)
    assert "beside networkx" in printed
