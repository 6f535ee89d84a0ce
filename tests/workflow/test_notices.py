"""A retraction from the archived search to the decision and the result, in a synthetic review of three studies."""

import csv
import json
import shutil
from datetime import date
from types import SimpleNamespace

import pytest
import yaml

from perennial.csv_table import csv_table

CONFIG = {
    "review": {"title": "A synthetic drug", "question": "Does a synthetic drug work?"},
    "outcomes": {"orr": {"label": "Response", "abbreviation": "ORR", "kind": "proportion"}},
    "groups": {"drug": {"label": "Drug", "where": {"group": ["drug"]}}},
    "models": {
        "logit": {
            "label": "Logit",
            "method": "inverse_variance",
            "transformation": "logit",
            "tau2": "REML",
            "interval": "wald",
        },
        "recommended": {"label": "GLMM", "method": "glmm", "quadrature_points": 7, "interval": "t"},
    },
    "primary_model": "logit",
    "bias": {
        "sets": {"every": {"label": "All arms", "groups": ["drug"]}},
        "tests": {"egger": {"label": "Egger's test", "set": "every", "effect": "freeman_tukey"}},
    },
    "search": {
        "email": "someone@example.org",
        "sources": ["pubmed"],
        "strategy": {
            "blocks": {"disease": {"label": "D", "any": [{"mesh": "Synthetic Disease"}]}},
            "combine": "disease",
        },
    },
}
REPORTS = [("alpha", "alpha-first", "2019", ""), ("alpha", "alpha-last", "2021", "90000001"), ("beta", "beta-only", "2020", "90000002"), ("gamma", "gamma-only", "2020", "")]  # fmt: skip
SHOWN = [f"results/{file}" for file in ("report/index.html", "update/changes.md", "analyses/orr/drug/pooled.json")]
COUNTS = {"alpha-first": (10, 20), "alpha-last": (27, 30), "beta-only": (12, 24), "gamma-only": (9, 25)}


def write_review(project, address: str) -> None:
    for folder in ("data", "config"):
        shutil.rmtree(project.root / folder)
    (project.root / "config").mkdir()
    config = {**CONFIG, "search": CONFIG["search"] | {"addresses": {"pubmed": address}}}
    (project.root / "config" / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    studies = [{"study_id": name, "label": f"Synthetic {name}"} for name in ("alpha", "beta", "gamma")]
    reports = [
        {"report_id": name, "study_id": study, "pmid": pmid, "kind": "article", "published": day, "published_basis": "issue", "citation": "synthetic"}
        for study, name, day, pmid in REPORTS
    ]  # fmt: skip
    arms = [
        {"arm_id": f"{name}-arm", "study_id": name, "label": "arm", "regimen": "drug", "group": "drug", "n": n, "report_id": report, "locator": "t"}
        for name, report, n in (("alpha", "alpha-first", 20), ("beta", "beta-only", 24), ("gamma", "gamma-only", 25))
    ]  # fmt: skip
    outcomes = [
        {"row_id": f"{name}-orr", "arm_id": f"{study}-arm", "outcome": "orr", "timepoint": "best", "population": "all", "assessor": "independent", "events": COUNTS[name][0], "n": COUNTS[name][1], "reason": "all patients of the report", "report_id": name, "locator": "t", "extractor": "ab", "role": "consensus", "date": "2022-01-01"}
        for study, name, *_ in REPORTS
    ]  # fmt: skip
    tables = {"studies.csv": studies, "reports.csv": reports, "extraction/arms.csv": arms, "extraction/outcomes.csv": outcomes}  # fmt: skip
    for name, rows in tables.items():
        path = project.root / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(csv_table(list(rows[0]), rows))
    accepted = {"file": "data/extraction/outcomes.csv", "record": "alpha-last-orr", "column": "n", "value": "30", "reason": "the cohort grew", "by": "AB", "date": "2022-01-01"}  # fmt: skip
    (project.root / "data" / "extraction" / "acceptances.csv").write_bytes(csv_table(list(accepted), [accepted]))


def todo(project) -> list[dict[str, str]]:
    with (project.root / "results" / "todo" / "notices.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def decide(project, rows: list[dict[str, str]], decision: str) -> None:
    """Hand the list back, filled in, as a person would."""
    filled = {"decision": decision, "reason": "a synthetic reason", "by": "AB", "date": date.today().isoformat()}
    path = project.root / "data" / "returned" / "notices-AB.csv"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(csv_table(list(rows[0]), [{**row, **filled} for row in rows]))


def state(project) -> SimpleNamespace:
    results = project.root / "results"
    return SimpleNamespace(
        notices=json.loads((results / "update" / "notices.json").read_bytes()),
        pooled=json.loads((results / "analyses" / "orr" / "drug" / "pooled.json").read_bytes()),
        page=(results / "report" / "index.html").read_text(encoding="utf-8"),
        mail=(results / "update" / "changes.md").read_text(encoding="utf-8"),
        todo=todo(project),
    )


@pytest.fixture(scope="module")
def told(servers, copied, tmp_path_factory):
    """What the results say after the search, after a decision to keep, and after that one was changed to exclude."""
    project = copied(tmp_path_factory.mktemp("notices") / "project")
    records = servers.literature.literature(4)
    records[0]["links"] = [["RetractionIn", "90000901", "Synthetic J. 2026 May 3"]]
    with servers.start("eutils", records=records) as pubmed:
        write_review(project, pubmed.address)
        search = project.run("search", timeout=900)
        assert search.code == 0, search.output[-3000:]
    found = {}
    for step in ("waiting", "keep", "exclude"):
        if step != "waiting":
            decide(project, found["waiting"].todo, step)
        run = project.run(*SHOWN, timeout=900)
        assert run.code == 0, run.output[-3000:]
        found[step] = state(project)
    return SimpleNamespace(**found)


def counts(found) -> dict[str, str]:
    return {row["arm_id"]: f"{row['events']}/{row['n']} {row['report_id']}" for row in found.pooled["studies"]}


def test_until_somebody_decides_the_result_stays_and_both_are_shown(told):
    assert counts(told.waiting)["alpha-arm"] == "27/30 alpha-last"
    (each,) = told.waiting.notices["waiting"]
    assert (each["report_id"], each["kind"], each["notice"]) == ("alpha-last", "retraction", "pmid:90000901")
    (analysis,) = each["analyses"]
    assert analysis["arms"] == [{"arm_id": "alpha-arm", "count": "27/30", "instead": "10/20 from alpha-first"}]
    sides = analysis["models"]["logit"]
    assert sides["with"]["estimate"] == told.waiting.pooled["models"]["logit"]["estimate"]
    assert sides["without"]["n"] == 20 + 24 + 25


def test_a_reader_does_not_miss_it(told):
    for said in ("Nobody has decided yet", "10/20 from alpha-first", "retracted, corrected or doubted since"):
        assert said in told.waiting.page
    assert "alpha-last: retraction (PubMed, looked up" in told.waiting.mail
    (row,) = told.waiting.todo
    assert row["fill_in"] == "decision, reason, by, date" and "without it" in row["effect"]


def test_keeping_it_ends_the_side_by_side_and_is_told(told):
    assert counts(told.keep) == counts(told.waiting)
    assert told.keep.todo == [] and told.keep.notices["waiting"] == []
    assert "kept: a synthetic reason (AB" in told.keep.page and "Nobody has decided yet" not in told.keep.page


def test_excluding_it_gives_what_was_shown_without_it(told):
    assert counts(told.exclude)["alpha-arm"] == "10/20 alpha-first"
    shown = told.waiting.notices["waiting"][0]["analyses"][0]["models"]
    for model, sides in shown.items():
        assert told.exclude.pooled["models"][model]["estimate"] == sides["without"]["estimate"]
    assert "excluded, its numbers no longer count: a synthetic reason" in told.exclude.page
    assert told.exclude.notices["waiting"] == []
