"""All kernels of this room compiled, or read back, before the first text comes."""

from pipelines.text import language
from pipelines.text.minhash import MinHash
from pipelines.text.quality import judge
from pipelines.text.scan.strings import new_strings, with_room
from pipelines.text.scan.walk import LOCK
from pipelines.text.words import words

_TEXT = "A line of words, with a mark.[1] Behind:( ( it\nIS_ALPHA and ΟΔΟΣ e.g. http://a.b.com stand here.\n"
"""Has something of everything that a kernel is for: a citation, a special case across a space, a URL, what Python has
to normalise, and the word that breaks spaCy."""


def warm() -> None:
    """Load tables and kernels: half a minute of compiling on a new machine, a second where they are kept.

    Starts no thread. Call it at install, and before worker processes fork.
    """
    language.warm()
    with LOCK:
        judge([_TEXT, "", "a"])
        words(_TEXT)
        for name in ("xxh64", "sha1"):
            minhash = MinHash(hash_name=name)
            minhash.bands(minhash.signatures([_TEXT]))
            minhash.shingle_hashes(_TEXT)
        with_room(new_strings([b"a"]), 2, 64)


if __name__ == "__main__":
    warm()
