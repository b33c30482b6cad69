"""A topology by the name of one that ships with Phloem, or by its folder."""

from importlib import resources

from pipelines.errors import NotFoundError, TopologyError
from pipelines.storage import Stores, join
from pipelines.transfer.tables import LINKS, NODES, topology_of
from pipelines.transfer.topology import Topology

BUILT_IN = ("cloud_regions",)


def open_topology(name: str, stores: Stores) -> Topology:
    """The topology of a folder (any URI) or built in; TopologyError with every fault of its files."""
    if name in BUILT_IN:
        folder = resources.files("pipelines.transfer").joinpath(name)
        return topology_of(*(folder.joinpath(file).read_text("utf-8") for file in (NODES, LINKS)))
    try:
        nodes = _text(stores, join(name, NODES))
    except NotFoundError as error:
        raise TopologyError(f"{name}: no {NODES} there; give a folder with one, or {', '.join(BUILT_IN)}") from error
    try:
        links = _text(stores, join(name, LINKS))
    except NotFoundError:
        links = ""  # every host reaches every other
    return topology_of(nodes, links)


def _text(stores: Stores, uri: str) -> str:
    try:
        return stores.read(uri).decode("utf-8")
    except UnicodeDecodeError as error:
        raise TopologyError(f"{uri} is not UTF-8: {error.reason} at byte {error.start}; save it as UTF-8") from error
