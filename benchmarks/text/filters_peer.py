"""The reference's side of `benchmarks.text.filters`, in the reference's environment.

Reads one JSON list of texts per line and answers each with its verdicts, its signatures of what is kept, and the
seconds of processor time that filters and MinHash took.
"""

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "text"))
import oracle


def main() -> None:
    """Answer every line of standard input."""
    chain = oracle.filters()
    minhash = oracle.MinhashDedupSignature(".", oracle.MinhashConfig())
    oracle.load_word_tokenizer(oracle.Languages.english).word_tokenize("IS_ALPHA")
    for line in sys.stdin:
        texts = json.loads(line)
        started = time.process_time()
        verdicts = [oracle.verdict(chain, text) for text in texts]
        filtered = time.process_time()
        signatures = [oracle.signature(minhash, text) for reason, text in verdicts if reason is None]
        signed = time.process_time()
        answer = {"verdicts": verdicts, "signatures": signatures}
        answer |= {"filter_seconds": filtered - started, "minhash_seconds": signed - filtered}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
