"""What the commands of `phloem` share: their options, several values behind one `--input`, and how to come back."""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, TypeAlias

import typer

RecipeName: TypeAlias = Annotated[
    str, typer.Argument(metavar="RECIPE", help="A recipe by name (see `phloem recipes`), or your own as file.py:NAME.")
]
Inputs: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--input",
        metavar="URI...",
        help="File or folder to read; several behind one --input, or the option again. NAME=URI gives it a name of its "
        "own, so that documents keep their ids when the folder moves. NAME=jdbc:… is a database; the recipe says which "
        "table of it.",
        show_default=False,
    ),
]
Output: TypeAlias = Annotated[
    str, typer.Option("--output", metavar="URI", help="Where datasets lie: OUTPUT/CORPUS/STAGE/VERSION.")
]
Version: TypeAlias = Annotated[
    str | None,
    typer.Option("--version", metavar="V", help="Version to make. Default: go on with the newest, or the next number."),
]
SiteFile: TypeAlias = Annotated[
    str | None,
    typer.Option("--site", metavar="FILE", help="TOML: Spark settings, endpoints, credentials by reference."),
]
Master: TypeAlias = Annotated[
    str | None,
    typer.Option("--master", metavar="M", help="Spark master, e.g. spark://head:7077. Default: this machine's cores."),
]
Quiet: TypeAlias = Annotated[
    bool, typer.Option("--quiet", help="Neither progress nor the first batch: what was made, warnings and errors.")
]


@dataclass(frozen=True)
class Request:
    """What was asked of `phloem run` or of the command of one stage."""

    recipe: str
    inputs: tuple[str, ...]
    output: str
    version: str | None = None
    site: str | None = None
    master: str | None = None
    through: str = "tokens"
    quiet: bool = False

    def command(self, start: str) -> str:
        """The command line that asks for the same; `start` is the program and its command, e.g. `phloem run`."""
        words = [self.recipe, *(word for uri in self.inputs for word in ("--input", uri)), "--output", self.output]
        options = {"--version": self.version, "--site": self.site, "--master": self.master}
        words += [word for option, value in options.items() if value for word in (option, value)]
        if self.through != "tokens":
            words += ["--through", self.through]
        if self.quiet:
            words.append("--quiet")
        return f"{start} {shlex.join(words)}"


def is_database(value: str) -> bool:
    """Whether an input (`URI` or `NAME=URI`) is a database."""
    return "jdbc:" in (value[:5], value.partition("=")[2][:5])


def with_each_input_named(arguments: Sequence[str]) -> list[str]:
    """`--input a b` as `--input a --input b`: every word behind `--input`, up to the next option, is an input."""
    return list(_each_input_named(arguments))


def _each_input_named(arguments: Sequence[str]) -> Iterator[str]:
    num_values = -1  # behind --input: how many values it has had; -1 elsewhere
    for word in arguments:
        if word == "--input":
            num_values = 0
        elif word.startswith("-") and word != "-":
            num_values = -1
        elif num_values >= 0:
            num_values += 1
            if num_values > 1:
                yield "--input"
        yield word
