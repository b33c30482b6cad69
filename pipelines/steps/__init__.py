"""One rule each, on one record batch: a step is a frozen dataclass whose call takes a batch and gives a batch.

A step marks `rejected_by` (or `quarantined_by`) and never drops a row; `adds` names the columns it adds.

`url_filter`     documents of banned sites
`extract`        bytes → text: charset, main text of HTML, limits
`normalize`      Unicode NFC, whitespace
`clean_lines`    lines that say nothing removed
`language`       lid.176, which languages to keep
`quality`        the FineWeb rules, every value measured
`redact`         personal data masked
`content_hash`   what makes two documents the same
`signature`      MinHash, by which near duplicates meet
`columns`        reading and writing a batch's columns, for one's own steps too
"""

from collections.abc import Callable

import pyarrow as pa

from pipelines.steps.clean_lines import CleanLines
from pipelines.steps.content_hash import ContentHash
from pipelines.steps.extract import Extract
from pipelines.steps.language import Language
from pipelines.steps.normalize import Normalize
from pipelines.steps.quality import Quality
from pipelines.steps.redact import Redact
from pipelines.steps.signature import Signature
from pipelines.steps.url_filter import UrlFilter

Step = Callable[[pa.RecordBatch], pa.RecordBatch]
"""What a step is to the floors above; a class attribute `adds: tuple[Field, ...]` says what it adds, if anything."""

__all__ = [
    "CleanLines",
    "ContentHash",
    "Extract",
    "Language",
    "Normalize",
    "Quality",
    "Redact",
    "Signature",
    "Step",
    "UrlFilter",
]
