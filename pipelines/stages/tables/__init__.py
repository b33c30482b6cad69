"""Database tables as inputs: copied once into files (landed), and from there on inputs like any other.

`table`       what a recipe says of a table; what of a column's type can be read
`database`    where it is: URL, user, driver
`sql`         the few statements, in two dialects
`connection`  one JDBC connection of the driver's JVM; errors in words
`survey`      a table looked at before it is copied: faults, snapshot or watermark, even ranges of keys
`writing`     a worker's part: rows in order of their keys into files
`landing`     what is known of rows that were copied: `_landing.json`
`land`        one table after the other landed, tried again as a whole when the database went away

A table is no content: it changes while one looks. So its rows are landed below `<output>/<corpus>/landed/<input>/`
first, and the files there are what units are named by. The same rows give the same bytes, whichever of the two kinds of
database holds them and however many connections read.
"""

from pipelines.stages.tables.database import Database
from pipelines.stages.tables.land import Landing, land_tables
from pipelines.stages.tables.survey import TableInput
from pipelines.stages.tables.table import Table

__all__ = ["Database", "Landing", "Table", "TableInput", "land_tables"]
