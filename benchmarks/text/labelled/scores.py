"""Precision and recall for each kind, and what was missed or wrong, by class."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from benchmarks.text.labelled.labels import DELIBERATE, Label, Labelled

Found = tuple[int, int, str]


@dataclass
class Score:
    """One kind. A span counts as found if start, end and kind are right."""

    num_labelled: int = 0
    num_found: int = 0
    num_right: int = 0
    num_deliberate: int = 0
    """Missed ones among them in a form that the rules leave alone on purpose."""
    missed: Counter[str] = field(default_factory=Counter)
    """By form."""
    wrong: Counter[str] = field(default_factory=Counter)
    """By class of the look-alike, or kind of the label, that was taken for it."""
    examples: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        """Right ones of those found; 1 if none was."""
        return self.num_right / self.num_found if self.num_found else 1.0

    @property
    def recall(self) -> float:
        """Right ones of all labelled, those left alone on purpose too."""
        return self.num_right / self.num_labelled if self.num_labelled else 1.0

    @property
    def recall_of_covered(self) -> float:
        """Right ones of those labelled that the rules mean to find."""
        return self.num_right / max(1, self.num_labelled - self.num_deliberate)


def score(
    documents: Iterable[Labelled], find: Callable[[str], Iterable[Found]], kinds: Iterable[str]
) -> dict[str, Score]:
    """Kind -> its score over all documents."""
    scores = {kind: Score() for kind in kinds}
    for document in documents:
        labels = {(label.start, label.end, label.kind): label for label in document.labels if label.kind != "-"}
        found = set(find(document.text))
        for span, label in labels.items():
            _count_label(scores[label.kind], label, document.text, is_right=span in found)
        for start, end, kind in sorted(found):
            scores[kind].num_found += 1
            if (start, end, kind) not in labels:
                name = _what_stands(document, start, end)
                scores[kind].wrong[name] += 1
                scores[kind].examples.append(f"+ {name}: {document.text[max(0, start - 12) : end + 8]!r}")
    return scores


def _count_label(score: Score, label: Label, text: str, *, is_right: bool) -> None:
    score.num_labelled += 1
    score.num_right += is_right
    if not is_right:
        score.missed[label.form] += 1
        score.num_deliberate += label.form in DELIBERATE
        score.examples.append(f"- {label.form}: {text[max(0, label.start - 12) : label.end + 8]!r}")


def _what_stands(document: Labelled, start: int, end: int) -> str:
    """The first label that the span touches."""
    touched = (label for label in document.labels if label.start < end and start < label.end)
    label = next(touched, None)
    if label is None:
        return "unlabelled"
    return label.form if label.kind == "-" else f"{label.kind}, {label.form}"


def table(scores: dict[str, Score]) -> str:
    """Lines for people: the figures, then the classes of what was missed and of what was wrong."""
    lines = ["kind         spans  found  precision  recall  recall of covered   missed; wrong"]
    for kind, one in scores.items():
        missed, wrong = (", ".join(f"{name} {n}" for name, n in c.most_common()) for c in (one.missed, one.wrong))
        lines.append(
            f"{kind:<12} {one.num_labelled:>5} {one.num_found:>6} {one.precision:>10.4f} {one.recall:>7.4f} "
            f"{one.recall_of_covered:>18.4f}   {missed or '-'}; {wrong or '-'}"
        )
    return "\n".join(lines)
