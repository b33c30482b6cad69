"""Where things lie: `<output>/<corpus>/<stage>/<version>/`, and what is inside."""

from dataclasses import dataclass

from pipelines.errors import RefusedError
from pipelines.storage import join, normalized

STAGES = ("clean", "deduplicated", "tokens")
"""In the order in which they are made; each has the one before as its parent."""

MANIFEST = "manifest.json"
SHARDS = "shards.parquet"
STATISTICS = "statistics.json"
TOKENIZER = "tokenizer.json"
REPORT = "report.html"


@dataclass(frozen=True)
class Place:
    """One stage of one version of one corpus under an output URI."""

    output: str
    corpus: str
    stage: str
    version: str

    @property
    def uri(self) -> str:
        """The dataset's URI."""
        return join(normalized(self.output), self.corpus, self.stage, self.version)

    def file(self, *parts: str) -> str:
        """URI of something inside the dataset."""
        return join(self.uri, *parts)

    def beside(self, version: str) -> "Place":
        """The same stage of another version."""
        return Place(self.output, self.corpus, self.stage, version)

    def of_stage(self, stage: str) -> "Place":
        """Another stage of the same version."""
        return Place(self.output, self.corpus, stage, self.version)

    @property
    def claim_uri(self) -> str:
        """Where the recipe that this stage of the version was begun with is written down."""
        return join(claims_uri(self.output, self.corpus), self.version, f"{self.stage}.json")

    @property
    def report_uri(self) -> str:
        """The report of the version's whole run, which belongs to no single stage."""
        return join(normalized(self.output), self.corpus, "report", self.version, REPORT)


def place_of(uri: str) -> Place:
    """The place that a dataset's URI names; RefusedError when it is not OUTPUT/CORPUS/STAGE/VERSION."""
    head, *names = normalized(uri).rsplit("/", 3)
    if len(names) == 3 and names[1] in STAGES:  # noqa: PLR2004 (corpus, stage, version)
        place = Place(normalized(f"{head}/"), *names)
        if place.uri == normalized(uri):  # not so when what looks like the corpus is a bucket or a host
            return place
    raise RefusedError(
        f"{uri} is no place of a dataset: that is OUTPUT/CORPUS/STAGE/VERSION, the stage one of {', '.join(STAGES)}"
    )


def claims_uri(output: str, corpus: str) -> str:
    """The folder of all claims of a corpus: a few small files a version, so that listing it is quick."""
    return join(normalized(output), corpus, "recipes")


def checksums_uri(output: str, corpus: str) -> str:
    """The folder in which it is remembered what the corpus's inputs hash to; the only one that says where they lie."""
    return join(normalized(output), corpus, "inputs")
