import shlex

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs import commands_run
from jobs.arguments import Request, with_each_input_named
from jobs.main import app

WORDS = st.text(min_size=1, max_size=8).filter(lambda word: not word.startswith("-"))


@pytest.mark.parametrize(
    ("given_words", "read_as"),
    [
        (["run", "r", "--input", "a", "b"], ["run", "r", "--input", "a", "--input", "b"]),
        (["--input", "a", "b", "--output", "o"], ["--input", "a", "--input", "b", "--output", "o"]),
        (["--input", "a", "--input", "b", "c"], ["--input", "a", "--input", "b", "--input", "c"]),
        (["--output", "o", "r"], ["--output", "o", "r"]),
        (["--input=a", "r"], ["--input=a", "r"]),
        (["--input"], ["--input"]),
    ],
)
def test_every_word_behind_input_up_to_the_next_option_is_an_input(given_words, read_as):
    assert with_each_input_named(given_words) == read_as


@settings(max_examples=50)
@given(
    inputs=st.lists(WORDS, max_size=3),
    output=WORDS,
    version=st.none() | WORDS,
    through=st.sampled_from(["clean", "deduplicated", "tokens"]),
    quiet=st.booleans(),
)
def test_the_command_to_resume_asks_for_exactly_what_was_asked(inputs, output, version, through, quiet):
    request = Request("my recipe.py:R", tuple(inputs), output, version, through=through, quiet=quiet)
    asked = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(commands_run, "_make", asked.append)  # the work; what is looked at is how it was asked for
        app(args=with_each_input_named(shlex.split(request.command("run"))), standalone_mode=False)
    assert asked == [request]
