"""Words of single texts as the reference has spaCy read them."""

from pipelines.text.scan.columns import column_of
from pipelines.text.scan.strings import text_of
from pipelines.text.scan.walk import LOCK, scans
from pipelines.text.words.context import Occurrences, occurrences_of, rows_in_context
from pipelines.text.words.english import English, english
from pipelines.text.words.lexicon import BREAKS, BREAKS_SPACY, FIRST_TOKEN, FLAGS, NUM_TOKENS, NUMBER


def words(text: str) -> list[str]:
    """The words of `text`: spaCy's tokens without those that are whitespace."""
    known = english()
    with LOCK:
        for _ in scans([text]):  # so that the table is emptied when it is full
            occurrences = read([unbroken(text, known)], known)
        facts, tokens = known.lexicon.facts[occurrences.row], known.lexicon.tokens
        rows = [row for fact in facts for row in range(fact[FIRST_TOKEN], fact[FIRST_TOKEN] + fact[NUM_TOKENS])]
        return [text_of(known.lexicon.texts, number) for number in tokens[rows, NUMBER].tolist()]


def unbroken(text: str, known: English) -> str:
    """`text` as the reference has spaCy read it: without `BREAKS_SPACY` if that is one of its tokens."""
    while BREAKS_SPACY in text:
        occurrences = read([text], known)
        if not (known.lexicon.facts[occurrences.row, FLAGS] & BREAKS).any():
            break
        text = text.replace(BREAKS_SPACY, "")
    return text


def read(texts: list[str], known: English) -> Occurrences:
    """The chunks of some texts, looked into; hold `LOCK`."""
    scan = known.table.scan(column_of([text.encode() for text in texts]))
    known.learn()
    return occurrences_of(scan, rows_in_context(scan, known, known.table.num_chunks)[0])
