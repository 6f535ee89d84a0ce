"""Which answer counts, whatever the order of the rows. The studies are synthetic."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.appraisal.answers import Cell, Conflict, judged, known_by
from perennial.appraisal.checklists import read_checklist
from perennial.tables import load_schema, read_table

WORKFLOW = Path(__file__).parents[2] / "workflow"
ROB2 = read_checklist(WORKFLOW / "checklists" / "rob2.yaml")
STUDIES = ["synthetic-1", "synthetic-2"]


def said(answer: str, by: str = "ab", day: int = 1, role: str = "appraiser", **more) -> dict:
    fixed = {"study_id": "synthetic-1", "item": "D1", "support": f"words of {by}, day {day}"}
    return {**fixed, "answer": answer, "appraiser": by, "role": role, "date": f"2026-01-{day:02}", **more}


def cell(*rows: dict) -> Cell:
    return judged(rows, ROB2, STUDIES).cells["synthetic-1", "D1"]


@pytest.mark.parametrize(
    ("rows", "answer", "state"),
    [
        ([], "", "not appraised"),
        ([said("low")], "low", "one appraiser"),
        ([said("low"), said("high", day=2)], "high", "one appraiser"),
        ([said("low"), said("low", "cd")], "low", "agreed"),
        ([said("low"), said("high", "cd")], "", "conflict"),
        ([said("low"), said("high", "cd"), said("high", day=3)], "high", "agreed"),
        ([said("low"), said("low", "cd"), said("high", "cd", day=2)], "", "conflict"),
        ([said("low"), said("low", "cd"), said("some_concerns", "ef")], "", "conflict"),
        ([said("low"), said("high", "cd"), said("some_concerns", "ab, cd", 2, "consensus")], "some_concerns", "agreed"),
        ([said("low"), said("high", "cd", day=9), said("low", "ab, cd", 2, "consensus")], "low", "agreed"),
        ([said("low", "ab, cd", 2, "consensus"), said("high", "ab, cd", 3, "consensus")], "high", "agreed"),
        ([said("low", "ab", 2, "consensus"), said("high", "cd", 2, "consensus")], "", "conflict"),
        ([said("low", "ab", 2, "consensus"), said("high", "cd", 3, "consensus")], "high", "agreed"),
    ],
)
def test_which_answer_counts(rows, answer, state):
    for order in (rows, rows[::-1]):
        assert (cell(*order).answer, cell(*order).state) == (answer, state)


def test_support_is_of_the_answers_that_count():
    rows = [said("low"), said("high", "cd"), said("low", "ab", 2)]
    assert cell(*rows).support == ("words of ab, day 2", "words of cd, day 1")
    assert cell(*rows, said("high", "both", 3, "consensus")).support == ("words of both, day 3",)
    assert cell(said("low", support="")).support == ()
    silent = said("low")
    del silent["support"]
    assert cell(silent).support == ()


def test_conflicts_tell_who_said_what():
    rows = [said("high", "cd"), said("low"), said("low", item="D2"), said("low", "cd", item="D2")]
    assert judged(rows, ROB2, STUDIES).conflicts == [Conflict("synthetic-1", "D1", (("ab", "low"), ("cd", "high")))]
    settled = [*rows, said("low", "ab, cd", 5, "consensus")]
    assert judged(settled, ROB2, STUDIES).conflicts == []


def test_only_answers_given_by_the_day_are_known():
    rows = [said("low"), said("high", "cd", 2), said("high", "ab, cd", 3, "consensus")]
    states = [cell(*known_by(rows, date(2025, 12, 31)))] + [
        cell(*known_by(rows, date(2026, 1, day))) for day in (1, 2, 3)
    ]
    assert [(each.answer, each.state) for each in states] == [
        ("", "not appraised"),
        ("low", "one appraiser"),
        ("", "conflict"),
        ("high", "agreed"),
    ]


def test_no_study_and_no_answer():
    assert judged([], ROB2, []).cells == {}
    empty = judged([], ROB2, STUDIES)
    assert set(empty.cells) == {(study, item.id) for study in STUDIES for item in ROB2.items}
    assert set(empty.cells.values()) == {Cell("", "not appraised", ())}
    assert empty.conflicts == []


def test_studies_that_were_not_asked_for_are_named():
    appraisal = judged([said("low", study_id="synthetic-9"), said("low")], ROB2, STUDIES)
    assert appraisal.elsewhere == ("synthetic-9",)
    assert {study for study, _ in appraisal.cells} == set(STUDIES)


@pytest.mark.parametrize(
    ("column", "value", "remedy"),
    [("answer", "yes", "low, some_concerns, high"), ("item", "D6", "D1, D2, D3, D4, D5, overall")],
)
def test_unknown_words_are_refused_by_row_and_column(column, value, remedy):
    rows = [said("low"), said("low", "cd", **{column: value})] if column == "item" else [said("low"), said(value, "cd")]
    with pytest.raises(ValueError, match="is not known to RoB 2") as caught:
        judged(rows, ROB2, STUDIES)
    message = str(caught.value)
    assert message.startswith("data/appraisal/rob2.csv, synthetic-1, item ") and "cd, 2026-01-01" in message
    assert f"column {column}: {value!r}" in message and message.endswith(f"Remedy: use one of {remedy}.")
    assert "\n" not in message


def test_a_table_is_read_against_its_schema_and_errors_name_its_rows(tmp_path):
    schema = load_schema(WORKFLOW / "schemas" / "appraisal.schema.yaml")
    path, file = tmp_path / "rob2.csv", "data/appraisal/rob2.csv"
    assert read_table(path, file, schema).readable, "the table may be absent"
    head = "study_id,item,answer,support,appraiser,role,date\n"
    path.write_text(head + "synthetic-1,overall,high,p. 3,ab,appraiser,2026-01-01\n", encoding="utf-8")
    table = read_table(path, file, schema)
    assert not table.problems
    assert judged(table.rows, ROB2, STUDIES).cells["synthetic-1", "overall"] == Cell("high", "one appraiser", ("p. 3",))

    path.write_text(head + "\nsynthetic-1,D1,5,,ab,appraiser,2026-01-01\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"rob2\.csv, row 3, synthetic-1, item D1.*column answer: '5'"):
        judged(read_table(path, file, schema).rows, ROB2, STUDIES)

    twice = "synthetic-1,D1,low,,ab,appraiser,2026-01-01\nsynthetic-1,D1,high,,ab,appraiser,2026-01-01\n"
    wrong = "synthetic-1,D2,low,,ab,arbiter,2026-01\n"
    path.write_text(head + twice + wrong, encoding="utf-8")
    assert {problem.row for problem in read_table(path, file, schema).problems} == {3, 4}


ROWS = st.lists(
    st.builds(
        said,
        st.sampled_from(["low", "some_concerns", "high"]),
        st.sampled_from(["ab", "cd", "ef"]),
        st.integers(1, 4),
        st.sampled_from(["appraiser", "appraiser", "consensus"]),
        study_id=st.sampled_from(STUDIES),
        item=st.sampled_from(["D1", "overall"]),
    ),
    max_size=14,
)


@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows, random):
    assert judged(random.sample(rows, len(rows)), ROB2, STUDIES) == judged(rows, ROB2, STUDIES)


@given(ROWS)
def test_every_cell_is_what_was_said_and_nothing_else(rows):
    """The rule told once more, the slow way: day by day."""
    appraisal = judged(rows, ROB2, STUDIES)
    for (study, item), found in appraisal.cells.items():
        settled, last = set(), {}
        for day in range(1, 5):
            today = [row for row in rows if (row["study_id"], row["item"], int(row["date"][-2:])) == (study, item, day)]
            settled = {row["answer"] for row in today if row["role"] == "consensus"} or settled
            for by in ("ab", "cd", "ef"):
                words = {row["answer"] for row in today if row["appraiser"] == by and row["role"] == "appraiser"}
                last[by] = words or last.get(by, set())
        voices = [words for words in last.values() if words]
        answers = settled or set().union(*voices)
        assert found.answer == (min(answers) if len(answers) == 1 else "")
        expected = ["not appraised", "agreed" if settled or len(voices) > 1 else "one appraiser", "conflict"]
        assert found.state == expected[min(len(answers), 2)]
    conflicting = [key for key, found in appraisal.cells.items() if found.state == "conflict"]
    assert [(each.study, each.item) for each in appraisal.conflicts] == conflicting
    assert all(len({answer for _, answer in each.answers}) > 1 for each in appraisal.conflicts)
