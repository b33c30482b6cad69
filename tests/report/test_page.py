import re
import zipfile
from dataclasses import replace
from pathlib import Path
from subprocess import run
from sys import executable

import pytest
from playwright.sync_api import sync_playwright

from pipelines.report import Example, Histogram, Quarantine, Rejection, Segment, Threshold, Unreadable, render

ATTACK = '<script>document.title="owned"</script><img src="https://example.org/x.png" onerror="document.title=1">'
HOSTILE = f"\"'>{ATTACK}{{{{ 7 * 7 }}}}\u202egnp.exe\u2066\x07\x1b[31m\u200b</div></details></style>&lt;"


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


class Opened:
    """A page in a browser, and everything that happened while it was opened."""

    def __init__(self, browser, html, folder, width):
        file = folder / "report.html"
        file.write_text(html, encoding="utf-8")
        self.page = browser.new_page(viewport={"width": width, "height": 800})
        self.requests, self.complaints = [], []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(file.as_uri())
        self.page.evaluate("document.querySelectorAll('details').forEach(folded => folded.open = true)")

    @property
    def text(self):
        return self.page.inner_text("body")


@pytest.fixture
def opened(chromium, tmp_path):
    pages = []

    def open_(html, width=1280):
        pages.append(Opened(chromium, html, tmp_path, width))
        return pages[-1]

    yield open_
    for each in pages:
        each.page.close()


def hostile(report):
    long = HOSTILE + "x" * 1_000_000 + HOSTILE
    example = Example("ab" * 16, HOSTILE, 1, long, HOSTILE, (len(HOSTILE), 900_000), HOSTILE)
    return replace(
        report,
        corpus=HOSTILE,
        inputs=(HOSTILE,) * 50,
        recipe={HOSTILE: long},
        rejections=tuple(Rejection(f"{HOSTILE}{n}", 50, (example,) * 50, long) for n in range(120)),
        quarantine=tuple(Quarantine(f"{HOSTILE}{n}", 99, (Unreadable(HOSTILE, 1, long),) * 99) for n in range(40)),
        duplicates=tuple(
            replace(kind, examples=tuple(replace(pair, removed=example, kept=example) for pair in kind.examples))
            for kind in report.duplicates
        ),
        histograms=(Histogram(long, ((0.0, 1.0, 3),), 3, long, long, thresholds=(Threshold(0.5, "above", long),)),),
        histograms_of=long,
        sequences=((Segment(long, 5, continued=True),) * 40,) * 40,
        commands=((HOSTILE, HOSTILE),),
    )


@pytest.mark.parametrize("width", [1280, 420])
def test_a_page_opens_quietly_and_fits_its_window(opened, report, width):
    page = opened(render(report), width)
    assert [request for request in page.requests if not request.startswith("file:")] == []
    assert page.complaints == []
    assert page.page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_counts_are_there_and_reconciled(opened, report):
    text = opened(render(report)).text
    assert "✓ reconciled: 12,840 in = 7,664 kept + 17 quarantined + 4,102 rejected + 1,057 duplicates" in text
    assert "packed into 3,120 sequences of 2,048 tokens, 6,180,442 tokens in all" in text
    assert "3 of 2,210" in text
    assert "Sample of 2 of 655 removed documents" in text
    assert "Sample of 8 of 14 records" in text
    assert "2 rules rejected nothing: lorem_ipsum, list_ratio" in text


def test_the_place_that_was_matched_is_marked(opened, report):
    marks = opened(render(report)).page.locator("#rules mark").all_inner_texts()
    assert set(marks) == {"Home | Products | Contact"}
    assert len(marks) == 33


@pytest.mark.parametrize("width", [1280, 420])
def test_hostile_documents_stay_text_and_the_page_small(opened, report, width):
    html = render(hostile(report))
    assert len(html.encode()) < 2_000_000
    page = opened(html, width)
    assert page.page.locator("script, img, iframe, object, [onerror]").count() == 0
    assert page.complaints == []
    assert [request for request in page.requests if not request.startswith("file:")] == []
    assert "owned" not in page.page.title().replace(ATTACK, "")
    assert "{{ 7 * 7 }}‹U+202E›gnp.exe‹U+2066›‹U+0007›‹U+001B›[31m‹U+200B›</div>" in page.text
    assert not re.search("[\u202e\u2066\x07\x1b\u200b]", page.text)
    assert page.page.evaluate("document.documentElement.scrollWidth") <= width


def test_counts_that_do_not_reconcile_are_said_at_the_top(opened, report):
    clean, *others = report.stages
    wrong = replace(clean, accounting=clean.accounting | {"kept": clean.accounting["kept"] - 5})
    text = opened(render(replace(report, stages=(wrong, *others)))).text
    assert "clean: the counts do not reconcile, 5 documents are missing" in text
    assert "clean → deduplicated" in text


def test_a_rule_that_rejects_nearly_everything_is_flagged(opened, report):
    text = opened(render(replace(report, rejections=(Rejection("language", 12_500),)))).text
    assert "language rejected 97.5% of the readable documents" in text
    assert "⚠ nearly all" in text


def test_a_run_of_one_stage_without_findings_is_a_page_too(opened, report):
    alone = replace(
        report,
        stages=report.stages[:1],
        rejections=(),
        quarantine=(),
        duplicates=(),
        histograms=(),
        sequences=(),
        tokenizer={},
        context_length=None,
        timings_seconds={},
        commands=(),
    )
    text = opened(render(alone)).text
    assert "No rule was asked." in text
    assert "Every record could be read." in text
    assert "Sequences" not in text
    assert "<html" in render(replace(alone, stages=()))


def test_the_same_report_gives_the_same_page(report, changed_report):
    assert render(report) == render(changed_report())


def test_the_page_is_rendered_from_a_zip_file(tmp_path):
    root = Path(__file__).parents[2]
    archive = tmp_path / "phloem.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        for file in [root / "pipelines/__init__.py", *(root / "pipelines/report").glob("*.*")]:
            zipped.write(file, file.relative_to(root))
    code = (
        f"import sys; sys.path.insert(0, {str(archive)!r}); from pipelines.report import model, page; "
        "assert '.zip' in page.__file__; "
        "print(page.render(model.RunReport('c', 'v', 'o', (), '', {}, ())))"
    )
    done = run([executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert "<title>c v: report</title>" in done.stdout, done.stderr
