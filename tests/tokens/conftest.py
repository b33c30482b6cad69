import json
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest
import tokenizers

from pipelines.tokens.agreement import SAMPLE
from pipelines.tokens.train import TokenizerTraining, train


@pytest.fixture(scope="session")
def real_texts() -> list[str]:
    """Python's own sources and the licences and readmes beside them: code, English, names in many scripts."""
    library = Path(sysconfig.get_paths()["stdlib"])
    packages = Path(sysconfig.get_paths()["purelib"])
    paths = [*sorted(library.glob("*.py"))[:60], *sorted(packages.glob("*.dist-info/**/LICENSE*"))[:40]]
    return [path.read_text(encoding="utf-8", errors="replace") for path in paths]


@pytest.fixture(scope="session")
def trained_json(real_texts: list[str]) -> str:
    return train([*real_texts, *SAMPLE * 3], TokenizerTraining(vocabulary_size=4096))


@pytest.fixture
def changed_json(trained_json: str) -> Callable[[Callable[[tokenizers.Tokenizer], None]], str]:
    """The trained tokenizer after something was done to it with `tokenizers`."""

    def change(edit: Callable[[tokenizers.Tokenizer], None]) -> str:
        tokenizer = tokenizers.Tokenizer.from_str(trained_json)
        edit(tokenizer)
        return str(tokenizer.to_str())

    return change


@pytest.fixture
def edited_json(trained_json: str) -> Callable[[Callable[[dict], None]], str]:
    """The trained tokenizer after its JSON was edited by hand."""

    def change(edit: Callable[[dict], None]) -> str:
        parsed = json.loads(trained_json)
        edit(parsed)
        return json.dumps(parsed)

    return change
