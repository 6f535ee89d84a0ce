"""Mantel-Haenszel and Peto: print, closed forms, invariances, and what comes back where there is too little.

Values of metafor are met in test_effects_against_metafor.py.
"""

import json
import warnings
from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from perennial.stats.effects import rates, two_by_two
from perennial.stats.effects.corrections import HALF_WHERE_ZERO, NO_CORRECTION
from perennial.stats.errors import NotEstimable
from perennial.stats.mantel_haenszel import mantel_haenszel, mantel_haenszel_many, mantel_haenszel_rates
from perennial.stats.peto import peto
from perennial.stats.stratified_tests import cmh_test, homogeneity

MEASURES = ["OR", "RR", "RD"]


@pytest.fixture(autouse=True)
def no_warning_of_numpy():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@st.composite
def arms(draw, least=1, most=6):
    n1 = draw(st.lists(st.integers(1, 60), min_size=least, max_size=most))
    n2 = draw(st.lists(st.integers(1, 60), min_size=len(n1), max_size=len(n1)))
    return [draw(st.integers(0, n)) for n in n1], n1, [draw(st.integers(0, n)) for n in n2], n2


def estimable(pool, *arguments, **named):
    try:
        return pool(*arguments, **named)
    except NotEstimable:
        assume(False)


class TestInPrint:
    def test_admissions_to_berkeley(self):
        """Bickel, Hammel & O'Connell 1975, Science 187:398; R's `mantelhaen.test` on its UCBAdmissions."""
        admitted, men = [512, 353, 120, 138, 53, 22], [825, 560, 325, 417, 191, 373]
        women_admitted, women = [89, 17, 202, 131, 94, 24], [108, 25, 593, 375, 393, 341]
        ours = mantel_haenszel(admitted, men, women_admitted, women)
        found = (ours.estimate, ours.estimate_low, ours.estimate_high)
        assert found == pytest.approx((0.9046968, 0.7719074, 1.0603298), abs=5e-8)
        assert ours.association.corrected.statistic == pytest.approx(1.4269, abs=5e-5)
        assert ours.association.corrected.p == pytest.approx(0.2323, abs=5e-5)

    def test_alcohol_and_cancer_of_the_oesophagus(self):
        """Breslow & Day 1980, IARC Sci Publ 32, section 4.4: odds ratio 5.158 over six strata of age."""
        cases, exposed = np.array([1, 4, 25, 42, 19, 5]), np.array([9, 26, 29, 27, 18, 0])
        cases_not, exposed_not = np.array([0, 5, 21, 34, 36, 8]), np.array([106, 164, 138, 139, 88, 31])
        ours = mantel_haenszel(cases, cases + cases_not, exposed, exposed + exposed_not)
        assert ours.estimate == pytest.approx(5.158, abs=5e-4)

    def test_diuretics_in_pregnancy(self):
        """Collins, Yusuf & Peto 1985, BMJ 290:17: pre-eclampsia less by about a third."""
        ours = peto(
            [14, 21, 14, 6, 12, 138, 15, 6, 65],
            [131, 385, 57, 38, 1011, 1370, 506, 108, 153],
            [14, 17, 24, 18, 35, 175, 20, 2, 40],
            [136, 134, 48, 40, 760, 1336, 524, 103, 102],
        )
        assert ours.estimate == pytest.approx(0.66, abs=5e-3)


@given(st.lists(st.integers(1, 40), min_size=4, max_size=4))
def test_one_study_is_itself(cells):
    a, b, c, d = cells
    counts = [a], [a + b], [c], [c + d]
    ours = mantel_haenszel(*counts)
    own = two_by_two.odds_ratio(*counts)
    assert (ours.mean, ours.se) == pytest.approx((own.yi[0], own.sei[0]), abs=1e-12)
    assert (ours.q, ours.q_df, ours.q_p, ours.i2, ours.h2) == (0, 0, None, 0, None)
    assert mantel_haenszel(*counts, "RR").mean == pytest.approx(two_by_two.risk_ratio(*counts).yi[0], abs=1e-12)
    assert mantel_haenszel(*counts, "RD").mean == pytest.approx(two_by_two.risk_difference(*counts).yi[0])
    assert ours.homogeneity.breslow_day.statistic == pytest.approx(0, abs=1e-9)
    assert ours.homogeneity.breslow_day.p is None


@pytest.mark.parametrize("measure", MEASURES)
@given(table=arms())
def test_swapping_the_arms_turns_the_sign(measure, table):
    ai, n1i, ci, n2i = table
    ours = estimable(mantel_haenszel, *table, measure)
    swapped = mantel_haenszel(ci, n2i, ai, n1i, measure)
    assert (ours.mean, ours.se, ours.q) == pytest.approx((-swapped.mean, swapped.se, swapped.q), rel=1e-7, abs=1e-9)
    json.dumps(ours.to_dict(), allow_nan=False)
    assert measure in str(ours)


@given(table=arms())
def test_a_study_in_which_nothing_happened_moves_no_ratio(table):
    more = [[*column, value] for column, value in zip(table, (0, 30, 0, 40), strict=True)]
    for pool in (mantel_haenszel, lambda *counts: mantel_haenszel(*counts, "RR"), peto):
        ours = estimable(pool, *table)
        again = pool(*more)
        assert (again.mean, again.se, again.q, again.q_df) == pytest.approx((ours.mean, ours.se, ours.q, ours.q_df))
        assert (again.k, again.k_effects) == (ours.k + 1, ours.k_effects)
        assert again.warnings
    # Risks differ by nothing there, and that counts; unless it is dropped.
    ours = estimable(mantel_haenszel, *table, "RD")
    assert abs(mantel_haenszel(*more, "RD").mean) <= abs(ours.mean)
    if all(0 < a + c < n1 + n2 for a, n1, c, n2 in zip(*table, strict=True)):
        assert mantel_haenszel(*more, "RD", drop_uninformative=True).mean == pytest.approx(ours.mean)


@given(table=arms())
def test_peto_is_the_inverse_variance_mean_of_petos_effects(table):
    ours = estimable(peto, *table)
    yi, vi = two_by_two.peto_odds_ratio(*table).usable()
    mean = (yi / vi).sum() / (1 / vi).sum()
    assert (ours.mean, ours.se) == pytest.approx((mean, (1 / vi).sum() ** -0.5), abs=1e-10)
    assert ours.q == pytest.approx(((yi - mean) ** 2 / vi).sum(), rel=1e-8, abs=1e-9)
    plain = cmh_test(*table).plain
    assert ours.z**2 == pytest.approx(plain.statistic, abs=1e-9), "Peto's test is the Cochran-Mantel-Haenszel test"
    assert sum(ours.weights) == pytest.approx(100)


@pytest.mark.parametrize("measure", MEASURES)
def test_no_half_inside_unless_asked(measure):
    counts = [0, 3, 5], [20, 40, 50], [2, 6, 9], [20, 39, 52]
    plain, corrected = mantel_haenszel(*counts, measure), mantel_haenszel(*counts, measure, HALF_WHERE_ZERO)
    assert plain.mean != pytest.approx(corrected.mean, rel=1e-3)
    a, n1, c, n2 = (np.array(column, dtype=float) for column in counts)
    n = n1 + n2
    by_hand = {
        "OR": np.log((a * (n2 - c) / n).sum() / (c * (n1 - a) / n).sum()),
        "RR": np.log((a * n2 / n).sum() / (c * n1 / n).sum()),
        "RD": (a * n2 / n - c * n1 / n).sum() / (n1 * n2 / n).sum(),
    }
    assert plain.mean == pytest.approx(by_hand[measure])


@given(table=arms(least=2))
def test_expected_cells_have_the_pooled_odds_ratio(table):
    """Breslow and Day's statistic from cells found by bisection instead of by the quadratic."""
    ours = estimable(mantel_haenszel, *table)
    assume(1e-3 < ours.estimate < 1e3)
    statistic, gaps, informations = 0.0, 0.0, 0.0
    for a, n1, c, n2 in zip(*table, strict=True):
        events = a + c
        if events in (0, n1 + n2):
            continue
        low, high = max(0, events - n2), min(n1, events)
        for _ in range(200):
            middle = (low + high) / 2
            more = middle * (n2 - events + middle) > ours.estimate * (n1 - middle) * (events - middle)
            low, high = (low, middle) if more else (middle, high)
        cells = np.array([middle, n1 - middle, events - middle, n2 - events + middle])
        information = 1 / (1 / cells).sum()
        statistic += (a - middle) ** 2 / information
        gaps, informations = gaps + a - middle, informations + information
    found = ours.homogeneity
    assert found.breslow_day.statistic == pytest.approx(statistic, rel=1e-6, abs=1e-6)
    assert found.tarone.statistic == pytest.approx(max(0, statistic - gaps**2 / informations), rel=1e-6, abs=1e-6)


def test_expected_cells_under_an_extreme_odds_ratio():
    """Events outnumber the second arm, and the root of the quadratic by 40 digits instead of 16."""
    ratio, n1, n2, events = 1e-10, 1000, 20, 1000
    with localcontext(prec=40):
        theta = Decimal(ratio)
        b = theta * (n1 + events) + n2 - events
        a = (b - (b * b - 4 * theta * (theta - 1) * n1 * events).sqrt()) / (2 * (theta - 1))
        information = 1 / (1 / a + 1 / (n1 - a) + 1 / (events - a) + 1 / (n2 - events + a))
        exact = float((985 - a) ** 2 / information)
    ours = homogeneity(two_by_two.cells([985], [n1], [15], [n2]), ratio)
    assert ours.breslow_day.statistic == pytest.approx(exact, rel=1e-9)


@pytest.mark.parametrize("measure", MEASURES)
@given(table=arms(least=4, most=4), others=arms(least=4, most=4))
@settings(max_examples=30)
def test_many_analyses_at_once_are_the_same_one_by_one(measure, table, others):
    both = np.array([table, others], dtype=float)
    both[1, :, 3] = np.nan
    batch = mantel_haenszel_many(*both.transpose(1, 0, 2), measure)
    assert batch.k.tolist() == [4, 3]
    for i, counts in enumerate((both[0], both[1][:, :3])):
        try:
            one = mantel_haenszel(*counts, measure)
        except NotEstimable:
            assert batch.mean.mask[i] and batch.se.mask[i]
        else:
            assert (batch.mean[i], batch.se[i]) == pytest.approx((one.mean, one.se), rel=1e-9, abs=1e-12)


class TestTooLittle:
    @pytest.mark.parametrize("counts", [([0, 0], [20, 15], [0, 0], [22, 15]), ([20, 15], [20, 15], [22, 15], [22, 15])])
    def test_nobody_or_everybody_in_every_study(self, counts):
        for measure in MEASURES:
            with pytest.raises(NotEstimable, match=r"undefined|variance"):
                mantel_haenszel(*counts, measure)
        with pytest.raises(NotEstimable, match="nobody or everybody"):
            peto(*counts)
        with pytest.raises(NotEstimable, match="nothing to test"):
            cmh_test(*counts)

    def test_events_in_one_arm_only(self):
        counts = [0, 0, 0], [20, 15, 31], [2, 0, 4], [22, 15, 30]
        for measure in ("OR", "RR"):
            with pytest.raises(NotEstimable, match=f"pooled {measure} is zero"):
                mantel_haenszel(*counts, measure)
        with pytest.raises(NotEstimable, match="infinite"):
            mantel_haenszel(*counts[2:], *counts[:2])
        assert mantel_haenszel(*counts, "RD").mean < 0
        assert peto(*counts).mean < 0
        assert cmh_test(*counts).plain.p == pytest.approx(0.0127485404754885)

    def test_all_against_nothing_has_no_variance(self):
        with pytest.raises(NotEstimable, match="variance"):
            mantel_haenszel([10, 7], [10, 7], [0, 0], [13, 9], "RD")

    def test_no_study(self):
        for pool in (mantel_haenszel, peto):
            with pytest.raises(NotEstimable, match="no study"):
                pool([], [], [], [])
            with pytest.raises(NotEstimable, match="no study"):
                pool([np.nan], [4], [1], [4])
        with pytest.raises(NotEstimable, match="no study"):
            mantel_haenszel([0], [4], [0], [4], "RD", drop_uninformative=True)

    def test_a_study_with_a_missing_count_is_left_out_and_named(self):
        ours = mantel_haenszel([3, np.nan, 5], [20, 40, 50], [2, 6, 9], [20, 39, 52])
        without = mantel_haenszel([3, 5], [20, 50], [2, 9], [20, 52])
        assert (ours.mean, ours.k) == (without.mean, 2)
        assert ours.warnings == ("left out, with a missing value: study 2",)

    def test_small_excess_is_named(self):
        ours = cmh_test([5], [20], [5], [20])
        assert (ours.plain.statistic, ours.plain.p) == (0, 1)
        assert ours.corrected.statistic > 0
        assert "under 1/2" in ours.warnings[0]

    def test_an_infinite_q_is_refused(self):
        counts = [10, 3, 4], [10, 9, 10], [0, 2, 1], [12, 9, 10]
        assert mantel_haenszel(*counts, "RD").q > 0
        with pytest.raises(NotEstimable, match="effects_correction"):
            mantel_haenszel(*counts, "RD", effects_correction=NO_CORRECTION)

    def test_impossible_arguments(self):
        with pytest.raises(ValueError, match="measure must be one of OR, RR, RD"):
            mantel_haenszel([1], [4], [1], [4], "HR")
        with pytest.raises(ValueError, match="measure must be one of IRR, IRD"):
            mantel_haenszel_rates([1], [4], [1], [4], "RR")
        with pytest.raises(ValueError, match="one analysis at a time"):
            mantel_haenszel([[1]], [[4]], [[1]], [[4]])
        with pytest.raises(ValueError, match="0 <= ai <= n1i"):
            peto([5], [4], [1], [4])


class TestRates:
    def test_one_study_is_itself(self):
        counts = [3], [10.0], [5], [11.0]
        for measure, function in (("IRR", rates.rate_ratio), ("IRD", rates.rate_difference)):
            ours, own = mantel_haenszel_rates(*counts, measure), function(*counts)
            assert (ours.mean, ours.se) == pytest.approx((own.yi[0], own.sei[0]))

    def test_no_event(self):
        for measure in ("IRR", "IRD"):
            with pytest.raises(NotEstimable):
                mantel_haenszel_rates([0, 0], [10, 20], [0, 0], [10, 20], measure)
        with pytest.raises(NotEstimable, match="zero"):
            mantel_haenszel_rates([0, 0], [10, 20], [0, 3], [10, 20])

    def test_the_unit_of_time_does_not_matter(self):
        counts = np.array([[7, 0, 3], [120.5, 300, 41.2], [12, 0, 5], [118, 290.5, 44]])
        scaled = counts * [[1], [365.25], [1], [365.25]]
        ours, again = mantel_haenszel_rates(*counts), mantel_haenszel_rates(*scaled)
        assert (ours.mean, ours.se, ours.q) == pytest.approx((again.mean, again.se, again.q))
        assert ours.association.plain.statistic == pytest.approx(again.association.plain.statistic)
        assert (ours.k, ours.k_effects) == (3, 2)
