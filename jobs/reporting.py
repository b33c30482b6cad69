"""`report.html` of a run, written beside its datasets."""

from collections.abc import Sequence

from pipelines.catalog.layout import Place
from pipelines.report import render
from pipelines.report.collect import collect
from pipelines.storage import Stores


def write_report(stores: Stores, place: Place, *, recipe: str = "", inputs: Sequence[str] = ()) -> str:
    """Write the report of the version that `place` is of, in the stead of an earlier one; its URI.

    It says nothing of clocks, so that the same run gives the same bytes. DatasetError when nothing is published.
    """
    report = collect(stores, place.output, place.corpus, place.version, recipe=recipe, inputs=inputs)
    page = render(report).encode()
    stores.delete(place.report_uri)
    stores.put_if_absent(place.report_uri, page)
    return place.report_uri
