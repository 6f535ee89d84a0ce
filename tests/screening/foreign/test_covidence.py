"""Covidence's tables of reviewed records, written here the way Covidence writes them, for synthetic records."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perennial.records.text import one_line
from perennial.screening.foreign.read import NotDecisions, read_decisions
from perennial.screening.foreign.sidecar import DecisionSidecar

COLUMNS = [
    *("Title", "Authors", "Abstract", "Published Year", "Published Month", "Journal", "Volume", "Issue", "Pages"),
    *("Accession Number", "DOI", "Ref", "Covidence #", "Study", "Notes", "Tags"),
]
NAME = "review_1234_excluded_csv_20250101000000.csv"


def sidecar(**values) -> DecisionSidecar:
    return DecisionSidecar(**{"tool": "covidence", "stage": "", "date": "2025-01-31", "reviewers": {}} | values)


def table(rows: list[dict], sign: str = ",", columns: list[str] = COLUMNS) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, delimiter=sign, extrasaction="ignore", lineterminator="\r\n")
    writer.writeheader()
    for number, row in enumerate(rows, 1):
        fixed = {"Title": f"Synthetic record {number}", "Published Year": "2017", "Covidence #": f"#{number}"}
        writer.writerow(fixed | {"Study": f"Nobody {2000 + number}"} | row)
    return b"\xef\xbb\xbf" + text.getvalue().encode()


said = st.text("abcdef ,;:()äé-", max_size=30).map(lambda text: one_line(text).strip(" ;"))
people = st.sampled_from(["A. Reviewer", "Bé O'Example", "Carl-Otto Sample"])
remark = st.tuples(people, st.dates().map(str), st.sampled_from(["Select", "Included", "Screen"]), said.filter(bool))
row = st.fixed_dictionaries(
    {
        "reason": said,
        "remarks": st.lists(remark, max_size=3),
        "tags": st.lists(st.text("xyz ", min_size=1, max_size=6).map(one_line).filter(bool), max_size=2),
        "line": st.sampled_from(["; ", ";\n", "; \n"]),
    }
)


@settings(max_examples=100)
@given(rows=st.lists(row, min_size=1, max_size=5))
def test_reasons_and_remarks(rows: list[dict]) -> None:
    written = []
    for each in rows:
        parts = [f"Exclusion reason: {each['reason']}"] if each["reason"] else []
        parts += [f"{name} ({day} 01:02:03)({stage}): {text}" for name, day, stage, text in each["remarks"]]
        written.append({"Notes": "".join(part + each["line"] for part in parts), "Tags": "; ".join(each["tags"])})
    roles = {"A. Reviewer": "AR", "Bé O'Example": "BE", "Carl-Otto Sample": "CS"}
    reading = read_decisions({NAME: table(written)}, sidecar(reviewers=roles))
    assert [(each.stage, each.reviewer, each.decision, each.date) for each in reading.decisions] == [
        ("full_text", "consensus", "exclude", "2025-01-31")
    ] * len(rows)
    for decision, each in zip(reading.decisions, rows, strict=True):
        assert decision.reasons == ((each["reason"],) if each["reason"] else ())
        remarks = [f"{roles[name]} ({day}, {stage}): {text}" for name, day, stage, text in each["remarks"]]
        labels = [f"labels: {', '.join(each['tags'])}"] if each["tags"] else []
        assert decision.note == "; ".join([*remarks, *labels])
    bare = sum(not each["reason"] for each in rows)
    assert any(note.startswith(f"{bare} full texts are excluded without a reason") for note in reading.notes) == bool(
        bare
    )


@pytest.mark.parametrize(
    ("name", "stage", "decision"),
    [
        ("review_1_select_csv_20250101.csv", "title_abstract", "include"),
        ("review_1_irrelevant_csv_20250101.csv", "title_abstract", "exclude"),
        ("review_1_included_csv_20250101.csv", "full_text", "include"),
        ("Review_1_Excluded_csv_20250101 (2).csv", "full_text", "exclude"),
    ],
)
def test_the_name_tells_the_decision(name: str, stage: str, decision: str) -> None:
    reading = read_decisions({name: table([{}])}, sidecar())
    assert [(each.stage, each.decision) for each in reading.decisions] == [(stage, decision)]
    with pytest.raises(NotDecisions, match=rf"by its name these are decisions of the stage {stage}.* Remedy: "):
        read_decisions(
            {name: table([{}])}, sidecar(stage="full_text" if stage == "title_abstract" else "title_abstract")
        )


def test_all_files_of_a_review_together() -> None:
    files = {f"review_1_{word}_csv_1.csv": table([{}, {}]) for word in ("select", "irrelevant", "included", "excluded")}
    reading = read_decisions(files, sidecar())
    assert [each.position for each in reading.decisions] == list(range(1, 9))
    assert {(each.stage, each.decision) for each in reading.decisions[:2]} == {("full_text", "exclude")}


def test_a_stage_with_nothing_in_it() -> None:
    files = {"review_1_select_csv_1.csv": table([]), "review_1_irrelevant_csv_1.csv": table([{}])}
    assert [each.decision for each in read_decisions(files, sidecar()).decisions] == ["exclude"]


def test_the_sidecar_tells_what_a_name_does_not() -> None:
    with pytest.raises(NotDecisions, match=r"export\.csv: the name does not tell the decision.* Remedy: "):
        read_decisions({"export.csv": table([{}])}, sidecar(stage="full_text"))
    reading = read_decisions({"export.csv": table([{}])}, sidecar(stage="full_text", decision="include"))
    assert [(each.stage, each.decision) for each in reading.decisions] == [("full_text", "include")]
    reading = read_decisions({NAME: table([{}])}, sidecar(stage="title_abstract", decision="maybe"))
    assert [(each.stage, each.decision) for each in reading.decisions] == [("title_abstract", "maybe")]


@pytest.mark.parametrize(
    ("month", "published"),
    [("Oct", "2017-10"), ("Jun-15", "2017-06-15"), ("", "2017"), ("Mar - Apr", "2017-03"), ("09-01", "2017-09-01")],
)
def test_what_the_record_is(month: str, published: str) -> None:
    row = {"Published Month": month, "DOI": "10.1234/Synthetic", "Notes": "Exclusion reason: small; ", "Tags": "later"}
    (decision,) = read_decisions({NAME: table([row])}, sidecar()).decisions
    assert (decision.record.published, decision.record.doi) == (published, "10.1234/synthetic")
    assert ("Covidence #", "#1") in decision.record.extra
    assert "small" not in repr(decision.record) and "later" not in repr(decision.record)


def test_saved_again_with_semicolons_and_without_notes() -> None:
    rows = [{"Notes": "Exclusion reason: small; "}, {}]
    reading = read_decisions({NAME: table(rows, ";", COLUMNS[:-2])}, sidecar())
    assert [(each.record.title, each.reasons) for each in reading.decisions] == [
        ("Synthetic record 1", ()),
        ("Synthetic record 2", ()),
    ]
    assert any(note.startswith("2 full texts are excluded without a reason") for note in reading.notes)


def test_other_notes_stay() -> None:
    notes = "see the map; Exclusion reason: small, and old; A. Reviewer (2024-11-30 02:20:37)(Included): no; or yes; "
    (decision,) = read_decisions({NAME: table([{"Notes": notes}])}, sidecar()).decisions
    assert decision.reasons == ("small, and old",)
    assert decision.note == "see the map; reviewer 1 (2024-11-30, Included): no; or yes"


def test_an_export_of_extracted_data_is_refused() -> None:
    columns = ["Covidence #", "Study ID", "Title", "Reviewer Name", "Number of patients"]
    row = {"Covidence #": "1", "Reviewer Name": "Consensus", "Number of patients": "12"}
    with pytest.raises(NotDecisions, match=r"this is an export of extracted data .* Remedy: "):
        read_decisions({NAME: table([row], columns=columns)}, sidecar())
    with pytest.raises(NotDecisions, match=r"this is no export of Covidence: it has no column Covidence #\. Remedy: "):
        read_decisions({NAME: table([{}], columns=["Title", "DOI"])}, sidecar())
