"""Every specification against metafor's own fit of it, and how the curve is put together.

`oracle/living.json` holds metafor's answers; `Rscript oracle/living.R oracle/living.json` makes them again.
"""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from perennial.stats.multiverse import specification_curve

ORACLE = Path(__file__).parents[1] / "oracle"
COMMITTED = json.loads((ORACLE / "living.json").read_bytes())
TABLES = {name: table for name, table in COMMITTED["tables"].items() if "events" in table}
EVENTS, N = TABLES["models"].values()


def assert_agrees(table: dict, answers: dict) -> int:
    """How many specifications were compared."""
    result, compared = specification_curve(table["events"], table["n"]), 0
    for it in result.curve:
        theirs = answers.get(f"{it.measure} {it.tau2_method} {it.interval}")
        if theirs is None or theirs["ci_low"] is None:
            continue
        # likelihood estimators of metafor may stop at another maximum: then ours is compared by the likelihood tests
        close = 1e-4 if it.measure == "glmm" else 1e-6
        near_zero = 1e-5 if it.measure == "glmm" else 1e-8
        if it.tau2 != pytest.approx(theirs["tau2"], rel=max(close, 1e-5), abs=near_zero):
            assert it.tau2_method in ("ML", "REML"), it
            continue
        compared += 1
        for field in ("estimate", "ci_low", "ci_high"):
            assert getattr(it, field) == pytest.approx(theirs[field], rel=close, abs=close), (it, field)
    return compared


@pytest.mark.parametrize("name", TABLES)
def test_against_metafor(name):
    assert assert_agrees(TABLES[name], COMMITTED["answers"][name]) == 5 * 8 * 4 + 2


def test_random_tables_against_metafor(rscript, tmp_path):
    random, tables = np.random.default_rng(88), {}
    for number in range(2):
        k = int(random.integers(3, 12))
        n = random.integers(10, 200, k)
        centre = random.uniform(-2.5, 2)
        events = random.binomial(n, 1 / (1 + np.exp(-random.normal(centre, 0.6, k))))
        tables[f"table{number}"] = {"events": events.tolist(), "n": n.tolist()}
    (tmp_path / "tables.json").write_text(json.dumps({"tables": tables}))
    command = [rscript, str(ORACLE / "living.R"), str(tmp_path / "tables.json")]
    answers = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["answers"]
    assert sum(assert_agrees(table, answers[name]) for name, table in tables.items()) > 0.9 * 2 * 162


def test_every_combination_is_there_once():
    rules = {"all": [True] * 5, "without the smallest": [False, True, True, True, True]}
    result = specification_curve(
        EVENTS, N, ("logit", "freeman_tukey", "glmm"), ("DL", "REML"), ("wald", "hartung_knapp"), rules
    )
    names = [it.name for it in (*result.curve, *result.not_estimable)]
    assert len(set(names)) == len(names) == 2 * (2 * 2 * 2 + 2)
    assert {it.name for it in result.not_estimable} == {f"glmm, ML, hartung_knapp, {rule}" for rule in rules}
    assert {it.k for it in result.curve if it.rule == "without the smallest"} == {4}


def test_sorted_by_estimate_with_its_range():
    result = specification_curve(EVENTS, N)
    estimates = [it.estimate for it in result.curve]
    assert estimates == sorted(estimates)
    assert (result.low, result.high) == (estimates[0], estimates[-1]) and result.median == np.median(estimates)
    assert result.ci_low == min(it.ci_low for it in result.curve) and result.ci_high == max(
        it.ci_high for it in result.curve
    )
    assert json.dumps(result.to_dict(), allow_nan=False) and "not estimable" in str(result)


def test_a_rule_is_the_table_without_the_others():
    rule = {"large": [size > 50 for size in N]}
    inside = specification_curve(EVENTS, N, rules=rule)
    kept = [i for i, size in enumerate(N) if size > 50]
    alone = specification_curve([EVENTS[i] for i in kept], [N[i] for i in kept])
    assert [it.estimate for it in inside.curve] == [it.estimate for it in alone.curve]


def test_what_cannot_be_computed_is_listed_with_its_reason():
    none = specification_curve([0, 0, 0], [10, 20, 15], ("glmm", "logit"), ("DL",), ("wald",))
    assert [it.measure for it in none.curve] == ["logit"]
    assert "no patient had the event" in none.not_estimable[0].reason
    for events, n in (([], []), ([3], [10])):
        few = specification_curve(events, n)
        assert few.curve == () and few.low is None and all("nothing to pool" in it.reason for it in few.not_estimable)


@pytest.mark.parametrize(
    "choice", [{"measures": ["probit"]}, {"tau2_methods": ["XX"]}, {"intervals": ["exact"]}, {"rules": {"odd": [True]}}]
)
def test_choices_that_do_not_exist(choice):
    with pytest.raises(ValueError, match=r"no such choice|must say"):
        specification_curve(EVENTS, N, **choice)


def test_level_reaches_every_model():
    wide, narrow = (
        specification_curve(EVENTS, N, ("logit", "glmm"), ("DL",), ("wald",), level=level) for level in (0.95, 0.8)
    )
    for a, b in zip(wide.curve, narrow.curve, strict=True):
        logits = [
            np.diff(np.log(np.divide(ends, np.subtract(1, ends))))[0]
            for ends in ((it.ci_low, it.ci_high) for it in (a, b))
        ]
        assert a.measure == b.measure and logits[0] / logits[1] == pytest.approx(1.959964 / 1.281552, rel=1e-6)
