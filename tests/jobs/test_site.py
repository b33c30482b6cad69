import pickle

import pytest

from jobs.site import Reference, Site, load_site
from pipelines.errors import SiteError


def site_of(tmp_path, text):
    path = tmp_path / "site.toml"
    path.write_text(text)
    return load_site(str(path))


def test_without_a_file_the_site_is_this_machine():
    assert load_site(None) == Site()
    assert load_site(None).stores().endpoints == {}


def test_a_site_file_gives_master_settings_and_endpoints(tmp_path):
    site = site_of(
        tmp_path,
        """
        [spark]
        master = "spark://head:7077"
        [spark.settings]
        "spark.executor.memory" = "4g"
        spark.executor.cores = 2
        spark.speculation = true
        [storage.s3]
        endpoint = "https://objects.example.org"
        secret_access_key = { env = "KEY" }
        """,
    )
    assert site.master == "spark://head:7077"
    assert site.settings == {
        "spark.executor.memory": "4g",
        "spark.executor.cores": "2",
        "spark.speculation": "true",
    }
    assert site.storage["s3"]["secret_access_key"] == Reference("env", "KEY")


def test_every_fault_is_named_at_once(tmp_path):
    with pytest.raises(SiteError) as refused:
        site_of(
            tmp_path,
            """
            sprak = 1
            [spark]
            master = 7
            [spark.settings]
            executor.memory = "4g"
            "spark.jars" = ["a.jar"]
            "spark.master" = "local"
            [storage]
            gopher = {}
            hdfs = 3
            [storage.s3]
            endpiont = "x"
            endpoint = 4.5
            region = { env = 5 }
            access_key_id = { envv = "KEY" }
            """,
        )
    faults = [fault.partition("site.toml: ")[2] for fault in refused.value.faults]
    beginnings = [
        "unknown key sprak; known are spark, storage",
        "spark.master is 7",
        "spark.settings.executor.memory: a Spark setting begins with 'spark.'",
        "spark.settings.spark.jars is ['a.jar']",
        "spark.settings.spark.master: write it as master",
        "unknown key storage.gopher; known are file, s3, hdfs",
        "storage.hdfs is 3",
        "unknown key storage.s3.endpiont; known are endpoint,",
        "storage.s3.access_key_id is a table with envv",
        "storage.s3.endpoint is 4.5",
        "storage.s3.region is a table with env",
    ]
    assert len(faults) == len(beginnings)
    for beginning in beginnings:
        assert any(fault.startswith(beginning) for fault in faults), beginning


def test_a_key_written_into_the_file_is_refused_and_not_repeated(tmp_path):
    with pytest.raises(SiteError, match=r"secret_access_key stands in the file itself") as refused:
        site_of(tmp_path, "[storage.s3]\nsecret_access_key = 'hunter2'")
    assert "hunter2" not in str(refused.value)


def test_a_reference_is_followed_and_its_value_never_shown(tmp_path, monkeypatch):
    monkeypatch.setenv("PHLOEM_TEST_KEY", "hunter2")
    (tmp_path / "secret").write_text("swordfish\n")
    site = site_of(
        tmp_path,
        f"""
        [storage.s3]
        access_key_id = {{ env = "PHLOEM_TEST_KEY" }}
        secret_access_key = {{ file = "{tmp_path}/secret" }}
        """,
    )
    stores = pickle.loads(pickle.dumps(site.stores()))  # noqa: S301 (our own bytes)
    assert stores.endpoints["s3"] == {"access_key_id": "hunter2", "secret_access_key": "swordfish"}
    for shown in (repr(site), repr(stores)):
        assert "hunter2" not in shown
        assert "swordfish" not in shown


def test_references_that_lead_nowhere_are_named_at_once(tmp_path):
    site = site_of(
        tmp_path,
        """
        [storage.s3]
        access_key_id = { env = "PHLOEM_TEST_UNSET" }
        secret_access_key = { file = "/nowhere/secret" }
        """,
    )
    with pytest.raises(SiteError) as refused:
        site.stores()
    assert refused.value.faults == (
        "storage.s3.access_key_id: the environment variable PHLOEM_TEST_UNSET is not set",
        "storage.s3.secret_access_key: /nowhere/secret cannot be read: No such file or directory",
    )


@pytest.mark.parametrize("text", ["[spark", "\x00"])
def test_a_file_that_is_not_toml_is_refused_by_name(tmp_path, text):
    with pytest.raises(SiteError, match=r"site file .*site\.toml"):
        site_of(tmp_path, text)


def test_a_missing_file_is_refused_by_name():
    with pytest.raises(SiteError, match=r"site file /nowhere/site\.toml: No such file"):
        load_site("/nowhere/site.toml")


def test_databases_and_history_have_a_user_and_a_password_by_reference(tmp_path, monkeypatch):
    monkeypatch.setenv("PHLOEM_TEST_KEY", "hunter2")
    site = site_of(
        tmp_path,
        """
        [databases.docs]
        user = "reader"
        password = { env = "PHLOEM_TEST_KEY" }
        [databases."a.b"]
        user = { env = "PHLOEM_TEST_UNSET" }
        [history]
        jdbc = "jdbc:postgresql://h/db"
        password = { env = "PHLOEM_TEST_KEY" }
        """,
    )
    assert site.database("docs") == {"user": "reader", "password": "hunter2"}
    assert site.database("another") == {}
    assert site.history_database() == {"jdbc": "jdbc:postgresql://h/db", "password": "hunter2"}
    assert "hunter2" not in repr((site.database("docs"), site.history_database()))
    with pytest.raises(
        SiteError, match=r"databases\.a\.b\.user: the environment variable PHLOEM_TEST_UNSET is not set"
    ):
        site.database("a.b")


def test_every_fault_of_databases_and_history_is_named_at_once(tmp_path):
    with pytest.raises(SiteError) as refused:
        site_of(
            tmp_path,
            """
            [databases]
            docs = { user = [3], password = "hunter2", host = "h" }
            wiki = 7
            [history]
            user = "u"
            """,
        )
    told = str(refused.value)
    for fault in (
        "unknown key databases.docs.host; known are user, password",
        "databases.docs.user is [3], must be a string",
        "databases.docs.password stands in the file itself",
        "databases.wiki is 7, must be a table: [databases.wiki]",
        "history has no jdbc",
    ):
        assert fault in told
    assert "hunter2" not in told
