"""The peer of `personal_data`: datatrove's PIIFormatter, in an environment of its own.

    python datatrove_pii.py texts.json

Formats all texts for each line of standard input, and answers with the seconds of processor time and the number of
texts that it changed.
"""

import json
import sys
import time
from pathlib import Path

from datatrove.pipeline.formatters import PIIFormatter


def main() -> None:
    texts = json.loads(Path(sys.argv[1]).read_text())
    for _ in sys.stdin:
        formatter = PIIFormatter()
        started = time.process_time()
        formatted = [formatter.format(text) for text in texts]
        seconds = time.process_time() - started
        num_changed = sum(new != old for new, old in zip(formatted, texts, strict=True))
        print(json.dumps([seconds, num_changed]), flush=True)


if __name__ == "__main__":
    main()
