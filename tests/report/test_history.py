"""The history in words: every number from a step, what is reconstructed or roughly dated said so."""

from perennial.report.history import (
    back_test_sentence,
    dates_sentence,
    history_sentence,
    included_sentence,
    what_changed,
)

NAMES = {"a": "Study A", "b": "Study B"}


def result(k: int, estimate: float | None, low: float | None = None, high: float | None = None) -> dict:
    return {"k": k, "estimate": estimate, "ci_low": low, "ci_high": high}


def row(arm: str, events: int, report: str, published: str = "2024-05-06", basis: str = "online") -> dict:
    return {"arm_id": arm, "events": events, "n": 20, "report_id": report, "published": published, "basis": basis}


def step(day: str, model: dict | None = None, came=(), changed=(), went=()) -> dict:
    told = {"date": day, "came": list(came), "changed": list(changed), "went": list(went)}
    return {**told, "models": {"primary": model or result(1, 0.5, 0.4, 0.6)}}


def test_from_the_first_step_to_the_last_with_the_largest_move():
    history = [
        step("2020-01-01", result(1, 0.5, 0.4, 0.6)),
        step("2021-01-01", result(2, 0.62, 0.5, 0.7)),
        step("2022-01-01", result(3, 0.6, 0.55, 0.65)),
    ]
    assert history_sentence("Group", history, "primary") == (
        "Group: in 3 steps from 50.0% (40.0 to 60.0; 1 study) on 2020-01-01 to 60.0% (55.0 to 65.0; 3 studies) on "
        "2022-01-01; between two steps the estimate moved by at most 12.0 points."
    )
    assert history_sentence("Group", [], "primary") == "Group: no study."
    assert history_sentence("Group", history[:1], "primary") == (
        "Group: one step, 50.0% (40.0 to 60.0; 1 study) on 2020-01-01."
    )


def test_a_step_without_an_estimate_moves_nothing():
    history = [step("2020-01-01"), step("2021-01-01", result(0, None))]
    said = history_sentence("Group", history, "primary")
    assert said.endswith("to no estimate (no studies) on 2021-01-01.")


def test_what_came_changed_and_went_with_the_basis_of_the_date():
    told = step(
        "2024-06-01",
        came=[row("a", 5, "one", "2024", "citation year")],
        changed=[
            {"before": row("b", 6, "old"), "now": row("b", 7, "new")},
            {"before": row("b", 6, "same"), "now": row("b", 7, "same")},
        ],
        went=[{"arm_id": "a", "reason": "held back"}],
    )
    assert what_changed(told, NAMES) == [
        "new: Study A, 5/20 (2024, citation year)",
        "Study B: 7/20 instead of 6/20, from a newer report (2024-05-06, online)",
        "Study B: 7/20 instead of 6/20, corrected (2024-05-06, online)",
        "no longer: Study A, held back",
    ]


def test_rough_dates_are_told_and_exact_ones_are_not():
    rough, exact = row("a", 5, "one", "2024"), row("b", 5, "two")
    assert dates_sentence([step("2024-01-01", came=[exact])]) == ""
    assert dates_sentence([step("2024-01-01", came=[rough])]).startswith("Of 1 report, 1 is dated by a year")
    assert dates_sentence([step("x", came=[rough, exact])]).startswith("Of 2 reports, 1 is dated")


def test_what_is_reconstructed_is_called_so():
    included = [{"date": "2023-01-01", "reconstructed": True, "studies": 2}, {"date": "2024-01-01", "reconstructed": True, "studies": 5}]  # fmt: skip
    assert included_sentence(included) == (
        "Studies included: 2 from 2023-01-01 on, 5 from 2024-01-01 on. All of this is reconstructed."
    )
    included[1]["reconstructed"] = False
    assert included_sentence(included).endswith("The first 1 are reconstructed.")
    included[0]["reconstructed"] = False
    assert "reconstructed" not in included_sentence(included)
    assert included_sentence([]) == "No study has been included yet."


def test_trials_that_could_not_be_made_are_counted_apart():
    tried = [{"date": day, "fired": fired} for day, fired in (("2020", True), ("2020", True), ("2021", True), ("2021", False), ("2021", None))]  # fmt: skip
    assert back_test_sentence(tried) == (
        "Of 5 trials of a rule at a step against the step before, 3 fired (2 on 2020, 1 on 2021), 1 did not, and 1 could "
        "not be applied."
    )
