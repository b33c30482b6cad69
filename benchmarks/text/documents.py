"""Texts to judge: real ones that every machine with this environment has, and hostile ones made of them."""

import ast
import gzip
import random
import re
import sysconfig
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, zip_longest
from pathlib import Path

import spacy
from resiliparse.extract.html2text import extract_plain_text

MIN_CHARACTERS = 200
MAX_CHARACTERS = 20_000
MAX_WHOLE_CHARACTERS = 400_000

SEPARATORS = ("\n", "\n\n", "\r\n", "\r", "\v", "\f", "\x1c", "\x1d", "\x85", "\u2028", "\u2029", "\n \n", " \n\t")
SPACES = ("  ", "\t", "\xa0", "\u2003", "\u3000", " \xa0", "\u200b", " ")
INSERTS = (
    *("[1]", "[edit]", "[citation needed]", "[12][٣]", "[]", "word[2]", "foo.[3]  ", "[1] [2] [3]", ". [1] [2]"),
    *("lorem ipsum", "Lorem  Ipsum", "LOREM ipsum dolor", "javascript", "JavaScript {", "{", "}", "Terms of Use {"),
    *("terms  of use", "privacy policy", "coo\u212aie policy", "uses cookies", "we use cookies", "- ", "• "),
    *("...", "…", "#", "# # # #", "the", "x" * 1001, "É" * 1000, "Donaudampfschifffahrtsgesellschaft" * 3, '"', ".” "),
    *("3.14", "http://a.b.com/x?y=1", "e.g.", "U.S.", "don’t", "İstanbul", "ΟΔΟΣ", "नमस्ते।", "\ufeff", "\x00", "١٢٫٥"),
    *("\u0301", "a,\u0301,b", "１２", "𑽐𑽑", "IS_ALPHA", "xIS_ALPHAx", "°C.", "10km", "‘s", "l’été", ":)", "hello:( ("),
)


def real_texts(number: int) -> list[str]:
    """`number` texts of this machine, of every kind in turn, the same ones as long as its files are the same."""
    kinds = chain(
        zip_longest(documentation(), package_descriptions(), licences(), docstrings()),
        zip_longest(begun(packed_files()), begun(module_docstrings())),
    )
    texts: dict[str, None] = {}
    for text in chain.from_iterable(kinds):
        if text is not None and len(text) >= MIN_CHARACTERS:
            texts[text] = None
        if len(texts) == number:
            return list(texts)
    raise SystemExit(f"found {len(texts)} texts of {number}: install documentation under /usr/share/doc")


def whole_texts(num_bytes: int, names: Iterable[str] = ("pages", "plain", "packed", "docstrings")) -> list[str]:
    """Distinct whole documents of this machine, of every kind in turn, until they are so many bytes together."""
    kinds = zip_longest(*(KINDS[name]() for name in names))
    texts: dict[str, None] = {}
    for text in chain.from_iterable(kinds):
        if text is not None and len(text) >= MIN_CHARACTERS and text not in texts:
            texts[text] = None
            num_bytes -= len(text.encode())
            if num_bytes <= 0:
                return list(texts)
    raise SystemExit(f"{num_bytes:,} bytes too few documents on this machine: install documentation, or ask for less")


def pages() -> Iterator[str]:
    """The text of HTML pages, Python's documentation among them."""
    cached = Path("~/.cache/phloem/documentation").expanduser()
    for path in shuffled(chain(Path("/usr/share/doc").rglob("*.html"), cached.rglob("*.html"))):
        yield extract_plain_text(read(path, 4 * MAX_WHOLE_CHARACTERS))[:MAX_WHOLE_CHARACTERS]


def plain_files() -> Iterator[str]:
    """Plain text and Markdown under /usr/share/doc, and the METADATA of installed packages."""
    paths = chain(Path("/usr/share/doc").rglob("*"), packages().glob("*.dist-info/METADATA"))
    for path in shuffled(paths):
        if path.suffix in {"", ".txt", ".md", ".rst"} and not path.is_symlink():
            yield read(path, MAX_WHOLE_CHARACTERS)


def packed_files() -> Iterator[str]:
    """Compressed change logs, manuals and the like."""
    for path in shuffled(chain(Path("/usr/share/doc").rglob("*.gz"), Path("/usr/share/man").rglob("*.gz"))):
        if not path.is_symlink():
            with gzip.open(path) as file:
                text = file.read(MAX_WHOLE_CHARACTERS).decode("utf-8", "replace")
            if "\x00" not in text:
                yield text


def begun(texts: Iterable[str]) -> Iterator[str]:
    """The beginnings of `texts`."""
    return (text[:MAX_CHARACTERS] for text in texts)


def documentation() -> Iterator[str]:
    """Plain text and the text of HTML pages under /usr/share/doc."""
    for path in shuffled(Path("/usr/share/doc").rglob("*")):
        if path.suffix in {"", ".txt", ".html", ".md", ".rst"} and not path.is_symlink():
            text = read(path)
            yield extract_plain_text(text)[:MAX_CHARACTERS] if path.suffix == ".html" else text


def package_descriptions() -> Iterator[str]:
    """The METADATA of installed packages."""
    yield from map(read, shuffled(packages().glob("*.dist-info/METADATA")))


def licences() -> Iterator[str]:
    """Licences of Debian and of installed packages."""
    yield from map(read, shuffled(Path("/usr/share/common-licenses").glob("*")))
    yield from map(read, shuffled(packages().glob("*.dist-info/**/LICEN[CS]E*")))


def docstrings() -> Iterator[str]:
    """The docstrings of each installed Python file, joined."""
    for path in shuffled(packages().glob("*/*.py")):
        yield docstrings_of(path)[:MAX_CHARACTERS]


def module_docstrings() -> Iterator[str]:
    """The same for the files of every folder, whole."""
    for path in shuffled(packages().rglob("*.py")):
        yield docstrings_of(path)[:MAX_WHOLE_CHARACTERS]


def docstrings_of(path: Path) -> str:
    """The docstrings of one Python file, joined; empty if it cannot be read as one."""
    documented = (ast.AsyncFunctionDef, ast.FunctionDef, ast.ClassDef, ast.Module)
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return ""
    found = (ast.get_docstring(node) for node in ast.walk(tree) if isinstance(node, documented))
    return "\n\n".join(filter(None, found))


def packages() -> Path:
    """Where this environment's packages lie."""
    return Path(sysconfig.get_paths()["purelib"])


def shuffled(paths: Iterable[Path]) -> list[Path]:
    """The files among `paths` in an order that is random but always the same, so that the first ones are a mixture."""
    files = sorted(path for path in paths if path.is_file())
    random.Random(0).shuffle(files)  # noqa: S311 a mixture, not a secret
    return files


def read(path: Path, num_bytes: int = MAX_CHARACTERS) -> str:
    """The beginning of a file as text; bytes that are not UTF-8 are replaced."""
    with path.open("rb") as file:
        return file.read(num_bytes).decode("utf-8", "replace").replace("\r\n", "\n")


def hostile_texts(texts: list[str], number: int, seed: int) -> list[str]:
    """`number` texts that try the rules' corners: mutations of `texts`, with spaCy's special cases across spaces."""
    chance = random.Random(seed)  # noqa: S311 seeded so that a difference can be seen again
    cases = special_cases()
    return [mutated(chance, chance.choice(texts), cases) for _ in range(number)] + ["", " ", "\n", "a", "\xa0\n"]


def special_cases() -> list[str]:
    """The special cases that spaCy looks for between affixes, which are those that can match across a space."""
    tokenizer = spacy.blank("en").tokenizer
    finders = (tokenizer.find_prefix, tokenizer.find_suffix, tokenizer.find_infix)
    return sorted(case for case in tokenizer.rules if case.strip() and any(find(case) for find in finders))


def mutated(chance: random.Random, text: str, cases: list[str]) -> str:
    """`text` cut short, with some of its lines changed."""
    lines = text[: chance.choice((600, 1500, 3000, 6000))].split("\n")
    for _ in range(chance.choice((0, 1, 2, 4, 10))):
        place = chance.randrange(len(lines))
        lines[place] = changed_line(chance, lines[place], lines, cases)
    whole = "".join(line + chance.choice(SEPARATORS if chance.random() < 0.1 else ("\n",)) for line in lines)
    if chance.random() < 0.05:
        whole = re.sub("^", chance.choice(("• ", "- ")), whole, flags=re.MULTILINE)
    if chance.random() < 0.05:
        whole = re.sub("$", "...", whole, flags=re.MULTILINE)
    return whole.replace(" ", "\n") if chance.random() < 0.02 else whole


def changed_line(chance: random.Random, line: str, lines: list[str], cases: list[str]) -> str:
    """`line` with one thing done to it."""
    words = line.split(" ")
    kind = chance.randrange(6)
    if kind == 0:
        return line.replace(" ", chance.choice(SPACES), chance.choice((1, 3)))
    if kind == 1:
        return line + "\n" + chance.choice(lines)
    if kind == 2:
        return line.replace(" ", chance.choice(SEPARATORS), 1)
    if kind == 3:
        return chance.choice(SPACES) + line + chance.choice((*SPACES, "...", "…", "."))
    insert = chance.choice(INSERTS) if kind == 4 else across_a_space(chance, cases)
    words.insert(chance.randrange(len(words) + 1), insert)
    return " ".join(words)


def across_a_space(chance: random.Random, cases: list[str]) -> str:
    """A special case inside a word, with something behind a space that may belong to a longer one."""
    first, second = chance.choice(cases), chance.choice(cases)
    forms = (
        f"hello{first} {second}",
        f"see{first} {first[-1]} {second}.",
        f"{' '.join(first)} {second} (",
        f"word{first}[1] {second}",
        f"a{first} [edit]{second} )",
        f"(word{first} {chance.choice(')(:;-/.')}",
        f"{first}'{second} '{chance.choice(('s', 'cause', 'em', 'x'))}",
    )
    return chance.choice(forms)


KINDS: dict[str, Callable[[], Iterator[str]]] = {
    "pages": pages,
    "plain": plain_files,
    "packed": packed_files,
    "docstrings": module_docstrings,
}
"""Whole documents by kind."""
