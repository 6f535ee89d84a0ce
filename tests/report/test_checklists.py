"""A checklist never says more than the page holds: what was not checked does not look done."""

from pathlib import Path

import pytest
import yaml

from perennial.report.checklists import (
    EACH_OUTCOME,
    PERSON,
    REPORTED,
    STATUSES,
    UNCHECKED,
    checklist_summary,
    filled_checklist,
)

ROOT = Path(__file__).parents[2]
PRISMA, LIVING = (
    yaml.safe_load((ROOT / "workflow" / "report" / name).read_text(encoding="utf-8"))
    for name in ("prisma2020.yaml", "prisma_lsr.yaml")
)
SECTIONS = {
    *(
        "results",
        "methods",
        "search",
        "flow",
        "table-1",
        "table-2",
        "secondary",
        "bias",
        "sensitivity",
        "models",
        "audit",
    ),
    *("checks", "changes", "cite", "software"),
    *("appraisal", "exclusions"),
}
LETTERS = {10: "ab", 13: "abcdef", 16: "ab", 20: "abcd", 23: "abcd", 24: "abc"}


def row(**answer) -> dict:
    return {"number": "1", "section": "Methods", "topic": "A topic", "text": "Say it.", "answered_by": answer}


def only(answer: dict, present: set[str], outcomes=()) -> dict:
    return filled_checklist([row(**answer)], present, outcomes)[0]


def test_all_27_items_with_their_sub_items_each_once():
    expected = [f"{item}{letter}" for item in range(1, 28) for letter in LETTERS.get(item, [""])]
    assert [each["number"] for each in PRISMA] == expected
    assert len(expected) == 42


def test_rows_of_the_extension_are_called_by_topic_and_not_numbered():
    assert not any("number" in each for each in LIVING)
    assert len({each["topic"] for each in LIVING}) == len(LIVING)
    assert {each["number"] for each in filled_checklist(LIVING, SECTIONS)} == {""}


@pytest.mark.parametrize("each", [*PRISMA, *LIVING], ids=lambda each: each["topic"])
def test_every_row_has_its_words_and_one_way_of_being_answered(each):
    assert all(isinstance(each[key], str) and each[key] for key in ("section", "topic", "text"))
    answer = each["answered_by"]
    assert set(answer) in ({"sections", "how"}, {"living", "how"}, {"missing"}, {"not_in_version"})
    assert all(answer.values()) and set(answer.get("sections", [])) <= SECTIONS | {EACH_OUTCOME}


@pytest.mark.parametrize("number", ["11", "15", "16b", "18", "20a", "22"])
def test_exclusions_risk_of_bias_and_certainty_do_not_look_done_where_nobody_did_them(number):
    filled = filled_checklist(PRISMA, SECTIONS - {"appraisal", "exclusions"} | {"orr"}, ["orr"])
    assert next(each["status"] for each in filled if each["number"] == number) == UNCHECKED


@pytest.mark.parametrize("number", ["6", "7"])
def test_a_search_that_was_never_sent_does_not_look_done(number):
    filled = filled_checklist(PRISMA, SECTIONS - {"search"})
    assert next(each["status"] for each in filled if each["number"] == number) == UNCHECKED


@pytest.mark.parametrize("number", ["1", "2", "3", "24b", "24c", "25", "26"])
def test_what_only_people_know_is_left_to_them(number):
    filled = filled_checklist(PRISMA, SECTIONS | {"orr"}, ["orr"])
    assert next(each["status"] for each in filled if each["number"] == number) == PERSON


def test_a_row_points_only_to_sections_that_are_there():
    answer = {"sections": ["results", "models"], "how": "the table"}
    assert only(answer, {"models", "checks"}) == {
        "number": "1",
        "section": "Methods",
        "topic": "A topic",
        "text": "Say it.",
        "status": REPORTED,
        "where": ["models"],
        "note": "the table",
    }
    assert only(answer, {"models", "results"})["where"] == ["results", "models"]


def test_without_its_sections_a_row_was_not_checked_and_promises_nothing():
    filled = only({"sections": ["flow"], "how": "the flow diagram"}, {"results"})
    assert (filled["status"], filled["where"]) == (UNCHECKED, [])
    assert "flow diagram" not in filled["note"]


def test_the_sections_of_the_outcomes_have_the_names_of_the_review():
    answer = {"sections": [EACH_OUTCOME, "table-2"], "how": "plots"}
    assert only(answer, {"cr", "orr", "table-2"}, ["orr", "cr"])["where"] == ["orr", "cr", "table-2"]
    assert only(answer, {"orr", "table-2"}, ["orr", "cr"])["where"] == ["orr", "table-2"]
    assert only({"sections": [EACH_OUTCOME], "how": "plots"}, {"orr"})["status"] == UNCHECKED


@pytest.mark.parametrize(("way", "status"), [("missing", PERSON), ("not_in_version", UNCHECKED)])
def test_an_open_row_says_what_is_open(way, status):
    filled = only({way: "an abstract"}, SECTIONS)
    assert (filled["status"], filled["where"], filled["note"]) == (status, [], "an abstract")


@pytest.mark.parametrize(
    "answer", [{}, {"how": "somehow"}, {"sections": ["results"], "how": "so", "missing": "the rest"}]
)
def test_a_row_answered_in_no_way_or_in_two_is_refused(answer):
    with pytest.raises(ValueError, match="A topic: answered_by must hold one of"):
        only(answer, SECTIONS)


@pytest.mark.parametrize("rows", [PRISMA, LIVING], ids=["prisma", "living"])
def test_on_an_empty_page_nothing_is_reported(rows):
    filled = filled_checklist(rows, set(), ["orr"])
    assert checklist_summary(filled)[REPORTED] == 0
    assert all(each["where"] == [] for each in filled)


def test_the_summary_counts_every_row_once_and_every_status():
    filled = filled_checklist(PRISMA, SECTIONS | {"orr"}, ["orr"])
    assert tuple(checklist_summary(filled)) == STATUSES
    assert sum(checklist_summary(filled).values()) == 42
    assert all(bool(each["where"]) == (each["status"] == REPORTED) for each in filled)
    assert checklist_summary([]) == dict.fromkeys(STATUSES, 0)
