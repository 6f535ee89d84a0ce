"""The appraisal in words: counts add up to what was asked for. The studies are synthetic."""

import re
from pathlib import Path

import pytest

from perennial.appraisal.answers import judged
from perennial.appraisal.checklists import read_checklist
from perennial.appraisal.sentence import sentence

FOLDER = Path(__file__).parents[2] / "workflow" / "checklists"


def tool(name: str):
    return read_checklist(FOLDER / f"{name}.yaml")


def said(study: str, item: str, answer: str, by: str = "ab", role: str = "appraiser") -> dict:
    return {"study_id": study, "item": item, "answer": answer, "appraiser": by, "role": role, "date": "2026-01-01"}


def test_nothing_to_tell():
    assert sentence(judged([], tool("minors"), []), tool("minors")) == "MINORS: there is no study to appraise."
    assert sentence(judged([], tool("rob2"), ["a"]), tool("rob2")) == "RoB 2: not appraised (1 study)."
    assert sentence(judged([], tool("rob2"), ["a", "b"]), tool("rob2")) == "RoB 2: not appraised (2 studies)."


def test_items_and_the_judgement_of_the_whole_are_told_apart():
    rows = [said("a", item.id, "low", role="consensus") for item in tool("rob2").items]
    rows += [said("b", "D3", "high"), said("b", "D3", "high", "cd"), said("b", "D4", "high"), said("b", "D5", "low")]
    rows += [said("b", "D5", "high", "cd"), said("b", "overall", "high")]
    rows += [said("b", "D1", "some_concerns", by) for by in ("ab", "cd")]
    assert sentence(judged(rows, tool("rob2"), ["a", "b"]), tool("rob2")) == (
        "RoB 2, 2 studies and 5 items: 5 “Low risk”, 1 “Some concerns”, 2 “High risk”, 1 in conflict, 1 not appraised. "
        "Most often unfavourable: items D3, D4 (1 of 2 studies each). "
        "Overall judgement: 1 “Low risk”, 1 “High risk”. 2 answers are by one appraiser only. No score is summed."
    )


def test_good_answers_alone_are_no_praise_of_what_was_not_asked():
    told = sentence(judged([said("a", "1", "2")], tool("minors"), ["a"]), tool("minors"))
    assert "1 “Reported and adequate”, 11 not appraised. No answer given is unfavourable. 1 answer is by one" in told


@pytest.mark.parametrize("name", ["jbi_case_series", "jbi_systematic_reviews", "minors", "rob2", "robins_i"])
@pytest.mark.parametrize("k", [1, 4, 9])
def test_counts_add_up(name, k):
    checklist, studies = tool(name), [f"synthetic-{i}" for i in range(k)]
    rows = [
        said(study, item.id, checklist.answers[(i * j + j) % len(checklist.answers)].id, by)
        for i, study in enumerate(studies[: k - k // 4])
        for j, item in enumerate(checklist.items)
        for by in ("ab", "cd")
    ]
    told = sentence(judged(rows, checklist, studies), checklist)
    lists = re.findall(r": ((?:\d+ [^.]+))\.", told)
    totals = [sum(int(part.split()[0]) for part in each.split(", ")) for each in lists if "item" not in each]
    assert totals == [k * len(checklist.questions), k][: 1 + checklist.overall]
    assert "score" in told and not re.search(r"\d+ points", told)
