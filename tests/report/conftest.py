"""A run as it could have been, in plain values."""

import pytest

from pipelines.report import (
    Duplicates,
    Example,
    Histogram,
    Pair,
    Quarantine,
    Rejection,
    RunReport,
    Segment,
    StageReport,
    Threshold,
    Unreadable,
)

PROSE = (
    "The harbour was quiet when the first boats came in. Nets lay in heaps along the wall, and the gulls, which had "
    "waited since before light, walked among them as if they owned the place. An old man counted crates aloud. "
)
MENU = "Home | Products | Contact\nHome | Products | Contact\nHome | Products | Contact\nSign in to read more\n"
RULES = {
    "language": (2210, "language is not en, or its score is at most 0.65"),
    "gopher_short_doc": (641, "num_non_symbol_words less than 50"),
    "line_punct_ratio": (404, "line_punct_ratio less than 0.12"),
    "too_few_sentences": (377, "num_sentences less than 5"),
    "duplicated_5_n_grams": (188, "duplicated_5_n_grams more than 0.15"),
    "top_2_gram": (96, "top_2_gram more than 0.2"),
    "char_dup_ratio": (81, "char_dup_ratio more than 0.01"),
    "gopher_below_alpha_threshold": (44, "alpha_word_frac less than 0.8"),
    "dup_line_frac": (31, "dup_line_frac more than 0.3"),
    "curly_bracket": (27, "a line that stays holds a curly bracket"),
    "gopher_too_many_ellipsis": (3, "ellipsis_word_ratio more than 0.1"),
    "lorem_ipsum": (0, "a line that stays holds lorem ipsum"),
    "list_ratio": (0, "list_ratio more than 0.3"),
}
NUM_REJECTED = sum(count for count, _ in RULES.values())
NUM_IN, NUM_UNREADABLE, EXACT, NEAR = 12_840, 17, 402, 655
NUM_CLEAN = NUM_IN - NUM_UNREADABLE - NUM_REJECTED
NUM_KEPT = NUM_CLEAN - EXACT - NEAR


def example(text, span=None, record=104_233, **more):
    url = "https://example.org/news/2024/05/harbour?from=front#top"
    return Example(f"{record:032x}", "cc/CC-MAIN-20240518-00017.warc.gz", record, text, url, span, **more)


def stage(name, num_in, kept, rejected=None, duplicates=None, quarantined=None, **more):
    accounting = {
        "in": num_in,
        "kept": kept,
        "rejected": rejected or {},
        "duplicates": duplicates or {},
        "quarantined": quarantined or {},
    }
    totals = {"rows": kept, "tokens": 0, "bytes": 48_120_334, "shards": 8}
    results = [
        {"table": "sample", "expectation": "exists", "columns": ["id", "text", "source", "record", "url"]},
        {"table": "sample", "expectation": "is never null", "columns": ["id", "source", "record"]},
        {"table": "metrics", "expectation": "no column has nulls that its field forbids", "columns": []},
        {"table": "totals", "expectation": "the counts reconcile: no row unaccounted", "columns": []},
    ]
    validation = {
        "suite": f"{name} document",
        "success": True,
        "evaluated": 27,
        "sample_rows": 1000,
        "results": results,
    }
    return StageReport(
        name,
        "v3",
        f"hdfs://nn/corpora/web_en/{name}/v3",
        "8c1f03ab5d" * 6,
        "41be77aa90" * 6,
        accounting,
        totals | more.pop("totals", {}),
        validation,
        more,
    )


def shares(name, counts, threshold, rejects="above"):
    bins = tuple((at / 50, (at + 1) / 50, count) for at, count in enumerate(counts) if count)
    limit = Threshold(threshold, rejects, name)
    described = "share of characters in the most frequent pair of words"
    return Histogram(name, bins, sum(counts), described, "share", 12, 0.0, 0.61, (limit,))


def powers(name, counts, thresholds, unit="words"):
    bins = tuple((2.0**at, 2.0 ** (at + 1), count) for at, count in enumerate(counts) if count)
    return Histogram(name, ((0.0, 0.0, 41), *bins), sum(counts) + 41, "words", unit, 0, 0, 40_000, thresholds)


HISTOGRAMS = (
    shares("top_2_gram", [60, 2100, 3900, 2600, 900, 410, 188, 90, 52, 31, 22, 14, 7, 3, 1], 0.2),
    shares("line_punct_ratio", [300, 80, 60, 55, 40, 62, 70, 90, 120, 140] * 4 + [400] * 10, 0.12, "below"),
    powers(
        "num_non_symbol_words",
        [12, 30, 77, 140, 302, 801, 1500, 2900, 2800, 1700, 600, 210, 44, 9, 2],
        (Threshold(50, "below", "gopher_short_doc"), Threshold(100_000, "above", "gopher_long_doc")),
    ),
    Histogram("language_score", ((0.98, 1.0, 12_000), (1.0, None, 40)), 12_040, "its probability", "share"),
    powers("text", [1, 0, 3, 8, 50, 160, 700, 1900, 3800, 3300, 1800, 500, 180, 60, 11], (), "characters"),
    Histogram("never_measured", (), 0, "a value that no document has", nulls=12_823),
)


def make_report(**changed):
    excerpt = MENU + PROSE * 3
    at = excerpt.index("Home | Products", 5)
    rejections = tuple(
        Rejection(
            reason,
            count,
            tuple(example(excerpt, (at, at + 25), 104_233 + n, measured=rule) for n in range(min(3, count))),
            rule,
        )
        for reason, (count, rule) in RULES.items()
    )
    other = PROSE.replace("gulls", "herring gulls").replace("An old man", "A young woman")
    near = Pair(example(PROSE * 3, record=7), example(PROSE + other + PROSE, record=8), 0.873, 3, "0badcafe" * 4)
    exact = Pair(example(PROSE, record=9), example(PROSE, record=10))
    unreadable = (Unreadable("cc/CC-MAIN-20240518-00017.warc.gz", 88_120_345, "gzip member ends after 1,202 bytes"),)
    tokens = stage(
        "tokens",
        NUM_KEPT,
        NUM_KEPT,
        totals={"rows": 3120, "tokens": 6_180_442},
        packing="best fit",
        seed=7,
    )
    values = {
        "corpus": "web_en",
        "version": "v3",
        "output": "hdfs://nn/corpora",
        "inputs": ("s3://raw/cc/",),
        "inputs_hash": "5d0e" * 16,
        "recipe": {"steps": [{"type": "Quality", "rules": {"max_top_2_gram": 0.2}}], "seed": 7},
        "stages": (
            stage(
                "clean",
                NUM_IN,
                NUM_CLEAN,
                {reason: count for reason, (count, _) in RULES.items() if count},
                quarantined={"truncated": 14, "not UTF-8": 3},
            ),
            stage("deduplicated", NUM_CLEAN, NUM_KEPT, duplicates={"exact": EXACT, "near": NEAR}),
            tokens,
        ),
        "rejections": rejections,
        "quarantine": (Quarantine("truncated", 14, unreadable * 9), Quarantine("not UTF-8", 3, unreadable * 3)),
        "duplicates": (Duplicates("exact", EXACT, (exact,)), Duplicates("near", NEAR, (near, near))),
        "histograms": HISTOGRAMS,
        "histograms_of": f"{NUM_IN - NUM_UNREADABLE:,} documents that clean could read",
        "tokenizer": {"name": "web_en-32k", "hash": "ab" * 32, "vocabulary_size": 32_768, "end_of_text_id": 0},
        "context_length": 2048,
        "sequences": (
            (Segment(PROSE, 61), Segment(MENU, 32), Segment(PROSE * 5, 310)),
            (Segment(PROSE * 2, 122, continued=True), Segment(PROSE, 61)),
        ),
        "timings_seconds": {"clean": 21.4, "deduplicated": 6.2, "tokens": 8.9},
        "commands": (
            (
                "Go on after a stop: only the missing units are made",
                "phloem run web_en --input s3://raw/cc/ --output hdfs://nn/corpora",
            ),
            ("Read it", "phloem read hdfs://nn/corpora/web_en/tokens/v3"),
        ),
    }
    return RunReport(**(values | changed))


@pytest.fixture(scope="session")
def report():
    return make_report()


@pytest.fixture(scope="session")
def changed_report():
    return make_report
