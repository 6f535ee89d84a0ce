"""One installation serves several reviews, other workflows as a module, and those that fetch it, as snakedeploy writes them."""

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from perennial.new_review import start_review

MODULE = """\
configfile: "config/config.yaml"


module perennial:
    snakefile:
        {snakefile}
    config:
        config
{more}

use rule * from perennial{names}
"""
OWN_RULE = """

rule quote_us:
    default_target: True
    input:
        rules.perennial_all.input,
        summary="results/summary.json",
    output:
        "quoted.txt",
    shell:
        "grep -o '\\"studies_included\\": *[0-9]*' {input.summary} > {output}"
"""


@pytest.fixture(scope="module")
def installation(copied, tmp_path_factory):
    return copied(tmp_path_factory.mktemp("one") / "installation")


@pytest.fixture(scope="module")
def both(installation, tmp_path_factory) -> dict[str, Path]:
    """Two reviews of other days, run at the same time by one installation, which is left as it was."""
    before = files(installation.root)
    folders = {name: tmp_path_factory.mktemp("many") / name for name in ("first", "second")}
    for month, folder in enumerate(folders.values(), start=1):
        start_review(folder, date(2026, month, 1))
    program = [sys.executable, "-m", "snakemake", "--snakefile", installation.root / "Snakefile", "--cores", "1"]
    runs = [
        subprocess.Popen([*program, "--directory", folder], cwd=folder.parent, stderr=subprocess.PIPE)
        for folder in folders.values()
    ]
    for run in runs:
        told = run.communicate(timeout=600)[1].decode()
        assert run.returncode == 0, told[-3000:]
    assert files(installation.root) == before
    return folders


def test_two_reviews_run_at_once(both):
    told = [json.loads((folder / "results" / "summary.json").read_bytes()) for folder in both.values()]
    assert [each["as_of"] for each in told] == ["2026-01-01", "2026-02-01"]


def test_as_a_module_it_gives_the_same_results(both, installation, tmp_path):
    """Beside a rule of the workflow that uses it, and with its rules renamed."""
    outer = as_module(tmp_path / "outer", repr(str(installation.root / "Snakefile")), names=" as perennial_*")
    (outer / "workflow" / "Snakefile").open("a").write(OWN_RULE)
    run = type(installation)(outer).run()
    assert run.code == 0, run.output[-3000:]
    assert (outer / "quoted.txt").read_text().split() == ['"studies_included":', "0"]
    assert files(outer / "results") == files(both["first"] / "results")


def test_a_prefix_is_refused_with_a_remedy(installation, tmp_path):
    snakefile = repr(str(installation.root / "Snakefile"))
    outer = as_module(tmp_path / "outer", snakefile, more='    prefix:\n        "below"\n')
    run = type(installation)(outer).run("--dry-run")
    assert run.code != 0
    assert "Remedy: snakemake --directory, with the folder of the review." in run.output


def test_a_workflow_that_names_it_on_github_gets_the_library_too(installation, tmp_path, monkeypatch):
    """As `snakedeploy deploy-workflow` writes it. The repository lies here, and git is told so."""
    git(installation.root, "init", "--quiet", "--initial-branch=main")
    git(installation.root, "add", "--all")
    git(installation.root, "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "--quiet", "--message=all")
    git(installation.root, "tag", "v1")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", f"url.{installation.root}.insteadOf")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "https://github.com/example/perennial")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    outer = as_module(tmp_path / "outer", 'github("example/perennial", path="workflow/Snakefile", tag="v1")')
    run = type(installation)(outer).run("results/todo/checks.csv")
    assert run.code == 0, run.output[-3000:]
    assert (outer / "results" / "todo" / "checks.csv").exists()
    assert len(list((outer / ".snakemake" / "perennial").glob("*/src/perennial/lock.py"))) == 1
    assert {"write_report", "pool_medians"} <= set(type(installation)(outer).plan())


def as_module(folder: Path, snakefile: str, names: str = "", more: str = "") -> Path:
    """A review, and a workflow in the place where snakedeploy writes it."""
    start_review(folder, date(2026, 1, 1))
    (folder / "workflow").mkdir()
    snakefile = MODULE.format(snakefile=snakefile, names=names, more=more)
    (folder / "workflow" / "Snakefile").write_text(snakefile, encoding="utf-8")
    return folder


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True)


def files(folder: Path) -> dict[str, bytes]:
    found = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in found.items() if "__pycache__" not in name}
