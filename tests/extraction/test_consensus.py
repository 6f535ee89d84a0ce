"""Two extractors: what counts, what waits, what differs; and the forms they fill in. The studies are synthetic."""

import csv
import io
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.csv_table import FILL_IN, csv_table
from perennial.extraction import forms
from perennial.extraction.consensus import COMPARED, findings
from perennial.extraction.evidence import FILES, Evidence, read_evidence
from perennial.extraction.horizon import Horizon
from perennial.extraction.selection import select_counts
from perennial.tables import Row

SCHEMAS = Path(__file__).parents[2] / "workflow" / "schemas"
NOW = Horizon(date(2030, 1, 1), reconstructed=False)
CONFIG = {
    "outcomes": {
        "orr": {"kind": "proportion", "timepoint": "best response"},
        "pfs": {"kind": "median"},
    },
    "assessors": ["independent", "not_stated", "investigator"],
    "groups": {"all": {"where": {"line": ["late"]}}},
    "eligibility": {"minimum_patients": 10, "studies": {}},
    "extraction": {"extractors": 2},
    "tables": {},
}


@pytest.fixture
def folder(tmp_path):
    """One synthetic study with one article and one arm, of which nothing is extracted."""
    tables = {
        "studies": [{"study_id": "one", "label": "Synthetic One"}],
        "reports": [report("one-article", "2024")],
        "arms": [{"arm_id": "one-arm", "study_id": "one", "label": "only", "regimen": "drug", "line": "late", "n": 20, "report_id": "one-article", "locator": "t"}],
        "outcomes": [],
        "legacy": [],
    }  # fmt: skip
    headers = {"outcomes": forms.EXTRACTION[: forms.EXTRACTION.index(FILL_IN)], "legacy": ["version", "box", "reason", "count", "locator"]}  # fmt: skip
    for name, rows in tables.items():
        path = tmp_path / FILES[name]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(csv_table(headers.get(name) or [*rows[0]], rows))
    return tmp_path


def report(name: str, published: str) -> dict:
    return {"report_id": name, "study_id": "one", "kind": "article", "published": published, "published_basis": "online", "citation": "synthetic"}  # fmt: skip


def read(folder: Path) -> Evidence:
    evidence = read_evidence(folder, SCHEMAS)
    assert evidence.readable, [str(problem) for problem in evidence.problems]
    return evidence


def hand_back(folder: Path, name: str, columns: list[str], rows: list[dict]) -> None:
    path = folder / "data" / "returned" / f"{name}.csv"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(csv_table(columns, rows))


def extract(folder: Path, number: int, who: str, count: int, **other) -> None:
    """Take the form of the `number`-th extractor, fill in what is asked and hand it back."""
    rows = forms.extraction_form(read(folder), CONFIG, NOW, number)
    for row in rows:
        told = {"locator": "Table 2", "extractor": who, "date": "2025-03-01", "assessor": "independent"}
        if row["outcome"] == "orr":
            told |= {"events": count, "n": 20}
        else:
            told |= {"estimate_status": "not_reported", "timepoint": "all", "assessor": "not_stated"}
        row |= told | (other if row["outcome"] == "orr" else {})
    hand_back(folder, f"extraction-{number}-{who}", forms.EXTRACTION, rows)


def pooled(folder: Path) -> list[tuple[int, int]]:
    return [(row["events"], row["n"]) for row in select_counts(read(folder), CONFIG, "orr", "all", NOW).rows]


def test_a_form_asks_each_extractor_for_every_arm_and_outcome(folder):
    for number in (1, 2):
        rows = forms.extraction_form(read(folder), CONFIG, NOW, number)
        assert [(row["arm_id"], row["outcome"], row.get("timepoint", "")) for row in rows] == [
            ("one-arm", "orr", "best response"),
            ("one-arm", "pfs", ""),
        ]
        assert not {"events", "n", "estimate"} & {column for row in rows for column in row}, "nobody sees a number"


def test_a_form_handed_back_as_it_was_changes_nothing(folder):
    before = forms.extraction_form(read(folder), CONFIG, NOW, 1)
    hand_back(folder, "extraction-1-untouched", forms.EXTRACTION, before)
    assert read(folder).outcomes.rows == []
    assert forms.extraction_form(read(folder), CONFIG, NOW, 1) == before


def test_one_extraction_is_not_pooled_and_two_that_agree_are(folder):
    extract(folder, 1, "AB", 12)
    assert pooled(folder) == []
    assert forms.extraction_form(read(folder), CONFIG, NOW, 1) == []
    extract(folder, 2, "CD", 12, quote="in other words")
    assert pooled(folder) == [(12, 20)]
    assert forms.extraction_form(read(folder), CONFIG, NOW, 2) == []
    assert forms.consensus_form(read(folder), CONFIG, NOW) == []
    source = select_counts(read(folder), CONFIG, "orr", "all", NOW).rows[0]["from"]
    assert source["row_id"] == "one-article-one-arm-orr-1, one-article-one-arm-orr-2"


@pytest.mark.parametrize(
    ("other", "differs"),
    [
        ({"events": 13}, "events: AB 12, CD 13"),
        ({"assessor": "investigator"}, "assessor: AB independent, CD investigator"),
        ({"timepoint": "at 12 months"}, "timepoint: AB best response, CD at 12 months"),
        ({"reported_percent": "60"}, "reported_percent: AB nothing, CD 60"),
    ],
)
def test_a_difference_waits_for_a_consensus(folder, other, differs):
    extract(folder, 1, "AB", 12)
    extract(folder, 2, "CD", 12, **other)
    assert pooled(folder) == []
    (row,) = forms.consensus_form(read(folder), CONFIG, NOW)
    assert row["differs"] == differs
    assert not row[next(iter(other))], "the cell they differ on is empty"
    assert row["n"] == 20, "the cells they agree on are there"
    row |= {"events": 14, "timepoint": "best response", "assessor": "independent"}
    row |= {"extractor": "AB, CD", "date": "2025-04-01", "locator": "Table 2"}
    hand_back(folder, "consensus-AB-CD", forms.EXTRACTION, [row])
    assert pooled(folder) == [(14, 20)]
    assert forms.consensus_form(read(folder), CONFIG, NOW) == []


def test_a_result_that_only_one_found_is_asked_about(folder):
    extract(folder, 1, "AB", 12)
    extract(folder, 2, "CD", 12)
    rows = read(folder).outcomes.rows
    late = {**rows[0], "row_id": "late", "timepoint": "at 12 months", "events": 9}
    hand_back(folder, "extraction-1-more", forms.EXTRACTION, [late])
    (row,) = forms.consensus_form(read(folder), CONFIG, NOW)
    assert (row["differs"], row["timepoint"]) == ("only AB has this result", "at 12 months")
    assert pooled(folder) == [(12, 20)]


def test_a_correction_of_ones_own_extraction_counts_anew(folder):
    extract(folder, 1, "AB", 12)
    extract(folder, 2, "CD", 13)
    first = next(row for row in read(folder).outcomes.rows if row["extractor"] == "AB" and row["outcome"] == "orr")
    mended = {
        **first,
        "row_id": "mended",
        "events": 13,
        "corrects": first["row_id"],
        "reason": "misread",
        "date": "2025-05-01",
    }
    hand_back(folder, "extraction-1-mended", [*mended], [mended])
    assert pooled(folder) == [(13, 20)]
    before = Horizon(date(2025, 4, 30), reconstructed=False)
    assert select_counts(read(folder), CONFIG, "orr", "all", before).rows == []


def test_a_report_that_was_entered_as_a_consensus_at_once_is_done(folder):
    row = {"row_id": "x", "arm_id": "one-arm", "outcome": "orr", "timepoint": "best", "population": "all", "assessor": "independent", "events": 3, "n": 20, "report_id": "one-article", "locator": "t", "extractor": "the paper", "role": "consensus", "date": "2025-01-01"}  # fmt: skip
    (folder / FILES["outcomes"]).write_bytes(csv_table([*row], [row]))
    assert forms.extraction_form(read(folder), CONFIG, NOW, 1) == []
    assert pooled(folder) == [(3, 20)]


def test_the_newest_report_comes_first(folder):
    reports = [report("one-article", "2024"), report("one-update", "2025-06"), report("one-notice", "2026")]
    reports[2]["kind"] = "correction"
    (folder / FILES["reports"]).write_bytes(csv_table([*reports[0]], reports))
    rows = forms.extraction_form(read(folder), CONFIG, NOW, 1)
    assert [row["report_id"] for row in rows] == ["one-update"] * 2 + ["one-article"] * 2


def test_a_list_under_a_strange_name_is_refused_with_the_names_that_are_known(folder):
    hand_back(folder, "mine", forms.EXTRACTION, [])
    (problem,) = read_evidence(folder, SCHEMAS).problems[:1]
    assert problem.stops and "data/returned/mine.csv" in str(problem) and "extraction, consensus" in str(problem)


def test_a_mistake_in_a_list_is_named_with_its_file(folder):
    rows = forms.extraction_form(read(folder), CONFIG, NOW, 1)
    rows[0] |= {"events": "twelve", "date": "1.3.2025"}
    hand_back(folder, "extraction-1-AB", forms.EXTRACTION, rows)
    messages = [str(problem) for problem in read_evidence(folder, SCHEMAS).problems if problem.stops]
    assert all(message.startswith("data/returned/extraction-1-AB.csv, row 2") for message in messages)
    assert {"assessor", "events", "date", "locator", "extractor"} <= {
        message.split("column ")[1].split(":")[0].split(",")[0] for message in messages
    }


def test_the_same_answer_handed_back_twice_is_refused(folder):
    extract(folder, 1, "AB", 12)
    text = (folder / "data/returned/extraction-1-AB.csv").read_bytes()
    (folder / "data/returned/extraction-1-again.csv").write_bytes(text)
    messages = [str(problem) for problem in read_evidence(folder, SCHEMAS).problems]
    assert any(
        "data/returned/extraction-1-again.csv, row 2" in m and "repeats the key of row 2 of" in m for m in messages
    )


CELLS = st.dictionaries(st.sampled_from(COMPARED), st.integers(0, 3), max_size=4)


@given(st.lists(CELLS, min_size=1, max_size=4), st.integers(1, 3))
def test_what_counts_is_what_all_agree_on(told, asked):
    """For any cells: something counts when and only when enough extractors say exactly the same."""
    rows = []
    for number, cells in enumerate(told):
        row = Row({"report_id": "r", "arm_id": "a", "outcome": "o", "population": "all", "timepoint": "t", "assessor": "x", "role": "extractor", "extractor": f"E{number}", "row_id": f"{number}", "date": "2025-01-01"} | cells)  # fmt: skip
        row.file, row.line = "f", number
        rows.append(row)
    (finding,) = findings(rows)
    alike = all(
        {column: row.get(column) for column in COMPARED} == {column: rows[0].get(column) for column in COMPARED}
        for row in rows
    )
    assert bool(finding.counting(asked)) == (alike and len(told) >= asked)
    assert bool(finding.differs) == (not alike)


def test_forms_survive_a_spreadsheet_byte_for_byte(folder):
    """Quotes, commas and what looks like a formula come back as they were, through a reader of spreadsheets."""
    said = '=1+1, "so it says"'
    extract(folder, 1, "AB", 12, quote=said)
    path = folder / "data" / "returned" / "extraction-1-AB.csv"
    shown = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    assert shown[0]["quote"] == f"'{said}", "a spreadsheet shows it and does not compute it"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*shown[0]])
        writer.writeheader()
        writer.writerows(shown)
    assert read(folder).outcomes.rows[0]["quote"] == said
