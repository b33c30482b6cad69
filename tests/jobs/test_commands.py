import json
import subprocess
import sys

import pytest

from jobs.main import main

COMMANDS = [
    "run",
    "clean",
    "deduplicate",
    "tokenize",
    "validate",
    "report",
    "read",
    "copy",
    "verify",
    "tier",
    "plan",
    "doctor",
    "sample",
    "jars",
    "recipes",
]


def phloem(capsys, *words):
    """Exit code, stdout, stderr of a command in this process."""
    with pytest.raises(SystemExit) as ended:
        main(words)
    out, err = capsys.readouterr()
    return ended.value.code, out, err


def test_help_names_every_command(capsys):
    code, out, _ = phloem(capsys, "--help")
    assert code == 0
    assert [line.split()[0] for line in out.partition("Commands:\n")[2].partition("\n\n")[0].splitlines()] == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_each_command_says_all_of_its_first_line_and_shows_an_example(capsys, command):
    code, out, _ = phloem(capsys, command, "--help")
    assert code == 0
    assert out.startswith(f"Usage: phloem {command} ")
    assert "xample" in out.partition("--help")[2]
    assert "..." not in phloem(capsys, "--help")[1].partition(f"  {command} ")[2].partition("\n")[0]


def test_help_imports_neither_arrow_nor_spark_nor_spacy():
    script = (
        "import sys\nfrom jobs.main import main\n"
        "try: main(['run', '--help'])\n"
        "except SystemExit: print(sorted({'pyarrow', 'pyspark', 'spacy', 'rich'} & set(sys.modules)), file=sys.stderr)"
    )
    assert (
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stderr.strip()
        == "[]"
    )


def test_all_faults_of_the_arguments_are_told_at_once_without_a_traceback(capsys, tmp_path):
    site = tmp_path / "site.toml"
    site.write_text("[spark]\nmsater = 'local'\n[storage.s3]\nsession_token = { env = 'PHLOEM_TEST_UNSET' }\n")
    code, out, err = phloem(capsys, "run", "web_ne", "--output", str(tmp_path / "out"), "--site", str(site))
    assert code == 2
    assert out == ""
    assert "there is no recipe 'web_ne': known are text, web_en" in err
    assert "unknown key spark.msater; known are master, settings" in err
    assert "Traceback" not in err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run"], "Missing argument 'RECIPE'"),
        (["run", "text"], "Missing option '--output'"),
        (["run", "text", "--output", "o", "--through", "packed"], "'packed' is not one of"),
        (["read", "nowhere", "--rows", "-1"], "should be greater than or equal to 0"),
        (["runn"], "No such command 'runn'"),
    ],
)
def test_a_wrong_command_line_is_refused_with_what_is_wrong(capsys, words, said):
    code, _, err = phloem(capsys, *words)
    assert code == 2
    assert said in err


@pytest.mark.parametrize("command", ["validate", "read"])
def test_a_folder_that_is_no_dataset_is_told_in_plain_words(capsys, tmp_path, command):
    code, out, err = phloem(capsys, command, str(tmp_path))
    assert code == 1
    assert out == ""
    assert "manifest.json" in err
    assert "Traceback" not in err


def test_recipes_lists_a_line_each(capsys):
    code, out, _ = phloem(capsys, "recipes")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == ["text", "web_en"]


def test_recipes_show_prints_every_knob_as_json(capsys):
    code, out, _ = phloem(capsys, "recipes", "show", "web_en")
    shown = json.loads(out)
    assert code == 0
    assert shown["corpus"] == "web_en"
    assert {"clean", "deduplicated", "tokens"} <= shown.keys()
    assert "minimum_score" in out


def test_a_fault_of_ours_keeps_its_traceback(monkeypatch):
    def broken(_request):
        raise ZeroDivisionError

    monkeypatch.setattr("jobs.commands_run._make", broken)
    with pytest.raises(ZeroDivisionError):
        main(["clean", "text", "--output", "o"])
