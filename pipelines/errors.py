"""Every error Phloem raises on purpose, in one tree; a message names the value, the rule and the way out.

PhloemError                      exit code 1
├── RefusedError                 2  an argument, recipe, site or input is wrong: nothing was started
│   ├── RecipeError              2  a recipe that cannot be read or holds a wrong value
│   ├── SiteError                2  an unknown key or wrong value in a site file
│   ├── TokenizerError           2  not a tokenizer, or one without the tokens it must have
│   ├── IdentityError            2  another recipe or other inputs than the version was made from
│   ├── TopologyError            2  hosts and links that cannot be read or hold a wrong value
│   ├── DemandError              2  what a plan was asked for cannot be: a host, a deadline, a budget
│   ├── BusyError                2  another run holds this output version
│   └── ColdError                2  a dataset was moved away, or lies in a tier that has to be restored first
├── StorageError                 1  bytes could not be read or written
│   ├── NotFoundError            1  nothing has this name
│   │   └── ChangedError         1  what has this name is not in the version asked for, and that one is not kept
│   └── AlreadyExistsError       1  something already has this name
├── DatasetError                 1  a dataset that is not what its manifest says
│   └── ReconciliationError      1  counts that do not add up: no manifest is written
├── GateError                    3  a validation suite failed: no manifest is written
└── QuarantineError              4  more bad records than the recipe allows
"""


class PhloemError(Exception):
    """Anything Phloem raises on purpose; `exit_code` is what the command ends with."""

    exit_code = 1


class RefusedError(PhloemError):
    """Refused before any work started; `faults` holds all of them at once."""

    exit_code = 2

    def __init__(self, *faults: str) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class RecipeError(RefusedError):
    """A recipe that cannot be read or holds a wrong value."""


class SiteError(RefusedError):
    """An unknown key or a wrong value in a site file."""


class TokenizerError(RefusedError):
    """Not a tokenizer, or one without the tokens it must have."""


class IdentityError(RefusedError):
    """Another recipe or other inputs than the version was made from."""


class TopologyError(RefusedError):
    """Hosts and links that cannot be read or hold a wrong value."""


class DemandError(RefusedError):
    """What a plan was asked for cannot be: a host nobody knows, or a deadline or budget that is too small."""


class BusyError(RefusedError):
    """Another run holds this output version."""


class ColdError(RefusedError):
    """A dataset was moved away, or lies in a tier that has to be restored before it is read."""


class StorageError(PhloemError):
    """Bytes could not be read or written."""


class NotFoundError(StorageError):
    """Nothing has this name."""


class ChangedError(NotFoundError):
    """What has this name is not in the version asked for, and the store keeps no older ones."""


class AlreadyExistsError(StorageError):
    """Something already has this name, and names are written once."""


class DatasetError(PhloemError):
    """A dataset that is not what its manifest says."""


class ReconciliationError(DatasetError):
    """Counts that do not add up; the manifest is not written."""


class GateError(PhloemError):
    """A validation suite failed; the manifest is not written."""

    exit_code = 3


class QuarantineError(PhloemError):
    """More unreadable records than the recipe's `max_quarantined_share`."""

    exit_code = 4


def repair_command(dataset_uri: str) -> str:
    """The way out of a DatasetError about bytes that were altered or lost, as its message says it."""
    return f"repair it with phloem verify {dataset_uri} --from REPLICA --repair"
