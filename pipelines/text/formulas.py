r"""Formulas of a page as text: LaTeX where the page has it, `$x = a^2$`, otherwise MathML in a line, `(a+b)/2`.

LaTeX is in an <annotation> or the `alttext` of <math> (Wikipedia, KaTeX, arXiv's HTML), in <script type="math/tex">
(MathJax 2), or in the `alt` of a picture. What MathJax leaves as `\(…\)` is text already.
"""

import re
from typing import Any

RENDERED = (".katex-html", ".MathJax", ".MathJax_Display", ".MathJax_Preview", ".MathJax_SVG")
"""What shows a formula to a reader who has its source beside it."""

_WRAPPERS = frozenset(["mwe-math-element", "katex"])
_LATEX = "annotation[encoding='application/x-tex'], annotation[encoding='TeX'], annotation[encoding='text/x-tex']"
_PICTURES = "img.mwe-math-fallback-image-inline, img.mwe-math-fallback-image-display, img.tex, img.latex, img.math"
_COMMAND = re.compile(r"\\[a-zA-Z]+(?:\s*[{^_]|.*[}^_])", re.DOTALL)  # not `C:\Users`
_DISPLAY_STYLE = re.compile(r"^\{\\(?:displaystyle|textstyle)\s*(.*)\}$", re.DOTALL)
_ATOM = re.compile(r"[\d.,]+|.", re.DOTALL)
_MAX_DEPTH = 64
"""Elements in a formula; what is deeper is taken as it stands. Hostile pages nest 512."""
_MAX_SPANS = 3
"""Spans between a formula and what wraps it."""

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


def replace_formulas(tree: Any, html: str) -> None:
    """Put the text of each formula in its place; `html` tells cheaply what the page cannot hold."""
    if "<math" in html:
        outer = None
        for formula in tree.body.query_selector_all("math"):
            if outer is None or not outer.contains(formula):
                outer = _place(formula)
                _put(tree, outer, latex_of(formula) or linear(formula))
    if "math/tex" in html:
        for script in tree.body.query_selector_all("script[type^='math/tex']"):
            _put(tree, script, _dollars(script.text))
    if "<img" in html and ("\\" in html or "math" in html or "tex" in html):
        for picture in tree.body.query_selector_all(f"{_PICTURES}, img[alt*='\\\\']"):
            alt = picture.getattr("alt") or ""
            if alt.strip() and (_COMMAND.search(alt) or picture.matches(_PICTURES)):
                _put(tree, picture, _dollars(alt))


def latex_of(formula: Any) -> str:
    """LaTeX that a <math> carries, between dollars; empty if it has none."""
    annotation = formula.query_selector(_LATEX)
    return _dollars(annotation.text if annotation is not None else formula.getattr("alttext") or "")


def linear(node: Any, depth: int = 0) -> str:
    """Presentation MathML in one line: what stood above, below or raised is told by `/`, `^` and `_`."""
    children = [child for child in node.child_nodes if child.tag not in {"#text", "annotation", "annotation-xml"}]
    if not children or depth == _MAX_DEPTH:
        return " ".join(node.text.split())
    parts = [linear(child, depth + 1) for child in children]
    if node.tag == "msqrt":
        parts = ["".join(parts)]
    if (form := _FORMS.get((node.tag, len(parts)))) is not None:
        return form.format(*map(_grouped, parts))
    return _BETWEEN.get(node.tag, "").join(parts)


def _grouped(part: str) -> str:
    return part if _ATOM.fullmatch(part) else f"({part})"


def _dollars(latex: str) -> str:
    latex = latex.strip().strip("$").strip()
    if (style := _DISPLAY_STYLE.match(latex)) is not None:
        latex = style[1].strip()
    return f"${' '.join(latex.split())}$" if latex else ""


def _place(formula: Any) -> Any:
    """The <math>, or what wraps it together with its picture."""
    place = formula
    for _ in range(_MAX_SPANS):
        place = place.parent
        if place is None or place.tag != "span":
            break
        if not _WRAPPERS.isdisjoint(place.class_list):
            return place
    return formula


def _put(tree: Any, place: Any, text: str) -> None:
    if place.parent is not None:
        place.parent.insert_before(tree.create_text_node(text), place)
        place.parent.remove_child(place)
