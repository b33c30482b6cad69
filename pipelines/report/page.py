"""The values put into `page.html.j2`: one file below 2 MB, without scripts, that loads nothing."""

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from itertools import groupby
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template
from markupsafe import Markup

from pipelines.report.charts import HEIGHT, WIDTH, chart, number
from pipelines.report.excerpts import differing, excerpt, shortened, visible
from pipelines.report.funnel import NEARLY_ALL, num_readable, steps, sums, warnings
from pipelines.report.model import RunReport

_MOST = {
    "rules": 100,
    "examples": 3,
    "quarantined": 8,
    "pairs": 4,
    "histograms": 80,
    "sequences": 3,
    "segments": 12,
    "segment_characters": 600,
    "field_characters": 160,
    "warnings": 20,
    "recipe_characters": 60_000,
}
"""How much of everything is shown. Their product, at six bytes a character when escaped, stays below 2 MB."""


def render(report: RunReport) -> str:
    """The page as one HTML document; the same report gives the same text."""
    return _template().render(
        report=report,
        most=_MOST,
        steps=steps(report),
        sums=sums(report),
        warnings=list(warnings(report)),
        readable=num_readable(report),
        nearly_all=NEARLY_ALL,
        rejections=sorted(report.rejections, key=lambda rejection: (-rejection.count, rejection.reason)),
        charts=[chart(histogram) for histogram in report.histograms[: _MOST["histograms"]]],
        chart_size=(WIDTH, HEIGHT),
    )


@cache
def _template() -> Template:
    """The compiled template; its files lie in this package, which may be a zip file."""
    environment = Environment(
        loader=FunctionLoader(lambda name: resources.files("pipelines.report").joinpath(name).read_text("utf-8")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "count": lambda value: f"{value:,}",
        "share": _share,
        "size": _size,
        "value": number,
        "short": lambda text, most=_MOST["field_characters"]: shortened(str(text), most),
        "label": _label,
        "excerpt": lambda example: excerpt(example.text, example.span),
        "differing": differing,
        "visible": visible,
        "recipe": _recipe,
        "by_table": _by_table,
    }
    return environment.get_template("page.html.j2")


def _label(text: str) -> Markup:
    """A name that may be broken behind an underscore."""
    return Markup("_<wbr>").join(shortened(text, _MOST["field_characters"]).split("_"))


def _share(part: float, whole: float) -> str:
    """`12.3 %`; what is not nothing never reads as nothing, and what is not all never as all."""
    if not whole:
        return "-"
    percent = 100 * part / whole
    if part and percent < 0.1:  # noqa: PLR2004 (one digit is shown)
        return "<\N{NO-BREAK SPACE}0.1\N{NO-BREAK SPACE}%"
    if part < whole and percent > 99.9:  # noqa: PLR2004 (same)
        return ">\N{NO-BREAK SPACE}99.9\N{NO-BREAK SPACE}%"
    return f"{percent:.1f}\N{NO-BREAK SPACE}%"


def _size(num_bytes: float) -> str:
    """Bytes for people, in powers of 1024."""
    power = max(0, min(5, (int(num_bytes).bit_length() - 1) // 10))
    unit = ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB")[power]
    return f"{num_bytes / 1024**power:,.{1 if power else 0}f} {unit}"


def _recipe(recipe: Mapping[str, Any]) -> str:
    text = json.dumps(recipe, indent=2, ensure_ascii=False, sort_keys=True)
    most = _MOST["recipe_characters"]
    return visible(text if len(text) <= most else f"{text[:most]}\n… {len(text) - most:,} characters more")


def _by_table(validation: Mapping[str, Any]) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """A validation report's results, grouped by what they looked at."""
    asked = {
        "sample": f"on {validation.get('sample_rows', 0):,} sampled rows",
        "metrics": "on every row, by its statistics",
        "totals": "on the stage's counts",
    }
    groups = groupby(validation.get("results", ()), key=lambda result: result["table"])
    return [(asked.get(table, table), list(results)) for table, results in groups]
