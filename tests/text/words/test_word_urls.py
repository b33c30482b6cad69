"""What the kernel says of a middle that may be a URL is what spaCy's own expression says, wherever it says anything."""

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.text.scan.compiled import kernel
from pipelines.text.words.classes import classes, english_tokenizer
from pipelines.text.words.urls import IS_NO_URL, IS_URL, UNKNOWN, url_verdict

LABELS = st.sampled_from(["a", "ab", "os", "A", "a-b", "a_b", "-a", "a-", "_", "1", "12", "255", "é", "x" * 63])
SIGNS = [*".....", "/", "?", "#", ":", "://", "@", ":80", "%", "+", "(", "²", ""]
PIECES = LABELS | st.sampled_from([*SIGNS, "http", "com", "B", "x" * 64, "x" * 65])
MIDDLES = st.lists(PIECES, min_size=1, max_size=9).map("".join).filter(bool)


@kernel
def verdict(points, classes):
    return url_verdict(points, 0, len(points), classes)


def said(text):
    return verdict(np.array(list(map(ord, text)), np.int64), classes())


@settings(max_examples=2000, deadline=None)
@given(MIDDLES)
@example("x" * 64 + ".com")
@example("x" * 65 + ".com")
@example("a." + "x" * 63)
@example("a." + "x" * 64)
@example("127.0.0.1")
@example("8.8.8.8/a")
@example("a.b/c@d.ee")
@example("a.bc:80/d")
def test_a_verdict_is_that_of_spacys_expression(middle):
    expected = IS_URL if english_tokenizer().url_match(middle) else IS_NO_URL
    assert said(middle) in (expected, UNKNOWN)


def test_plain_hosts_are_told_without_asking():
    assert [said(text) for text in ("os.path.join", "a.b", "Setup.py", "a..bc", "it.The", "a-.bc", "x.y/z?a.b")] == [
        *(IS_URL, IS_NO_URL, IS_URL, IS_NO_URL, IS_NO_URL, IS_NO_URL, IS_NO_URL)
    ]
    assert [said(text) for text in ("f(a.bc", "a.bc(d", "a.bc:d", "1](http://a.bc")] == [IS_NO_URL] * 4
    assert [said(text) for text in ("http://a.bc", "a@b.cd", "f(a@b.cd", "1.2.3.4", "é.com", "a.bc:8")] == [UNKNOWN] * 6
