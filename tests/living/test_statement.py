"""What is said of the living mode is printed as it was written; what is not is called missing, never made up."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from perennial.living.schedule import planned_searches
from perennial.living.statement import living_statement, overdue_searches
from perennial.report.checklists import PERSON, REPORTED, filled_checklist
from perennial.workflow.config import ConfigError, checked_config

ROOT = Path(__file__).parents[2]
SCHEMA = yaml.safe_load((ROOT / "workflow" / "schemas" / "config.schema.yaml").read_text(encoding="utf-8"))
LSR = yaml.safe_load((ROOT / "workflow" / "report" / "prisma_lsr.yaml").read_text(encoding="utf-8"))
SHIPPED = yaml.safe_load((ROOT / "config" / "config.yaml").read_text(encoding="utf-8"))
SOURCES = {"pubmed": "PubMed", "crossref": "Crossref", "Embase": "Embase"}

FULL = {
    "mode": "Synthetic mode.",
    "rationale": "Synthetic rationale.",
    "schedule": {"pubmed": "weekly", "crossref": 10, "imports": {"Embase": "half_yearly"}},
    "steps": {
        step: f"synthetic {step}" for step in ("screening", "extraction", "appraisal", "analysis", "publication")
    },
    "included_studies": "Synthetic handling of included studies.",
    "repeated_analyses": "Synthetic allowance.",
    "retirement": "Synthetic retirement.",
    "limitations": "Synthetic limitations.",
    "current": "https://example.org/synthetic",
    "authors": [{"name": "A. Synthetic", "roles": ["screening", "analysis"]}, {"name": "B. Made-Up", "roles": ["all"]}],
    "this_version": {
        "since": "v1",
        "trigger": "Synthetic trigger.",
        "question": "Synthetic change of the question.",
        "methods": "Synthetic change of the methods.",
        "authors": "Synthetic change of the authors.",
    },
}


def protocol(living: dict) -> dict:
    return checked_config({**SHIPPED, "living": living}, SCHEMA)["living"]


def statement(living: dict, title="A living review", previous="v1", continues=True) -> dict:
    told = living_statement(protocol(living), title, SOURCES, previous, continues)
    return {each.key: each for each in told}


def without(key: str, inside: str = "") -> dict:
    if inside:
        return {**FULL, inside: {name: value for name, value in FULL[inside].items() if name != key}}
    return {name: value for name, value in FULL.items() if name != key}


def checklist(told: dict) -> dict[str, dict]:
    unsaid = {each.key: each.missing for each in told.values() if each.missing}
    rows = [row for row in LSR if "living" in row["answered_by"]]
    return {row["topic"]: row for row in filled_checklist(rows, {"living"}, (), unsaid)}


def test_of_a_full_section_every_word_is_printed_and_nothing_is_missing():
    told = statement(FULL)
    assert [each.key for each in told.values() if each.missing] == []
    printed = " ".join(each.text for each in told.values())

    def words(value):
        match value:
            case dict():
                return [word for key, each in value.items() if key not in ("since", "schedule") for word in words(each)]
            case list():
                return [word for each in value for word in words(each)]
            case _:
                return [value]

    assert all(word.rstrip(".") in printed for word in words(FULL))
    assert told["schedule"].text == "PubMed: weekly; Crossref: every 10 days; Embase: half yearly."
    assert {row["status"] for row in checklist(told).values()} == {REPORTED}


def test_of_an_empty_section_everything_is_missing_and_the_checklist_says_so():
    told = statement({}, title="A review")
    assert all(each.missing and not each.text and each.remedy for each in told.values())
    rows = checklist(told)
    assert {row["status"] for row in rows.values()} == {PERSON}
    assert rows["Retirement from living mode"]["note"] == "the plan for retirement, or that there is none"


@pytest.mark.parametrize("key", [key for key in FULL if key not in ("schedule", "steps", "this_version")])
def test_each_thing_that_is_taken_out_is_missed_alone(key):
    assert [each.key for each in statement(without(key)).values() if each.missing] == [key]


@pytest.mark.parametrize("key", ["trigger", "question", "methods", "authors"])
def test_so_is_each_thing_of_this_version(key):
    told = statement(without(key, "this_version"))
    expected = key if key == "trigger" else f"{key}_changed"
    assert [each.key for each in told.values() if each.missing] == [expected]


def test_every_checklist_row_asks_for_things_that_exist_and_every_thing_is_asked_for():
    asked = {key for row in LSR for key in row["answered_by"].get("living", [])}
    assert asked == set(statement(FULL))


def test_half_a_plan_is_printed_and_the_other_half_named():
    told = statement({**FULL, "schedule": {"pubmed": "weekly"}, "steps": {"analysis": "after each new study"}})
    assert told["schedule"].text == "PubMed: weekly."
    assert told["schedule"].missing == "how often these are searched: Crossref; Embase"
    assert told["steps"].text == "analysis: after each new study."
    assert told["steps"].missing == "when these are done again: screening, extraction, appraisal, publication"


def test_what_was_said_of_an_earlier_version_is_not_told_of_this_one():
    told = statement(FULL, previous="v2")
    stale = [each for each in told.values() if each.missing]
    assert [each.key for each in stale] == ["trigger", "question_changed", "methods_changed", "authors_changed"]
    assert not any(each.text for each in stale)
    assert all("the one after v1; this is the one after v2" in each.missing for each in stale)


def test_a_first_version_has_no_changes_unless_it_continues_a_published_review():
    first = statement(without("this_version"), previous=None, continues=False)
    assert [each.key for each in first.values() if each.missing] == ["trigger"]
    assert first["methods_changed"].text == "None: this is the first version."
    continuing = statement(without("this_version"), previous=None)
    assert "since the published review" in continuing["methods_changed"].missing


def test_an_overdue_search_is_told_with_its_days_and_one_in_time_is_not():
    plan = {"pubmed": "weekly", "crossref": "monthly", "Embase": "yearly"}
    searched = {"pubmed": date(2026, 3, 1), "crossref": date(2026, 3, 1)}
    told = overdue_searches(planned_searches(plan, searched, date(2026, 3, 10)), SOURCES)
    assert [(each.label, each.missing) for each in told] == [
        ("Search of PubMed", "overdue for 2 days on 2026-03-10: planned weekly, last searched on 2026-03-01"),
        ("Search of Embase", "planned yearly, and no search of it is archived"),
    ]


@pytest.mark.parametrize(
    ("living", "message"),
    [
        ({"schedule": {"pubmd": "weekly"}}, "living.schedule: unknown key 'pubmd'. Remedy: use one of pubmed, crossref,"),
        ({"schedule": {"pubmed": "wekly"}}, "living.schedule.pubmed: 'wekly' is not valid under any"),
        ({"schedule": {"pubmed": 0}}, "living.schedule.pubmed: 0 is not valid under any"),
        ({"retirment": "x"}, "living: unknown key 'retirment'. Remedy: use one of mode, rationale,"),
        ({"rationale": " "}, "living.rationale: ' ' does not match"),
        ({"authors": [{"name": "A"}]}, "living.authors.0: roles is missing. Remedy: add it."),
    ],
)  # fmt: skip
def test_a_mistake_is_named(living, message):
    with pytest.raises(ConfigError) as caught:
        protocol(living)
    assert str(caught.value).startswith(f"config/config.yaml, {message}")
