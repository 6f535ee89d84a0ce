"""The binomial-normal model: reference values, brute-force integrals, big studies, rare events, refusals."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special, stats

from perennial.stats.errors import NotEstimable
from perennial.stats.glmm import fit_binomial_normal, log_likelihood
from perennial.stats.random_effects import random_effects

SETS = ["mono_ORR", "mono_CR", "combo_ORR", "combo_CR", "naive_ORR", "naive_CR", "all_ORR", "all_CR"]
FOLDER = ["dat.bcg.armC", "dat.bcg.armT", "dat.debruin2009", "dat.egger2001.armT", "dat.nielweise2007.armT"]
FOLDER += ["dat.pritz1997", "edge_p_k2"]


def reference(shared, name: str) -> dict:
    folder = shared / "reference"
    if name in SETS:
        return json.loads((folder / "seed.json").read_bytes())["sets"][name]
    return json.loads((folder / "tables" / f"{name}.json").read_bytes())


@pytest.mark.parametrize("name", [*SETS, *FOLDER])
@pytest.mark.parametrize(("key", "points"), [("ML_nAGQ7_z", 7), ("ML_nAGQ7_t", 7), ("ML_nAGQ1_z", 1), ("EE", None)])
def test_metafor_at_its_defaults(shared, name, key, points):
    """One point is worse: at its default tolerance lme4 knows that likelihood to some 1e-6 only (see oracle/glmm.R)."""
    table = reference(shared, name)
    events, n, theirs = table["data"]["events"], table["data"]["n"], table["glmm"][key]
    effects, interval = "common" if points is None else "random", "t" if key.endswith("t") else "wald"
    ours = fit_binomial_normal(events, n, points or 7, effects, interval)
    close = 1e-4 if points != 1 else 3e-3 if name != "dat.pritz1997" else 2e-2
    assert ours.mean == pytest.approx(theirs["b"], rel=close, abs=1e-5)
    assert ours.tau2 == pytest.approx(theirs["tau2"], rel=close, abs=1e-5)
    assert ours.se == pytest.approx(theirs["se"], rel=close)
    assert (ours.ci_low, ours.ci_high) == pytest.approx((theirs["ci_lb"], theirs["ci_ub"]), rel=close, abs=close)
    assert ours.conditional_log_likelihood == pytest.approx(theirs["ll"], abs=1e-4 if points != 1 else 1e-2)
    assert ours.heterogeneity.q == pytest.approx(theirs["QE_LRT"], rel=1e-6, abs=1e-8)
    assert ours.q_wald == pytest.approx(theirs["QE_Wld"], rel=1e-5, abs=1e-5)
    assert ours.log_likelihood >= log_likelihood(events, n, theirs["b"], theirs["tau2"] ** 0.5, points or 7) - 1e-9


@pytest.mark.parametrize(("name", "missed"), [("edge_p_ft_oob_low", 0.5), ("edge_p_zero_one_mix", 1e-6)])
def test_where_metafor_stops_below_the_maximum(shared, name, missed):
    """A local maximum at tau2 = 3.02 where 0 is more likely by half a unit; a likelihood that is almost flat in tau2."""
    table = reference(shared, name)
    events, n, theirs = table["data"]["events"], table["data"]["n"], table["glmm"]["ML_nAGQ7_z"]
    ours = fit_binomial_normal(events, n)
    assert ours.log_likelihood > log_likelihood(events, n, theirs["b"], theirs["tau2"] ** 0.5) + missed


def brute(events, n, mean, tau) -> float:
    total = 0.0
    for x, size in zip(events, n, strict=True):
        scale = 1 / math.sqrt((x + 0.5) * (size - x + 0.5) / (size + 1))
        centre = math.log((x + 0.5) / (size - x + 0.5))
        density = lambda t, x=x, size=size: stats.binom.pmf(x, size, special.expit(t)) * stats.norm.pdf(t, mean, tau)  # noqa: E731
        width = min(9 * tau, 12 * scale) if 0 < x < size else 9 * tau
        low, high = max(mean - 9 * tau, centre - 40 * scale), min(mean + 9 * tau, centre + 40 * scale)
        middle = np.clip(centre, low, high)
        parts = [
            integrate.quad(density, *ends, epsrel=1e-10, limit=200)[0]
            for ends in ((low, middle - min(width, middle - low)), (middle - min(width, middle - low), middle))
        ]
        parts += [
            integrate.quad(density, *ends, epsrel=1e-10, limit=200)[0]
            for ends in ((middle, middle + min(width, high - middle)), (middle + min(width, high - middle), high))
        ]
        total += math.log(sum(parts))
    return total


@pytest.mark.parametrize(
    ("events", "n", "mean", "tau"),
    [
        ([3, 0, 9], [20, 15, 11], -0.4, 0.9),
        ([12, 180, 9990], [10_000, 10_000, 10_000], 0.0, 4.0),
        ([0, 0, 1, 2], [300, 500, 200, 400], -5.5, 0.5),
    ],
)
def test_the_integral_by_brute_force(events, n, mean, tau):
    assert log_likelihood(events, n, mean, tau, 60) == pytest.approx(brute(events, n, mean, tau), abs=1e-8)


def test_no_spread_is_the_binomial_likelihood():
    expected = stats.binom.logpmf([3, 0, 11], [20, 15, 11], special.expit(-0.4)).sum()
    assert log_likelihood([3, 0, 11], [20, 15, 11], -0.4, 0.0) == pytest.approx(expected, rel=1e-12)


counts = st.integers(1, 20_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(st.lists(counts, min_size=2, max_size=12), st.sampled_from([1, 7, 12]))
@settings(max_examples=30)
def test_nothing_near_or_far_is_more_likely(table, points):
    """Whatever the counts: a refusal that says why, or a maximum that no other point tops."""
    events, n = np.array(table).T
    try:
        ours = fit_binomial_normal(events, n, points)
    except NotEstimable:
        return
    assert math.isfinite(ours.se)
    assert ours.se > 0
    tau = ours.tau2**0.5
    for mean in (ours.mean - ours.se, ours.mean - 1e-3, ours.mean, ours.mean + 1e-3, ours.mean + ours.se):
        for other in (0.0, tau / 2, tau * 0.999, tau, tau * 1.001, 2 * tau, tau + 1e-3, tau + 0.3, tau + 3):
            assert log_likelihood(events, n, mean, other, points) <= ours.log_likelihood + 1e-7


@given(st.lists(counts, min_size=2, max_size=8))
@settings(max_examples=40)
def test_events_and_non_events_exchanged(table):
    events, n = np.array(table).T
    try:
        one, other = fit_binomial_normal(events, n), fit_binomial_normal(n - events, n)
    except NotEstimable:
        with pytest.raises(NotEstimable):
            fit_binomial_normal(n - events, n)
        return
    assert other.log_likelihood == pytest.approx(one.log_likelihood, abs=1e-7)
    assert other.mean == pytest.approx(-one.mean, rel=1e-4, abs=1e-4)


def test_the_standard_error_is_the_curvature_of_the_likelihood():
    """The profile likelihood falls by half a squared distance: checked at a hundredth of a standard error."""
    events, n = [11, 24, 179, 82, 60, 11, 99, 9], [29, 33, 326, 240, 110, 29, 244, 17]
    ours = fit_binomial_normal(events, n)
    taus = ours.tau2**0.5 + np.linspace(-0.01, 0.01, 401)
    fall = 0.0
    for sign in (-1, 1):
        mean = ours.mean + sign * ours.se / 50
        fall += ours.log_likelihood - max(log_likelihood(events, n, mean, tau) for tau in taus)
    assert fall / 2 == pytest.approx(0.5 / 50**2, rel=1e-3)


class TestHardData:
    def test_studies_of_ten_thousand(self):
        """Modes are far from the mean here, where undamped steps overshoot."""
        ours = fit_binomial_normal([3, 9_990, 40, 5_000, 9_700], [10_000] * 5)
        assert 3 < ours.tau2**0.5 < 6
        equal = fit_binomial_normal([5_000, 5_001, 4_999], [10_000] * 3)
        assert equal.tau2 == 0.0
        assert equal.se == pytest.approx(2 / 30_000**0.5, rel=1e-6)

    def test_most_studies_without_an_event(self):
        events, n = [0] * 18 + [1, 2], [150] * 20
        ours = fit_binomial_normal(events, n)
        assert 0 < ours.median_proportion < 3 / 3000
        turned = fit_binomial_normal([150 - x for x in events], n)
        assert (turned.mean, turned.tau2) == pytest.approx((-ours.mean, ours.tau2), rel=1e-6)

    def test_one_event_in_all(self):
        ours = fit_binomial_normal([0, 0, 1], [30, 40, 50])
        assert ours.tau2 == 0.0
        assert ours.mean == pytest.approx(special.logit(1 / 120), rel=1e-8)

    def test_equal_studies_are_one_binomial(self):
        ours = fit_binomial_normal([5, 5, 5], [20, 20, 20])
        assert (ours.mean, ours.tau2) == pytest.approx((special.logit(0.25), 0.0))
        assert ours.se == pytest.approx((1 / 15 + 1 / 45) ** 0.5, rel=1e-6)
        assert (ours.heterogeneity.q, ours.q_wald) == pytest.approx((0.0, 0.0), abs=1e-12)

    def test_two_studies(self):
        ours = fit_binomial_normal([3, 10], [20, 25], interval="t")
        assert (ours.k, ours.df) == (2, 1)
        assert ours.ci_high - ours.mean == pytest.approx(stats.t.ppf(0.975, 1) * ours.se)

    def test_laplace_is_not_good_enough(self):
        """tau2 by one point differs from the limit of many by more than one in a hundred, by seven points not."""
        events, n = [3, 10, 2, 8], [20, 25, 21, 15]
        one, seven, many = (fit_binomial_normal(events, n, points).tau2 for points in (1, 7, 50))
        assert abs(one / many - 1) > 0.01
        assert abs(seven / many - 1) < 1e-3

    @pytest.mark.parametrize(
        ("events", "n", "reason"),
        [
            ([], [], "no study"),
            ([3], [20], "two studies"),
            ([0, 0], [20, 30], "no patient"),
            ([20, 30], [20, 30], "every patient"),
            ([0, 10, 0, 12], [10, 10, 12, 12], "keeps rising with tau"),
        ],
    )
    def test_refusals(self, events, n, reason):
        with pytest.raises(NotEstimable, match=reason):
            fit_binomial_normal(events, n)

    @pytest.mark.parametrize(
        "choice", [{"quadrature_points": 0}, {"effects": "fixed"}, {"interval": "hk"}, {"level": 1.0}]
    )
    def test_impossible_choices(self, choice):
        with pytest.raises(ValueError, match=next(iter(choice))):
            fit_binomial_normal([3, 4], [20, 20], **choice)


def test_the_common_effect_is_the_pooled_proportion():
    ours = fit_binomial_normal([3, 10], [20, 25], effects="common")
    assert (ours.mean, ours.tau2) == (pytest.approx(special.logit(13 / 45)), 0.0)
    assert ours.se == pytest.approx((1 / 13 + 1 / 32) ** 0.5)
    alone = fit_binomial_normal([5], [20], effects="common")
    assert (alone.k, alone.q_wald_p, alone.heterogeneity.q_df) == (1, None, 0)
    with pytest.raises(NotEstimable, match="degree of freedom"):
        fit_binomial_normal([5], [20], effects="common", interval="t")


def test_the_two_views_of_a_mean_proportion():
    """The median study and the average over studies part where studies differ."""
    ours = fit_binomial_normal([1, 2, 9, 15], [50, 50, 50, 50])
    expected = integrate.quad(
        lambda t: special.expit(t) * stats.norm.pdf(t, ours.mean, ours.tau2**0.5), ours.mean - 20, ours.mean + 20
    )[0]
    assert ours.mean_proportion == pytest.approx(expected, rel=1e-8)
    assert ours.median_proportion == pytest.approx(special.expit(ours.mean))
    assert ours.median_proportion < ours.mean_proportion < 0.5
    assert "in the median study" in str(ours)


def test_the_average_over_studies_that_are_far_apart():
    """Where tau is large too, to ten digits: E expit against adaptive quadrature on both sides of its step."""
    ours = replace(fit_binomial_normal([1, 2, 9, 15], [50, 50, 50, 50]), mean=-2.0, tau2=100.0)
    expected = integrate.quad(
        lambda t: special.expit(t) * stats.norm.pdf(t, -2, 10), -90, 90, points=[-5, 0, 5], limit=500, epsabs=1e-13
    )[0]
    assert ours.mean_proportion == pytest.approx(expected, rel=1e-10)


def test_heterogeneity_is_from_the_likelihood_ratio_and_from_tau2():
    found = fit_binomial_normal([1, 2, 9, 15], [50, 50, 50, 50]).heterogeneity
    assert found.i2 == pytest.approx(100 * (1 - 1 / found.h2))
    assert found.i2_tau2 == pytest.approx(100 * (1 - 1 / found.h2_tau2))


def test_coverage_in_rare_events():
    """Lin & Chu (2020, Epidemiology 31:713), Table 2: 96% by this model, 24% by logits with 0.5 added to every study."""
    random, target, simulations = np.random.default_rng(20200713), float(special.logit(0.01)), 150
    held = {"one step": 0, "two steps": 0}
    for _ in range(simulations):
        n = random.integers(100, 500, 30, endpoint=True)
        events = random.binomial(n, special.expit(random.normal(target, 0.1, 30)))
        one = fit_binomial_normal(events, n)
        held["one step"] += one.ci_low <= target <= one.ci_high
        yes, no = events + 0.5, n - events + 0.5
        two = random_effects(np.log(yes / no), 1 / yes + 1 / no, "DL")
        held["two steps"] += two.ci_low <= target <= two.ci_high
    assert held["one step"] / simulations > 0.9
    assert held["two steps"] / simulations < 0.4
