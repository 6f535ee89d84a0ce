"""Regression and rank tests for funnel plot asymmetry: closed forms, enumeration, refusals and warnings."""

import json
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perennial.stats.begg import begg, kendall_tail
from perennial.stats.egger import PREDICTORS, egger, egger_mixed, regression_test, thompson_sharp
from perennial.stats.errors import NotEstimable
from perennial.stats.funnel import contour_funnel, size_funnel
from perennial.stats.harbord import harbord
from perennial.stats.pet_peese import pet_peese
from perennial.stats.peters import SINGLE_ARM, peters
from perennial.stats.selection import selection_model
from perennial.stats.trim_and_fill import trim_and_fill

# Ten studies, no two alike; the larger the variance the larger the estimate.
YI = [0.31, 0.22, 0.45, 0.28, 0.52, 0.61, 0.39, 0.82, 0.94, 0.71]
VI = [0.01, 0.02, 0.03, 0.04, 0.06, 0.08, 0.11, 0.15, 0.20, 0.26]
NI = [400, 210, 130, 101, 66, 52, 37, 27, 20, 15]
TABLE = {
    "ai": [12, 3, 8, 30, 5, 17, 0, 2, 9, 11, 4],
    "n1i": [120, 40, 95, 310, 33, 150, 12, 25, 80, 140, 22],
    "ci": [18, 6, 9, 41, 4, 30, 2, 5, 14, 13, 9],
    "n2i": [118, 41, 97, 305, 30, 155, 13, 24, 83, 138, 21],
}
COUNTS = [TABLE[name] for name in ("ai", "n1i", "ci", "n2i")]
EFFECT_TESTS = {
    "egger": lambda yi, vi: egger(yi, np.sqrt(vi)),
    "mixed": lambda yi, vi: egger_mixed(yi, np.sqrt(vi)),
    "thompson": lambda yi, vi: thompson_sharp(yi, np.sqrt(vi)),
    "begg": begg,
    "pet_peese": pet_peese,
    "trim_and_fill": trim_and_fill,
}


def weighted_least_squares(y, x, w):
    """Coefficients, and their covariance by the residual variance, from the normal equations."""
    design = np.column_stack([np.ones(len(y)), x])
    inverse = np.linalg.inv(design.T @ (w[:, None] * design))
    found = inverse @ design.T @ (w * y)
    return found, inverse * (w * (y - design @ found) ** 2).sum() / (len(y) - 2)


def test_egger_is_the_intercept_of_the_standard_normal_deviate_on_precision():
    """As Egger et al 1997 print it: an unweighted regression of yi/sei on 1/sei."""
    sei = np.sqrt(VI)
    found, covariance = weighted_least_squares(YI / sei, 1 / sei, np.ones(10))
    ours = egger(YI, sei)
    assert (ours.bias, ours.se, ours.limit) == pytest.approx((found[0], covariance[0, 0] ** 0.5, found[1]))
    assert (ours.limit_low + ours.limit_high) / 2 == pytest.approx(ours.limit)
    assert ours.df == 8


@pytest.mark.parametrize("predictor", PREDICTORS)
def test_a_limit_is_given_only_where_zero_means_growing_precision(predictor):
    ours = regression_test(YI, VI, predictor, NI)
    assert (ours.limit is None) == (predictor in ("sample size", "root sample size"))
    assert ours.predictor == predictor


def test_thompson_sharp_is_the_mixed_model_by_moments():
    assert thompson_sharp(YI, np.sqrt(VI)) == egger_mixed(YI, np.sqrt(VI), "DL")


@given(st.floats(-6, 6), st.floats(-3, 3))
@settings(max_examples=20)
def test_scale_and_place_do_not_matter(power, shift):
    """The same studies in other units, and moved: statistics stay."""
    unit, sei = 10.0**power, np.sqrt(VI)
    moved = unit * (np.array(YI) + shift)
    assert egger(moved, unit * sei).t == pytest.approx(egger(YI, sei).t, rel=1e-6)
    assert egger_mixed(moved, unit * sei).statistic == pytest.approx(egger_mixed(YI, sei).statistic, rel=1e-5)
    assert begg(moved, unit**2 * np.array(VI)).score == begg(YI, VI).score


@pytest.mark.parametrize("k", [2, 3, 4, 5, 6, 7])
def test_kendalls_distribution_is_that_of_all_orders(k):
    inversions = [sum(a > b for i, a in enumerate(p) for b in p[i:]) for p in permutations(range(k))]
    for score in range(k * (k - 1) // 4 + 1):
        assert kendall_tail(score, k) == pytest.approx(np.mean(np.array(inversions) <= score), rel=1e-12)


def test_kendalls_distribution_keeps_digits_in_the_tail():
    assert kendall_tail(0, 30) == pytest.approx(3.769987628815905e-33, rel=1e-12)  # 1/30!
    assert kendall_tail(1, 30) == pytest.approx(30 * 3.769987628815905e-33, rel=1e-12)
    assert kendall_tail(0, 400) == 0.0 or kendall_tail(0, 400) < 1e-300


def test_rounding_makes_no_order():
    """0.1 + 0.2 and 0.3 are one value: tied, so no exact P value."""
    yi, vi = [0.1, 0.1 + 0.2, 0.3, 0.5, 0.9], [0.02, 0.05, 0.05 + 1e-17, 0.1, 0.3]
    ours = begg(yi, vi)
    assert not ours.exact
    assert ours.tau == begg([0.1, 0.3, 0.3, 0.5, 0.9], [0.02, 0.05, 0.05, 0.1, 0.3]).tau
    assert any("tied" in warning for warning in ours.warnings)


def test_begg_keeps_digits_where_one_study_has_nearly_all_the_weight():
    """vi - 1/sum(1/vi) of the first study is 1e-24 to seven digits; subtracting leaves rounding error."""
    ours = begg([0.5 + 1e-13, 0.1, 0.7, -0.3], [1e-12, 1.0, 2.0, 3.0])
    assert np.isfinite(ours.tau)


def test_begg_of_many_studies_takes_the_normal_approximation():
    random = np.random.default_rng(4)
    assert not begg(random.normal(size=1001), random.uniform(1, 9, 1001)).exact
    assert begg(random.normal(size=200), random.uniform(1, 9, 200)).exact


def test_harbord_is_the_intercept_of_the_printed_regression():
    """Harbord et al 2006: an unweighted regression of Z/sqrt(V) on sqrt(V), cell by cell."""
    z, v = [], []
    for a, n1, c, n2 in zip(*COUNTS, strict=True):
        n, d = n1 + n2, a + c
        z.append(a - d * n1 / n)
        v.append(n1 * n2 * d * (n - d) / (n * n * (n - 1)))
    z, root = np.array(z), np.sqrt(v)
    found, covariance = weighted_least_squares(z / root, root, np.ones(11))
    ours = harbord(*COUNTS)
    assert (ours.slope, ours.se, ours.limit) == pytest.approx((found[0], covariance[0, 0] ** 0.5, found[1]))
    assert (ours.k, ours.df) == (11, 9)


def test_harbord_leaves_out_tables_that_tell_nothing():
    more = [[*column, extra] for column, extra in zip(COUNTS, (0, 50, 0, 60), strict=True)]
    ours = harbord(*more)
    assert (ours.k, ours.p) == (11, harbord(*COUNTS).p)
    absent = harbord(*(np.append(counts, np.nan) for counts in COUNTS))
    assert absent.p == ours.p and absent.warnings[0] == "left out, with a missing value: study 12"
    effective = harbord(*(np.array(counts) / 1.5 for counts in COUNTS))
    assert "counts that are not whole numbers" in effective.warnings[0]
    assert any("1 of 12 studies left out" in warning for warning in ours.warnings)


def test_peters_weights():
    events, n = np.add(TABLE["ai"], TABLE["ci"]), np.add(TABLE["n1i"], TABLE["n2i"])
    random = np.random.default_rng(2)
    yi, vi = random.normal(size=11), random.uniform(0.1, 1, 11)
    found, covariance = weighted_least_squares(yi, 1 / n, events * (n - events) / n)
    ours = peters(yi, vi, events, n)
    assert (ours.slope, ours.se, ours.limit) == pytest.approx((found[1], covariance[1, 1] ** 0.5, found[0]))
    assert SINGLE_ARM not in ours.warnings
    single = peters(yi, vi, events, n, arms=1)
    assert SINGLE_ARM in single.warnings
    assert "extended" in single.test
    events[0] = 0
    fewer = peters(yi, vi, events, n)
    assert fewer.k == 10
    assert any("1 of 11 studies left out" in warning for warning in fewer.warnings)


@pytest.mark.parametrize("test", EFFECT_TESTS.values(), ids=EFFECT_TESTS)
class TestRefusals:
    @pytest.mark.parametrize("k", [0, 1, 2])
    def test_too_few_studies(self, test, k):
        with pytest.raises(NotEstimable, match="three studies or more"):
            test(YI[:k], VI[:k])

    def test_no_spread_in_precision(self, test):
        with pytest.raises(NotEstimable, match="alike"):
            test(YI, [0.1] * 10)

    @pytest.mark.parametrize(("yi", "vi"), [(np.nan, 0.1), (0.1, 0.0), (0.1, -1.0), (np.inf, 0.1)])
    def test_values_that_cannot_be(self, test, yi, vi):
        with pytest.raises(NotEstimable, match="finite"), np.errstate(invalid="ignore"):
            test([yi, *YI[1:]], [vi, *VI[1:]])

    def test_unequal_lengths(self, test):
        with pytest.raises(ValueError, match="length"):
            test(YI, VI[:-1])


@pytest.mark.parametrize("name", ["egger", "begg", "pet_peese"])
def test_estimates_that_are_all_alike(name):
    with pytest.raises(NotEstimable, match=r"line|alike"):
        EFFECT_TESTS[name]([0.4] * 10, VI)


def test_impossible_arguments():
    with pytest.raises(ValueError, match="predictor must be one of"):
        regression_test(YI, VI, "year")
    with pytest.raises(ValueError, match="sample sizes"):
        regression_test(YI, VI, "sample size")
    with pytest.raises(ValueError, match="model must be"):
        regression_test(YI, VI, model="fixed")
    with pytest.raises(ValueError, match="arms"):
        peters(YI, VI, [3] * 10, NI, arms=3)
    with pytest.raises(ValueError, match="alpha"):
        pet_peese(YI, VI, alpha=0)


def results():
    yield from (test(YI, VI) for test in EFFECT_TESTS.values())
    yield harbord(*COUNTS)
    yield peters(YI, VI, [4] * 10, NI)
    yield selection_model([0.5, 0.9, 0.1, 0.3, 1.2], [0.01, 0.05, 0.04, 0.2, 0.1])
    yield contour_funnel(YI, np.sqrt(VI))
    yield size_funnel([4] * 10, NI)


def test_every_result_says_what_it_assumes_and_none_says_publication_bias():
    for result in results():
        said = json.dumps(result.to_dict(), allow_nan=False) + str(result)
        assert result.k in (5, 10, 11)
        assert result.assumptions
        assert "publication" not in said.lower()


@pytest.mark.parametrize("test", EFFECT_TESTS.values(), ids=EFFECT_TESTS)
def test_warnings(test):
    def warned(yi, vi, text):
        return any(text in warning for warning in test(yi, vi).warnings)

    few, alike, apart = "fewer than 10", "little spread in precision", "substantial heterogeneity"
    assert not any(warned(YI, VI, text) for text in (few, alike, apart))
    assert warned(YI[:9], VI[:9], few)
    assert warned(YI, np.linspace(0.1, 0.3, 10), alike)
    assert warned(np.array(YI) * 20, VI, apart)


def test_pet_peese_takes_peese_where_pet_finds_an_effect():
    """Estimates without trend far from zero, and a trend that ends at zero."""
    sei, noise = np.sqrt(VI), 0.05 * np.array([1, -1, 1, 1, -1, -1, 1, -1, 1, -1])
    far, none = pet_peese(2 + noise, VI), pet_peese(sei + noise * 0.5, VI)
    assert (far.chosen, far.estimate) == ("PEESE", far.peese.estimate)
    assert (none.chosen, none.estimate) == ("PET", none.pet.estimate)
    assert far.peese.estimate == pytest.approx(2, abs=0.1)
    assert any("unreliable" in warning for warning in far.warnings)
