"""The flow diagram of a version that only its printed counts tell of: they are kept, added up and never added to."""

import csv
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.screening.flow import BOXES, NOUNS, flow_from_legacy

LEGACY = Path(__file__).parents[2] / "data" / "screening" / "legacy.csv"


def row(box: str, count: int, reason: str = "") -> dict:
    cells = {"version": "2001-02-03", "box": box, "count": count, "locator": f"Synthetic 2001, {box}"}
    return cells | ({"reason": reason} if reason else {})


def box_of(flow: dict, name: str) -> dict:
    return next(box for box in flow["boxes"] if box["id"] == name)


@st.composite
def legacy_rows(draw):
    """Any boxes, each with or without its whole and with any reasons, which may disagree with the whole."""
    keys = draw(st.sets(st.tuples(st.sampled_from(list(NOUNS)), st.sampled_from(["", "one", "two", "a + b = c"]))))
    return [row(box, draw(st.integers(0, 50)), reason) for box, reason in sorted(keys)]


def test_the_published_review():
    with LEGACY.open(encoding="utf-8", newline="") as file:
        rows = [{**cells, "count": int(cells["count"])} for cells in csv.DictReader(file)]
    flow = flow_from_legacy([cells for cells in rows if cells["version"] == "2025-05-20"])
    counts = {box["id"]: box["count"] for box in flow["boxes"]}
    told = {"records_identified": 18, "records_excluded": 9, "studies_included": 9, "reports_included": 9}
    assert counts == dict.fromkeys(BOXES) | told
    assert [each["count"] for each in box_of(flow, "records_excluded")["reasons"]] == [4, 5]
    assert [each["statement"] for each in flow["reconciled"]] == [
        "9 excluded = 4 insufficient post-CAR-T outcome data + 5 fewer than 10 patients per cohort",
        "18 records identified = 9 excluded + 9 reports included",
    ]
    assert all(each["holds"] for each in flow["reconciled"])
    assert "Records screened" in flow["missing"] and len(flow["missing"]) == 6


def test_no_rows_leave_every_box_unknown():
    flow = flow_from_legacy([])
    assert flow["version"] is None
    assert [box["count"] for box in flow["boxes"]] == [None] * len(BOXES)
    assert flow["missing"] == list(BOXES.values())
    assert flow["reconciled"] == flow["notes"] == []


@given(legacy_rows())
def test_nothing_is_invented(rows):
    flow = flow_from_legacy(rows)
    assert json.loads(json.dumps(flow)) == flow
    assert [box["id"] for box in flow["boxes"]] == list(BOXES)
    for box in flow["boxes"]:
        of_box = [each for each in rows if each["box"] == box["id"]]
        wholes = [each["count"] for each in of_box if "reason" not in each]
        parts = [(each["reason"], each["count"]) for each in of_box if "reason" in each]
        assert [(each["reason"], each["count"]) for each in box["reasons"]] == parts
        worked_out = [sum(count for _, count in parts)] if parts else [None]
        assert [box["count"]] == (wholes or worked_out)
        assert (box["label"] in flow["missing"]) == (not of_box) == (box["locator"] is None)


@given(legacy_rows())
def test_a_sum_holds_exactly_when_its_sides_agree(rows):
    flow = flow_from_legacy(rows)
    for each in flow["reconciled"]:
        assert each["holds"] == (each["left"] == each["right"])
        assert each["statement"].startswith(f"{each['left']} ")


@given(legacy_rows())
def test_a_sum_is_drawn_up_only_where_both_sides_are_known(rows):
    flow, named = flow_from_legacy(rows), {(each["box"], "reason" in each) for each in rows}
    with_parts = sum({(box, True), (box, False)} <= named for box in NOUNS)
    boxes = {box for box, _ in named}
    in_and_out = {"records_identified", "records_excluded"} <= boxes
    in_and_out &= bool({"studies_included", "reports_included"} & boxes)
    assert len(flow["reconciled"]) == with_parts + in_and_out


@given(legacy_rows(), st.randoms())
def test_the_order_of_boxes_does_not_depend_on_that_of_rows(rows, random):
    shuffled = random.sample(rows, len(rows))
    plain = [(box["id"], box["count"]) for box in flow_from_legacy(rows)["boxes"]]
    assert [(box["id"], box["count"]) for box in flow_from_legacy(shuffled)["boxes"]] == plain


def test_counts_that_disagree_are_kept_and_said_not_to_hold():
    flow = flow_from_legacy(
        [
            row("records_identified", 20),
            row("records_excluded", 9),
            row("records_excluded", 4, "one"),
            row("studies_included", 9),
        ]
    )
    assert box_of(flow, "records_excluded")["count"] == 9
    assert flow["reconciled"] == [
        {"statement": "9 excluded = 4 one", "left": 9, "right": 4, "holds": False},
        {
            "statement": "20 records identified = 9 excluded + 9 studies included",
            "left": 20,
            "right": 18,
            "holds": False,
        },
    ]


def test_a_whole_that_is_not_given_is_the_sum_of_its_reasons_and_proves_nothing():
    flow = flow_from_legacy([row("records_excluded", 4, "one"), row("records_excluded", 5, "two")])
    assert box_of(flow, "records_excluded")["count"] == 9
    assert flow["reconciled"] == []


def test_several_reports_of_a_study_are_balanced_as_reports():
    counts = {"records_identified": 100, "records_excluded": 80, "studies_included": 12, "reports_included": 20}
    (balance,) = flow_from_legacy([row(box, count) for box, count in counts.items()])["reconciled"]
    assert balance["holds"] and balance["right"] == 100


def test_exclusions_at_any_stage_are_not_said_to_be_of_screening():
    flow = flow_from_legacy([row("records_excluded", 9)])
    assert box_of(flow, "records_excluded")["label"] == "Records excluded, stage not reported"
    assert box_of(flow, "reports_excluded")["count"] is None
    assert flow["notes"]


def test_an_empty_reason_is_the_whole_box():
    assert box_of(flow_from_legacy([row("records_identified", 3) | {"reason": ""}]), "records_identified")["count"] == 3


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            [row("records_identified", 1), row("records_excluded", 1) | {"version": "2002-01-01"}],
            "more than one version",
        ),
        ([row("records_imagined", 1)], "no such box: records_imagined"),
    ],
)
def test_rows_that_are_of_no_one_version_or_no_box_are_refused(rows, message):
    with pytest.raises(ValueError, match=message):
        flow_from_legacy(rows)
