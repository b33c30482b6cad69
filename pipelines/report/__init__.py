"""One page about one run: `report.html`, which opens anywhere and asks the network for nothing.

`model`     what a report says, as plain values
`excerpts`  the part of a document that is shown, hostile characters made visible
`funnel`    where the documents went, whether the counts reconcile, what deserves a look
`charts`    a histogram as SVG, with the recipe's threshold in it
`page`      the values put into `page.html.j2`
`collect`   a run's published datasets read into a report
`samples`   the few documents that a report shows of the many
`rules`     a resolved recipe's rules in words and thresholds
"""

from pipelines.report.model import (
    Duplicates,
    Example,
    Histogram,
    Pair,
    Quarantine,
    Rejection,
    RunReport,
    Segment,
    StageReport,
    Threshold,
    Unreadable,
)
from pipelines.report.page import render

__all__ = [
    "Duplicates",
    "Example",
    "Histogram",
    "Pair",
    "Quarantine",
    "Rejection",
    "RunReport",
    "Segment",
    "StageReport",
    "Threshold",
    "Unreadable",
    "render",
]
