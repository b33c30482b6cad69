"""A database that goes away in the middle of a landing: tried again as a whole, and nothing lost or doubled."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import databases
import pytest
from table_inputs import database, documents, land, landed, make_table, rows_of

from pipelines.errors import StorageError
from pipelines.stages.progress import Progress
from pipelines.stages.tables import land as landing

ROWS = [(number, f"text {number}", None) for number in range(300)]

_SLOWLY = {
    "postgresql": """
        CREATE FUNCTION slowly(body text) RETURNS text STABLE LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_sleep(0.01); RETURN body; END $$;
    """,
    "mysql": """
        CREATE FUNCTION slowly(body text) RETURNS text DETERMINISTIC
        RETURN IF(SLEEP(0.01) = 0, body, NULL);
    """,
}
"""Each row takes 10 ms to read, and none to count: there is time to restart the server in the middle."""


@pytest.fixture(params=["postgresql", "mariadb"])
def server(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A server of the test's own: others of this process must not lose theirs."""
    with getattr(databases, request.param)() as server:
        server.sql(_SLOWLY[server.kind])
        yield server


@contextmanager
def once(condition: Callable[[], bool], act: Callable[[], None]) -> Iterator[None]:
    """Act, beside the block, as soon as the condition holds; the block must last that long."""
    ended = threading.Event()
    acted: list[bool] = []

    def wait() -> None:
        while not ended.wait(0.02):
            if condition():
                acted.append(not ended.is_set())
                act()
                return

    thread = threading.Thread(target=wait)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
    assert acted


@pytest.mark.parametrize(
    ("server", "increment"),
    [("postgresql", None), ("mariadb", "id"), ("mariadb", None)],
    ids=["snapshot", "watermark", "one statement"],
    indirect=["server"],
)
def test_a_server_restarted_in_the_middle_costs_an_attempt_and_no_row(spark, server, tmp_path, increment):
    name = make_table(server, ROWS)
    view = f"(SELECT id, slowly(body) AS body, link FROM {name})"  # noqa: S608 (the test's own)
    asked = documents(view, increment=increment, rows_per_file=25)
    told: list[Progress] = []

    def restart() -> None:
        server.down()
        server.up()

    # The first file is there: ranges are half read, or the one statement is.
    with once(lambda: any(tmp_path.rglob("*.parquet")), restart):
        files = land(spark, server, tmp_path / "restarted", asked, listener=told.append)
    assert len(files) == 12
    assert rows_of(tmp_path / "restarted") == ROWS
    starts = [progress for progress in told if (progress.done_units, progress.finished) == (0, False)]
    assert len(starts) > 1
    land(spark, server, tmp_path / "quiet", documents(name, increment=increment, rows_per_file=25))
    assert landed(tmp_path / "restarted") == landed(tmp_path / "quiet")


def test_a_server_that_stays_away_fails_the_landing_after_the_stated_attempts(
    spark, server, tmp_path: Path, monkeypatch
):
    monkeypatch.setattr(landing, "_WAITS_SECONDS", (0.0, 0.0))
    asked = documents(make_table(server, ROWS))
    server_is_down: list[Progress] = []

    def stop(progress: Progress) -> None:
        if not server_is_down:
            server.down()
        server_is_down.append(progress)

    with pytest.raises(StorageError, match=r"could not be copied in 3 attempts; none is believed") as failure:
        land(spark, server, tmp_path, asked, listener=stop)
    assert "cannot be reached" in str(failure.value)
    assert not list(tmp_path.rglob("_landing.json"))
    assert not list(tmp_path.rglob("running-*"))
    server.up()
    land(spark, server, tmp_path, asked, where=database(server))
    assert rows_of(tmp_path) == ROWS
