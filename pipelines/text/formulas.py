r"""Formulas of a page as text: LaTeX where the page has it, `$x = a^2$`, otherwise MathML in a line, `(a+b)/2`.

LaTeX is in an <annotation> or the `alttext` of <math> (KaTeX, arXiv's HTML), in the `alt` of a picture (Wikipedia,
where <math> is hidden), or in <script type="math/tex"> (MathJax 2). What MathJax leaves as `\(…\)` is text already.

The markup is rewritten before the page is parsed; of the parsed formulas, nodes are walked one by one, because in
resiliparse 2.0.1 a pass over a list of n nodes takes n² steps (1,000 <math>: 1.6 s).
"""

import re
from collections.abc import Callable, Iterator
from html import escape, unescape
from typing import Any

from resiliparse.parse.html import HTMLTree

RENDERED = (".katex-html", ".MathJax", ".MathJax_Display", ".MathJax_Preview", ".MathJax_SVG")
"""What shows a formula to a reader and has its source beside it."""

_MATH = (re.compile(r"<math\b", re.IGNORECASE), re.compile(r"</math\s*+>", re.IGNORECASE))
_SCRIPT = (re.compile(r"<script\b[^<>]*math/tex[^<>]*+>", re.IGNORECASE), re.compile(r"</script\s*+>", re.IGNORECASE))
_PICTURE = re.compile(r"""<img\b(?:[^<>"']++|"[^"]{0,2000}"|'[^']{0,2000}'){1,50}>""", re.IGNORECASE)
_ALT = re.compile(r"""\balt\s*=\s*("[^"]*"|'[^']*')""", re.IGNORECASE)
_CLASS = re.compile(r"""\bclass\s*=\s*["']?[^"'<>]*\b(?:mwe-math\S*|math|tex|latex)\b""", re.IGNORECASE)
_COMMAND = re.compile(r"\\[a-zA-Z]+(?:\s*[{^_]|.*[}^_])", re.DOTALL)  # not `C:\Users`
_DISPLAY_STYLE = re.compile(r"\{\\(?:displaystyle|textstyle)\s*(.*)\}", re.DOTALL)
_ATOM = re.compile(r"[\d.,]+|.", re.DOTALL)
_LATEX = "annotation[encoding='application/x-tex'], annotation[encoding='TeX'], annotation[encoding='text/x-tex']"

_MAX_CHARACTERS = 100_000
"""Markup of one formula; a longer one is left as it is."""
_MAX_DEPTH = 64
"""Elements in a formula; what is deeper is taken as it stands."""

_FORMS = {
    ("mfrac", 2): "{}/{}",
    ("msup", 2): "{}^{}",
    ("msub", 2): "{}_{}",
    ("mover", 2): "{}^{}",
    ("munder", 2): "{}_{}",
    ("msubsup", 3): "{}_{}^{}",
    ("munderover", 3): "{}_{}^{}",
    ("msqrt", 1): "√{}",
    ("mroot", 2): "{}^(1/{})",
}
"""(element, number of its parts) → how it is written."""
_BETWEEN = {"mtr": ", ", "mtable": "; "}


def with_formulas(html: str) -> str:
    """The page with the text of each formula in its place."""
    if "<math" in html:
        html = _replaced(html, *_MATH, lambda _, whole: formula_text(whole))
    if "math/tex" in html:
        html = _replaced(html, *_SCRIPT, lambda inner, _: _dollars(inner))
    if "<img" in html and ("\\" in html or "math" in html or "tex" in html):
        html = _PICTURE.sub(_picture_text, html)
    return html


def formula_text(markup: str) -> str:
    """LaTeX that a <math> carries, between dollars, or its MathML in a line."""
    tree: Any = HTMLTree.parse(markup)
    formula = tree.body.query_selector("math")
    annotation = formula.query_selector(_LATEX)
    latex = annotation.text if annotation is not None else formula.getattr("alttext") or ""
    return _dollars(latex) or linear(formula)


def linear(node: Any, depth: int = 0) -> str:
    """Presentation MathML in one line: what stood above, below or raised is told by `/`, `^` and `_`."""
    children = [child for child in _children(node) if child.tag not in {"#text", "annotation", "annotation-xml"}]
    if not children or depth == _MAX_DEPTH:
        return " ".join(node.text.split())
    parts = [linear(child, depth + 1) for child in children]
    if node.tag == "msqrt":
        parts = ["".join(parts)]
    if (form := _FORMS.get((node.tag, len(parts)))) is not None:
        return form.format(*map(_grouped, parts))
    return _BETWEEN.get(node.tag, "").join(parts)


def _children(node: Any) -> Iterator[Any]:
    child = node.first_child
    while child is not None:
        yield child
        child = child.next


def _grouped(part: str) -> str:
    return part if _ATOM.fullmatch(part) else f"({part})"


def _dollars(latex: str) -> str:
    latex = latex.strip().strip("$").strip()
    if (style := _DISPLAY_STYLE.fullmatch(latex)) is not None:
        latex = style[1]
    return f"${' '.join(latex.split())}$" if latex else ""


def _picture_text(picture: re.Match[str]) -> str:
    alt = _ALT.search(picture[0])
    text = unescape(alt[1][1:-1]) if alt is not None else ""
    is_formula = _COMMAND.search(text) is not None or _CLASS.search(picture[0]) is not None
    return escape(_dollars(text), quote=False) if text.strip() and is_formula else picture[0]


def _replaced(html: str, start: re.Pattern[str], end: re.Pattern[str], text_of: Callable[[str, str], str]) -> str:
    """Every element from `start` to the next `end` as text; an element without an end ends the search, not the page."""
    pieces, position = [], 0
    while (first := start.search(html, position)) and (last := end.search(html, first.end())):
        whole = html[first.start() : last.end()]
        is_short = len(whole) <= _MAX_CHARACTERS
        text = escape(text_of(html[first.end() : last.start()], whole), quote=False) if is_short else whole
        pieces += [html[position : first.start()], text]
        position = last.end()
    return "".join([*pieces, html[position:]])
