"""A person's own Spark reads our shards from S3 and HDFS and writes to S3, with the settings of jobs/s3a.conf."""

import io
import json
import os
import secrets
import subprocess
import sys
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from corpora import write_corpus
from hdfs_cluster import Cluster
from published_datasets import manifest_of, place_in
from s3_server import REGION, S3Server

from pipelines.catalog import Dataset
from pipelines.catalog.layout import Place
from pipelines.catalog.publish import publish
from pipelines.recipes import load_recipe
from pipelines.sources import Reading, find_files, plan_units
from pipelines.stages.clean import CleanUnit, specification_of
from pipelines.stages.results import Results
from pipelines.storage import Stores, join, relative
from pipelines.validation.statistics import merged

ROOT = Path(__file__).parents[2]
JARS = Path.home() / ".cache" / "phloem" / "servers" / "s3a"
"""What Spark has fetched for jobs/s3a.conf: `scripts/servers.sh s3a`."""


@dataclass(frozen=True)
class Ran:
    stores: Stores
    datasets: list[Dataset]
    table: str
    said: dict


@pytest.fixture(scope="module")
def ran(s3: S3Server, hdfs: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """One run of the job on a small dataset as our stores wrote it to S3 and HDFS, and on a table altered by a bit."""
    folder, bucket = tmp_path_factory.mktemp("s3a"), s3.make_bucket(f"s3a-{secrets.token_hex(8)}")
    stores = Stores({**s3.stores().endpoints, **hdfs.stores().endpoints})
    raw = write_corpus(folder / "raw", 3)
    datasets = [published(stores, raw, place_in(output)) for output in (bucket, join(hdfs.uri, folder.name))]
    table, altered = join(bucket, "tables", "documents"), altered_table(s3, join(bucket, "altered.parquet"))
    shards = [join(dataset.uri, "shards", "*") for dataset in datasets]
    return Ran(stores, datasets, table, submitted(s3, table, altered, *shards))


def published(stores: Stores, raw: Path, place: Place) -> Dataset:
    """The stage `clean` of a corpus, as the workers make it."""
    reading = Reading(small_file_bytes=1)
    units = plan_units(find_files(stores, [str(raw)]), reading, stores)
    make = CleanUnit(place.uri, (), "fingerprint", reading, load_recipe("text").steps, stores)
    results = Results(tuple(make(specification_of(*unit)) for unit in enumerate(units)), merged([]))
    manifest = manifest_of(results.shards, accounting=results.accounting())
    return publish(stores, place.uri, manifest, results.shards, results.other_files)


def altered_table(s3: S3Server, uri: str) -> str:
    """A table whose pages carry checksums, one bit of its text altered at rest."""
    sink = io.BytesIO()
    plain = {"compression": "none", "use_dictionary": False, "write_statistics": False}
    pq.write_table(pa.table({"text": ["an altered text"]}), sink, **plain, write_page_checksum=True)
    s3.stores().put_if_absent(uri, sink.getvalue())
    at_rest = s3.folder / "objects" / uri.removeprefix("s3://")
    data = at_rest.read_bytes()
    at_rest.write_bytes(data.replace(b"altered", b"Altered"))
    return uri


def submitted(s3: S3Server, *uris: str) -> dict:
    """What the job says; it is given URIs in S3 as `s3a://`."""
    settings = {
        "spark.hadoop.fs.s3a.endpoint": s3.endpoint,
        "spark.hadoop.fs.s3a.endpoint.region": REGION,
        "spark.hadoop.fs.s3a.path.style.access": "true",
        "spark.jars.ivy": str(JARS),
        "spark.master": "local[2]",
        "spark.ui.enabled": "false",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
    }
    keys = {"AWS_ACCESS_KEY_ID": s3.access_key_id, "AWS_SECRET_ACCESS_KEY": s3.secret_access_key}
    path = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYSPARK_PYTHON": sys.executable}
    command = ["spark-submit", "--properties-file", str(ROOT / "jobs" / "s3a.conf")]
    command += [word for key, value in settings.items() for word in ("--conf", f"{key}={value}")]
    command += [str(Path(__file__).with_name("own_spark.py")), *(uri.replace("s3://", "s3a://") for uri in uris)]
    done = subprocess.run(command, env=os.environ | keys | path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]
    return json.loads(done.stdout.strip().splitlines()[-1])


def test_spark_reads_as_many_documents_as_each_manifest_says(ran: Ran) -> None:
    assert ran.said["documents"] == [dataset.manifest.totals["rows"] for dataset in ran.datasets] == [96, 96]


def test_what_spark_writes_again_has_every_value_of_every_document(ran: Ran) -> None:
    shards = (documents(ran.stores, join(dataset.uri, "shards")) for dataset in ran.datasets)
    assert documents(ran.stores, ran.table) == sorted(chain(*shards), key=by_id)


def test_the_magic_committer_wrote_the_table_and_left_nothing_beside_it(ran: Ran, s3: S3Server) -> None:
    success, *parts = (relative(stat.uri, ran.table) for stat in ran.stores.list_files(ran.table))
    assert json.loads(ran.stores.read(join(ran.table, success)))["committer"] == "magic"
    assert all(part.startswith("part-") for part in parts)
    unfinished = s3.client.list_multipart_uploads(Bucket=ran.table.split("/")[2])
    assert "Uploads" not in unfinished


def test_a_page_altered_at_rest_is_refused_by_its_checksum(ran: Ran) -> None:
    assert "CRC checksum verification failed" in ran.said["altered"]


def documents(stores: Stores, uri: str) -> list[dict]:
    """Every row of the Parquet files below, ordered by id."""
    files = (stat.uri for stat in stores.list_files(uri) if stat.uri.endswith(".parquet"))
    rows = (row for file in files for row in pq.read_table(io.BytesIO(stores.read(file))).to_pylist())
    return sorted(rows, key=by_id)


by_id = itemgetter("id")
