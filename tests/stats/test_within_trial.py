"""Two groups of the same trials: effects and pooled values against metafor, and what is said of few trials.

`oracle/living.json` holds metafor's answers; `Rscript oracle/living.R oracle/living.json` makes them again.
"""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from perennial.stats.within_trial import within_trial

ORACLE = Path(__file__).parents[1] / "oracle"
COMMITTED = json.loads((ORACLE / "living.json").read_bytes())
TABLES = {name: table for name, table in COMMITTED["tables"].items() if "x1" in table}


def assert_agrees(table: dict, answers: dict) -> None:
    ours = within_trial(table["x1"], table["n1"], table["x2"], table["n2"])
    for measure, result in (("OR", ours.odds_ratio), ("RD", ours.risk_difference)):
        theirs = answers[measure]
        close = {"rel": 1e-6, "abs": 1e-9}
        assert [it.yi for it in result.trials] == [
            None if y is None else pytest.approx(y, **close) for y in theirs["yi"]
        ]
        assert [it.vi for it in result.trials] == [
            None if v is None else pytest.approx(v, **close) for v in theirs["vi"]
        ]
        for method in ("wald", "hartung_knapp", "hartung_knapp_adhoc", "mantel_haenszel"):
            mine, metafor = getattr(result, method), theirs[method]
            # metafor makes Hartung-Knapp of effects that are all equal without a word, and without a width
            if metafor is None or metafor["ci_low"] is None or metafor.get("se", 1) < 1e-8:
                continue
            for field in ("k", "estimate", "ci_low", "ci_high", "p", "tau2", "pi_low", "pi_high"):
                if field in metafor and metafor[field] is not None:
                    expected = metafor[field]
                    if (
                        measure == "RD"
                        and field in ("ci_low", "ci_high", "pi_low", "pi_high")
                        and method != "mantel_haenszel"
                    ):
                        expected = min(max(expected, -1), 1)
                    tolerance = {"rel": 1e-6, "abs": 1e-8 if field == "tau2" else 1e-10}
                    assert getattr(mine, field) == pytest.approx(expected, **tolerance), (measure, method, field)


@pytest.mark.parametrize("name", TABLES)
def test_against_metafor(name):
    assert_agrees(TABLES[name], COMMITTED["answers"][name])


def test_random_trials_against_metafor(rscript, tmp_path):
    """Two to six trials, some with zero or full cells."""
    random, tables = np.random.default_rng(606), {}
    for number in range(20):
        k = int(random.integers(2, 7))
        n1, n2 = random.integers(4, 60, k), random.integers(4, 90, k)
        p1, p2 = random.uniform(0.02, 0.98, 2)
        x1, x2 = random.binomial(n1, p1), random.binomial(n2, p2)
        tables[f"table{number}"] = {
            key: value.tolist() for key, value in zip(("x1", "n1", "x2", "n2"), (x1, n1, x2, n2), strict=True)
        }
    (tmp_path / "tables.json").write_text(json.dumps({"tables": tables}))
    command = [rscript, str(ORACLE / "living.R"), str(tmp_path / "tables.json")]
    answers = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["answers"]
    for name, table in tables.items():
        assert_agrees(table, answers[name])


def test_one_trial_by_hand():
    """9/21 against 33/52: Woolf's odds ratio and Wald's difference, on paper."""
    result = within_trial([9], [21], [33], [52], labels=["Synthetic trial 1"])
    it = result.odds_ratio.trials[0]
    assert it.estimate == pytest.approx(9 * 19 / (12 * 33)) and it.vi == pytest.approx(1 / 9 + 1 / 12 + 1 / 33 + 1 / 19)
    assert it.ci_low == pytest.approx(it.estimate * np.exp(-1.959963985 * it.vi**0.5))
    difference = result.risk_difference.trials[0]
    assert difference.estimate == pytest.approx(9 / 21 - 33 / 52)
    assert result.odds_ratio.hartung_knapp.estimate is None and "two studies" in result.odds_ratio.wald.reason
    assert result.odds_ratio.mantel_haenszel.estimate == pytest.approx(it.estimate)
    assert "one trial" in result.warnings[0] and "not randomised" in result.warnings[1]
    assert "Synthetic trial 1: 9/21 against 33/52" in str(result)


@pytest.mark.parametrize(
    ("randomised", "said"), [("no", "were not randomised"), ("some", "not every trial"), ("yes", "")]
)
def test_whether_the_groups_were_randomised_is_said(randomised, said):
    warnings = within_trial([9] * 5, [21] * 5, [33] * 5, [52] * 5, randomised=randomised).warnings
    assert [said in warning for warning in warnings] == ([True] if said else [])
    with pytest.raises(ValueError, match="randomised"):
        within_trial([9], [21], [33], [52], randomised="perhaps")


def test_swapped_groups_give_the_inverse():
    table = TABLES["within_three"]
    here = within_trial(table["x1"], table["n1"], table["x2"], table["n2"])
    there = within_trial(table["x2"], table["n2"], table["x1"], table["n1"])
    for mine, theirs in zip(here.odds_ratio.pooled, there.odds_ratio.pooled, strict=True):
        assert mine.estimate * theirs.estimate == pytest.approx(1) and mine.ci_low * theirs.ci_high == pytest.approx(1)
    for mine, theirs in zip(here.risk_difference.pooled, there.risk_difference.pooled, strict=True):
        assert mine.estimate == pytest.approx(-theirs.estimate) and mine.pi_low == (
            None if theirs.pi_high is None else pytest.approx(-theirs.pi_high)
        )


def test_main_result_is_safeguarded_where_trials_agree_by_chance():
    alike = within_trial([5, 3, 10], [20, 12, 30], [15, 9, 22], [30, 20, 40]).odds_ratio
    assert alike.main == "hartung_knapp_adhoc"
    assert alike.hartung_knapp.ci_high - alike.hartung_knapp.ci_low < alike.wald.ci_high - alike.wald.ci_low
    assert alike.hartung_knapp_adhoc.ci_high > alike.wald.ci_high and "narrower" in alike.hartung_knapp.warnings[0]
    for pooling in (alike.hartung_knapp, alike.hartung_knapp_adhoc, alike.wald):
        assert pooling.tau2 == 0 and any("no between-study variation" in warning for warning in pooling.warnings)
    printed = str(alike)
    assert "ad hoc safeguard (read first): " in printed and "    the Hartung-Knapp interval is narrower" in printed
    apart = within_trial([2, 18], [20, 20], [15, 9], [30, 20]).odds_ratio
    assert apart.main == "hartung_knapp" and apart.hartung_knapp.warnings == ()


def test_equal_trials_have_no_plain_hartung_knapp():
    result = within_trial([5, 5], [20, 20], [9, 9], [20, 20])
    assert "all equal" in result.odds_ratio.hartung_knapp.reason and result.odds_ratio.main == "hartung_knapp_adhoc"


def test_nobody_had_the_event():
    result = within_trial([0, 0], [10, 12], [0, 0], [20, 9])
    assert all(it.estimate is None and it.note for it in result.odds_ratio.trials)
    assert all(it.estimate is None and it.reason for it in result.odds_ratio.pooled)
    assert json.dumps(result.to_dict(), allow_nan=False)


def test_no_trial():
    result = within_trial([], [], [], [])
    assert result.warnings == ("no trial has both groups",) and result.odds_ratio.trials == ()
    assert all(it.reason for it in (*result.odds_ratio.pooled, *result.risk_difference.pooled))


def test_difference_stays_a_difference():
    result = within_trial([0, 3], [4, 4], [4, 1], [4, 4]).risk_difference
    assert (result.hartung_knapp.ci_low, result.hartung_knapp.ci_high) == (-1, 1)
    assert "cut" in result.hartung_knapp.warnings[-1]


@pytest.mark.parametrize(
    "arms", [([5], [4], [1], [4]), ([1, 2], [4, 4], [1], [4]), ([1.5], [4], [1], [4]), ([np.nan], [4], [1], [4])]
)
def test_impossible_counts(arms):
    with pytest.raises(ValueError, match=r"must"):
        within_trial(*arms)


def test_level_reaches_every_interval():
    arms = TABLES["within_two"].values()
    wide, narrow = (within_trial(*arms, level=level).risk_difference for level in (0.95, 0.8))
    z, t = 1.959964 / 1.281552, 12.706205 / 3.077684
    pairs = [
        (wide.trials[0], narrow.trials[0], z),
        (wide.wald, narrow.wald, z),
        (wide.mantel_haenszel, narrow.mantel_haenszel, z),
    ]
    for a, b, ratio in [*pairs, (wide.hartung_knapp, narrow.hartung_knapp, t)]:
        assert (a.ci_high - a.ci_low) / (b.ci_high - b.ci_low) == pytest.approx(ratio, rel=1e-5)
