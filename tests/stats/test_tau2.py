"""The estimators of tau2 against closed forms, a dense grid of the likelihood, and textbook matrices."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perennial.stats.errors import NotEstimable
from perennial.stats.quadratic_forms import Means, Regression
from perennial.stats.tau2 import METHODS, estimate_tau2, estimate_tau2_many, tau2_where_q_is


def matrices(yi, vi, x, tau2):
    """W, P and Q with k x k matrices, as textbooks write them."""
    w = np.diag(1 / (np.asarray(vi) + tau2))
    p = w - w @ x @ np.linalg.inv(x.T @ w @ x) @ x.T @ w
    return w, p, yi @ p @ yi


def log_likelihood(yi, vi, x, tau2, method):
    w, _, q = matrices(yi, vi, x, tau2)
    restricted = np.linalg.slogdet(x.T @ w @ x)[1] if method == "REML" else 0
    return (np.linalg.slogdet(w)[1] - q - restricted) / 2


def on_a_grid(yi, vi, method, points=4000):
    """The likelihood of an analysis without moderators at many tau2."""
    tau2 = np.concatenate([[0], np.geomspace(1e-7 * vi.min(), len(yi) * np.ptp(yi) ** 2 + vi.max(), points)])
    w = 1 / (vi[:, None] + tau2)
    total = w.sum(0)
    mean = (w * yi[:, None]).sum(0) / total
    restricted = np.log(total) if method == "REML" else 0
    return tau2, (np.log(w).sum(0) - restricted - (w * (yi[:, None] - mean) ** 2).sum(0)) / 2


@st.composite
def tables(draw, least=2, most=10):
    """Outliers and variances up to five orders of magnitude apart, which give likelihoods of several maxima."""
    k = draw(st.integers(least, most))
    vi = np.exp(draw(st.lists(st.floats(-6, 6), min_size=k, max_size=k)))
    z = np.array(draw(st.lists(st.floats(-6, 6), min_size=k, max_size=k)))
    return np.round(z * np.sqrt(vi), 6), vi


@pytest.mark.parametrize("method", ["REML", "ML"])
@given(tables())
@settings(max_examples=150)
def test_no_maximum_of_the_likelihood_is_missed(method, table):
    yi, vi = table
    ours = estimate_tau2(yi, vi, method)
    _, heights = on_a_grid(yi, vi, method)
    assert log_likelihood(yi, vi, np.ones((len(yi), 1)), ours, method) >= heights.max() - 1e-8


def test_the_higher_of_two_maxima():
    """Precise studies that agree and imprecise ones far away: one maximum near zero and one far from it."""
    close, found = [0.0, 0.02, -0.01, 0.015], []
    for distance in (4.0, 5.0):
        yi, vi = np.array([*close, distance, -distance]), np.array([1e-4] * 4 + [1.0, 1.0])
        tau2, heights = on_a_grid(yi, vi, "REML")
        peaks = np.flatnonzero((heights[1:-1] > heights[:-2]) & (heights[1:-1] > heights[2:])) + 1
        assert len(peaks) + (heights[0] > heights[1]) == 2
        found.append(estimate_tau2(yi, vi, "REML"))
        assert found[-1] == pytest.approx(tau2[heights.argmax()], rel=0.05)
    assert found[0] < 1e-3 and found[1] > 1


@given(st.lists(st.floats(-3, 3), min_size=2, max_size=12), st.floats(0.01, 2))
@settings(max_examples=60)
def test_equal_variances_have_closed_forms(yi, v):
    k, square = len(yi), float(np.var(yi, ddof=1))
    expected = dict.fromkeys(("DL", "PM", "REML", "EB", "HE"), square - v)
    expected |= {"ML": square * (k - 1) / k - v, "HS": square * (k - 1) / k - v}
    start = square * (k - 1) / k
    expected["SJ"] = start * square / (v + start)
    for method, value in expected.items():
        ours = estimate_tau2(yi, [v] * k, method)
        assert ours == pytest.approx(max(0.0, value), rel=1e-9, abs=1e-9 * (v + square)), method


@given(tables(least=4), st.sampled_from(METHODS), st.integers(0, 1000))
@settings(max_examples=100)
def test_moderators_against_matrices(table, method, seed):
    """Each estimator's defining equation, with the k x k matrices of the textbook."""
    yi, vi = table
    k, p = len(yi), 2 + seed % 2
    x = np.column_stack([np.ones(k), np.random.default_rng(seed).normal(size=(k, p - 1))])
    df, ours = k - p, estimate_tau2(yi, vi, method, x)
    w, projection, q = matrices(yi, vi, x, 0)
    if method in ("PM", "EB"):
        expected = q if ours == 0 else matrices(yi, vi, x, ours)[2]
        assert (expected <= df * (1 + 1e-9)) if ours == 0 else (expected == pytest.approx(df, rel=1e-6))
    elif method in ("ML", "REML"):
        ladder = np.concatenate([[0], np.geomspace(1e-5 * vi.min(), 10 * np.ptp(yi) ** 2 + vi.max(), 200)])
        best = max(log_likelihood(yi, vi, x, tau2, method) for tau2 in ladder)
        assert log_likelihood(yi, vi, x, ours, method) >= best - 1e-8
    else:
        plain = np.eye(k) - x @ np.linalg.inv(x.T @ x) @ x.T
        start = float(np.var(yi))
        expected = {
            "DL": lambda: (q - df) / np.trace(projection),
            "HS": lambda: (q - k) / np.trace(w),
            "HE": lambda: (yi @ plain @ yi - np.trace(plain @ np.diag(vi))) / df,
            "SJ": lambda: start * matrices(yi, vi, x, start)[2] / df,
        }[method]()
        assert ours == pytest.approx(max(0.0, expected), rel=1e-6, abs=1e-8 * vi.max())


@given(tables(least=3), st.floats(0, 10), st.booleans())
@settings(max_examples=60)
def test_quadratic_forms_against_matrices(table, tau2, restricted):
    yi, vi = table
    vi = np.maximum(vi, 0.01)
    mean, line = np.ones((len(yi), 1)), np.column_stack([np.ones(len(yi)), np.sin(np.arange(len(yi)))])
    for model, x in ((Means(yi[None], vi[None]), mean), (Regression(yi, vi, line), line)):
        w, p, q = matrices(yi, vi, x, tau2)
        first, at = np.zeros(1, dtype=int), np.array([tau2])
        trace = p if restricted else w
        expected = (yi @ p @ p @ yi, -2 * yi @ p @ p @ p @ yi, np.trace(trace), -np.trace(trace @ trace))
        noise = np.array([q, q, 1, 1]) / vi.min() ** 2
        assert np.abs(model.score(first, at, restricted)[:, 0] - expected) == pytest.approx(0, abs=1e-9 * noise.max())
        if vi.max() < 20 * vi.min():
            assert model.score(first, at, restricted)[:, 0] == pytest.approx(expected, rel=1e-7, abs=1e-12)
        assert model.q(first, at)[:, 0] == pytest.approx((q, yi @ p @ p @ yi), rel=1e-7, abs=1e-9)


@given(tables(), st.sampled_from(METHODS))
@settings(max_examples=60)
def test_a_constant_column_is_no_moderator(table, method):
    yi, vi = table
    constant = estimate_tau2(yi, vi, method, np.full((len(yi), 1), 7.0))
    assert constant == pytest.approx(estimate_tau2(yi, vi, method), rel=1e-6, abs=1e-7 * vi.min())


@given(tables(least=3), st.floats(0.05, 20))
@settings(max_examples=60)
def test_the_tau2_of_a_given_q(table, target):
    yi, vi = table
    mean, line = np.ones((len(yi), 1)), np.column_stack([np.ones(len(yi)), np.sin(np.arange(len(yi)))])
    for model, x in ((Means(yi[None], vi[None]), mean), (Regression(yi, vi, line), line)):
        ours = tau2_where_q_is(model, target)[0]
        at = matrices(yi, vi, x, ours)[2]
        assert (at <= target * (1 + 1e-7)) if ours == 0 else (at == pytest.approx(target, rel=1e-6))


def test_one_study_that_outweighs_all_others():
    """Weights fourteen orders of magnitude apart: the moment estimator in exact fractions."""
    yi, vi = [0.5, 3.0, -1.0, 4.0], [1e-12, 1.0, 2.0, 50.0]
    w, y = [1 / Fraction(v) for v in vi], [Fraction(each) for each in yi]
    mean = sum(a * b for a, b in zip(w, y, strict=True)) / sum(w)
    q = sum(a * (b - mean) ** 2 for a, b in zip(w, y, strict=True))
    exact = (q - 3) / (sum(w) - sum(a**2 for a in w) / sum(w))
    assert estimate_tau2(yi, vi, "DL") == pytest.approx(float(exact), rel=1e-12)
    for method in ("REML", "ML"):
        ours, (tau2, heights) = estimate_tau2(yi, vi, method), on_a_grid(np.array(yi), np.array(vi), method)
        assert ours == pytest.approx(tau2[heights.argmax()], rel=0.02)


@pytest.mark.parametrize("method", METHODS)
def test_ten_thousand_studies(method):
    random = np.random.default_rng(1)
    vi = random.gamma(2, 0.1, 10_000) + 0.01
    yi = random.normal(0.2, np.sqrt(vi + 0.25))
    close = 0.25 if method == "SJ" else 0.1  # SJ leans towards its starting value
    assert estimate_tau2(yi, vi, method) == pytest.approx(0.25, rel=close)
    line = np.column_stack([np.ones(10_000), random.normal(size=10_000)])
    assert estimate_tau2(yi + line[:, 1], vi, method, line) == pytest.approx(0.25, rel=4 * close)


@given(st.lists(tables(least=1, most=7), min_size=1, max_size=6), st.sampled_from(METHODS))
@settings(max_examples=60)
def test_many_at_once_are_as_one_at_a_time(pairs, method):
    width = max(len(yi) for yi, _ in pairs) + 1
    many = np.full((2, len(pairs), width), np.nan)
    for row, (yi, vi) in enumerate(pairs):
        place = np.argsort(np.sin(row + np.arange(width)))[: len(yi)]  # absent studies anywhere
        many[0, row, place], many[1, row, place] = yi, vi
    ours = estimate_tau2_many(*many, method)
    for tau2, (yi, vi) in zip(ours, pairs, strict=True):
        if len(yi) < 2:
            assert np.isnan(tau2)
        else:
            assert tau2 == pytest.approx(estimate_tau2(yi, vi, method), rel=1e-9, abs=1e-9 * vi.min())


class TestRefusals:
    def test_too_few_studies(self):
        with pytest.raises(NotEstimable, match="two studies or more, got 1"):
            estimate_tau2([1.0], [0.1])
        with pytest.raises(NotEstimable, match="more studies than coefficients, got 2"):
            estimate_tau2([1.0, 2.0], [0.1, 0.1], x=[[1, 0], [1, 1]])
        assert estimate_tau2_many(np.empty((0, 3)), np.empty((0, 3))).shape == (0,)
        assert np.isnan(estimate_tau2_many(np.empty((2, 0)), np.empty((2, 0)))).all()
        assert np.isnan(estimate_tau2_many([[np.nan, np.nan]], [[0.1, 0.2]])).all()

    def test_design_matrices(self):
        studies = [1.0, 2.0, 3.0, 5.0], [0.1, 0.1, 0.2, 0.3]
        with pytest.raises(NotEstimable, match="depend on one another"):
            estimate_tau2(*studies, x=np.column_stack([np.ones(4), [1, 2, 3, 4], [2, 4, 6, 8]]))
        with pytest.raises(NotEstimable, match="finite"):
            estimate_tau2(*studies, x=[[1, 0], [1, np.nan], [1, 2], [1, 3]])
        with pytest.raises(ValueError, match="row for each of 4 studies"):
            estimate_tau2(*studies, x=[[1, 0], [1, 1]])

    def test_impossible_input(self):
        with pytest.raises(ValueError, match="DL, PM, REML, ML, EB, HE, HS, SJ"):
            estimate_tau2([1.0, 2.0], [0.1, 0.1], "dl")
        with pytest.raises(ValueError, match="analyses x studies"):
            estimate_tau2_many([1.0, 2.0], [0.1, 0.1])
        for yi, vi in (
            ([[1.0, np.inf]], [[0.1, 0.1]]),
            ([[1.0, 2.0]], [[0.1, 0.0]]),
            ([[1.0, np.nan]], [[-1.0, np.nan]]),
        ):
            with pytest.raises(NotEstimable, match="positive"):
                estimate_tau2_many(yi, vi)
