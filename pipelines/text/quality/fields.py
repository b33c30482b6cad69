"""Every value that is measured of a text, in column order; the kernels write them into rows of this order."""

import pyarrow as pa

_REPETITION = (
    ("dup_para_frac", "share of paragraphs that repeat an earlier one"),
    ("dup_para_char_frac", "share of characters in paragraphs that repeat an earlier one"),
    ("dup_line_frac", "share of lines that repeat an earlier one"),
    ("dup_line_char_frac", "share of characters in lines that repeat an earlier one"),
    *((f"top_{size}_gram", f"share of characters in the most frequent run of {size} words") for size in (2, 3, 4)),
    *(
        (f"duplicated_{size}_n_grams", f"share of characters in runs of {size} words seen before")
        for size in range(5, 11)
    ),
)

measured_fields: tuple[tuple[str, pa.DataType, str, str | None], ...] = (
    *((name, pa.float64(), text, f"max_{name}") for name, text in _REPETITION),
    ("num_words", pa.int64(), "words of the text", None),
    ("num_non_symbol_words", pa.int64(), "words that are not punctuation alone", "min_num_non_symbol_words"),
    ("mean_word_length", pa.float64(), "mean length of these words in characters", "min_mean_word_length"),
    ("hash_word_ratio", pa.float64(), "number signs per word", "max_hash_word_ratio"),
    ("ellipsis_word_ratio", pa.float64(), "ellipses per word", "max_ellipsis_word_ratio"),
    ("bullet_line_frac", pa.float64(), "share of lines that start with a bullet", "max_bullet_line_frac"),
    ("end_ellipsis_line_frac", pa.float64(), "share of lines that end with an ellipsis", "max_end_ellipsis_line_frac"),
    ("alpha_word_frac", pa.float64(), "share of words with an alphabetic character", "min_alpha_word_frac"),
    ("num_stop_words", pa.int64(), "distinct stop words", "min_num_stop_words"),
    ("num_sentences", pa.int64(), "sentences on the lines that C4 keeps", "min_num_sentences"),
    ("num_dropped_lines", pa.int64(), "lines that C4 leaves out", None),
    ("num_lorem_ipsum_lines", pa.int64(), "lines with the placeholder text", None),
    ("num_curly_bracket_lines", pa.int64(), "lines with a curly bracket", None),
    ("line_punct_ratio", pa.float64(), "share of lines that end in terminal punctuation", "min_line_punct_ratio"),
    ("short_line_ratio", pa.float64(), "share of short lines", "max_short_line_ratio"),
    ("char_dup_ratio", pa.float64(), "share of characters on lines that repeat an earlier one", "max_char_dup_ratio"),
    ("list_ratio", pa.float64(), "newlines per word", "max_list_ratio"),
)
"""Name, type, description and threshold (field of `QualityRules`, or None) of every measured value, in column order.

Where both ends are bounded (`num_non_symbol_words`, `mean_word_length`) the lower bound is named; the upper one has
`max_` in its place. A value is null where a text has nothing to divide by (no words, no lines).
"""

COLUMN = {name: column for column, (name, *_) in enumerate(measured_fields)}
"""Column of each value."""
