"""Reviews of other shapes, of synthetic studies: nothing typed in, one study of one outcome, and a large one."""

import csv
import json
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml


def write_review(root: Path, studies: int, outcomes: int, groups: int) -> None:
    """Replace a project's protocol and evidence by a synthetic review; every study has an arm in every group."""
    names = [f"outcome_{i}" for i in range(outcomes)]
    config = {
        "review": {"title": "Synthetic drugs", "question": "Does a synthetic drug work?"},
        "as_of": "2026-01-01",
        "outcomes": {name: {"label": f"Outcome {name[-1]}", "abbreviation": f"O{name[8:]}", "kind": "proportion"} for name in names},
        "groups": {f"group_{g}": {"label": f"Group {g}", "where": {"line": [str(g)]}} for g in range(groups)},
        "models": {
            "glmm": {"label": "GLMM", "method": "glmm", "quadrature_points": 7, "interval": "t"},
            "two_step": {"label": "Two-step", "method": "inverse_variance", "transformation": "logit", "tau2": "REML", "interval": "hartung_knapp"},
        },
        "primary_model": "two_step",
        "bias": {
            "sets": {"every": {"label": "All arms", "groups": [f"group_{g}" for g in range(groups)]}},
            "tests": {"usual": {"label": "Egger's test", "set": "every", "effect": "freeman_tukey"}},
        },
    }  # fmt: skip
    (root / "config" / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    draw = random.Random(7)
    study_rows = [{"study_id": f"s{i}", "label": f"Synthetic {i}"} for i in range(studies)]
    reports = [
        {"report_id": f"r{i}", "study_id": f"s{i}", "kind": "article", "published": f"{1990 + i % 35}", "published_basis": "issue", "citation": "synthetic"}
        for i in range(studies)
    ]  # fmt: skip
    arms, results = [], []
    for i in range(studies):
        for g in range(groups):
            n = draw.randint(12, 300)
            arm = f"s{i}-g{g}"
            arms.append({"arm_id": arm, "study_id": f"s{i}", "label": f"arm {g}", "regimen": "drug", "line": str(g), "n": n, "report_id": f"r{i}", "locator": "t"})  # fmt: skip
            for name in names:
                results.append({"row_id": f"{arm}-{name}", "arm_id": arm, "outcome": name, "timepoint": "best", "population": "all", "assessor": "independent", "events": draw.randint(0, n), "n": n, "report_id": f"r{i}", "locator": "t", "extractor": "ab", "role": "consensus", "date": "2025-01-01"})  # fmt: skip
    headers = {
        "data/studies.csv": (study_rows, "study_id label"),
        "data/reports.csv": (reports, "report_id study_id kind published published_basis citation"),
        "data/extraction/arms.csv": (arms, "arm_id study_id label regimen line n report_id locator"),
        "data/extraction/outcomes.csv": (
            results,
            "row_id arm_id outcome timepoint population assessor events n report_id locator extractor role date",
        ),
        "data/screening/legacy.csv": ([], "version box reason count locator"),
    }
    for file, (rows, columns) in headers.items():
        with (root / file).open("w", encoding="utf-8", newline="") as target:
            writer = csv.DictWriter(target, columns.split())
            writer.writeheader()
            writer.writerows(rows)
    for path in (root / "data").rglob("*"):
        if path.is_file() and str(path.relative_to(root)) not in headers and path.name != "run.json":
            path.unlink()


@pytest.mark.parametrize(("studies", "outcomes", "groups"), [(0, 1, 1), (1, 1, 1), (12, 1, 2)])
def test_a_review_of_another_shape_runs_whole(project, studies, outcomes, groups):
    write_review(project.root, studies, outcomes, groups)
    run = project.run("--config", "as_of=2026-01-01")
    assert run.code == 0, run.output[-3000:]
    results = project.root / "results" / "as_of" / "2026-01-01"
    summary = json.loads((results / "summary.json").read_bytes())
    assert summary["studies_included"] == studies
    assert {result["k"] for result in summary["analyses"]["outcome_0"].values()} == {studies}
    page = (results / "report" / "index.html").read_text(encoding="utf-8")
    assert page.count('class="card"') == outcomes * groups
    assert 'href="#audit"' not in page
    assert (results / "reproduction.csv").read_text().count("\n") == 1
    assert project.run().jobs == []
    exported(project)


def exported(project) -> None:
    """A release of the review is exported, and where R is here, its script agrees with every result."""
    run = project.run("release", "--config", "version=v1")
    assert run.code == 0, run.output[-3000:]
    environment = {**project.environment, "PYTHONPATH": str(project.root / "src")}
    command = [sys.executable, "-m", "perennial", "export", "v1"]
    done = subprocess.run(command, cwd=project.root, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    script = project.root / "exports" / "v1" / "analysis" / "repeat_with_metafor.R"
    metafor = ["Rscript", "-e", 'stopifnot(requireNamespace("metafor"))']
    if shutil.which("Rscript") and not subprocess.run(metafor, capture_output=True).returncode:
        done = subprocess.run(["Rscript", script], capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
