"""What must hold for any counts, checked against closed forms and against integrals done another way."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special, stats

from perennial.stats.egger import egger
from perennial.stats.errors import NotEstimable
from perennial.stats.glmm import log_likelihood
from perennial.stats.pooling import BinomialNormalModel, InverseVariance, pool_proportions
from perennial.stats.proportions import FreemanTukey, check_counts
from perennial.stats.random_effects import random_effects
from perennial.stats.sensitivity import leave_one_out
from perennial.stats.subgroups import subgroup_difference
from perennial.stats.tau2 import estimate_tau2

MODELS = [
    InverseVariance("freeman_tukey", "DL", "wald"),
    InverseVariance("logit", "REML", "hartung_knapp"),
    BinomialNormalModel(7, "t"),
]


@st.composite
def tables(draw, least=2, most=8):
    n = draw(st.lists(st.integers(5, 300), min_size=least, max_size=most))
    return [draw(st.integers(0, size)) for size in n], n


@pytest.mark.parametrize("model", MODELS, ids=str)
@given(table=tables())
@settings(max_examples=25)
def test_counting_the_others_mirrors_the_result(model, table):
    events, n = table
    ours = pool_proportions(events, n, model)
    mirrored = pool_proportions([size - count for count, size in zip(events, n, strict=True)], n, model)
    if ours.estimate is None:
        assert mirrored.estimate is None
        return
    assert ours.estimate == pytest.approx(1 - mirrored.estimate, abs=1e-6)
    assert ours.ci_low == pytest.approx(1 - mirrored.ci_high, abs=1e-5)
    assert ours.tau2 == pytest.approx(mirrored.tau2, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("model", MODELS, ids=str)
@given(table=tables(), seed=st.randoms())
@settings(max_examples=25)
def test_the_order_of_studies_does_not_matter(model, table, seed):
    pairs = list(zip(*table, strict=True))
    seed.shuffle(pairs)
    ours, shuffled = pool_proportions(*table, model), pool_proportions(*zip(*pairs, strict=True), model)
    if ours.estimate is not None:
        assert ours.estimate == pytest.approx(shuffled.estimate, abs=1e-6)
        assert ours.q == pytest.approx(shuffled.q, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("model", MODELS, ids=str)
@given(table=tables(least=0))
@settings(max_examples=40)
def test_an_estimate_lies_in_its_intervals_or_says_why_there_is_none(model, table):
    ours = pool_proportions(*table, model)
    if ours.estimate is None:
        assert ours.warnings
        return
    assert 0 <= ours.ci_low <= ours.estimate <= ours.ci_high <= 1
    if ours.k > 1:
        assert 0 <= ours.pi_low <= ours.estimate <= ours.pi_high <= 1
        assert ours.tau2 >= 0
        assert 0 <= ours.i2 <= 100


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_way_back_from_freeman_tukey_returns_the_proportion(pair):
    events, n = pair
    yi, _ = FreemanTukey().effects([events], [n])
    assert FreemanTukey().to_proportion(yi[0], [n]) == pytest.approx(events / n, abs=1e-9)


@pytest.mark.parametrize("tau", [0.0, 0.05, 0.5, 2.0])
def test_quadrature_against_another_integration(tau):
    """Each study's integral by an adaptive Gauss-Kronrod rule."""
    events, n, mean = [3, 27, 0, 45], [40, 60, 12, 46], 0.3

    def integrand(u, x, size):
        return stats.binom.pmf(x, size, special.expit(mean + tau * u)) * stats.norm.pdf(u)

    exact = sum(
        np.log(integrate.quad(integrand, -12, 12, args=pair, epsabs=0, epsrel=1e-11, limit=500)[0])
        for pair in zip(events, n, strict=True)
    )
    assert log_likelihood(events, n, mean, tau, quadrature_points=41) == pytest.approx(exact, rel=1e-8)


def test_quadrature_stands_large_studies():
    assert np.isfinite(log_likelihood([9990, 3], [10000, 9000], -4.0, 3.0))


@given(st.lists(st.floats(-3, 3), min_size=2, max_size=12), st.floats(0.01, 2))
@settings(max_examples=50)
def test_reml_with_equal_variances_is_the_excess_of_the_sample_variance(yi, variance):
    """Closed form: with one sampling variance for all, tau2 = max(0, sample variance - it)."""
    expected = max(0.0, np.var(yi, ddof=1) - variance)
    ours = estimate_tau2(yi, np.full(len(yi), variance), "REML")
    assert ours == pytest.approx(expected, rel=1e-6, abs=2e-6 * variance)


@given(tables(least=2, most=6))
@settings(max_examples=20)
def test_leave_one_out_pools_the_studies_that_stay(table):
    events, n = table
    runs = leave_one_out(events, n, MODELS[0])
    assert len(runs) == len(n)
    for i, run in enumerate(runs):
        assert run == pool_proportions(events[:i] + events[i + 1 :], n[:i] + n[i + 1 :], MODELS[0])


class TestDegenerateInput:
    @pytest.mark.parametrize("model", MODELS, ids=str)
    def test_no_study(self, model):
        ours = pool_proportions([], [], model)
        assert (ours.k, ours.n, ours.events, ours.estimate, ours.tau2) == (0, 0, 0, None, None)
        assert ours.warnings == ("no study to pool",)

    @pytest.mark.parametrize("model", MODELS, ids=str)
    def test_one_study_is_its_own_proportion_with_the_exact_interval(self, model):
        ours = pool_proportions([26], [52], model)
        exact = stats.binomtest(26, 52).proportion_ci()
        assert (ours.estimate, ours.ci_low, ours.ci_high) == pytest.approx((0.5, exact.low, exact.high))
        assert (ours.tau2, ours.i2, ours.pi_low) == (None, None, None)
        assert ours.ci_method == "Clopper-Pearson, one study"

    @pytest.mark.parametrize("events", [[0, 0, 0], [10, 20, 30]])
    def test_the_glmm_refuses_no_events_and_nothing_but_events(self, events):
        ours = pool_proportions(events, [10, 20, 30], MODELS[2])
        assert ours.estimate is None
        assert "the mean logit is infinite" in ours.warnings[0]

    def test_the_glmm_refuses_studies_that_are_infinitely_far_apart(self):
        ours = pool_proportions([0, 10, 0, 12], [10, 10, 12, 12], MODELS[2])
        assert ours.estimate is None
        assert "keeps rising with tau" in ours.warnings[0]

    def test_equal_studies_have_no_hartung_knapp_interval(self):
        ours = pool_proportions([5, 5, 5], [20, 20, 20], MODELS[1])
        assert ours.estimate is None
        assert "all equal" in ours.warnings[0]

    def test_an_interval_narrower_than_wald_comes_with_the_ad_hoc_variant(self):
        ours = pool_proportions([12, 14, 13, 7], [27, 35, 29, 13], MODELS[1])
        assert ours.safeguarded.ci_low < ours.ci_low
        assert ours.safeguarded.ci_high > ours.ci_high
        assert "narrower than the Wald interval" in ours.warnings[-1]  # the report puts the ad hoc interval behind it

    def test_corrected_counts_and_cut_bounds_are_told(self):
        ours = pool_proportions([0, 3, 1], [20, 30, 25], InverseVariance("logit", "REML", "wald"))
        assert "0.5 added to events and non-events in 1 of 3 studies, for counts of none or all" in ours.warnings
        ours = pool_proportions([0, 3, 1], [20, 30, 25], InverseVariance("raw", "REML", "wald"))
        assert (ours.ci_low, ours.pi_low) == (0, 0)
        assert "beyond 0 or 1 on this scale, and cut: the lower bound, the lower prediction bound" in ours.warnings
        glmm = pool_proportions([0, 3, 1], [20, 30, 25], BinomialNormalModel(7, "wald"))
        assert not any("added" in warning or "cut" in warning for warning in glmm.warnings)

    def test_a_freeman_tukey_inverse_that_misleads_is_told(self):
        ours = pool_proportions([1, 0, 1, 24], [8, 6, 9, 5000], InverseVariance("freeman_tukey", "REML", "wald"))
        assert any("the choice of n decides the result" in warning for warning in ours.warnings)
        safe = pool_proportions([9, 12, 3], [30, 31, 29], InverseVariance("logit", "REML", "hartung_knapp_adhoc"))
        assert safe.ci_method == "Hartung-Knapp, ad hoc variant (2 df)" and safe.safeguarded is None
        with pytest.raises(ValueError, match='"wald" or "t"'):
            pool_proportions([9, 12, 3], [30, 31, 29], BinomialNormalModel(7, "hartung_knapp"))
        even = pool_proportions([9, 12, 11], [30, 31, 29], InverseVariance("freeman_tukey", "REML", "wald"))
        assert even.warnings == ("tau2 is 0: the prediction interval holds no between-study variation",)

    @pytest.mark.parametrize(
        ("events", "n"), [([5], [4]), ([-1], [4]), ([1.5], [4]), ([0], [0]), ([1, 2], [3]), ([float("nan")], [3])]
    )
    def test_impossible_counts(self, events, n):
        with pytest.raises(ValueError, match=r"whole numbers|each pair|equal length"):
            check_counts(events, n)

    def test_pooling_needs_two_studies_and_positive_variances(self):
        with pytest.raises(NotEstimable, match="two studies"):
            random_effects([0.1], [0.2])
        with pytest.raises(NotEstimable, match="positive"):
            random_effects([0.1, 0.2], [0.2, 0.0])

    def test_egger_needs_three_studies_a_spread_in_precision_and_a_residual(self):
        with pytest.raises(NotEstimable, match="three studies"):
            egger([1, 2], [0.1, 0.2])
        with pytest.raises(NotEstimable, match="alike"):
            egger([1, 2, 3], [0.1, 0.1, 0.1])
        with pytest.raises(NotEstimable, match="on a line"):
            egger([1, 2, 3], [0.1, 0.2, 0.3])
        with pytest.raises(NotEstimable, match="standard error must be positive"):
            egger([1, 2, 4], [0.1, -0.2, 0.3])

    def test_a_difference_needs_two_pooled_means(self):
        with pytest.raises(NotEstimable, match="both groups"):
            subgroup_difference([0.1, None], [0.2, 0.3])


def test_results_print_and_turn_into_dictionaries():
    ours = pool_proportions([11, 26], [27, 52], MODELS[0])
    assert ours.to_dict()["k"] == 2
    assert "estimate=" in repr(ours)
    assert str(ours).startswith("proportion 0.46") and "37 of 79 in 2 studies" in str(ours)
    assert str(pool_proportions([], [], MODELS[0])) == "0 of 0 in 0 studies\nno study to pool"
