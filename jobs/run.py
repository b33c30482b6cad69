"""The entry for spark-submit: `spark-submit --py-files phloem.zip jobs/run.py web_en --input … --output …`.

The arguments are those of `phloem run`, and the same function takes them; master and settings are spark-submit's.
"""

import sys
from pathlib import Path

# A script's own folder comes first on the path: there jobs/site.py would stand for Python's `site`.
_FOLDER = Path(__file__).resolve().parent
sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != _FOLDER]
sys.path.append(str(_FOLDER.parent))  # behind phloem.zip: a checkout works without it

from jobs.main import main  # noqa: E402 (the path comes first)

if __name__ == "__main__":
    main(["run", *sys.argv[1:]])
