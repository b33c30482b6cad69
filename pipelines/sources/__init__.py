"""How a location splits into units, and how one unit becomes batches of documents (the schema RAW).

`units`     the words: a source file, a piece of it, the unit that makes one shard
`files`     from inputs to files: names, order, formats by suffix
`checksums` what their bytes hash to, remembered
`planning`  from files to units: split points, groups of small files
`reading`   one unit read, and the check that its files did not change meanwhile
`records`   `Reading` (the knobs), one record, the batches records are gathered into
`warc`      WARC records to documents; `framing` where records start and end, and the way on behind a broken one
`jsonl`     JSON lines
`parquet`   Parquet rows
`text`      plain text and HTML files
`streams`   plain, gzip and Zstandard bytes, a little at a time

Why a record is quarantined, in the words of `quarantined_by`:

==================  ================================================================================
empty_file          no byte or no record in it
unknown_format      a suffix that no reader is for
truncated           the file ends inside a compressed stream or a record; what came before is kept
corrupt_file        compressed data, Parquet footer or pages that cannot be decoded
expansion_limit     a bomb: more than `max_expansion` bytes out of one; the rest is left unread
broken_record       a WARC record with a broken header, length or payload; says where reading went on
document_too_large  over `max_document_bytes`
invalid_utf8        bytes that are not UTF-8
invalid_unicode     half a surrogate pair in a JSON string
nul_character       U+0000 in the text
not_json            a line that is not JSON
not_an_object       a line that is JSON, but no object
missing_field       an object without the field of the text
wrong_type          a field or column that holds no text
not_parquet         a .parquet file that is none
missing_column      a Parquet file without the column of the text
source_changed      the file was written to since its unit was planned (`SourceChangedError`)
source_vanished     the file is gone since its unit was planned (`SourceChangedError`)
==================  ================================================================================
"""

from pipelines.sources.checksums import Checksums, Remembered, read_checksums
from pipelines.sources.files import find_files
from pipelines.sources.planning import plan_units, split_points
from pipelines.sources.reading import SourceChangedError, changes, read_unit
from pipelines.sources.records import Reading, document_id, quarantine_row
from pipelines.sources.units import Piece, SourceFile, Unit

__all__ = [
    "Checksums",
    "Piece",
    "Reading",
    "Remembered",
    "SourceChangedError",
    "SourceFile",
    "Unit",
    "changes",
    "document_id",
    "find_files",
    "plan_units",
    "quarantine_row",
    "read_checksums",
    "read_unit",
    "split_points",
]
