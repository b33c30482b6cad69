"""The command `phloem`. Nothing heavy is imported before a command runs, so that --help answers at once."""

import sys
from collections.abc import Sequence

import typer

from jobs import commands_keep, commands_look, commands_machine, commands_plan, commands_run
from jobs.arguments import with_each_input_named
from pipelines.errors import PhloemError

_EPILOG = """Begin with:

\b
  phloem doctor                                        is everything here that is needed?
  phloem sample sample/                                real text found on this machine
  phloem run web_en --input sample/ --output corpora   raw text to training rows
  phloem read corpora/web_en/tokens/v1                 what came out

Each command has its own --help, with examples.
"""

# Plain help and plain tracebacks: rich's boxes are cut off in a log of 80 columns, and its import takes 0.2 s.
app = typer.Typer(
    name="phloem",
    help="Raw text to training batches: exactly-once, reconciled, resumable.",
    epilog=_EPILOG,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for _commands in (commands_run, commands_look, commands_keep, commands_plan, commands_machine):
    _commands.add_to(app)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0, or the error's `exit_code`; 130 after an interrupt.

    What Phloem raises on purpose is told in its own words; anything else is a fault of ours and keeps its traceback.
    """
    words = sys.argv[1:] if arguments is None else arguments
    try:
        app(args=with_each_input_named(words), prog_name="phloem")
    except PhloemError as error:
        print(f"phloem: {error}", file=sys.stderr)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
