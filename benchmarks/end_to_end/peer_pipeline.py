"""The peer's whole way, in an environment of its own: WARC to shuffled token ids by datatrove 0.10.1.

    python peer_pipeline.py INPUT OUTPUT --extractor trafilatura|resiliparse --model lid.176.ftz --tokenizer FILE

The stages are those of its published FineWeb example, without the URL lists: read, extract, language, four quality
filters; MinHash signatures, buckets, clusters, filter; personal data; tokenize with a shuffle. Two processes side by
side. It prints a line of JSON: documents in, documents kept, token ids.
"""

import argparse
import json
from pathlib import Path

from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.dedup import MinhashDedupBuckets, MinhashDedupCluster, MinhashDedupFilter, MinhashDedupSignature
from datatrove.pipeline.extractors import Trafilatura
from datatrove.pipeline.extractors.base import BaseExtractor
from datatrove.pipeline.filters import (
    C4QualityFilter,
    FineWebQualityFilter,
    GopherQualityFilter,
    GopherRepetitionFilter,
    LanguageFilter,
)
from datatrove.pipeline.formatters import PIIFormatter
from datatrove.pipeline.readers import JsonlReader, WarcReader
from datatrove.pipeline.tokens import DocumentTokenizer
from datatrove.pipeline.writers import JsonlWriter
from resiliparse.extract.html2text import extract_plain_text

PROCESSES = 2
NUM_BANDS = 14
END_OF_TEXT = "<|endoftext|>"


class Resiliparse(BaseExtractor):
    """Our extractor in the peer's place for one: its sandbox, its time limit."""

    name = "resiliparse"

    def __init__(self, timeout: float) -> None:
        super().__init__(timeout)

    def extract(self, text: str) -> str:
        """Main text of a page, with the options of `pipelines.text.extract`."""
        return extract_plain_text(text, main_content=True, alt_texts=False, noscript=False)


EXTRACTORS = {"trafilatura": Trafilatura, "resiliparse": Resiliparse}


def main() -> None:
    given = arguments()
    language = LanguageFilter("en", 0.65)
    language.model.MODEL_URL = str(given.model)  # of the instance: it travels to the processes
    clean, kept = given.output / "clean", given.output / "kept"
    executor(
        given.output / "logs" / "clean",
        WarcReader(str(given.input), glob_pattern="*.warc.gz"),
        EXTRACTORS[given.extractor](timeout=10),
        language,
        GopherRepetitionFilter(),
        GopherQualityFilter(),
        C4QualityFilter(filter_no_terminal_punct=False),
        FineWebQualityFilter(),
        JsonlWriter(str(clean)),
    ).run()
    duplicates(given.output, clean, kept)
    executor(
        given.output / "logs" / "tokens",
        JsonlReader(str(kept)),
        DocumentTokenizer(str(given.output / "tokens"), str(given.tokenizer), eos_token=END_OF_TEXT, seed=0),
    ).run()
    print(json.dumps(counts(given.output)))


def duplicates(output: Path, clean: Path, kept: Path) -> None:
    """Near duplicates: signatures, buckets, clusters; then the texts without them, personal data replaced."""
    signatures, buckets, removed = (str(output / name) for name in ("signatures", "buckets", "removed"))
    logs = output / "logs"
    executor(logs / "signatures", JsonlReader(str(clean)), MinhashDedupSignature(signatures)).run()
    executor(logs / "buckets", MinhashDedupBuckets(signatures, buckets), tasks=NUM_BANDS).run()
    executor(logs / "clusters", MinhashDedupCluster(buckets, removed), tasks=1).run()
    executor(
        logs / "filter", JsonlReader(str(clean)), MinhashDedupFilter(removed), PIIFormatter(), JsonlWriter(str(kept))
    ).run()


def executor(logs: Path, *pipeline: object, tasks: int = PROCESSES) -> LocalPipelineExecutor:
    """One stage on this machine's cores; its logs and statistics lie in `logs`."""
    return LocalPipelineExecutor(list(pipeline), tasks=tasks, workers=min(tasks, PROCESSES), logging_dir=str(logs))


def counts(output: Path) -> dict[str, int]:
    """What went in and what came out, of the peer's own statistics."""
    clean, tokens = (json.loads((output / "logs" / stage / "stats.json").read_text()) for stage in ("clean", "tokens"))
    return {
        "documents": clean[0]["stats"]["documents"]["total"],
        "kept": tokens[0]["stats"]["documents"]["total"],
        "tokens": tokens[-1]["stats"]["tokens"]["total"],
    }


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("input", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--extractor", choices=EXTRACTORS, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--tokenizer", type=Path, required=True)
    return parser.parse_args()


if __name__ == "__main__":
    main()
