"""The labelled set: texts, where personal data stands in them, and where there is what only looks like it."""

import random
import re
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.text.labelled.frames import ANYWHERE, FRAMES, PROSE
from benchmarks.text.labelled.lookalikes import lookalike
from benchmarks.text.labelled.values import MAKERS, Value

HANDWRITTEN = Path(__file__).with_name("handwritten.txt")
_LABEL = re.compile(r"⟦(?P<kind>[A-Z0-9_]+|-)(?:/(?P<form>[^:⟧]+))?:(?P<value>[^⟧]*)⟧")

DELIBERATE = frozenset(
    [
        *("name at host", "quoted name", "national, unannounced", "four small numbers", "small letters", "hyphens"),
        *("bearer, unannounced", "Visa, 13 digits", "bare digits", "in words", "no shape"),
    ]
)
"""Forms that the rules leave alone, because what looks the same is mostly something else."""


@dataclass(frozen=True)
class Label:
    """`text[start:end]` is of this kind, written in this form; the kind "-" is a look-alike of the class `form`."""

    start: int
    end: int
    kind: str
    form: str


@dataclass
class Labelled:
    """A text and its labels, from left to right."""

    text: str = ""
    labels: list[Label] = field(default_factory=list)

    def add(self, text: str, kind: str = "", form: str = "") -> None:
        """Append a piece of text, and its label if it has a kind."""
        if kind:
            self.labels.append(Label(len(self.text), len(self.text) + len(text), kind, form))
        self.text += text


def labelled_set(seed: int) -> list[Labelled]:
    """The generated texts (some 2,300 spans, 2,700 look-alikes), then those written by hand."""
    return [*generated(seed), *handwritten()]


def generated(seed: int) -> list[Labelled]:
    """Every maker's share of values in an order by chance, up to eight to a text, among look-alikes and prose."""
    chance = random.Random(seed)  # noqa: S311 seeded: the same set again
    kinds = [kind for kind, (_, number) in MAKERS.items() for _ in range(number)]
    chance.shuffle(kinds)
    documents = [Labelled()]
    for kind in kinds:
        if len(documents[-1].labels) > 16:
            documents.append(Labelled())
        _add_value(documents[-1], chance, kind)
        for _ in range(chance.choice((1, 1, 1, 2))):
            _add(documents[-1], chance.choice(ANYWHERE), "-", lookalike(chance))
        documents[-1].add(chance.choice(PROSE) + chance.choice((" ", "\n")))
    return documents


def _add_value(document: Labelled, chance: random.Random, kind: str) -> None:
    value, form = MAKERS[kind][0](chance)
    frames = FRAMES.get(f"{kind}, {form}", FRAMES[kind])
    if kind == "PHONE":
        is_announced = chance.random() < 0.75
        frames = FRAMES["PHONE, announced" if is_announced else "PHONE"]
        form += ", unannounced" if form == "national" and not is_announced else ""
    # A secret that nothing announces is a random string; the others stand anywhere.
    has_shape = form not in {"bearer", "AWS secret key"} and kind not in {"PHONE", "PRIVATE_KEY"}
    frame = chance.choice(ANYWHERE if has_shape and chance.random() < 0.3 else frames)
    is_lost = form == "bearer" and "earer" not in frame and "Token" not in frame
    _add(document, frame, kind, (value, "bearer, unannounced" if is_lost else form))


def _add(document: Labelled, frame: str, kind: str, value: Value) -> None:
    before, after = frame.replace("{{", "\0").replace("}}", "\1").split("{}")
    document.add(before.replace("\0", "{"))
    document.add(value[0], kind, value[1])
    document.add(after.replace("\1", "}") + " ")


def handwritten() -> list[Labelled]:
    """One text for each paragraph of the file.

    ⟦KIND:value⟧ is to be found, ⟦KIND/form:value⟧ is written in a form of its own, ⟦-/class:value⟧ only looks like
    something. ¦ stands in keys and is taken out: scanners of repositories would take them for real; ↵ is a newline.
    """
    documents = []
    for paragraph in HANDWRITTEN.read_text(encoding="utf-8").replace("¦", "").split("\n\n"):
        document, position = Labelled(), 0
        marked = "\n".join(line for line in paragraph.split("\n") if not line.startswith("%")).replace("↵", "\n")
        for found in _LABEL.finditer(marked):
            document.add(marked[position : found.start()])
            document.add(found["value"], found["kind"], found["form"] or "by hand")
            position = found.end()
        document.add(marked[position:])
        documents.append(document)
    return documents
