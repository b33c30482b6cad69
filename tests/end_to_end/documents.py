"""The documents at the root of the repository, taken apart: their commands, links and tables."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMES = ("README.md", "ARCHITECTURE.md", "CHANGELOG.md", "DECISIONS.md")

_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_PLACEHOLDER = re.compile(r"\.\.\.|…|\b[A-Z][A-Z_]{2,}\b|<\w+>")
_SHELLS = {"bash", "sh", "console"}


def text_of(name: str) -> str:
    """A document."""
    return (ROOT / name).read_text()


def commands(text: str) -> list[str]:
    """Every line of a shell's block that is a command, in order; in a `console` block those behind `$ `."""
    found = []
    for language, block in _FENCED.findall(text):
        if language in _SHELLS:
            lines = block.replace("\\\n", " ").splitlines()
            if language == "console":
                lines = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
            found += [line.partition("  #")[0].strip() for line in lines if line.strip() and not line.startswith("#")]
    return found


def placeholders(command: str) -> list[str]:
    """What a reader would have to fill in; a command that is shown has to run as it stands."""
    return [found for found in _PLACEHOLDER.findall(command) if not re.search(rf"\b{re.escape(found)}=", command)]


def relative_links(text: str) -> list[str]:
    """Paths that links outside of code point to."""
    prose = _FENCED.sub("", text)
    return [link.partition("#")[0] for link in _LINK.findall(prose) if not re.match(r"[a-z]+:|#", link)]


def anchors(text: str) -> set[str]:
    """The names that a page's headings can be linked by."""
    headings = re.findall(r"^#+ (.+)$", _FENCED.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def rooms(text: str) -> list[str]:
    """The first column of the table whose head begins with `room`."""
    table = text.partition("| room |")[2].partition("\n\n")[0]
    return re.findall(r"^\| `([^`]+)`", table, re.MULTILINE)
