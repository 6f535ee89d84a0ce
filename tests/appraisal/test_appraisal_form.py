"""What is still to be appraised: a form that can be handed back as it is. Studies and answers are synthetic."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from perennial.appraisal.answers import CONFLICTING, judged
from perennial.appraisal.checklists import read_checklist
from perennial.appraisal.form import appraisal_form

CHECKLIST = read_checklist(Path(__file__).parents[2] / "workflow" / "checklists" / "jbi_case_series.yaml")
LABELS = {"one": "Synthetic One", "two": "Synthetic Two"}
ITEMS = [item.id for item in CHECKLIST.items]


def form(rows: list[dict], asked: int = 2) -> list[dict]:
    return appraisal_form(judged(rows, CHECKLIST, list(LABELS)), CHECKLIST, LABELS, rows, asked)


def answer(study: str, item: str, who: str, said: str, role: str = "appraiser") -> dict:
    return {"study_id": study, "item": item, "answer": said, "appraiser": who, "role": role, "date": "2026-01-01"}


def test_nothing_appraised_asks_for_every_item_of_every_study():
    rows = form([])
    assert [(row["study_id"], row["item"]) for row in rows] == [(study, item) for study in LABELS for item in ITEMS]
    assert all("answer" not in row and row["role"] == "appraiser" for row in rows)


def test_an_item_is_done_when_two_agree():
    rows = [answer("one", "1", "AB", "yes")]
    assert ("one", "1") in {(row["study_id"], row["item"]) for row in form(rows)}
    rows.append(answer("one", "1", "CD", "yes"))
    assert ("one", "1") not in {(row["study_id"], row["item"]) for row in form(rows)}


def test_a_difference_asks_for_a_consensus_and_says_who_said_what():
    rows = [answer("one", "1", "AB", "yes"), answer("one", "1", "CD", "no")]
    (row,) = [row for row in form(rows) if row["role"] == "consensus"]
    assert (row["study_id"], row["item"], row["said"]) == ("one", "1", "AB: yes; CD: no")
    settled = [*rows, answer("one", "1", "AB, CD", "unclear", "consensus")]
    assert ("one", "1") not in {(row["study_id"], row["item"]) for row in form(settled)}


ANSWERS = st.lists(
    st.builds(answer, st.sampled_from(["one", "two"]), st.sampled_from(ITEMS), st.sampled_from("ABC"), st.sampled_from(["yes", "no"]), st.sampled_from(["appraiser", "consensus"])),
    max_size=40,
)  # fmt: skip


@given(ANSWERS, st.integers(1, 3))
def test_what_is_asked_and_what_is_done_are_everything(rows, asked):
    """Each study and item is asked for once, or it has an answer that counts; never both, never neither."""
    appraisal = judged(rows, CHECKLIST, list(LABELS))
    wanted = [(row["study_id"], row["item"]) for row in form(rows, asked)]
    assert len(wanted) == len(set(wanted))
    for place, cell in appraisal.cells.items():
        people = {row["appraiser"] for row in rows if (row["study_id"], row["item"]) == place and row["role"] == "appraiser"}  # fmt: skip
        settled = any(row["role"] == "consensus" for row in rows if (row["study_id"], row["item"]) == place)
        done = cell.state != CONFLICTING and (settled or len(people) >= asked)
        assert (place in wanted) != done
