"""What a unit was planned from is what it reads where the store keeps older states; elsewhere it says that it moved."""

import secrets

import pytest

from pipelines.sources import Reading, SourceChangedError, find_files, plan_units, read_unit
from pipelines.storage import join


def texts(unit, stores) -> list[str]:
    return [text for batch in read_unit(unit, Reading(), stores) for text in batch.column("content").to_pylist()]


@pytest.mark.parametrize("how", ["overwritten", "deleted"])
def test_a_versioned_bucket_serves_the_version_that_a_unit_was_planned_from(s3, how):
    bucket = f"pinned-{secrets.token_hex(6)}"
    stores, uri = s3.stores(), join(s3.make_bucket(bucket, versioned=True), "raw", "a.txt")
    stores.put_if_absent(uri, b"as it was planned")
    (unit,) = plan_units(find_files(stores, [uri]), Reading(), stores)
    if how == "overwritten":
        s3.client.put_object(Bucket=bucket, Key="raw/a.txt", Body=b"as it is afterwards")
    else:
        stores.delete(uri)
    assert texts(unit, stores) == [b"as it was planned"]


def test_a_snapshot_serves_what_a_unit_was_planned_from(hdfs):
    stores, folder = hdfs.stores(), f"/pinned-{secrets.token_hex(6)}"
    uri = join(hdfs.uri + folder, "a.txt")
    stores.put_if_absent(uri, b"as it was planned")
    hdfs.admin("-allowSnapshot", folder)
    hdfs.web("PUT", "CREATESNAPSHOT", folder, snapshotname="s1")
    (unit,) = plan_units(find_files(stores, [join(hdfs.uri + folder, ".snapshot", "s1")]), Reading(), stores)
    stores.delete(uri)
    assert texts(unit, stores) == [b"as it was planned"]


@pytest.mark.parametrize("store", ["s3", "hdfs"])
def test_elsewhere_a_unit_says_that_its_file_changed(request, store):
    server = request.getfixturevalue(store)
    place = server.uri if store == "hdfs" else server.make_bucket(f"moved-{secrets.token_hex(6)}")
    stores, uri = server.stores(), join(place, f"moved-{secrets.token_hex(6)}", "a.txt")
    stores.put_if_absent(uri, b"as it was planned")
    (unit,) = plan_units(find_files(stores, [uri]), Reading(), stores)
    stores.delete(uri)
    stores.put_if_absent(uri, b"as it is afterwar")
    with pytest.raises(SourceChangedError, match="changed"):
        texts(unit, stores)
