"""The reference, in an environment of its own: reads JSON lines {"text"}, writes one JSON line for each.

Runs under an interpreter that has datatrove 0.10.1 and spaCy 3.8.18, never under ours:

    python oracle.py lid.176.ftz < documents.jsonl > verdicts.jsonl
"""

import json
import sys
from collections.abc import Callable
from typing import Any

from datatrove.data import Document
from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupSignature
from datatrove.pipeline.filters import (
    C4QualityFilter,
    FineWebQualityFilter,
    GopherQualityFilter,
    GopherRepetitionFilter,
)
from datatrove.utils.typeshelper import Languages
from datatrove.utils.word_tokenizers import load_word_tokenizer
from fasttext.FastText import _FastText


def main() -> None:
    """Answer every line of standard input."""
    published, lenient = filters(), lenient_filters()
    minhash = MinhashDedupSignature(".", MinhashConfig())
    model = _FastText(sys.argv[1])
    # spaCy lets this token pass once in a process and raises from then on: every document shall find it the same.
    load_word_tokenizer(Languages.english).word_tokenize("IS_ALPHA")
    for line in sys.stdin:
        text = json.loads(line)["text"]
        rejected_by, cleaned = verdict(published, text)
        lenient_rejected_by, lenient_cleaned = verdict(lenient, text)
        labels, scores = model.predict(text.replace("\n", " "), k=-1)
        label, score = max(zip(labels, scores, strict=True), key=lambda pair: pair[1])
        answer = {
            "rejected_by": rejected_by,
            "text": cleaned,
            "lenient_rejected_by": lenient_rejected_by,
            "lenient_text": lenient_cleaned,
            "signature": signature(minhash, text),
            "language": label.split("__")[2],
            "language_score": score.item(),
        }
        sys.stdout.write(json.dumps(answer) + "\n")


def filters() -> tuple[Any, ...]:
    """The chain as FineWeb publishes it."""
    return (
        GopherRepetitionFilter(),
        GopherQualityFilter(),
        C4QualityFilter(filter_no_terminal_punct=False),
        FineWebQualityFilter(),
    )


def lenient_filters() -> tuple[Any, ...]:
    """The chain with Gopher's rules off, but for a first word, so that every text gets as far as the others."""
    repetition = GopherRepetitionFilter(None, None, None, None, (), ())
    worded = GopherQualityFilter(1, None, None, None, None, None, None, None, None)
    return (repetition, worded, C4QualityFilter(filter_no_terminal_punct=False), FineWebQualityFilter())


def verdict(chain: tuple[Any, ...], text: str) -> tuple[str | None, str]:
    """First reason (None: kept; `raised …` where the reference does) and the text as the filters left it."""
    document = Document(text=text, id="")
    for rule in chain:
        reason = failure(rule.filter, document)
        if reason is not None:
            return reason, text
    return None, document.text


def failure(rule: Callable[[Document], Any], document: Document) -> str | None:
    """Why `rule` drops the document, None if it does not."""
    try:
        answer = rule(document)
    except (ArithmeticError, AssertionError, LookupError) as error:
        return f"raised {type(error).__name__}"
    return None if answer is True else str(answer[1])


def signature(step: MinhashDedupSignature, text: str) -> list[int] | None:
    """The MinHash signature, None for a text with too few words."""
    shingles = step.get_shingles(text)
    return [value for band in step.get_signature(shingles) for value in band] if shingles.size else None


if __name__ == "__main__":
    main()
