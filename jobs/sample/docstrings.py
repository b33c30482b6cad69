"""What Python modules say of themselves, as Parquet: a document per module, its docstrings in the order of the file."""

import ast
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from jobs.sample.texts import Document

ROW_GROUP_ROWS = 100
"""Small row groups, so that one small file can be split into several units of work."""

MAX_MODULE_BYTES = 500_000
"""Larger modules are generated; parsing one takes a second."""

_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_MIN_CHARACTERS = 200
_FIRST = ("numpy", "pandas", "pyarrow", "rich")
"""Packages among the pins whose docstrings are prose; after them the standard library, then all the others."""


def module_documents(folders: tuple[Path, ...] | None = None) -> Iterator[Document]:
    """A document per module below `folders` that has at least 200 characters of docstrings."""
    for folder in folders if folders is not None else _default_folders():
        for path in sorted(folder.rglob("*.py")):
            if path.stat().st_size > MAX_MODULE_BYTES or "tests" in path.parts or "site-packages" in path.parts[-3:]:
                continue
            text = docstrings(path.read_bytes())
            if len(text) >= _MIN_CHARACTERS:
                yield Document(f"python:{folder.name}/{path.relative_to(folder)}", text)


def docstrings(source: bytes) -> str:
    """Every docstring of a module, in the order of the file, with blank lines between; empty when it doesn't parse."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):  # a template, or a module of another Python: found text, not our program
        return ""
    nodes = [node for node in ast.walk(tree) if isinstance(node, _DOCUMENTED)]
    nodes.sort(key=lambda node: getattr(node, "lineno", 0))
    return "\n\n".join(text for node in nodes if (text := ast.get_docstring(node)))


def write_parquet(found: Iterator[Document], path: Path, *, max_bytes: int) -> int:
    """Write documents until `max_bytes` of text to `path`, columns `url` and `text`; the bytes of text written."""
    urls, texts, num_bytes = [], [], 0
    for document in found:
        text = document.text.encode("utf-8", "replace").decode()  # a docstring can hold lone surrogates
        urls.append(document.url)
        texts.append(text)
        num_bytes += len(text.encode())
        if num_bytes >= max_bytes:
            break
    if num_bytes:
        path.parent.mkdir(parents=True, exist_ok=True)
        table = pa.table({"url": pa.array(urls, pa.string()), "text": pa.array(texts, pa.string())})
        pq.write_table(table, path, compression="zstd", row_group_size=ROW_GROUP_ROWS)
    return num_bytes


def _default_folders() -> tuple[Path, ...]:
    packages, standard = Path(sysconfig.get_path("purelib")), Path(sysconfig.get_path("stdlib"))
    others = sorted(path for path in packages.iterdir() if path.is_dir() and path.name not in _FIRST)
    return (*(packages / name for name in _FIRST if (packages / name).is_dir()), standard, *others)
