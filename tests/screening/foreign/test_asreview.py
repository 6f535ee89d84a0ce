"""ASReview's tables and RIS, written here the way ASReview writes them, for synthetic records."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perennial.screening.foreign.asreview import COLUMNS
from perennial.screening.foreign.read import read_decisions
from perennial.screening.foreign.sidecar import DecisionSidecar

LABELS = {"1": "include", "0": "exclude", "1.0": "include", "0.0": "exclude", "": None, "-1": None, "-1.0": None}
IN_NOTES = {"relevant": "include", "irrelevant": "exclude", "not_seen": None, "": None}


def sidecar(**values) -> DecisionSidecar:
    return DecisionSidecar(
        **{"tool": "asreview", "stage": "title_abstract", "date": "2025-01-31", "reviewers": {"me": "AB"}} | values
    )


def table(rows: list[dict]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, ["title", *(rows[0] if rows else [])], lineterminator="\n")
    writer.writeheader()
    for number, row in enumerate(rows, 1):
        writer.writerow({"title": f"Synthetic record {number}", **row})
    return text.getvalue().encode()


@settings(max_examples=60)
@given(column=st.sampled_from(COLUMNS), labels=st.lists(st.sampled_from(list(LABELS)), min_size=1, max_size=8))
def test_labels_in_a_column(column: str, labels: list[str]) -> None:
    reading = read_decisions({"a.csv": table([{column: label} for label in labels])}, sidecar())
    assert [(each.position, each.decision, each.reviewer, each.date) for each in reading.decisions] == [
        (place, LABELS[label], "AB", "2025-01-31") for place, label in enumerate(labels, 1) if LABELS[label]
    ]
    assert [each.position for each in reading.undecided] == [
        place for place, label in enumerate(labels, 1) if not LABELS[label]
    ]


@settings(max_examples=60)
@given(
    records=st.lists(
        st.tuples(
            st.sampled_from(list(IN_NOTES)),
            st.sampled_from(["", "Other words", "Other words."]),
            st.booleans(),
            st.sampled_from(["{}", "<p>{}</p>"]),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_labels_in_notes(records: list[tuple[str, str, bool, str]]) -> None:
    text = ""
    for number, (label, other, prior, form) in enumerate(records, 1):
        marked = [f"ASReview_{label}"] * bool(label) + ["ASReview_prior"] * (prior and bool(label))
        notes = [*marked, other] if number % 2 else [" ".join(filter(None, [other, *marked]))]
        lines = "".join(f"N1  - {form.format(note)}\n" for note in notes if note)
        text += f"TY  - GEN\nTI  - Synthetic record {number}\n{lines}ER  - \n\n"
    reading = read_decisions({"a.ris": text.encode()}, sidecar())
    decided = [(place, *record) for place, record in enumerate(records, 1) if IN_NOTES[record[0]]]
    assert [(each.position, each.decision) for each in reading.decisions] == [
        (place, IN_NOTES[label]) for place, label, *_ in decided
    ]
    for each, (_, _, other, prior, _) in zip(reading.decisions, decided, strict=True):
        assert each.note == ("known before the screening" if prior else "")
        assert [text for tag, text in each.record.extra if tag == "N1"] == ([other] if other else [])
    assert len(reading.undecided) == len(records) - len(decided)
    assert not reading.set_aside


def test_what_version_2_tells_beside_the_label() -> None:
    told = {"asreview_time": "2025-02-03T04:05:06Z", "asreview_note": "small", "asreview_prior": "0"}
    rows = [
        {"included": "0", "asreview_label": "1", **told, "asreview_user_id": "7"},
        {
            "included": "1",
            "asreview_label": "0",
            **told,
            "asreview_time": "1738555200.5",
            "asreview_user_id": "8",
        },
    ]
    first, second = read_decisions({"a.csv": table(rows)}, sidecar(reviewers={"7": "AB"})).decisions
    assert (first.decision, first.reviewer, first.date, first.note) == ("include", "AB", "2025-02-03", "small")
    assert (second.decision, second.reviewer, second.date) == ("exclude", "reviewer 1", "2025-02-03")
    assert ("included", "0") in first.record.extra and "asreview" not in repr(first.record)


def test_labels_that_are_none_are_set_aside() -> None:
    reading = read_decisions({"a.csv": table([{"included": "1"}, {"included": "perhaps"}])}, sidecar())
    (aside,) = reading.set_aside
    assert aside.position == 2 and aside.text == "Synthetic record 2: perhaps"
    assert aside.reason == "a.csv: 'perhaps' in the column included is none of 1, 0, -1"
    twice = "TY  - GEN\nTI  - Synthetic record 1\nN1  - ASReview_relevant\nN1  - ASReview_{}\nER  - \n"
    reading = read_decisions({"a.ris": twice.format("irrelevant").encode()}, sidecar())
    assert [each.reason for each in reading.set_aside] == ["a.ris: its labels contradict each other"]
    assert not reading.decisions and "no decision was found in any record" in reading.notes
    reading = read_decisions({"a.ris": twice.format("relevant").encode()}, sidecar())
    assert [each.decision for each in reading.decisions] == ["include"]


@pytest.mark.parametrize("reviewers", [{}, {"a": "AB", "b": "CD"}])
def test_nobody_knows_who_decided(reviewers: dict[str, str]) -> None:
    reading = read_decisions({"a.csv": table([{"included": "1"}])}, sidecar(reviewers=reviewers))
    assert [each.reviewer for each in reading.decisions] == ["reviewer 1"]
    assert any("reviewer 1" in note for note in reading.notes)
