"""Every export of Rayyan, Covidence and ASReview in the shared reference material: what is decided there, counted twice.

Once as our readers tell it, and once by looking for the tools' own words in the raw text.
"""

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from perennial.screening.foreign.decision import DecisionReading
from perennial.screening.foreign.ledger import COLUMNS, ledger_rows, to_table
from perennial.screening.foreign.read import read_decisions
from perennial.screening.foreign.sidecar import DecisionSidecar

RAYYAN, COVIDENCE, ASREVIEW = "screening/rayyan_rayyanR", "screening/covidence", "exports/asreview_demo"
DAY = "2026-11-20"


@dataclass(frozen=True)
class Counts:
    include: int
    exclude: int
    reviewers: int
    conflicts: int
    reasons: int
    """Given with decisions; a reason of two exclusions counts twice."""
    different_reasons: int
    undecided: int


SAMPLES: dict[tuple[str, tuple[str, ...]], Counts] = {
    ("rayyan", (f"{RAYYAN}/tinea_update.ris",)): Counts(7, 9, 2, 1, 16, 7, 2),
    ("rayyan", (f"{RAYYAN}/MLJ_articles.ris",)): Counts(8, 2, 2, 0, 0, 0, 0),
    ("rayyan", (f"{RAYYAN}/my_publications.ris",)): Counts(0, 0, 0, 0, 0, 0, 6),
    ("rayyan", (f"{RAYYAN}/customizations_log.csv",)): Counts(8, 11, 2, 1, 12, 7, 2),
    ("rayyan", (f"{RAYYAN}/MLJ_customizations_log.csv",)): Counts(21, 5, 2, 0, 0, 0, 0),
    ("rayyan", (f"{RAYYAN}/tinea_update.ris", f"{RAYYAN}/customizations_log.csv")): Counts(8, 11, 2, 1, 12, 7, 2),
    ("rayyan", (f"{RAYYAN}/MLJ_articles.ris", f"{RAYYAN}/MLJ_customizations_log.csv")): Counts(21, 5, 2, 0, 0, 0, 0),
    ("covidence", (f"{COVIDENCE}/review_excluded_csv_sample.csv",)): Counts(0, 50, 1, 0, 50, 7, 0),
    ("asreview", (f"{ASREVIEW}/baseline_tag-notes_labels.ris",)): Counts(10, 10, 1, 0, 0, 0, 12),
    ("asreview", (f"{ASREVIEW}/baseline_zotero.ris",)): Counts(3, 3, 1, 0, 0, 0, 94),
    ("asreview", (f"{ASREVIEW}/_baseline.ris",)): Counts(0, 0, 0, 0, 0, 0, 100),
    ("asreview", (f"{ASREVIEW}/generic_labels.csv",)): Counts(3, 3, 1, 0, 0, 0, 0),
    ("asreview", (f"{ASREVIEW}/generic_labels_no_abs.csv",)): Counts(3, 3, 1, 0, 0, 0, 0),
    ("asreview", (f"{ASREVIEW}/generic_labels_no_title.csv",)): Counts(3, 3, 1, 0, 0, 0, 0),
    ("asreview", (f"{ASREVIEW}/generic_partial_labels.csv",)): Counts(2, 2, 1, 0, 0, 0, 2),
    ("asreview", (f"{ASREVIEW}/generic_bad_record_id.csv",)): Counts(3, 3, 1, 0, 0, 0, 0),
    ("asreview", (f"{ASREVIEW}/record_id.csv",)): Counts(1, 1, 1, 0, 0, 0, 8),
}
every_sample = pytest.mark.parametrize(("tool", "names"), SAMPLES)


def read(shared: Path, tool: str, names: tuple[str, ...]) -> DecisionReading:
    files = {Path(name).name: (shared / "data" / name).read_bytes() for name in names}
    return read_decisions(files, DecisionSidecar(tool, "" if tool == "covidence" else "title_abstract", DAY, {}))


def conflicts(last: dict[tuple, str]) -> int:
    """`last` is by record, stage and reviewer."""
    said: dict[tuple, set[str]] = {}
    for (*what, _), decision in last.items():
        said.setdefault(tuple(what), set()).add(decision)
    return sum(len(decisions) > 1 for decisions in said.values())


@every_sample
def test_counts(shared: Path, tool: str, names: tuple[str, ...]) -> None:
    reading = read(shared, tool, names)
    decided = Counter(each.decision for each in reading.decisions)
    reasons = [reason for each in reading.decisions for reason in each.reasons]
    last = {(each.position, each.stage, each.reviewer): each.decision for each in reading.decisions}
    assert (
        Counts(
            decided["include"],
            decided["exclude"],
            len({each.reviewer for each in reading.decisions}),
            conflicts(last),
            len(reasons),
            len(set(reasons)),
            len(reading.undecided),
        )
        == SAMPLES[tool, names]
    )
    assert not reading.set_aside
    assert set(decided) <= {"include", "exclude"}


@every_sample
def test_counts_of_the_raw_text(shared: Path, tool: str, names: tuple[str, ...]) -> None:
    """The same figures from the tools' words, without any reader of ours; a log tells what its articles only repeat."""
    raw = (shared / "data" / names[-1]).read_text(encoding="utf-8-sig")
    if "_log" in names[-1]:
        counted = of_rayyan_log(raw)
    elif tool == "rayyan":
        counted = of_rayyan_notes(raw)
    elif tool == "covidence":
        counted = of_covidence(raw)
    else:
        counted = of_asreview(raw, names[-1])
    assert counted == SAMPLES[tool, names]


def of_rayyan_log(raw: str) -> Counts:
    rows = sorted(csv.DictReader(io.StringIO(raw)), key=lambda row: row["created_at"])
    votes = [row for row in rows if row["key"].startswith("included")]
    reasons = [row["key"] for row in rows if "__EXR__" in row["key"]]
    last = {(row["article_id"], row["key"], row["user_id"]): row["value"] for row in votes}
    assert {row["value"] for row in votes} <= {"1", "-1"} and {row["value"] for row in rows} <= {"1", "-1", "deleted"}
    return Counts(
        sum(row["value"] == "1" for row in votes),
        sum(row["value"] == "-1" for row in votes),
        len({row["user_id"] for row in votes}),
        conflicts(last),
        len(reasons),
        len(set(reasons)),
        len({row["article_id"] for row in rows} - {row["article_id"] for row in votes}),
    )


def of_rayyan_notes(raw: str) -> Counts:
    lines = [line for line in raw.split("\n") if "RAYYAN-INCLUSION" in line]
    reasons = [
        reason
        for line in lines
        if "RAYYAN-EXCLUSION-REASONS: " in line
        for reason in line.split("RAYYAN-EXCLUSION-REASONS: ")[1].split(",") * line.count('=>"Excluded"')
    ]
    return Counts(
        raw.count('=>"Included"'),
        raw.count('=>"Excluded"'),
        len(set(re.findall(r'"([^"]+)"=>', raw))),
        sum('=>"Included"' in line and '=>"Excluded"' in line for line in lines),
        len(reasons),
        len(set(reasons)),
        len(re.findall(r"^TY  - ", raw, re.MULTILINE)) - len(lines),
    )


def of_covidence(raw: str) -> Counts:
    reasons = re.findall(r"Exclusion reason: (.*?);", raw)
    return Counts(0, len(re.findall(r",#\d+,", raw)), 1, 0, len(reasons), len(set(reasons)), 0)


def of_asreview(raw: str, name: str) -> Counts:
    if name.endswith(".ris"):
        include, exclude = (len(re.findall(rf"ASReview_{word}\b", raw)) for word in ("relevant", "irrelevant"))
        records = len(re.findall(r"^TY  - ", raw, re.MULTILINE))
    else:
        labels = [row.get("label_included", row.get("final_included")) for row in csv.DictReader(io.StringIO(raw))]
        include, exclude, records = labels.count("1"), labels.count("0"), len(labels)
    return Counts(include, exclude, int(include + exclude > 0), 0, 0, 0, records - include - exclude)


@every_sample
def test_exported_and_read_again(shared: Path, tool: str, names: tuple[str, ...]) -> None:
    reading = read(shared, tool, names)
    sidecar = DecisionSidecar("table", "title_abstract", "2020-01-01", {}, columns={each: each for each in COLUMNS})
    again = read_decisions({"again.csv": to_table(reading.decisions)}, sidecar)
    assert again.decisions == reading.decisions
    assert not again.undecided and not again.set_aside


@every_sample
def test_nobody_is_named(shared: Path, tool: str, names: tuple[str, ...]) -> None:
    reading = read(shared, tool, names)
    told = repr([reading.decisions, reading.undecided, reading.notes])
    for name in ("Zbys", "m.el-gohary", "Matt", "Laura", "935616", "61185", "Extractor"):
        assert f"'{name}'" not in told and f'"{name}"' not in told and f"{name} (" not in told


def test_a_log_and_the_articles_agree(shared: Path) -> None:
    """The log by number and the notes by name end alike, at the last stage of a review with two."""
    for names in (("tinea_update.ris", "customizations_log.csv"), ("MLJ_articles.ris", "MLJ_customizations_log.csv")):
        reading = read(shared, "rayyan", tuple(f"{RAYYAN}/{name}" for name in names))
        assert not [note for note in reading.notes if "the log ends with" in note]
        assert all(each.record.title for each in reading.decisions)


def test_a_log_with_stages(shared: Path) -> None:
    reading = read(shared, "rayyan", (f"{RAYYAN}/MLJ_customizations_log.csv",))
    raw = (shared / "data" / RAYYAN / "MLJ_customizations_log.csv").read_text()
    stages = Counter(each.stage for each in reading.decisions)
    assert stages == {"title_abstract": raw.count(",included,"), "full_text": raw.count(",included__SYSTEM__STAGE__")}
    assert {each.date for each in reading.decisions} == {"2025-05-06", "2025-05-07"}


def test_the_other_log_with_these_articles(shared: Path) -> None:
    """Articles of another review share nothing with the log: both are told, and that they do."""
    reading = read(shared, "rayyan", (f"{RAYYAN}/MLJ_articles.ris", f"{RAYYAN}/customizations_log.csv"))
    assert len(reading.decisions) == 10 + 19
    assert any(note.startswith("14 articles of the log are described by no file") for note in reading.notes)
    assert {each.position for each in [*reading.decisions, *reading.undecided]} == set(range(1, 5 + 14 + 1))
    keys = [each.record.extra for each in reading.decisions if each.position > 5]
    assert all(len(extra) == 1 and re.fullmatch(r"rayyan-144\d\d", extra[0][1]) for extra in keys)


def test_remarks_of_covidence(shared: Path) -> None:
    reading = read(shared, "covidence", (f"{COVIDENCE}/review_excluded_csv_sample.csv",))
    raw = (shared / "data" / COVIDENCE / "review_excluded_csv_sample.csv").read_text(encoding="utf-8-sig")
    remarks = re.findall(r"\((\d{4}-\d\d-\d\d) \d\d:\d\d:\d\d\)\((\w+)\)", raw)
    found = [
        each for decision in reading.decisions for each in re.findall(r"\((\d{4}-\d\d-\d\d), (\w+)\)", decision.note)
    ]
    assert found == remarks
    tags = [row["Tags"].replace("; ", ", ") for row in csv.DictReader(io.StringIO(raw))]
    assert [decision.note.partition("labels: ")[2] for decision in reading.decisions] == tags
    assert {each.stage for each in reading.decisions} == {"full_text"}
    assert {each.date for each in reading.decisions} == {DAY}


def test_rows_of_the_ledger(shared: Path) -> None:
    reading = read(shared, "rayyan", (f"{RAYYAN}/tinea_update.ris", f"{RAYYAN}/customizations_log.csv"))
    rows = ledger_rows(reading, {1: "digest:aa", 3: "pmid:1"})
    assert [(row["record_id"], row["decision"], row["reason"], row["date"]) for row in rows] == [
        ("digest:aa", "include", "", "2014-05-22"),
        ("digest:aa", "include", "", "2014-05-28"),
        *[("digest:aa", "exclude", "", "2021-02-22")] * 3,
        ("pmid:1", "exclude", "wrong intervention; wrong drug", "2014-05-24"),
    ]
    assert all(list(row) == ["record_id", "stage", "reviewer", "decision", "reason", "date", "note"] for row in rows)
