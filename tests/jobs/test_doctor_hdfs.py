"""The doctor says of HDFS which it was: address, user, permission, or nothing at all."""

import pytest

from jobs.doctor import examine
from pipelines.storage import hdfs_namenode


@pytest.fixture
def findings(monkeypatch, tmp_path):
    """Input and output as found with this site file, on a machine without Java: no session is started here."""
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    monkeypatch.setattr(hdfs_namenode, "DOUBT_SECONDS", 0.5)

    def look(site_toml, folder):
        (tmp_path / "site.toml").write_text(site_toml)
        found = examine(str(tmp_path / "site.toml"), [folder], folder + "/out", None)
        return {finding.subject: finding for finding in found if finding.subject in ("input", "output")}

    return look


def test_hdfs_that_is_there_is_found_fit(findings, hdfs):
    hdfs.stores().put_if_absent(hdfs.uri + "/doctor/file", b"text")
    found = findings(hdfs.site_toml(), hdfs.uri + "/doctor")
    assert [str(found[subject]).split()[0] for subject in ("input", "output")] == ["ok", "ok"]
    assert [stat.uri for stat in hdfs.stores().list_files(hdfs.uri + "/doctor")] == [hdfs.uri + "/doctor/file"]


@pytest.mark.parametrize(
    ("site_toml", "said"),
    [
        ("", "webhdfs is not in the site file"),
        ('[storage.hdfs]\nwebhdfs = "http://namenode.invalid:9870"\n', "http://namenode.invalid:9870"),
        ('[storage.hdfs]\nwebhdfs = "http://127.0.0.1:1"\n', "Connection refused (webhdfs of the site file)"),
    ],
)
def test_an_address_that_leads_nowhere_is_named_with_its_key(findings, site_toml, said):
    found = findings(site_toml, "hdfs://namenode/raw")
    assert [found[subject].verdict for subject in ("input", "output")] == ["fail", "fail"]
    assert said in found["input"].found
    assert said in found["output"].found


def test_a_user_without_permission_is_named(findings, hdfs):
    hdfs.stores().put_if_absent(hdfs.uri + "/mine/file", b"text")
    hdfs.web("PUT", "SETPERMISSION", "/mine", permission="700")
    found = findings(hdfs.site_toml(user="stranger"), hdfs.uri + "/mine")
    assert found["input"].verdict == found["output"].verdict == "fail"
    assert "Permission denied: user=stranger, access=EXECUTE" in found["output"].found
    assert "Permission denied: user=stranger, access=READ" in found["input"].found
