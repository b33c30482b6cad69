"""One text for every reason to reject it, made of prose that is kept."""

import random

SENTENCES = (
    "The river rises in the hills and runs to the sea.",
    "People have lived beside it for three thousand years.",
    "In spring its water carries sand, clay and broken branches.",
    "A mill near the bridge was built with stones of a castle.",
    "Nobody knows who first planted the willows that shade its banks.",
    "Children learn to swim where the current is slow.",
    "Every autumn a fair is held on the meadow behind the church.",
    "Last year the flood of June took two boats and a shed.",
)
PROSE = "\n".join(SENTENCES)
"""95 words, 8 sentences, kept as it is."""

_SYLLABLES = [a + b for a in "bdfgklmnprst" for b in "aeiou"]
_CHANCE = random.Random(3)


def _word(num_syllables):
    return "".join(_CHANCE.choice(_SYLLABLES) for _ in range(num_syllables))


def _list_line(number):
    """Three words: every other line is longer than 30 characters, every fourth ends a sentence."""
    if number % 2:
        return f"the {_word(2)} {_word(3)}"
    return f"{_word(7)} {_word(7)} of" if number % 4 else f"and {_word(7)} {_word(7)}."


def _with_repeated_runs(size):
    """Words of six letters, four runs of `size` of them twice: above this size's bound, below the shorter ones'."""
    share_repeated = {6: 0.18, 7: 0.165, 8: 0.155, 9: 0.14, 10: 0.13}[size]
    words = [_word(3) for _ in range(round(4 * size * (1 / share_repeated - 1)))]
    runs = [" ".join(words[start : start + size]) for start in range(0, 60, 15)]
    return " ".join(words[:-4]) + " " + " ".join(f"{run} {word}" for run, word in zip(runs, words[-4:], strict=True))


def _without_stop_words(text):
    for word in ("the", "be", "to", "of", "and", "that", "have", "with"):
        text = text.replace(f" {word} ", " one ")
    return text


REJECTED = {
    "empty": "",
    "dup_para_frac": "\n\n".join([*SENTENCES, *["Short."] * 5]),
    "dup_para_char_frac": "\n\n".join([*SENTENCES, *[SENTENCES[0] + SENTENCES[1]] * 3]),
    "dup_line_frac": "\n".join([*SENTENCES, *["Short."] * 5]),
    "dup_line_char_frac": "\n".join([*SENTENCES, SENTENCES[4], SENTENCES[4]]),
    "top_2_gram": PROSE + " wonderful willows" * 8,
    "top_3_gram": PROSE + "".join(f" fine old mill {number}" for number in range(9)),
    "top_4_gram": PROSE + "".join(f" the dry old mill {letter}" for letter in "abcdefgh"),
    "duplicated_5_n_grams": PROSE + "".join(f" {i} " + " ".join(SENTENCES[i].split()[:5]) for i in range(6)),
    **{f"duplicated_{size}_n_grams": _with_repeated_runs(size) for size in range(6, 11)},
    "gopher_short_doc": "\n".join(SENTENCES[:4]),
    "gopher_long_doc": "the of " + " ".join(f"{number:x}" for number in range(100_000)),
    "gopher_below_avg_threshold": "the of " + " ".join(_SYLLABLES),
    "gopher_above_avg_threshold": "the of " + " ".join(_word(6) for _ in range(60)),
    "gopher_too_many_hashes": PROSE.replace(" t", " #t").replace(" s", " #s"),
    "gopher_too_many_ellipsis": "\n".join(sentence.replace(" ", "… ", 2) for sentence in SENTENCES),
    "gopher_too_many_bullets": "\n".join(f"- {sentence}" for sentence in SENTENCES),
    "gopher_too_many_end_ellipsis": PROSE.replace("a.", "a…").replace("s.", "s…"),
    "gopher_below_alpha_threshold": PROSE + "".join(f" {number}" for number in range(100, 135)),
    "gopher_enough_stop_words": _without_stop_words(PROSE),
    "lorem_ipsum": PROSE + "\nHere comes Lorem Ipsum, they said.",
    "curly_bracket": PROSE + "\nThe set { a } has one element.",
    "too_few_sentences": " ".join(sentence[:-1] for sentence in SENTENCES),
    "line_punct_ratio": "\n".join(sentence[:-1] + ". And so" for sentence in SENTENCES),
    "short_line_ratio": "\n".join(
        " ".join(s[:-1].split()[i : i + 4]) + "." * (i > 0) for s in SENTENCES for i in (0, 4)
    ),
    "char_dup_ratio": "\n".join([*SENTENCES, SENTENCES[5]]),
    "list_ratio": "\n".join(map(_list_line, range(80))),
}
"""Text by the reason that rejects it."""
