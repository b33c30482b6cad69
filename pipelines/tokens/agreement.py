"""Does the fast engine give the reference's ids for this tokenizer? A sample that is hard to tokenize, and a comparer.

Engines part where tokenizers have knobs: added tokens that overlap a special token's text, tokens that swallow the
whitespace beside them, normalisers, digit and apostrophe rules, whitespace runs. The sample holds text for each, and
for the added tokens of the very tokenizer at hand. Agreement on it is evidence, not proof: compare a tokenizer of a
new kind once on its own corpus (`benchmarks/tokens/encode.py`).
"""

from collections.abc import Iterable, Sequence
from itertools import product

import numpy as np
from blake3 import blake3

from pipelines.tokens.definition import AddedToken
from pipelines.tokens.encoders import Encoder

SAMPLE: tuple[str, ...] = (
    "",
    " ",
    "\n",
    "The quick brown fox jumps over the lazy dog. It's 3.14159, we'll see; THEY'RE he'd I'm you've 'S 'LL.",
    "leading",
    " leading",
    "trailing ",
    "a  b   c    d     e",
    "\t\ttabs\t \tmixed \t",
    "line\nline\r\nline\n\n\n  \n end",
    "no-break\u00a0space em\u2003space zero\u200bwidth ideographic\u3000space line\u2028separator bom\ufeff",
    "0 1 12 123 1234 12345 1,234,567.89 0x1F 1e-9 ½ Ⅷ ٣٤ 五六 2026-11-22T19:26:48Z",
    'def f(x: int) -> str:\n    return f"{x!r:>10}"  # comment\n\n\nclass A:\n\tpass\n',
    "for (int i = 0; i < n; ++i) { a[i] += b[i] * c[i]; } /* done */ #include <vector>",
    '{"key": [1, 2.5, null, true], "nested": {"a\\n": "\\u00e9"}} <p class=\'x\'>&nbsp;</p> $\\alpha^{2}$',
    "https://example.org/a/b?c=d&e=%20f#g user.name+tag@example.com C:\\temp\\file.txt --flag=value",
    "café cafe\u0301 naïve Ångström A\u030angstro\u0308m ﬁne ﬀ ß ẞ İstanbul ıǅ ŉ",
    "Съешь ещё этих мягких французских булок, да выпей чаю.",
    "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία.",
    "中文分词没有空格。日本語のテキスト、カタカナとひらがな。한국어 띄어쓰기 예제입니다.",
    "العربية مع تَشْكِيل واضِح. עברית עם נִקּוּד. فارسی می‌خواهم",
    "हिन्दी में देवनागरी लिपि। ไทยไม่เว้นวรรค မြန်မာ ქართული አማርኛ தமிழ்",
    "🤗 👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 🇩🇪🇫🇷 ☺ ☺️ 🫠 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𓀀 \U0010ffff",
    "\x00\x01\x1f\x7f\x85 control \ufffd replacement \ue000 private",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa ---------------- ================ ......",
    *(run * 500 for run in ("ab", "    ", "\n", "7", "-=", "aB3/x9+Q", "漢字仮名", "e\u0301", "👩\u200d")),
    "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch Donaudampfschifffahrtsgesellschaft",
    "<|endoftext|> <|im_start|>user\n<|im_end|> <s></s> [INST] [/INST] [CLS][SEP][MASK]",
    "<pad> <unk> <0x0A> ▁▁ Ġ ##a </w>",
    "<|endof text|> <|endoftext |> <|ENDOFTEXT|> <|endoftext|><|endoftext|>x<|endoftext|>",
)
"""Texts that tell tokenizers apart: scripts, digits, code, marks, emoji, long runs, look-alikes of special tokens."""

_MAX_ADDED = 400  # added tokens looked at: all of them in published tokenizers but those with reserved ranges


def sample_for(added_tokens: Iterable[AddedToken]) -> list[str]:
    """`SAMPLE` and, for each added token, texts in which it stands alone, among words and across another's edge."""
    tokens = sorted(added_tokens, key=lambda token: token.id)[:_MAX_ADDED]
    alone = [token.content for token in tokens]
    among = [f"a {text} b{text}c  {text}\n{text}" for text in alone]
    overlaps = {
        f"x{text} y"
        for one, other in product(tokens, tokens)
        if one.special != other.special
        for text in _overlaps(one.content, other.content)
    }
    return [*SAMPLE, *alone, *among, *sorted(overlaps)]


def sample_hash(encoder: Encoder) -> str:
    """BLAKE3 of the ids of `SAMPLE`, hexadecimal: what every process that opens a tokenizer must find again."""
    ids, offsets = encoder.encode_flat(list(SAMPLE))
    return blake3(ids.astype("<u4").tobytes() + offsets.astype("<i8").tobytes()).hexdigest()


def first_difference(texts: Sequence[str], encoder: Encoder, reference: Encoder) -> str | None:
    """The first of `texts` that the two engines encode differently; None when they agree on all of them."""
    batch = list(texts)
    ids, offsets = encoder.encode_flat(batch)
    expected_ids, expected_offsets = reference.encode_flat(batch)
    if np.array_equal(ids, expected_ids) and np.array_equal(offsets, expected_offsets):
        return None
    for i, text in enumerate(batch):
        own, expected = ids[offsets[i] : offsets[i + 1]], expected_ids[expected_offsets[i] : expected_offsets[i + 1]]
        if not np.array_equal(own, expected):
            return text
    raise AssertionError("flat ids differ, so some text's do")


def first_lossy(texts: Sequence[str], encoder: Encoder) -> str | None:
    """The first of `texts` that does not come back from its ids; None when all of them do."""
    ids, offsets = encoder.encode_flat(list(texts))
    for i, text in enumerate(texts):
        if encoder.decode(ids[offsets[i] : offsets[i + 1]].tolist()) != text:
            return text
    return None


def _overlaps(first: str, second: str) -> list[str]:
    """`first` and `second` written over each other wherever an end of the one begins the other."""
    lengths = range(1, min(len(first), len(second)))
    return [first + second[n:] for n in lengths if first.endswith(second[:n])]
