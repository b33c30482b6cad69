"""What the tests of stores do with them: list names, and start another process."""

import pickle
import subprocess
import sys

from pipelines.storage import relative


def names(stores, uri):
    return [relative(stat.uri, uri) for stat in stores.list_files(uri)]


def in_another_process(program, *values):
    """Start `program`, in which `values` are what was given here; its output comes line by line."""
    head = "import os, pickle, sys, time\nfrom pipelines.errors import AlreadyExistsError\n"
    head += "values = pickle.loads(bytes.fromhex(sys.argv[1]))\n"
    command = [sys.executable, "-c", head + program, pickle.dumps(values).hex()]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
