"""A byte-level BPE tokenizer out of texts: the same tokenizer.json for the same texts, in whatever order they come.

Byte-level BPE is GPT-2's (Radford et al. 2019, section 2.2): text is split by GPT-2's pattern, and pairs are merged
from the 256 bytes upwards, so no text is ever unknown. `tokenizers` counts pairs in parallel, but sums and breaks ties
by id, so merges depend on the texts alone (with a subword prefix they would not: ids follow a hash map's order there).
"""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass

from blake3 import blake3
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from pipelines.errors import TokenizerError

_NUM_BYTES = 256


@dataclass(frozen=True)
class TokenizerTraining:
    """What decides the bytes of a trained tokenizer, besides the texts."""

    vocabulary_size: int = 16384
    """At most this many tokens; fewer when the texts run out of pairs that occur `min_frequency` times."""
    min_frequency: int = 2
    """Occurrences a pair needs to be merged; 2 keeps out what was seen once: slips and random strings."""
    end_of_text: str = "<|endoftext|>"
    """The special token, which gets id 0."""
    sample_bytes: int = 64_000_000
    """UTF-8 bytes of text to learn from; of more text, the documents with the smallest content hash are taken."""

    def __post_init__(self) -> None:
        """Refuse values no tokenizer can be trained with, all at once."""
        smallest = _NUM_BYTES + 1
        faults = []
        if self.vocabulary_size < smallest:
            faults.append(f"vocabulary_size is {self.vocabulary_size}: 256 bytes and end_of_text take {smallest}")
        if self.min_frequency < 1:
            faults.append(f"min_frequency is {self.min_frequency}: a pair occurs at least once; take 1 or more")
        if self.sample_bytes < 1:
            faults.append(f"sample_bytes is {self.sample_bytes}: take 1 or more")
        if len(_splitter().pre_tokenize_str(self.end_of_text)) < 2:  # noqa: PLR2004 - two pieces cannot merge into one
            faults.append(
                f"end_of_text is {self.end_of_text!r}: merges could spell it, so a document could forge it; "
                "mix letters and punctuation, as <|endoftext|> does"
            )
        if faults:
            raise TokenizerError(*faults)


def train(texts: Iterable[str], training: TokenizerTraining) -> str:
    """The text of a tokenizer.json learnt from `texts`, in about three times `sample_bytes` of memory.

    TokenizerError when there is no text. Little text gives a smaller vocabulary than asked for, never an error.
    """
    sample = _smallest_hashes(texts, training.sample_bytes)
    if not sample:
        raise TokenizerError(
            "no text to train a tokenizer on: every document is empty or there is none; check the input"
        )
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = _splitter()
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=training.vocabulary_size,
        min_frequency=training.min_frequency,
        special_tokens=[training.end_of_text],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(sample, trainer=trainer)
    return str(tokenizer.to_str())


def _splitter() -> pre_tokenizers.ByteLevel:
    return pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)


def _smallest_hashes(texts: Iterable[str], sample_bytes: int) -> list[str]:
    """The texts with the smallest BLAKE3, in that order: the fewest that hold `sample_bytes` bytes, or all.

    A text beyond the point where smaller hashes fill the sample can never come back into it, so one heap of the
    sample's size is enough and the order of `texts` does not matter (bottom-k sampling; repeated texts stay repeated).
    """
    largest_first: list[tuple[int, bytes]] = []
    held_bytes = 0
    for i, text in enumerate(texts):
        data = _utf8(text, i)
        if not data:
            continue
        heapq.heappush(largest_first, (-int.from_bytes(blake3(data).digest()[:16]), data))
        held_bytes += len(data)
        while held_bytes - len(largest_first[0][1]) >= sample_bytes:
            held_bytes -= len(heapq.heappop(largest_first)[1])
    return [data.decode() for _, data in sorted(largest_first, reverse=True)]


def _utf8(text: str, position: int) -> bytes:
    try:
        return text.encode()
    except (UnicodeEncodeError, AttributeError) as fault:
        raise TokenizerError(f"text {position} is {text!r:.80}: not a string that UTF-8 can hold; drop it") from fault
