"""Subgroup analyses: closed forms, identities with regression, and degenerate input."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from perennial.stats.errors import NotEstimable
from perennial.stats.random_effects import common_effect, random_effects
from perennial.stats.subgroups import subgroup_analysis, subgroup_difference
from perennial.stats.tau2 import estimate_tau2

INTERVALS = ("wald", "t", "hartung_knapp", "hartung_knapp_adhoc")


@st.composite
def tables(draw):
    k = draw(st.integers(6, 14))
    yi = [round(each, 3) for each in draw(st.lists(st.floats(-3, 3), min_size=k, max_size=k))]
    vi = draw(st.lists(st.floats(0.05, 2), min_size=k, max_size=k))
    return np.array(yi) + 0.01 * np.arange(k), np.array(vi), [("x", "y", "z")[i % 3] for i in range(k)]


@given(tables(), st.sampled_from(INTERVALS))
@settings(max_examples=50)
def test_groups_apart(table, interval):
    yi, vi, groups = table
    ours = subgroup_analysis(yi, vi, groups, "DL", interval=interval)
    assert list(ours.groups) == ["x", "y", "z"] and ours.tau2 is None
    means, ses = [], []
    for i, fit in enumerate(ours.groups.values()):
        alone = random_effects(yi[i::3], vi[i::3], "DL", interval)
        assert (fit.mean, fit.ci_low, fit.tau2) == (alone.mean, alone.ci_low, alone.tau2)
        means.append(fit.mean)
        ses.append(fit.se)
    w = np.array(ses) ** -2.0
    q = (w * (means - np.average(means, weights=w)) ** 2).sum()
    assert (ours.between.statistic, ours.between.p) == pytest.approx((q, stats.chi2.sf(q, 2)), rel=1e-6, abs=1e-9)
    two = [i for i, group in enumerate(groups) if group != "z"]
    pair = subgroup_analysis(yi[two], vi[two], [groups[i] for i in two], "DL", interval=interval).between
    difference = subgroup_difference(means[:2], ses[:2])
    assert (pair.statistic, pair.p) == pytest.approx((difference.q, difference.q_p))


@given(tables(), st.sampled_from(INTERVALS), st.sampled_from(["REML", "DL", "PM"]))
@settings(max_examples=50)
def test_common_tau2_is_the_regression_on_groups(table, interval, method):
    """Weighted least squares with matrices: the Wald-type test of both contrasts, and the means of the groups."""
    yi, vi, groups = table
    cells = np.array([[group == name for name in "xyz"] for group in groups], dtype=float)
    ours = subgroup_analysis(yi, vi, groups, method, common_tau2=True, interval=interval)
    assert ours.tau2 == pytest.approx(estimate_tau2(yi, vi, method, cells))
    w, df = np.diag(1 / (vi + ours.tau2)), len(yi) - 3
    covariance = np.linalg.inv(cells.T @ w @ cells)
    beta = covariance @ cells.T @ w @ yi
    residual = yi - cells @ beta
    scale = residual @ w @ residual / df if interval.startswith("hartung") else 1
    scale = max(1, scale) if interval.endswith("adhoc") else scale
    contrasts = np.array([[-1, 1, 0], [-1, 0, 1]])
    quadratic = (contrasts @ beta) @ np.linalg.inv(scale * contrasts @ covariance @ contrasts.T) @ (contrasts @ beta)
    if interval == "wald":
        expected, quantile = (quadratic, stats.chi2.sf(quadratic, 2)), stats.norm.ppf(0.975)
        assert (ours.between.distribution, ours.between.df_residual) == ("chi2", None)
    else:
        expected, quantile = (quadratic / 2, stats.f.sf(quadratic / 2, 2, df)), stats.t.ppf(0.975, df)
        assert (ours.between.distribution, ours.between.df_residual) == ("F", df)
    assert (ours.between.statistic, ours.between.p) == pytest.approx(expected, rel=1e-6, abs=1e-9)
    assert [fit.mean for fit in ours.groups.values()] == pytest.approx(list(beta))
    half = quantile * np.sqrt(scale * np.diag(covariance))
    assert [fit.ci_high for fit in ours.groups.values()] == pytest.approx(list(beta + half))


@given(tables())
@settings(max_examples=20)
def test_a_common_effect_splits_q(table):
    yi, vi, groups = table
    ours = subgroup_analysis(yi, vi, groups, 0)
    assert ours.q_total == pytest.approx(ours.q_within + ours.between.statistic)
    assert ours.q_total == pytest.approx(common_effect(yi, vi).heterogeneity.q)
    assert (ours.tau2, ours.q_within_df) == (0, len(yi) - 3)
    known = subgroup_analysis(yi, vi, groups, 0.5)
    assert known.tau2 == 0.5 and {fit.method for fit in known.groups.values()} == {"known"}


class TestDegenerateInput:
    def test_a_group_of_one_study(self):
        ours = subgroup_analysis([0.1, 0.5, 0.9, 2.0], [0.1, 0.1, 0.1, 0.3], ["a", "a", "a", "b"], interval="t")
        assert (ours.groups["b"].mean, ours.groups["b"].tau2, ours.groups["b"].df) == (2.0, 0, None)
        assert ours.warnings == ("one study only in b: its own estimate stands for the group",)
        assert "between groups: chi2" in str(ours)
        assert ours.to_dict()["groups"]["a"]["k"] == 3

    def test_groups_of_one_study_each(self):
        apart = subgroup_analysis([0.0, 2.0], [0.5, 0.5], ["a", "b"])
        assert (apart.between.statistic, apart.q_within, apart.q_within_p) == pytest.approx((4, 0, None))
        with pytest.raises(NotEstimable, match="more studies than coefficients"):
            subgroup_analysis([0.0, 2.0], [0.5, 0.5], ["a", "b"], common_tau2=True)
        with pytest.raises(NotEstimable, match="no degree of freedom"):
            subgroup_analysis([0.0, 2.0], [0.5, 0.5], ["a", "b"], 0.1, common_tau2=True, interval="t")

    def test_estimates_all_equal(self):
        studies = [0.1, 0.1, 0.4, 0.4], [0.1, 0.1, 0.1, 0.1], ["a", "a", "b", "b"]
        for common in (False, True):
            with pytest.raises(NotEstimable, match="all equal"):
                subgroup_analysis(*studies, common_tau2=common, interval="hartung_knapp")
        assert subgroup_analysis(*studies, common_tau2=True).between.statistic == pytest.approx(0.3**2 / 0.1)

    def test_too_few_groups(self):
        with pytest.raises(NotEstimable, match="two groups or more, got 1"):
            subgroup_analysis([0.1, 0.2], [0.1, 0.1], ["a", "a"])
        with pytest.raises(ValueError, match="got 1 groups for 2 studies"):
            subgroup_analysis([0.1, 0.2], [0.1, 0.1], ["a"])
        with pytest.raises(ValueError, match="interval is one of"):
            subgroup_analysis([0.1, 0.2, 0.3], [0.1, 0.1, 0.2], ["a", "a", "b"], common_tau2=True, interval="HK")
