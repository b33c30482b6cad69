"""The notebook runs as it is shipped, on a small input, and shows what it promises."""

import json
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path("jobs/notebooks/ten_documents.ipynb").absolute()
SENTENCES = (
    "The river rises in the hills and runs to the sea.",
    "People have lived beside it for three thousand years.",
    "In spring its water carries sand, clay and broken branches.",
    "A mill near the bridge was built with stones of a castle.",
    "Nobody knows who first planted the willows that shade its banks.",
    "Children learn to swim where the current is slow.",
    "Every autumn a fair is held on the meadow behind the church.",
)


@pytest.fixture
def executed(tmp_path, monkeypatch):
    """The notebook's cells after a run over ten: prose, code, a foreign language, a page, a broken line."""
    prose = [" ".join([*SENTENCES[start:], *SENTENCES[:start]]) for start in range(6)]
    texts = [*prose, f"{prose[0]}\nint main() {{ return 0; }} // and nothing else in it.", "Der Fluss ist lang. " * 30]
    lines = [json.dumps({"text": text}) for text in texts]
    (tmp_path / "b.jsonl").write_text("\n".join([*lines, "not json"]))
    paragraphs = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)
    (tmp_path / "a.html").write_text(f"<html><body><article><h1>River</h1>{paragraphs}</article></body></html>")
    monkeypatch.setenv("PHLOEM_INPUT", str(tmp_path))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    resources = {"metadata": {"path": str(NOTEBOOK.parent)}}
    return NotebookClient(notebook, timeout=120, resources=resources).execute().cells


def shown(cell) -> str:
    """What a cell printed or displayed, richest form first."""
    parts = []
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        parts.append(output.get("text") or data.get("text/html") or data.get("text/plain", ""))
    return "\n".join(parts)


def test_the_notebook_shows_every_verdict_with_its_measured_values_and_place_and_starts_no_jvm(executed):
    documents, journey, table, places, last = [shown(cell) for cell in executed if cell.cell_type == "code"][1:]
    assert "a.html" in documents
    assert all(step in journey for step in ("Extract", "Language", "Quality", "Signature"))
    assert all(name in table for name in ("dup_line_frac", "line_punct_ratio", "num_stop_words", "document 9"))
    assert "font-weight: bold" in table
    assert places.count("<h4>") == 10
    assert "rejected by <code>curly_bracket</code>" in places
    assert "<mark>{</mark>" in places
    assert "rejected by <code>language</code>" in places
    assert "rejected by <code>not_json</code>" in places
    assert "kept</h4>" in places
    assert last.strip().endswith("no JVM")


def test_the_notebook_is_kept_without_outputs():
    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    assert all(not cell.get("outputs") and cell.get("execution_count") is None for cell in cells)
