"""Effect sizes, Mantel-Haenszel, Peto and back-transformations against metafor.

`oracle/effects.json` holds metafor's answers; `Rscript oracle/effects.R oracle/effects.json` makes them again. Where R is
installed the same script answers for random tables too, and where ../shared lies beside us its values are met as well.
"""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from perennial.stats.back_transformation import inverse_freeman_tukey_rate, to_natural
from perennial.stats.effects import continuous, correlation, one_arm, rates, two_by_two
from perennial.stats.effects.corrections import HALF_WHERE_ZERO, NO_CORRECTION, Correction
from perennial.stats.effects.generic import from_standard_error
from perennial.stats.errors import NotEstimable
from perennial.stats.mantel_haenszel import mantel_haenszel, mantel_haenszel_rates
from perennial.stats.peto import peto
from perennial.stats.proportions import TRANSFORMATIONS, inverse_double_arcsine
from perennial.stats.stratified_tests import cmh_test

ORACLE = Path(__file__).parents[1] / "oracle"
COMMITTED = json.loads((ORACLE / "effects.json").read_bytes())

CORRECTIONS = {
    "only0": Correction(0.5, "with_zero"),
    "all": Correction(0.5, "all"),
    "if0all": Correction(0.5, "all_if_any_zero"),
    "none": NO_CORRECTION,
    "tenth": Correction(0.1, "with_zero"),
}
ARMS = {
    "OR": two_by_two.odds_ratio,
    "RR": two_by_two.risk_ratio,
    "RD": two_by_two.risk_difference,
    "PETO": two_by_two.peto_odds_ratio,
}
TWO_RATES = {"IRR": rates.rate_ratio, "IRD": rates.rate_difference}
PROPORTIONS = {"PR": one_arm.raw_proportion, "PLN": one_arm.log_proportion, "PLO": one_arm.logit_proportion}
NAMES = {"PR": "raw", "PLN": "log", "PLO": "logit", "PAS": "arcsine", "PFT": "freeman_tukey"}
MEANS = {
    "MD": continuous.mean_difference,
    "SMD": continuous.standardized_mean_difference,
    "ROM": continuous.ratio_of_means,
}
POOLED = {
    "plain": {},
    "corrected": {"correction": HALF_WHERE_ZERO},
    "dropped": {"drop_uninformative": True},
    "level80": {"level": 0.8},
}


def numbers(values):
    return np.array([np.nan if value is None else value for value in values], dtype=float)


def assert_effects(ours, theirs, what, close=1e-9):
    yi, vi = numbers(theirs["yi"]), numbers(theirs["vi"])
    # Without a variance a study has no use: we leave out its estimate as well.
    yi = np.where(np.isnan(vi), np.nan, yi)
    np.testing.assert_allclose(ours.yi, yi, rtol=close, atol=1e-12, err_msg=f"{what} yi")
    np.testing.assert_allclose(ours.vi, vi, rtol=close, atol=1e-14, err_msg=f"{what} vi")
    assert (ours.defined == ~np.isnan(yi)).all(), what
    assert len(ours.notes) == len(yi)
    assert all(("undefined" in note) == bool(gone) for note, gone in zip(ours.notes, np.isnan(yi), strict=True))


def assert_pooled(pool, theirs, what):
    """Either both give a result, or neither: metafor then has no value, or a standard error of zero."""
    if theirs is None or theirs["mean"][0] is None or theirs["se"][0] < 1e-9:
        with pytest.raises(NotEstimable):
            pool()
        return
    ours = pool()
    for name in ("k", "k_effects", "mean", "se", "z", "p", "ci_low", "ci_high", "q", "i2"):
        assert getattr(ours, name) == pytest.approx(theirs[name][0], rel=1e-8, abs=1e-9), (what, name)
    if ours.q_df:
        assert (ours.q_p, ours.h2) == pytest.approx((theirs["q_p"][0], theirs["h2"][0]), rel=1e-8), what
    else:
        assert (ours.q_p, ours.h2) == (None, None)
    assert ours.weights == pytest.approx(numbers(theirs["weights"]), rel=1e-9, abs=1e-12), what
    if ours.association:
        assert_association(ours.association, theirs, what)
    if ours.homogeneity:
        found = ours.homogeneity
        assert found.tarone.df == theirs["k_homogeneity"][0] - 1, what
        for name in ("breslow_day", "tarone"):
            test = getattr(found, name)
            assert test.statistic == pytest.approx(theirs[name][0], rel=1e-7, abs=1e-7), (what, name)
            assert test.p == (None if test.df == 0 else pytest.approx(theirs[f"{name}_p"][0], rel=1e-6)), (what, name)


def assert_association(ours, theirs, what):
    found = (ours.plain.statistic, ours.plain.p, ours.corrected.statistic, ours.corrected.p)
    expected = [theirs[name][0] for name in ("cmh", "cmh_p", "cmh_corrected", "cmh_corrected_p")]
    assert found == pytest.approx(expected, rel=1e-8, abs=1e-10), what


def assert_proportions(table, answer, what):
    events, n = np.array(table["events"]), np.array(table["n"])
    for measure, function in PROPORTIONS.items():
        for name, correction in CORRECTIONS.items():
            assert_effects(function(events, n, correction), answer[measure][name], (what, measure, name))
        # The scales of pooled proportions are the same.
        yi, vi = TRANSFORMATIONS[NAMES[measure]].effects(events, n)
        assert_effects(function(events, n), {"yi": yi, "vi": vi}, (what, measure, "as a transformation"))
    assert_effects(one_arm.arcsine_proportion(events, n), answer["PAS"], (what, "PAS"))
    assert_effects(one_arm.freeman_tukey_proportion(events, n), answer["PFT"], (what, "PFT"))
    values = answer["values"]
    back = [TRANSFORMATIONS["freeman_tukey"].to_proportion(value, n) for value in values]
    assert back == pytest.approx(numbers(answer["ipft_hm"]), abs=1e-9), what
    assert [inverse_double_arcsine(value, 625) for value in values] == pytest.approx(numbers(answer["ipft"]), abs=1e-9)
    assert to_natural(values, "arcsine") == pytest.approx(numbers(answer["iarcsin"]), abs=1e-12)


def assert_arms(table, answer, what):
    counts = [table[name] for name in ("ai", "n1i", "ci", "n2i")]
    for measure, function in ARMS.items():
        for name, correction in CORRECTIONS.items():
            assert_effects(function(*counts, correction), answer[measure][name], (what, measure, name))
        for name, theirs in answer["dropped"][measure].items():
            ours = function(*counts, CORRECTIONS[name], drop_uninformative=True)
            assert_effects(ours, theirs, (what, measure, "dropped", name))
    assert_effects(two_by_two.arcsine_difference(*counts), answer["AS"], (what, "AS"))
    for measure, variants in answer["MH"].items():
        for name, theirs in variants.items():
            pool = lambda m=measure, n=name: mantel_haenszel(*counts, m, **POOLED[n])  # noqa: E731
            assert_pooled(pool, theirs, (what, measure, name))
    theirs = answer["MH"]["OR"]["plain"]
    if theirs["cmh"][0] is None:
        with pytest.raises(NotEstimable):
            cmh_test(*counts)
    else:
        assert_association(cmh_test(*counts), theirs, (what, "cmh"))
    assert_pooled(lambda: peto(*counts), answer["peto"]["plain"], (what, "Peto"))
    corrected = answer["peto"]["corrected"]
    if corrected["k_effects"] == corrected["k"]:  # else metafor counts other studies in the degrees of freedom of Q
        assert_pooled(lambda: peto(*counts, correction=HALF_WHERE_ZERO), corrected, (what, "Peto, corrected"))


def assert_rates(table, answer, what):
    one, two = [table["x1i"], table["t1i"]], [table[name] for name in ("x1i", "t1i", "x2i", "t2i")]
    for name, correction in CORRECTIONS.items():
        assert_effects(rates.rate(*one, correction), answer["IR"][name], (what, "IR", name))
        assert_effects(rates.log_rate(*one, correction), answer["IRLN"][name], (what, "IRLN", name))
        for measure, function in TWO_RATES.items():
            assert_effects(function(*two, correction), answer[measure][name], (what, measure, name))
    assert_effects(rates.root_rate(*one), answer["IRS"], (what, "IRS"))
    assert_effects(rates.freeman_tukey_rate(*one), answer["IRFT"], (what, "IRFT"))
    for measure, function in TWO_RATES.items():
        for name, theirs in answer["dropped"][measure].items():
            assert_effects(
                function(*two, CORRECTIONS[name], drop_uninformative=True), theirs, (what, measure, "dropped")
            )
        for name, theirs in answer["MH"][measure].items():
            pool = lambda m=measure, n=name: mantel_haenszel_rates(*two, m, **POOLED[n])  # noqa: E731
            assert_pooled(pool, theirs, (what, measure, name))
    back = [inverse_freeman_tukey_rate(value, table["t1i"]) for value in answer["values"]]
    assert back == pytest.approx(numbers(answer["iirft"]), abs=1e-9), what


def assert_means(table, answer, what):
    arms = [table[name] for name in ("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i")]
    for measure, function in MEANS.items():
        for variance, theirs in answer[measure].items():
            # metafor's J is a difference of logarithms of gamma functions, and the unbiased variance a difference of it
            # from 1: at 800,000 participants 3 parts in 10^8 are lost (ours: see test_effects.py).
            close = 1e-7 if variance == "unbiased" else 1e-9
            assert_effects(function(*arms, variance), theirs, (what, measure, variance), close)


def assert_correlations(table, answer, what):
    assert_effects(correlation.fisher_z(table["ri"], table["ni"]), answer["ZCOR"], what)


ASSERT = {
    "proportions": assert_proportions,
    "arms": assert_arms,
    "rates": assert_rates,
    "means": assert_means,
    "correlations": assert_correlations,
}
CASES = [(kind, name) for kind, tables in COMMITTED["tables"].items() for name in tables]


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_committed_tables(kind, name):
    ASSERT[kind](COMMITTED["tables"][kind][name], COMMITTED["answers"][kind][name], name)


def random_tables():
    random = np.random.default_rng(20250606)
    tables = {kind: {} for kind in ASSERT}
    for number in range(10):
        k, name = int(random.integers(1, 12)), f"table{number}"
        rare = random.choice([0.01, 0.1, 0.5, 0.97])

        def counts(rare=rare, k=k):
            n = random.integers(1, 200, k)
            return random.binomial(n, np.clip(rare * random.uniform(0.5, 1.5, k), 0, 1)), n

        (ai, n1i), (ci, n2i) = counts(), counts()
        t1i, t2i = random.uniform(5, 500, k), random.uniform(5, 500, k)
        tables["proportions"][name] = {"events": ai, "n": n1i}
        tables["arms"][name] = {"ai": ai, "n1i": n1i, "ci": ci, "n2i": n2i}
        x1i, x2i = random.poisson(rare / 10 * t1i), random.poisson(rare / 10 * t2i)
        tables["rates"][name] = {"x1i": x1i, "t1i": t1i, "x2i": x2i, "t2i": t2i}
        tables["means"][name] = {}
        for arm in (1, 2):
            values = random.normal(3, 2, k), random.gamma(2, 1, k), random.integers(1, 60, k)
            tables["means"][name] |= {f"m{arm}i": values[0], f"sd{arm}i": values[1], f"n{arm}i": values[2]}
        tables["correlations"][name] = {"ri": random.uniform(-1, 1, k), "ni": random.integers(2, 90, k)}
    return {
        kind: {name: {column: values.tolist() for column, values in table.items()} for name, table in named.items()}
        for kind, named in tables.items()
    }


def assert_all(rscript, tables):
    command = [rscript, str(ORACLE / "effects.R"), str(tables)]
    answered = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    for kind, named in answered["tables"].items():
        for name, table in named.items():
            ASSERT[kind](table, answered["answers"][kind][name], (kind, name))


def test_random_tables(rscript, tmp_path):
    (tmp_path / "tables.json").write_text(json.dumps({"tables": random_tables()}))
    assert_all(rscript, tmp_path / "tables.json")


def test_every_usable_table_of_metadat(rscript):
    """Thirty in metadat 1.2: trials, cohorts, means, correlations."""
    assert_all(rscript, "metadat")


FUNCTIONS = {
    **PROPORTIONS,
    "PAS": one_arm.arcsine_proportion,
    "PFT": one_arm.freeman_tukey_proportion,
    "OR": two_by_two.odds_ratio,
    "RR": two_by_two.risk_ratio,
    "RD": two_by_two.risk_difference,
    "MD": continuous.mean_difference,
    "SMD": continuous.standardized_mean_difference,
    "ZCOR": correlation.fisher_z,
    "GEN": lambda yi, vi: from_standard_error(yi, np.sqrt(vi)),
}


def test_reference_values(shared):
    """Every block of effects and of Mantel-Haenszel and Peto pooling in ../shared/reference."""
    seed = json.loads((shared / "reference" / "seed.json").read_bytes())["sets"]
    tables = {
        path.stem: json.loads(path.read_bytes()) for path in sorted((shared / "reference" / "tables").glob("*.json"))
    }
    blocks = [(name, table["data"], table["results"], table.get("mh_peto", {})) for name, table in tables.items()]
    blocks += [(name, table["data"], table, {}) for name, table in seed.items()]
    for name, data, results, pooled in blocks:
        columns = [data[column] for column in data if column != "study" and isinstance(data[column][0], int | float)]
        for measure in FUNCTIONS.keys() & results.keys():
            ours = FUNCTIONS[measure](*columns)
            theirs = results[measure]["effects"]
            np.testing.assert_allclose(ours.yi, theirs["yi"], rtol=1e-10, atol=1e-12, err_msg=f"{name} {measure}")
            np.testing.assert_allclose(ours.vi, theirs["vi"], rtol=1e-10, err_msg=f"{name} {measure}")
        for key, theirs in pooled.items():
            if key == "PETO":
                ours = peto(*columns)
            else:
                _, measure, *corrected = key.split("_")
                ours = mantel_haenszel(*columns, measure, HALF_WHERE_ZERO if corrected else NO_CORRECTION)
            found = [
                ours.k,
                ours.k_effects,
                ours.mean,
                ours.se,
                ours.z,
                ours.p,
                ours.ci_low,
                ours.ci_high,
                ours.q,
                ours.q_p,
                ours.i2,
            ]
            named = ("k", "k_yi", "b", "se", "stat", "pval", "ci_lb", "ci_ub", "QE", "QEp", "I2")
            assert found == pytest.approx([theirs[each] for each in named], rel=1e-9, abs=1e-10), (name, key)
            if theirs.get("MH", "NA") != "NA":
                tests = ours.association.corrected, ours.homogeneity.tarone
                expected = [theirs[each] for each in ("MH", "MHp", "TA", "TAp")]
                assert [value for test in tests for value in (test.statistic, test.p)] == pytest.approx(
                    expected, rel=1e-8
                )
