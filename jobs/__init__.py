"""The start floor: arguments, one site file, the Spark session, one call, an exit code. The command `phloem`.

`main`              the command line; `commands_run`, `commands_look`, `commands_machine` its commands
`arguments`         what `phloem run` and spark-submit are both given
`run`               what spark-submit starts
`making`            what `phloem run` does around a run: site, session, resume line, funnel, first batch
`corpus`            one run of a recipe: version, lease, the stages that are left
`site`              the site file: where and how fast, never what
`databases`         inputs that are databases; `jars` their drivers; `history` rows about datasets and runs in one
`session`           the Spark session; `class_archive` Spark's classes loaded once for an installation
`machine`           what this machine has: Java, cores, memory
`progress`, `funnel`, `reading`, `reporting`   what the terminal and the report show
`doctor`            what is missing here; `doctor_spark` the part that asks the cluster
`sample`            real text found on this machine
"""
