"""The Spark floor, the only one: units spread over workers, small columns shuffled, results committed.

`tables`        database tables copied into files, which then are inputs like any other
`clean`         the one pass over a unit's documents
`duplicates`    which documents are duplicates, and of which
`components`    connected components in DataFrames
`deduplicated`  clean shards written again without duplicates
`order`         the seeded global order
`tokenizer`     the corpus's tokenizer, read or trained
`tokens`        tokenize, shuffle, pack, write

`spread`        a pure function over a table of units
`shards`        document shards written once, read again
`results`       what workers say of units, gathered
`progress`      how far a stage is
`daemon`        what forks the Python workers, with everything loaded
`failures`      a worker's error in its own words
`commit`        gate and manifest
"""
