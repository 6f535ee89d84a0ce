"""What waits for a decision after a notice, and what would change without the report. Everything is synthetic."""

import pytest

from perennial.living.notices import DECISION, FORM, as_markdown, notices_form
from perennial.living.weighing import weigh
from perennial.records.status import kind_of, retractions
from perennial.stats.pooling import model_from_dict, pool_proportions

MODEL = {"method": "inverse_variance", "transformation": "logit", "tau2": "DL", "interval": "wald"}


def row(arm: str, report: str, events: int, n: int) -> dict:
    return {"arm_id": arm, "report_id": report, "events": events, "n": n}


ROWS = [row("a", "late", 9, 20), row("b", "only", 7, 20)]
WITHOUT = {"late": [row("a", "early", 5, 10), ROWS[1]], "only": [ROWS[0]]}


MEDIANS = [
    {
        "label": f"Study {k}",
        "report_id": "late" if k == 0 else f"r{k}",
        "n": 10,
        "status": "reported",
        "estimate": 9 + k,
    }
    for k in range(6)
] + [{"label": "Study 6", "report_id": "r6", "n": 10, "status": "not_reached"}]


def meaning(*decisions: tuple, excluded: tuple = ()) -> dict:
    report = {"study": "Synthetic", "citation": "synthetic", "gives": []}
    return {
        "level": 0.95,
        "models": {"logit": {"label": "Logit", "settings": MODEL}},
        "shown": ["logit"],
        "reports": {"late": report, "only": report, "silent": report | {"gives": ["OS"]}},
        "decisions": [dict(zip(DECISION, each, strict=True)) for each in decisions],
        "excluded": list(excluded),
        "order": ["orr.drug"],
        "analyses": {"orr.drug": {"label": "ORR, drug", "rows": ROWS, "without": WITHOUT}},
        "medians": [{"analysis": "os.drug", "label": "OS, drug", "rows": MEDIANS, "without": {"late": MEDIANS[1:]}}],
    }


def told(report: str, state: str, notice: str = "n1", source: str = "PubMed") -> dict:
    return {"report_id": report, "source": source, "checked": "2026-01-01", "state": state, "notice": notice, "published": "", "said": ""}  # fmt: skip


def estimate(rows: list[dict]) -> float:
    return pool_proportions([r["events"] for r in rows], [r["n"] for r in rows], model_from_dict(MODEL)).estimate


@pytest.mark.parametrize("report", ["late", "only"])
def test_with_and_without_are_what_pooling_gives(report):
    (each,) = weigh(meaning(), [told(report, "retraction")])["waiting"]
    (analysis,) = each["analyses"]
    sides = analysis["models"]["logit"]
    assert sides["with"]["estimate"] == estimate(ROWS)
    assert sides["without"]["estimate"] == estimate(WITHOUT[report])
    assert analysis["arms"][0]["instead"] == ("5/10 from early" if report == "late" else None)


def test_a_pooled_median_is_told_with_and_without_too():
    (each,) = weigh(meaning(), [told("late", "retraction")])["waiting"]
    (median,) = each["medians"]
    assert (median["with"]["k"], median["with"]["estimate"]) == (7, 12)  # the fourth of 9 to 14 and one not reached
    assert (median["without"]["k"], median["without"]["estimate"]) == (6, 12.5)
    (form,) = notices_form({"waiting": [each], "shown": {"logit": "Logit"}})
    assert "OS, drug, median of medians: 12 (9 to not reached, k = 7) with it, 12.5 (" in form["effect"]


def test_where_too_few_medians_are_pooled_none_is_compared():
    few = meaning() | {"medians": [{"analysis": "os.drug", "label": "OS", "rows": MEDIANS[:5], "without": {"late": MEDIANS[1:5]}}]}  # fmt: skip
    (each,) = weigh(few, [told("late", "retraction")])["waiting"]
    assert each["medians"] == []
    exactly_six = meaning() | {"medians": [{"analysis": "os.drug", "label": "OS", "rows": MEDIANS[:6], "without": {"late": MEDIANS[1:6]}}]}  # fmt: skip
    assert "without it" in as_markdown(weigh(exactly_six, [told("late", "retraction")]))
    assert "no pooled median (k = 5) without it" in as_markdown(weigh(exactly_six, [told("late", "retraction")]))


@pytest.mark.parametrize(
    "state", ["nothing known", "not in this source", "not checked", "update", "new_version", "addendum"]
)
def test_what_raises_no_doubt_asks_nothing(state):
    found = weigh(meaning(), [told("late", state)])
    assert found["waiting"] == found["decided"] == [] and as_markdown(found) == ""


@pytest.mark.parametrize(
    ("state", "kind"),
    [("retraction", "retraction"), ("partial_retraction", "retraction"), ("withdrawal", "retraction"), ("erratum", "correction"), ("expression_of_concern", "expression_of_concern"), ("a_word_nobody_knows", "other")],
)  # fmt: skip
def test_each_doubt_is_of_a_kind_and_an_unknown_word_is_none_that_is_passed_over(state, kind):
    assert kind_of(state) == kind
    assert weigh(meaning(), [told("late", state)])["waiting"][0]["kind"] == kind
    assert (retractions([told("late", state)]) != {}) == (kind == "retraction")


def test_two_sources_on_one_report_are_one_question():
    found = weigh(meaning(), [told("late", "retraction"), told("late", "removal", "n2", "Crossref")])
    (line,) = notices_form(found)
    assert line["notice"] == "n1; n2" and "Crossref" in line["said"] and line["fill_in"] == "decision, reason, by, date"
    assert set(line) <= set(FORM)


KEPT = ("late", "retraction", "n1", "keep", "fine", "AB", "2026-02-01")


def test_a_decision_ends_the_question_and_a_new_notice_asks_again():
    status = [told("late", "retraction")]
    assert weigh(meaning(KEPT), status)["waiting"] == []
    (decided,) = weigh(meaning(KEPT), status)["decided"]
    assert decided["decision"]["by"] == "AB"
    again = weigh(meaning(KEPT), [*status, told("late", "retraction", "n2", "Crossref")])
    assert [each["notice"] for each in again["waiting"]] == ["n1; n2"] and again["decided"] == []
    other = weigh(meaning(KEPT), [*status, told("late", "expression_of_concern", "n3")])
    assert [each["kind"] for each in other["waiting"]] == ["expression_of_concern"]


def test_of_an_excluded_report_nothing_is_asked_again():
    out = ("late", "retraction", "n1", "exclude", "wrong", "AB", "2026-02-01")
    found = weigh(meaning(out, excluded=("late",)), [told("late", "retraction"), told("late", "correction", "n9")])
    assert found["waiting"] == []
    assert as_markdown(found).count("excluded, its numbers no longer count: wrong (AB, 2026-02-01).") == 2


def test_a_report_that_no_pooled_result_rests_on_is_asked_about_too():
    found = weigh(meaning(), [told("silent", "retraction")])
    assert "No pooled result rests on it. It also gives OS" in notices_form(found)[0]["effect"]


def test_an_exclusion_is_told_where_no_source_tells_of_a_notice_any_more():
    out = ("late", "retraction", "n1", "exclude", "wrong", "AB", "2026-02-01")
    found = weigh(meaning(out, excluded=("late",)), [told("late", "not checked")])
    assert "no source tells of it now" in as_markdown(found) and "wrong (AB, 2026-02-01)" in as_markdown(found)
