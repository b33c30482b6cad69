r"""Formulas come out once, as LaTeX where the page has it, and never as the digits of a fraction side by side."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.text.formulas import formula_text, with_formulas

MATHML = "<mrow><mi>x</mi><mo>=</mo><msup><mi>a</mi><mn>2</mn></msup></mrow>"
ANNOTATED = f'<math><semantics>{MATHML}<annotation encoding="application/x-tex">x=a^2</annotation></semantics></math>'


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        (f"<math>{MATHML}</math>", "x=a^2"),
        ("<math><mfrac><mrow><mo>-</mo><mi>b</mi></mrow><mrow><mn>2</mn><mi>a</mi></mrow></mfrac></math>", "(-b)/(2a)"),
        ("<math><mfrac><mn>1.5</mn><mi>x</mi></mfrac></math>", "1.5/x"),
        ("<math><msqrt><mi>x</mi><mo>+</mo><mn>1</mn></msqrt></math>", "√(x+1)"),
        ("<math><mroot><mi>x</mi><mn>3</mn></mroot></math>", "x^(1/3)"),
        (
            "<math><munderover><mo>∑</mo><mi>i</mi><mi>n</mi></munderover><msub><mi>a</mi><mi>i</mi></msub></math>",
            "∑_i^na_i",
        ),
        (
            (
                "<math><mtable><mtr><mtd><mn>1</mn></mtd><mtd><mn>2</mn></mtd></mtr>"
                "<mtr><mtd><mn>3</mn></mtd><mtd><mn>4</mn></mtd></mtr></mtable></math>"
            ),
            "1, 2; 3, 4",
        ),
        (ANNOTATED, "$x=a^2$"),
        (f'<math alttext="{{\\displaystyle x=a^{{2}}}}">{MATHML}</math>', "$x=a^{2}$"),
        ("<math></math>", ""),
    ],
)
def test_a_formula_in_one_line(markup, text):
    assert formula_text(markup) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (f'<span class="katex"><span class="katex-mathml">{ANNOTATED}</span></span>', "$x=a^2$"),
        ('<script type="math/tex">x<y</script>', "$x&lt;y$"),
        ("<SCRIPT type='math/tex; mode=display'>\n\\frac{a}\n{b}</SCRIPT>", "$\\frac{a} {b}$"),
        ('<img class="mwe-math-fallback-image-inline" src="x.svg" alt="{\\displaystyle a^{2}}">', "$a^{2}$"),
        ('<img src=x alt="\\frac{a}{b}"/>', "$\\frac{a}{b}$"),
        ("<img class=tex alt='$a &lt; b$'>", "$a &lt; b$"),
    ],
)
def test_the_source_of_a_formula_is_put_in_its_place(html, text):
    found = with_formulas(f"<p>So {html} holds.</p>")
    assert "".join(found.split("<span")[:1]).startswith("<p>So ")
    assert text in found
    assert not any(tag in found.lower() for tag in ("<math", "<script", "<img", "annotation"))


@pytest.mark.parametrize(
    "html",
    [
        '<img src="a\\b" alt="C:\\Users\\me">',
        '<img class="mathilda" alt="a portrait">',
        '<img class="math">',
        "<script>var tex = '<math>'</script>",
        "<math><mi>never closed",
        "<p>\\(a^2\\) and $$b$$</p>",
    ],
)
def test_what_is_no_formula_stays_as_it_is(html):
    assert with_formulas(html) == html


def test_deep_and_long_formulas_are_taken_as_they_stand():
    deep = "<mrow>" * 600 + "<mi>x</mi><mi>y</mi>" + "</mrow>" * 600
    assert formula_text(f"<math>{deep}</math>") == "xy"
    long = f"<math>{'<mi>x</mi>' * 20_000}</math>"
    assert with_formulas(long).startswith("&lt;math") is False


PIECES = st.sampled_from(
    [
        "<math>",
        "</math>",
        "<mfrac>",
        "</mfrac>",
        "<mi>x",
        "</mi>",
        "<img alt='\\a{'>",
        "<script type=math/tex>",
        "</script>",
        "a",
    ]
)


@settings(max_examples=200, deadline=None)
@given(pieces=st.lists(PIECES, max_size=14), frame=st.sampled_from(["{}", "before {} behind"]))
def test_any_markup_goes_through_and_what_is_around_it_stays(pieces, frame):
    html = frame.format("".join(pieces))
    before, _, behind = frame.partition("{}")
    found = with_formulas(html)
    assert found.startswith(before)
    assert found.endswith(behind)
