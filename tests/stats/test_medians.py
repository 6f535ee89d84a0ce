"""The median of medians against its definition, by counting; the example of McGrath's R package."""

import json
from itertools import product
from math import comb, inf, nan

import numpy as np
import pytest
from scipy import stats

from perennial.stats.errors import NotEstimable
from perennial.stats.medians import pool_medians, sign_test_rank

EXAMPLE = [5.23, 3.10, 0.50, 0.78, 3.48, 0.59, 2.20, 5.06, 4.00]


def test_example_of_metamedian():
    """Documentation of `metamedian::pool.med`, whose estimate is R's median; nine values, ranks 2 and 8: 0.9609."""
    result = pool_medians(EXAMPLE)
    assert result.estimate == 3.10 and result.status == "reported"
    # pool.med takes the upper bound one rank too low in a version we read (`yi.sorted[n - ind]`): not the test's inverse
    assert (result.ci_low, result.ci_high) == (0.59, 5.06)
    assert result.coverage == pytest.approx(1 - 2 * (1 + 9) / 512)


@pytest.mark.parametrize("k", range(6, 13))
def test_coverage_by_counting_signs(k):
    """All 2**k ways in which values fall on either side of the median, each as likely as the other."""
    r, coverage = sign_test_rank(k)

    def covered(rank):
        return sum(rank <= sum(signs) <= k - rank for signs in product((0, 1), repeat=k)) / 2**k

    assert coverage == covered(r) >= 0.95
    assert covered(r + 1) < 0.95


def test_interval_is_what_the_sign_test_does_not_reject():
    values = np.sort(np.random.default_rng(5).gamma(4, 3, 17))
    result = pool_medians(values)

    def p(at):
        fewer = min((values < at).sum(), (values > at).sum())
        return min(1, 2 * sum(comb(17, i) for i in range(fewer + 1)) / 2**17)

    middles = (values[1:] + values[:-1]) / 2
    kept = [at for at in middles if p(at) > 0.05]
    assert result.ci_low < kept[0] and result.ci_high > kept[-1]
    assert all(at < result.ci_low or at > result.ci_high for at in middles if p(at) <= 0.05)


def test_six_is_the_fewest():
    six = pool_medians([3, 9, 4, 8, 5, 7])
    assert six.estimate == 6 and (six.ci_low, six.ci_high) == (3, 9) and six.coverage == 1 - 2 / 64
    five = pool_medians([3, 9, 4, 8, 5], n=[1, 2, 3, 4, 5])
    assert (five.status, five.ci_low_status, five.ci_high_status, five.weighted_status) == ("not_available",) * 4
    assert five.estimate is five.ci_low is five.weighted is five.coverage is None
    assert "needs 6 or more" in five.warnings[0] and "not available" in str(five)
    assert pool_medians([]).status == "not_available"


def test_not_reached_is_ranked_last():
    result = pool_medians([5, inf, 8, 12, inf, 7, 20], labels=list("ABCDEFG"))
    assert result.estimate == 12 and (result.ci_low, result.ci_high) == (5, None)
    assert (result.ci_low_status, result.ci_high_status) == ("reported", "not_reached")
    assert [it.label for it in result.studies if it.status == "not_reached"] == ["B", "E"]
    assert [it.rank for it in result.studies] == [1, 6.5, 3, 4, 6.5, 2, 5]
    assert result.k_reached == 5 and "ranked last" in result.warnings[0]
    assert "B: not reached" in str(result) and json.dumps(result.to_dict(), allow_nan=False)


def test_pooled_median_itself_not_reached():
    half = pool_medians([5, 6, 7, inf, inf, inf])
    assert (half.status, half.estimate) == ("not_reached", None)
    none = pool_medians([inf] * 6)
    assert (none.status, none.ci_low_status, none.ci_high_status) == ("not_reached",) * 3


def test_not_reported_is_listed_and_left_out():
    result = pool_medians([5, nan, 8, 12, 9, 7, 20], labels=list("ABCDEFG"))
    assert result.k == 6 and result.estimate == 8.5
    assert result.studies[1].status == "not_reported" and result.studies[1].rank is None
    assert "B" in result.warnings[0]


def test_weighted_median_is_that_of_the_list_of_patients():
    random = np.random.default_rng(11)
    for _ in range(200):
        k = int(random.integers(6, 12))
        values, n = random.integers(1, 15, k).astype(float), random.integers(1, 6, k)
        result = pool_medians(values, n)
        assert result.weighted == np.median(np.repeat(values, n)) and result.estimate == np.median(values)
    assert pool_medians([1, 2, 3, 4, 5, inf], [1, 1, 1, 1, 1, 9]).weighted_status == "not_reached"


def test_level_that_k_cannot_give():
    result = pool_medians([3, 9, 4, 8, 5, 7], level=0.99)
    assert result.estimate == 6 and result.ci_low_status == "not_available" and "too few" in result.warnings[0]
    with pytest.raises(NotEstimable):
        sign_test_rank(6, 0.99)
    assert sign_test_rank(5, 0.9375) == (1, 0.9375)
    assert sign_test_rank(3000)[0] == stats.binom.ppf(0.025, 3000, 0.5)


@pytest.mark.parametrize(
    "arguments",
    [
        {"medians": [0, 1]},
        {"medians": [1, 2], "n": [1]},
        {"medians": [1], "n": [0]},
        {"medians": [1], "level": 1},
        {"medians": [1, 2], "labels": ["A"]},
    ],
)
def test_impossible_arguments(arguments):
    with pytest.raises(ValueError, match=r"must|needs"):
        pool_medians(**arguments)
