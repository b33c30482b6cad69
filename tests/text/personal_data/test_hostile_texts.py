"""Time is linear in the text, whatever the text: every pattern reads a bounded stretch from where it starts."""

import itertools
import re
from re import _parser  # what `re` itself compiles with; tells the widest match of a pattern

import pyarrow as pa
import pytest

from pipelines.text.personal_data import (
    PersonalDataRules,
    accounts,
    addresses,
    contacts,
    credentials,
    find,
    redact_texts,
)

PATTERNS = {
    f"{module.__name__.rpartition('.')[2]}.{name}": pattern
    for module in (accounts, addresses, contacts, credentials)
    for name, pattern in vars(module).items()
    if isinstance(pattern, re.Pattern)
}


@pytest.mark.parametrize("name", PATTERNS)
def test_no_pattern_reads_more_than_a_bounded_number_of_characters(name):
    # A JSON web token has three parts of at most 4,000 characters each; no other pattern is wider.
    _, widest = _parser.parse(PATTERNS[name].pattern, PATTERNS[name].flags & ~re.DEBUG).getwidth()
    assert widest <= 30_000


PIECES = [
    *("a", "1", "a.", "1 ", "1.", "a@", "a@a.", "@", "@a-", "a'", "A" * 63 + "@", "+1", "(", "00", "0", "1-", "0 ("),
    *(
        ":",
        "1:",
        "::",
        "a:",
        "12.34.",
        "1.1.1.1-",
        "A",
        "DE1",
        "DE12 ",
        "DE89370400440532013000 ",
        "4111 ",
        "4111-1111-",
    ),
    *("Tel", "Tel.", "Tel 1", "tel (", "call me ", "-", "-----BEGIN ", "-----BEGIN PRIVATE KEY-----", "\u0661", "é@é."),
    *(
        "-----BEGIN PRIVATE KEY-----\nAbc: ",
        "-----BEGIN PRIVATE KEY-----\n" + "a" * 64,
        "\\n",
        "\n",
        "Abc: x\n",
        "=" * 9,
    ),
    *(
        "eyJ",
        "eyJaaaaaaaaaa.",
        "bearer ",
        "bearer a1" * 3,
        "sk-",
        "gh",
        "ghp_",
        "SK0",
        "SG." + "a" * 22 + ".",
        "secretkey=",
    ),
]


@pytest.mark.timeout(60)
@pytest.mark.parametrize("piece", PIECES)
def test_hostile_input_costs_linear_time(piece):
    # 100 kB: anything quadratic takes minutes and is stopped, what is linear some 10 ms.
    many = piece * (100_000 // len(piece))
    for text in (many + "@", piece * 500 + "x" * 100_000, "-----BEGIN PRIVATE KEY-----" + many):
        spans = find(text)
        assert all(left.end <= right.start for left, right in itertools.pairwise(spans))
        redact_texts(pa.array([text]), PersonalDataRules())


def test_headers_of_private_keys_that_hold_further_beginnings_are_read_a_bounded_number_of_times(monkeypatch):
    class Counting:
        num_calls = 0

        def match(self, text, position):
            self.num_calls += 1
            return pattern.match(text, position)

    pattern, counting = credentials._HEADER, Counting()
    monkeypatch.setattr(credentials, "_HEADER", counting)
    num_beginnings = 500
    find("-----BEGIN PRIVATE KEY-----\nAbc: " * num_beginnings, ("PRIVATE_KEY",))
    assert counting.num_calls <= 10 * num_beginnings
