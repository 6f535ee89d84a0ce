"""The way back: inverses, where Freeman-Tukey misleads, and the two views of a mean proportion."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, special, stats

from perennial.stats.back_transformation import (
    back_transform_proportion,
    expit_normal_mean,
    inverse_freeman_tukey_rate,
    mean_proportion,
    to_natural,
)
from perennial.stats.effects import one_arm, rates
from perennial.stats.errors import NotEstimable
from perennial.stats.proportions import TRANSFORMATIONS, double_arcsine, inverse_double_arcsine


@pytest.fixture(autouse=True)
def no_warning_of_numpy():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def common_effect(events, n, name="freeman_tukey", level=1.959963984540054):
    yi, vi = TRANSFORMATIONS[name].effects(events, n)
    mean, se = (yi / vi).sum() / (1 / vi).sum(), (1 / vi).sum() ** -0.5
    return mean, mean - level * se, mean + level * se, se


@pytest.mark.parametrize("name", TRANSFORMATIONS)
@given(pair=st.integers(2, 5000).flatmap(lambda n: st.tuples(st.integers(1, n - 1), st.just(n))))
def test_every_transformation_comes_back(name, pair):
    events, n = pair
    yi, _ = TRANSFORMATIONS[name].effects([events], [n])
    assert TRANSFORMATIONS[name].to_proportion(yi[0], [n]) == pytest.approx(events / n, rel=1e-7, abs=1e-9)
    assert not TRANSFORMATIONS[name].beyond(yi[0], [n])


@pytest.mark.parametrize("name", TRANSFORMATIONS)
@given(value=st.floats(-4, 4), n=st.lists(st.integers(1, 400), min_size=1, max_size=5))
def test_proportions_stay_between_0_and_1_and_cutting_is_told(name, value, n):
    scale = TRANSFORMATIONS[name]
    found = scale.to_proportion(value, n)
    assert 0 <= found <= 1
    if scale.beyond(value, n):
        assert found in (0, 1)


@given(st.integers(1, 400), st.floats(0, 1))
def test_freeman_tukey_comes_back_for_any_size(n, p):
    assert inverse_double_arcsine(double_arcsine(p * n, n), n) == pytest.approx(p, abs=1e-7)


def test_natural_scales():
    effects = one_arm.arcsine_proportion([3, 0], [9, 4])
    assert to_natural(effects.yi, effects.scale) == pytest.approx([1 / 3, 0])
    assert to_natural([0.0, np.log(2)], "log") == pytest.approx([1, 2])
    assert to_natural([0.5493061443340549], "fisher_z") == pytest.approx([0.5])
    assert to_natural([-0.1, 2], "square_root") == pytest.approx([0, 4])
    assert to_natural([-0.1, 2], "arcsine") == pytest.approx([0, 1])
    assert to_natural(-0.3, "identity") == -0.3
    with pytest.raises(ValueError, match="scale must be one of"):
        to_natural([0.1], "freeman_tukey")


@given(st.integers(0, 500), st.floats(0.1, 1e4))
def test_freeman_tukey_rates_come_back(events, time):
    value = rates.freeman_tukey_rate([events], [time]).yi[0]
    assert inverse_freeman_tukey_rate(value, [time]) == pytest.approx(events / time, rel=1e-9, abs=1e-12)
    assert inverse_freeman_tukey_rate(-value, [time]) == 0


class TestBackTransformation:
    def test_at_the_harmonic_mean(self):
        events, n = [31, 45, 12], [60, 80, 31]
        mean, low, high, _ = common_effect(events, n)
        ours = back_transform_proportion(mean, low, high, events, n)
        assert ours.size == pytest.approx(3 / (1 / 60 + 1 / 80 + 1 / 31))
        assert ours.estimate == TRANSFORMATIONS["freeman_tukey"].to_proportion(mean, n)
        assert ours.ci_low < ours.estimate < ours.ci_high
        assert ours.warnings == ()

    def test_at_the_inverse_variance(self):
        """Under a common effect 1/(4 se^2) is the sum of n + 1/2 (Barendregt 2013)."""
        events, n = [31, 45, 12], [60, 80, 31]
        mean, low, high, se = common_effect(events, n)
        ours = back_transform_proportion(mean, low, high, events, n, size="inverse_variance", se=se)
        assert ours.size == pytest.approx(sum(n) + 1.5)
        assert ours.size_rule == "inverse_variance"
        with pytest.raises(ValueError, match="needs the standard error"):
            back_transform_proportion(mean, low, high, events, n, size="inverse_variance")

    def test_a_result_out_of_range_is_refused(self):
        """One giant among dwarfs: Miller's inverse would be 0 of 100 although 26 had the event."""
        events, n = [0, 0, 1, 0, 25], [12, 9, 15, 20, 50000]
        mean, low, high, se = common_effect(events, n)
        assert TRANSFORMATIONS["freeman_tukey"].to_proportion(mean, n) == 0
        with pytest.raises(NotEstimable, match="beyond the transform of 0%, yet 26 of 50056"):
            back_transform_proportion(mean, low, high, events, n)
        reversed_events = [size - count for count, size in zip(events, n, strict=True)]
        mean, low, high, _ = common_effect(reversed_events, n)
        with pytest.raises(NotEstimable, match="beyond the transform of 100%"):
            back_transform_proportion(mean, low, high, reversed_events, n)
        mean, low, high, se = common_effect(events, n)
        ours = back_transform_proportion(mean, low, high, events, n, size="inverse_variance", se=se)
        assert ours.estimate == pytest.approx(26 / 50056, rel=0.05)
        assert any("choice of n decides" in warning for warning in ours.warnings)

    def test_uneven_sizes_are_named(self):
        events, n = [0, 2, 300], [11, 14, 10000]
        mean, low, high, _ = common_effect(events, n)
        ours = back_transform_proportion(mean, low, high, events, n)
        assert any("sizes are so uneven" in warning for warning in ours.warnings)
        even = back_transform_proportion(
            *common_effect([150, 160, 300], [5000, 5500, 10000])[:3], [150, 160, 300], [5000, 5500, 10000]
        )
        assert even.warnings == ()

    def test_an_estimate_outside_the_observed_proportions_is_named(self):
        events, n = [4, 33, 300], [40, 330, 3000]
        ours = back_transform_proportion(0.36, 0.34, 0.38, events, n)
        assert any("outside the observed proportions, 0.1 to 0.1" in warning for warning in ours.warnings)

    def test_no_event_at_all_is_0_and_its_bound_is_cut(self):
        events, n = [0, 0, 0], [10, 20, 15]
        mean, low, high, _ = common_effect(events, n)
        ours = back_transform_proportion(mean, low, high, events, n)
        assert ours.estimate == ours.ci_low == 0 < ours.ci_high
        assert any("cut: " in warning and "the lower bound" in warning for warning in ours.warnings)

    def test_wald_intervals_of_raw_proportions_are_cut_with_a_warning(self):
        ours = back_transform_proportion(0.02, -0.01, 0.05, [1, 0], [40, 60], "raw")
        assert (ours.estimate, ours.ci_low, ours.ci_high) == (0.02, 0, 0.05)
        assert ours.warnings == ("beyond 0 or 1 on this scale, and cut: the lower bound",)
        ours = back_transform_proportion(-0.05, -0.2, 0.1, [9, 9], [10, 10], "log")
        assert ours.ci_high == 1 and "cut: the upper bound" in ours.warnings[0]
        assert back_transform_proportion(2, -3, 9, [9, 9], [10, 10], "logit").warnings == ()

    def test_impossible_arguments(self):
        counts = [1, 2], [10, 20]
        with pytest.raises(ValueError, match="must lie in its interval"):
            back_transform_proportion(0.5, 0.6, 0.7, *counts)
        with pytest.raises(ValueError, match="transformation must be one of"):
            back_transform_proportion(0.5, 0.4, 0.7, *counts, "probit")
        with pytest.raises(ValueError, match="harmonic_mean or inverse_variance"):
            back_transform_proportion(0.5, 0.4, 0.7, *counts, size="arithmetic_mean")
        with pytest.raises(NotEstimable, match="no study"):
            back_transform_proportion(0.5, 0.4, 0.7, [], [])


class TestTwoViewsOfAMean:
    @pytest.mark.parametrize("mean", [-6.0, -1.2, 0.0, 2.5])
    @pytest.mark.parametrize("tau2", [1e-6, 0.04, 1.0, 9.0, 400.0])
    def test_against_another_integration(self, mean, tau2):
        exact, _ = integrate.quad(
            lambda u: special.expit(mean + tau2**0.5 * u) * stats.norm.pdf(u),
            -12, 12, points=[-mean / tau2**0.5] if abs(mean) < 12 * tau2**0.5 else None, epsabs=0, epsrel=1e-12, limit=1000,
        )  # fmt: skip
        assert expit_normal_mean(mean, tau2) == pytest.approx(exact, rel=1e-11)

    def test_against_gauss_hermite(self):
        nodes, weights = np.polynomial.hermite_e.hermegauss(99)
        exact = (weights * special.expit(-2 + 0.8 * nodes)).sum() / weights.sum()
        assert expit_normal_mean(-2, 0.64) == pytest.approx(exact, rel=1e-12)

    @given(st.floats(-8, 8), st.floats(0, 50))
    def test_averaged_lies_nearer_to_a_half_and_mirrors(self, mean, tau2):
        ours = mean_proportion(mean, tau2)
        assert abs(ours.population_averaged - 0.5) <= abs(ours.conditional - 0.5) + 1e-12
        mirrored = mean_proportion(-mean, tau2)
        assert ours.population_averaged == pytest.approx(1 - mirrored.population_averaged, abs=1e-12)
        if tau2 == 0:
            assert ours.population_averaged == pytest.approx(ours.conditional)

    def test_bounds_are_carried_over(self):
        ours = mean_proportion(-1.0, 0.5, -1.4, -0.6)
        assert (ours.conditional_low, ours.conditional_high) == pytest.approx(special.expit([-1.4, -0.6]))
        assert ours.population_averaged_low == expit_normal_mean(-1.4, 0.5)
        assert ours.population_averaged_low < ours.population_averaged < ours.population_averaged_high
        assert mean_proportion(-1.0, 0.5).conditional_low is None

    def test_impossible_values(self):
        for mean, tau2 in ((0, -0.1), (np.nan, 1), (0, np.inf)):
            with pytest.raises(ValueError, match="tau2"):
                mean_proportion(mean, tau2)
        with pytest.raises(NotEstimable, match="all or nothing"):
            mean_proportion(0, 1e12)
