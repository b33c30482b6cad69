"""A dataset and its suite → a report, or a closed gate; nothing here repairs.

`histogram`    bins whose edges the field alone decides
`statistics`   what one worker pass learns of every column; parts add up to the whole
`suites`       the checks of a stage as plain values, rendered from its schema
`gate`         runs the checks with Great Expectations: publish or raise
"""

from pipelines.validation.gate import ValidationReport, gate, warm_up
from pipelines.validation.statistics import Column, Statistics, merged
from pipelines.validation.suites import Check, Suite, suite

__all__ = ["Check", "Column", "Statistics", "Suite", "ValidationReport", "gate", "merged", "suite", "warm_up"]
