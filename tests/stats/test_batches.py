"""Many meta-analyses at once, leave-one-out and cumulative analyses: the same as one at a time."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perennial.stats import sensitivity
from perennial.stats.batches import INTERVALS, common_effect_many, random_effects_many, weights
from perennial.stats.errors import NotEstimable
from perennial.stats.prediction import prediction_interval
from perennial.stats.qprofile import q_profile, q_profile_many
from perennial.stats.random_effects import common_effect, random_effects
from perennial.stats.sensitivity import cumulative, leave_one_out_effects
from perennial.stats.tau2 import METHODS

POOLED = ("mean", "se", "ci_low", "ci_high", "p", "tau2")
SPREAD = ("q", "q_df", "q_p", "i2", "i2_tau2", "h2", "h2_tau2")

numbers = st.floats(-3, 3).map(lambda number: round(number, 4))


@st.composite
def masked(draw, least=0):
    """Arrays of up to five analyses, with studies missing anywhere."""
    rows, width = draw(st.integers(1, 5)), draw(st.integers(max(least, 1), 7))
    yi = np.array(draw(st.lists(numbers, min_size=rows * width, max_size=rows * width))).reshape(rows, width)
    vi = np.exp(draw(st.lists(numbers, min_size=rows * width, max_size=rows * width))).reshape(rows, width)
    there = np.array(draw(st.lists(st.booleans(), min_size=rows * width, max_size=rows * width))).reshape(rows, width)
    there[:, :least] = True
    return np.where(there, yi, np.nan), np.where(there, vi, np.nan)


def assert_row_is(many, row: int, fit) -> None:
    for name in POOLED:
        assert getattr(many, name)[row] == pytest.approx(getattr(fit, name), rel=1e-9, abs=1e-12), name
    for name in SPREAD:
        assert getattr(many, name)[row] == pytest.approx(getattr(fit.heterogeneity, name), rel=1e-9, abs=1e-9), name
    assert many.k[row] == fit.k
    assert np.isnan(many.df[row]) if fit.df is None else many.df[row] == fit.df


@given(masked(least=2), st.sampled_from(METHODS), st.sampled_from(INTERVALS))
@settings(max_examples=80)
def test_many_are_as_one_at_a_time(table, method, interval):
    many, common, profiles = (
        random_effects_many(*table, method, interval),
        common_effect_many(*table),
        q_profile_many(*table),
    )
    for row, (yi, vi) in enumerate(zip(*table, strict=True)):
        there = ~np.isnan(yi)
        yi, vi = yi[there], vi[there]
        try:
            fit = random_effects(yi, vi, method, interval)
        except NotEstimable:
            assert np.isnan(many.se[row]) and "all equal" in many.warnings[0]
            continue
        assert_row_is(many, row, fit)
        assert_row_is(common, row, common_effect(yi, vi))
        profile = q_profile(yi, vi)
        for name in ("tau2_low", "tau2_high", "i2_tau2_high", "h2_tau2_low", "empty", "excludes"):
            assert getattr(profiles, name)[row] == pytest.approx(getattr(profile, name), rel=1e-9, abs=1e-12)
        assert weights(table[1], many.tau2)[row][there] == pytest.approx(fit.weights)


@given(masked(), st.sampled_from(INTERVALS))
@settings(max_examples=60)
def test_analyses_of_one_study_and_of_none(table, interval):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        many = random_effects_many(*table, "REML", interval)
    k = (~np.isnan(table[0])).sum(1)
    assert list(many.k) == list(k)
    assert np.isnan(many.mean).tolist() == (k == 0).tolist()
    for row in np.flatnonzero(k == 1):
        there = ~np.isnan(table[0][row])
        alone = common_effect(table[0][row][there], table[1][row][there])
        assert (many.mean[row], many.ci_low[row], many.tau2[row]) == pytest.approx((alone.mean, alone.ci_low, 0))
        assert np.isnan(many.df[row]) and np.isnan(many.q_p[row])
    for count, said in ((1, "of one study"), (0, "of no study")):
        assert any(said in warning for warning in many.warnings) == (count in k)


@given(masked(least=3), st.sampled_from(METHODS), st.sampled_from(("wald", "t", "hartung_knapp_adhoc")))
@settings(max_examples=40)
def test_leave_one_out_and_cumulative_pool_the_studies_they_say(table, method, interval):
    yi, vi = (each[0][~np.isnan(table[0][0])] for each in table)
    left_out = leave_one_out_effects(yi, vi, method, interval)
    year = np.round(vi, 1)
    grown = cumulative(yi, vi, year, method, interval)
    order = sorted(range(len(yi)), key=lambda i: year[i])
    assert grown.order.tolist() == order
    for i in range(len(yi)):
        assert_row_is(left_out, i, random_effects(np.delete(yi, i), np.delete(vi, i), method, interval))
    assert grown.fits.k.tolist() == [(year <= each).sum() for each in np.unique(year)]
    for step, k in enumerate(grown.fits.k):
        if k > 1:
            fit = random_effects(yi[order[:k]], vi[order[:k]], method, interval)
            assert_row_is(grown.fits, step, fit)
            expected = prediction_interval(fit.mean, fit.se, fit.tau2, fit.k)
            assert (grown.pi_low[step], grown.pi_high[step]) == pytest.approx(
                (expected.low, expected.high), rel=1e-9, abs=1e-9
            )
        else:
            assert grown.fits.mean[step] == pytest.approx(yi[order[0]]) and np.isnan(grown.pi_low[step])
            assert any("of one study" in warning for warning in grown.warnings)


def test_blocks_change_nothing(monkeypatch):
    """Thousands of studies are worked on in blocks; here of a few."""
    random = np.random.default_rng(3)
    yi, vi = random.normal(size=40), random.gamma(2, 0.2, 40)
    whole = leave_one_out_effects(yi, vi), cumulative(yi, vi, -vi)
    monkeypatch.setattr(sensitivity, "_AT_A_TIME", 100)
    blocks = leave_one_out_effects(yi, vi), cumulative(yi, vi, -vi)
    assert blocks[0].tau2 == pytest.approx(whole[0].tau2, rel=1e-12)
    assert blocks[1].fits.ci_low == pytest.approx(whole[1].fits.ci_low, rel=1e-12)
    assert blocks[1].pi_high[1:] == pytest.approx(whole[1].pi_high[1:], rel=1e-12)
    assert blocks[1].warnings == whole[1].warnings


def test_sequences_of_a_common_effect():
    yi, vi = [0.1, 0.5, 0.9], [0.1, 0.2, 0.4]
    assert leave_one_out_effects(yi, vi, 0).mean[0] == pytest.approx(common_effect(yi[1:], vi[1:]).mean)
    assert cumulative(yi, vi, tau2=0).fits.mean[-1] == pytest.approx(common_effect(yi, vi).mean)
    assert cumulative(yi, vi, ["2020", "2019", "2021"]).order.tolist() == [1, 0, 2]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("method", METHODS)
def test_extreme_sizes_raise_no_warning(method):
    """Weights up to the limits of what is taken, side by side."""
    vi = np.array([[1e-100, 1e100], [1e-90, 1e-60], [1.0, 1e100], [1e-12, 1e-12]])
    for yi in (np.sqrt(vi), np.zeros((4, 2)), -np.sqrt(vi) * [[1, 0]], 1e6 * np.sqrt(vi)):
        assert np.isfinite(random_effects_many(yi, vi, method).mean).all()
        assert np.isfinite(q_profile_many(yi, vi, method).tau2_high).all()


def test_refusals():
    with pytest.raises(NotEstimable, match="two studies or more, got 1"):
        leave_one_out_effects([0.1], [0.1])
    with pytest.raises(NotEstimable, match="a study or more, got none"):
        cumulative([], [])
    for order in ([1.0, np.nan], [1]):
        with pytest.raises(ValueError, match="a value for each of 2 studies"):
            cumulative([0.1, 0.2], [0.1, 0.1], order)
    for yi, vi in (([[1e101, 0]], [[1, 1]]), ([[1, 0]], [[1, 1e-101]]), ([[np.inf, np.nan]], [[1, 1]])):
        with pytest.raises(NotEstimable, match="from 1e-100 to 1e100"):
            random_effects_many(yi, vi)
    with pytest.raises(ValueError, match="known tau2"):
        random_effects_many([[0.1, 0.2]], [[0.1, 0.1]], [np.nan])


def test_summaries():
    assert str(random_effects_many([[0.1, 0.2], [0.3, np.nan]], [[0.1, 0.1], [0.2, np.nan]])) == (
        "2 analyses of 3 estimates\n1 of one study: its own estimate and normal interval, tau2 is put at zero"
    )
    known = random_effects_many([[0.3]], [[0.1]], 0.05)
    assert str(known) == "1 analysis of 1 estimate\n1 of one study: its own estimate and normal interval"
    assert known.se == pytest.approx(0.15**0.5)
    grown = cumulative([0.1, 0.2], [0.1, 0.1])
    assert grown.to_dict()["fits"]["k"] == [1, 2]
    assert "k = 2: 0.15 (-0.2883 to 0.5883)" in str(grown)
    assert any("no between-study variation" in warning for warning in grown.warnings)


def test_narrow_hartung_knapp_intervals_are_marked():
    yi = [[0.1, 0.11, 0.12], [0.1, 2.0, -1.5]]
    many = random_effects_many(yi, np.ones((2, 3)), interval="hartung_knapp")
    assert many.narrow.tolist() == [True, False]
    assert many.warnings == ("1 with a Hartung-Knapp interval narrower than Wald's; see the ad hoc variant",)
    assert not random_effects_many(yi, np.ones((2, 3)), interval="hartung_knapp_adhoc").narrow.any()
