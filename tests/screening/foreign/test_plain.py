"""Tables and RIS with a column for decisions; and what we export, read again."""

import csv
import io

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perennial.csv_table import csv_table, read_csv
from perennial.records.record import Link, Record
from perennial.records.text import one_line
from perennial.screening.foreign.decision import DECISIONS, ForeignDecision
from perennial.screening.foreign.ledger import COLUMNS, to_table
from perennial.screening.foreign.plain import WORDS
from perennial.screening.foreign.read import NotDecisions, read_decisions
from perennial.screening.foreign.sidecar import TOOLS, DecisionSidecar
from perennial.screening.standing import STAGES

OURS = {each: each for each in COLUMNS if each != "title"}
PLAIN = {"decision": "Decision"}


def sidecar(**values) -> DecisionSidecar:
    fixed = {
        "tool": "table",
        "stage": "title_abstract",
        "date": "2025-01-31",
        "reviewers": {"x": "AB"},
        "columns": PLAIN,
    }
    return DecisionSidecar(**fixed | values)


def table(rows: list[list[str]], sign: str = ",") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=sign, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.text("=+-@'\" 1,;\n", max_size=6)
texts = anything.map(one_line)
some = texts.filter(bool)
records = st.builds(
    Record,
    source=st.sampled_from(["unknown", "pmid"]),
    accession=st.sampled_from(["", "12"]),
    title=texts,
    authors=st.lists(some, max_size=2).map(tuple),
    abstract=texts,
    keywords=st.lists(some, max_size=2).map(tuple),
    links=st.lists(st.builds(Link, some, texts, texts), max_size=1).map(tuple),
    extra=st.lists(st.tuples(some, some), max_size=2).map(tuple),
)
decisions = st.builds(
    ForeignDecision,
    position=st.integers(1, 10**6),
    record=records,
    stage=st.sampled_from(STAGES),
    reviewer=st.sampled_from(["AB", "reviewer 2", "consensus", "first-pass", "reviewer 1"]),
    decision=st.sampled_from(DECISIONS),
    reasons=st.lists(some, max_size=3).map(tuple),
    date=st.dates().map(str),
    note=texts,
)


@settings(max_examples=150)
@given(made=st.lists(decisions, max_size=6))
def test_exported_and_read_again(made: list[ForeignDecision]) -> None:
    known = sidecar(columns=OURS, reviewers={"Ann Example": "AB", "somebody": "first-pass"}, stage="full_text")
    reading = read_decisions({"again.csv": to_table(made)}, known)
    assert reading.decisions == made
    assert not reading.undecided and not reading.set_aside


@given(cells=st.lists(st.text("'=+-@1. a", max_size=6), min_size=1, max_size=5))
def test_a_table_keeps_apostrophes_and_hides_formulas(cells: list[str]) -> None:
    columns = [str(number) for number in range(len(cells))]
    row = dict(zip(columns, cells, strict=True))
    assert read_csv(csv_table(columns, [row])) == [row]


@settings(max_examples=60)
@given(
    said=st.lists(st.sampled_from([*WORDS, "", "perhaps", "INCLUDE", " No "]), min_size=1, max_size=8),
    sign=st.sampled_from(",;\t|"),
)
def test_words(said: list[str], sign: str) -> None:
    rows = [[f"Synthetic record {number}", word] for number, word in enumerate(said, 1)]
    reading = read_decisions({"a.csv": table([["Title", "Decision"], *rows], sign)}, sidecar())
    meant = {place: WORDS.get(word.strip().lower()) for place, word in enumerate(said, 1)}
    assert {each.position: each.decision for each in reading.decisions} == {p: w for p, w in meant.items() if w}
    assert [each.position for each in reading.undecided] == [p for p, word in enumerate(said, 1) if not word]
    for aside in reading.set_aside:
        assert said[aside.position - 1] == "perhaps" and aside.line == aside.position + 1
        assert aside.reason.startswith("a.csv: 'perhaps' is no decision") and f"record {aside.position}" in aside.text
    assert len(reading.set_aside) == said.count("perhaps")


def test_the_columns_of_a_table() -> None:
    columns = {
        "record_id": "id",
        "decision": "verdict",
        "reviewer": "who",
        "reason": "why",
        "date": "date",
        "note": "said",
    }
    header = ["id", "Title", "who", "verdict", "why", "date", "said", "Year"]
    rows = [
        ["pmid:17", "Synthetic record 1", "Ann Example", "no", "small", "2025-02-03", "sure", "2019"],
        ["pmid:17", "Synthetic record 1", "Bob", "yes", "", "3/2/25", "", "2019"],
        ["digest:00aa", "", "Bob", "maybe", "", "", "", ""],
        ["R-5", "Synthetic record 5", "Bob", "yes", "", "", "", ""],
        ["", "", "Bob", "yes", "", "", "", ""],
        ["R-7", "Synthetic record 7"],
        ["R-8", "Synthetic record 8", "", "", "", "", "", "", "too many"],
    ]
    reading = read_decisions(
        {"a.csv": table([header, *rows])}, sidecar(columns=columns, reviewers={"Ann Example": "AE"})
    )
    first, second, third, fourth = reading.decisions
    assert (first.record.record_id, first.record.pmid, first.record.published) == ("pmid:17", "17", "2019")
    assert (first.reviewer, first.decision, first.reasons, first.date, first.note) == (
        "AE",
        "exclude",
        ("small",),
        "2025-02-03",
        "sure",
    )
    assert (second.reviewer, second.date, second.note) == ("reviewer 1", "2025-01-31", "date as given: 3/2/25")
    assert third.record.record_id == "digest:00aa"
    assert ("record_id", "R-5") in fourth.record.extra and fourth.record.title == "Synthetic record 5"
    assert [(each.position, each.line, each.reason) for each in reading.set_aside] == [
        (5, 6, "a.csv: no title, abstract or identifier"),
        (7, 8, "a.csv: the row has 9 cells, the header 8"),
    ]
    assert [(each.position, each.record.title) for each in reading.undecided] == [(6, "Synthetic record 7")]
    assert "Ann" not in repr(reading.decisions) and "Bob" not in repr(reading.decisions)


def test_the_ledger_itself_can_be_given() -> None:
    ledger = (
        b"record_id,stage,reviewer,decision,reason,date,note\npmid:17,full_text,AB,exclude,n_below_10,2025-02-03,'=x\n"
    )
    columns = {each: each for each in ("record_id", "stage", "reviewer", "decision", "reason", "date", "note")}
    (decision,) = read_decisions({"decisions.csv": ledger}, sidecar(columns=columns)).decisions
    assert (decision.record.record_id, decision.stage, decision.reasons) == ("pmid:17", "full_text", ("n_below_10",))
    assert (decision.reviewer, decision.note) == ("AB", "=x")


def test_a_spreadsheet() -> None:
    book = openpyxl.Workbook()
    book.active.title = "read me"
    book.active.append(["Please decide"])
    sheet = book.create_sheet("records")
    for row in (
        ["Title", "Decision"],
        ["Synthetic record 1", 1],
        ["Synthetic record 2", "maybe"],
        ["Synthetic record 3", None],
    ):
        sheet.append(row)
    data = io.BytesIO()
    book.save(data)
    reading = read_decisions({"a.xlsx": data.getvalue()}, sidecar())
    assert [(each.record.title, each.decision) for each in reading.decisions] == [
        ("Synthetic record 1", "include"),
        ("Synthetic record 2", "maybe"),
    ]
    assert len(reading.undecided) == 1
    assert reading.notes == ["a.xlsx: the sheet 'read me' was passed over (1 rows)"]


def test_plain_ris() -> None:
    record = "TY  - JOUR\nTI  - Synthetic record {}\n{}ER  - \n\n"
    notes = [
        "N1  - Include\nN1  - well made\nC4  - AB\n",
        "N1  - perhaps\n",
        "",
        "N1  - yes\nN1  - no\n",
        "N1  - exclude\n",
    ]
    text = "".join(record.format(number, note) for number, note in enumerate(notes, 1))
    reading = read_decisions(
        {"a.ris": text.encode()}, sidecar(columns={"decision": "N1", "reviewer": "C4"}, reviewers={})
    )
    assert [(each.position, each.decision, each.note, each.reviewer) for each in reading.decisions] == [
        (1, "include", "well made", "reviewer 1"),
        (5, "exclude", "", "reviewer 2"),
    ]
    assert [(each.position, each.line) for each in reading.set_aside] == [(2, 8), (4, 17)]
    assert [each.position for each in reading.undecided] == [3]
    with pytest.raises(NotDecisions, match=r"a\.ris: there is no column 'LB'\. Remedy: "):
        read_decisions({"a.ris": text.encode()}, sidecar(columns={"decision": "LB"}))


def test_several_files_go_on_counting() -> None:
    one = table([["Title", "Decision"], ["Synthetic record 1", "yes"], ["Synthetic record 2", "hm"]])
    reading = read_decisions({"b.csv": one, "a.csv": one}, sidecar())
    assert [each.position for each in reading.decisions] == [1, 3]
    assert [(each.position, each.reason[:5]) for each in reading.set_aside] == [(2, "a.csv"), (4, "b.csv")]
    again = to_table(reading.decisions)
    twice = read_decisions({"a.csv": again, "b.csv": again}, sidecar(columns=OURS))
    assert [each.position for each in twice.decisions] == [1, 3, 4, 6]


def test_a_column_that_is_not_there() -> None:
    data = table([["Title", "Decision"], ["Synthetic record 1", "yes"]])
    with pytest.raises(NotDecisions, match=r"a\.csv: there is no column 'verdict'\. Remedy: "):
        read_decisions({"a.csv": data}, sidecar(columns={"decision": "verdict"}))
    with pytest.raises(NotDecisions, match=r"a\.csv: there is no column 'who', 'when'\. Remedy: "):
        read_decisions({"a.csv": data}, sidecar(columns={**PLAIN, "reviewer": "who", "date": "when"}))


def test_an_exported_record_that_was_damaged_is_set_aside() -> None:
    made = [
        ForeignDecision(
            1, Record(source="unknown", title="Synthetic record 1"), STAGES[0], "AB", "include", (), "2025-01-01", ""
        )
    ]
    damaged = to_table(made).replace(b'""source""', b'""sauce""')
    reading = read_decisions({"a.csv": damaged}, sidecar(columns=OURS))
    assert not reading.decisions
    assert reading.set_aside[0].reason.startswith("a.csv: the record is not as it was exported")


@pytest.mark.parametrize("tool", TOOLS)
@settings(max_examples=40)
@given(
    data=st.binary(max_size=60)
    | st.sampled_from([b"PK\x03\x04x", b"%PDF-1.4", b"", b"\x1f\x8b", b"TY  - \n", b"a,b\n1"])
)
def test_files_of_another_kind(tool: str, data: bytes) -> None:
    columns = PLAIN if tool == "table" else {}
    given_stage = sidecar(tool=tool, columns=columns, decision="include" if tool == "covidence" else "")
    message = refusal({"a.csv": data}, given_stage)
    assert not message or (message.startswith("a.csv: ") and "Remedy: " in message)


def refusal(files: dict[str, bytes], given_stage: DecisionSidecar) -> str:
    """Empty where the files are read."""
    try:
        assert not read_decisions(files, given_stage).decisions
    except NotDecisions as error:
        return str(error)
    return ""


@pytest.mark.parametrize("tool", TOOLS)
def test_no_file_at_all(tool: str) -> None:
    with pytest.raises(NotDecisions, match=f"no file of {tool} was given. Remedy: "):
        read_decisions({}, sidecar(tool=tool))
