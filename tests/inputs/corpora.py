"""Small corpora made on the spot, and a recipe of a user's own for them."""

import gzip
import json
import random
from fnmatch import fnmatch
from pathlib import Path

WORDS = """
river bank water stone light morning garden letter window paper answer question market travel winter summer engine
bridge signal number picture story village harbour teacher student machine record history science
""".split()  # noqa: SIM905 (a list of forty literals reads worse)


def sentence(chooser: random.Random) -> str:
    """Eight to fourteen words that begin with a capital and end with a full stop."""
    words = [chooser.choice(WORDS) for _ in range(chooser.randrange(8, 15))]
    return " ".join(words).capitalize() + "."


def text(seed: int, sentences: int = 12) -> str:
    """A text of its own for every seed."""
    chooser = random.Random(seed)
    return "\n".join(sentence(chooser) for _ in range(sentences))


def write_corpus(folder: Path, num_files: int = 6, documents: int = 30) -> Path:
    """JSONL files with documents, exact and near duplicates, and one line that is no JSON."""
    folder.mkdir(parents=True)
    for number in range(num_files):
        rows = [{"text": text(number * 1000 + row), "url": f"http://a.test/{number}/{row}"} for row in range(documents)]
        rows.append({"text": text(0), "url": f"http://copy.test/{number}"})
        rows.append(
            {"text": text(1) + f"\nOnly this line differs in file {number}.", "url": f"http://near.test/{number}"}
        )
        lines = [json.dumps(row) for row in rows]
        if number == 0:
            lines.insert(3, "this is no JSON")
        (folder / f"part-{number}.jsonl.gz").write_bytes(gzip.compress("\n".join(lines).encode(), mtime=0))
    return folder


RECIPE = '''
"""A recipe of a user's own: a step of hers, small units, a small tokenizer."""

import time
from dataclasses import dataclass

from pipelines.recipes import Recipe
from pipelines.sources import Reading
from pipelines.stages.tokens import Tokens
from pipelines.steps import ContentHash, Extract, Normalize, Redact, Signature
from pipelines.tokens.train import TokenizerTraining


@dataclass(frozen=True)
class Slow:
    """Takes its time, so that there is time to kill it."""

    seconds: float = {seconds}

    def __call__(self, batch):
        time.sleep(self.seconds)
        return batch


MINE = Recipe(
    corpus="mine",
    steps=(Extract(), Normalize(), Slow(), Redact(), ContentHash(), Signature()),
    reading=Reading(small_file_bytes=1, batch_documents=10),
    tokens=Tokens(
        tokenizer=TokenizerTraining(vocabulary_size=600),
        context_length=64,
        num_shards=5,
        rows_per_batch=16,
        seed={seed},
    ),
)
'''


def write_recipe(folder: Path, seconds: float = 0.0, seed: int = 11) -> str:
    """The recipe as a file; its name for the command line."""
    file = folder / "my_recipe.py"
    file.write_text(RECIPE.format(seconds=seconds, seed=seed))
    return f"{file}:MINE"


def tree(root: Path, *, leave_out: str = "*/no such folder/*") -> dict[str, bytes]:
    """Every file below a folder: its relative name and its bytes."""
    files = {str(path.relative_to(root)): path for path in sorted(root.rglob("*")) if path.is_file()}
    return {name: path.read_bytes() for name, path in files.items() if not fnmatch(name, leave_out)}


WHERE_INPUTS_LIE = "*/inputs/*"
"""The files of an output that differ when the same inputs lie elsewhere, for they remember what lies where."""
