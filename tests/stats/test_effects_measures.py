"""Effect sizes: print, closed forms, symmetries, what is corrected, what is refused, and many analyses at once."""

import json
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from perennial.stats.effects import continuous, correlation, generic, one_arm, rates, two_by_two
from perennial.stats.effects.corrections import HALF_WHERE_ZERO, NO_CORRECTION, Correction
from perennial.stats.proportions import Logit

TWO_ARMS = [
    two_by_two.odds_ratio,
    two_by_two.risk_ratio,
    two_by_two.risk_difference,
    two_by_two.arcsine_difference,
    two_by_two.peto_odds_ratio,
]
CORRECTED = TWO_ARMS[:3]
ONE_ARM = [
    one_arm.raw_proportion,
    one_arm.log_proportion,
    one_arm.logit_proportion,
    one_arm.arcsine_proportion,
    one_arm.freeman_tukey_proportion,
]


@pytest.fixture(autouse=True)
def no_warning_of_numpy():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@st.composite
def arms(draw, least=1, most=6):
    sizes = st.lists(st.integers(1, 60), min_size=least, max_size=most)
    n1 = draw(sizes)
    n2 = draw(st.lists(st.integers(1, 60), min_size=len(n1), max_size=len(n1)))
    return [draw(st.integers(0, n)) for n in n1], n1, [draw(st.integers(0, n)) for n in n2], n2


class TestInPrint:
    """Borenstein, Hedges, Higgins & Rothstein, Introduction to Meta-Analysis, 2009."""

    def test_means(self):
        """Pages 22, 26 to 28; their J is approximate."""
        arms = [103], [5.5], [50], [100], [4.5], [50]
        ours = continuous.mean_difference(*arms, variance="pooled")
        assert (ours.yi[0], ours.vi[0]) == pytest.approx((3.0, 1.0100), abs=5e-5)
        ours = continuous.standardized_mean_difference(*arms, variance="corrected")
        assert (ours.yi[0], ours.vi[0]) == pytest.approx((0.5924, 0.0411), abs=5e-5)

    def test_ratio_of_means(self):
        """Page 31: pooled standard deviation 19.475."""
        ours = continuous.ratio_of_means([61.515], [19.475], [10], [51.015], [19.475], [10], variance="pooled")
        assert (ours.yi[0], ours.vi[0]) == pytest.approx((0.1871, 0.0246), abs=1e-4)

    def test_counts(self):
        """Pages 33 to 39: 5 of 100 and 10 of 100 died."""
        expected = {
            two_by_two.risk_ratio: (-0.6931, 0.2800),
            two_by_two.odds_ratio: (-0.7472, 0.3216),
            two_by_two.risk_difference: (-0.0500, 0.00138),
        }
        for function, values in expected.items():
            ours = function([5], [100], [10], [100])
            assert (ours.yi[0], ours.vi[0]) == pytest.approx(values, abs=5e-5)

    def test_correlation(self):
        """Page 42: r of 0.50 in 100."""
        ours = correlation.fisher_z([0.5], [100])
        assert (ours.yi[0], ours.vi[0]) == pytest.approx((0.5493, 0.0103), abs=5e-5)


class TestClosedForms:
    @pytest.mark.parametrize(("df", "j"), [(2, np.pi**-0.5), (3, (np.pi / 6) ** 0.5), (4, (2 / np.pi) ** 0.5)])
    def test_j_of_few(self, df, j):
        assert continuous.hedges_j(df) == pytest.approx(j, rel=1e-14)

    @given(st.floats(2, 1e9))
    def test_j_is_not_the_approximation_and_stays_exact_for_many(self, df):
        """J(df) J(df + 1) = (df - 1)/sqrt(df (df + 1)), for Gamma(x + 1) = x Gamma(x)."""
        product = continuous.hedges_j(df) * continuous.hedges_j(df + 1)
        assert product == pytest.approx((df - 1) / np.sqrt(df * (df + 1)), rel=1e-11)
        if df < 20:
            assert abs(continuous.hedges_j(df) - (1 - 3 / (4 * df - 1))) > 1e-7

    def test_unbiased_variance_of_many(self):
        """By 40 digits of mpmath: 4.939247580239501e-06."""
        g, n1, n2 = 0.0190148920308639, 400000, 410000
        d = g / continuous.hedges_j(n1 + n2 - 2)
        ours = continuous.standardized_mean_difference([d], [1], [n1], [0], [1], [n2], "unbiased")
        assert ours.vi[0] == pytest.approx(4.939247580239501e-06, rel=1e-9)

    @given(st.lists(st.integers(1, 40), min_size=4, max_size=4))
    def test_odds_ratio_of_full_cells(self, cells):
        a, b, c, d = cells
        ours = two_by_two.odds_ratio([a], [a + b], [c], [c + d])
        assert ours.yi[0] == pytest.approx(np.log(a * d / (b * c)), abs=1e-12)
        assert ours.vi[0] == pytest.approx(1 / a + 1 / b + 1 / c + 1 / d)
        peto = two_by_two.peto_odds_ratio([a], [a + b], [c], [c + d])
        n = a + b + c + d
        v = (a + b) * (c + d) * (a + c) * (b + d) / n**2 / (n - 1)
        assert (peto.yi[0], peto.vi[0]) == pytest.approx(((a - (a + b) * (a + c) / n) / v, 1 / v))


@pytest.mark.parametrize("function", TWO_ARMS)
@given(table=arms())
def test_swapping_the_arms_turns_the_sign(function, table):
    ai, n1i, ci, n2i = table
    ours, swapped = function(ai, n1i, ci, n2i), function(ci, n2i, ai, n1i)
    assert ours.yi == pytest.approx(-swapped.yi, abs=1e-12, nan_ok=True)
    assert ours.vi == pytest.approx(swapped.vi, nan_ok=True)


@pytest.mark.parametrize("function", TWO_ARMS)
@given(table=arms())
def test_every_study_has_an_estimate_or_a_reason(function, table):
    ours = function(*table)
    assert all(bool(note) or here for note, here in zip(ours.notes, ours.defined, strict=True))
    assert (ours.vi[ours.defined] >= 0).all()
    assert ours.defined.all() or function is two_by_two.peto_odds_ratio
    json.dumps(ours.to_dict(), allow_nan=False)
    assert ours.measure in str(ours)


@pytest.mark.parametrize("function", [*CORRECTED, two_by_two.peto_odds_ratio])
@pytest.mark.parametrize("studies", ["with_zero", "all", "all_if_any_zero", "none"])
@given(table=arms(least=3, most=3), others=arms(least=3, most=3))
@settings(max_examples=15)
def test_many_analyses_at_once_are_the_same_one_by_one(function, studies, table, others):
    """Two analyses of three studies, the last of the second absent."""
    both = np.array([table, others], dtype=float)
    both[1, 2, 2] = np.nan
    batch = function(*both.transpose(1, 0, 2), Correction(0.5, studies))
    for i, counts in enumerate((both[0], both[1][:, :2])):
        one = function(*counts, Correction(0.5, studies))
        assert batch.yi[i, : len(one.yi)] == pytest.approx(one.yi, nan_ok=True)
        assert batch.vi[i, : len(one.yi)] == pytest.approx(one.vi, nan_ok=True)
        assert (batch.corrected[i, : len(one.yi)] == one.corrected).all()
    assert np.isnan(batch.yi[1, 2]) and batch.undefined["not given"][1, 2]


class TestZeroCells:
    TABLE = [0, 1, 0, 10], [20, 30, 25, 10], [0, 4, 2, 12], [20, 31, 24, 12]

    def test_which_studies_are_corrected(self):
        for studies, expected in {
            "with_zero": [True, False, True, True],
            "all": [True] * 4,
            "all_if_any_zero": [True] * 4,
            "none": [False] * 4,
        }.items():
            ours = two_by_two.risk_difference(*self.TABLE, Correction(0.5, studies))
            assert ours.corrected.tolist() == expected
        without = [column[1:2] for column in self.TABLE]
        assert not two_by_two.odds_ratio(*without, Correction(0.5, "all_if_any_zero")).corrected.any()

    def test_the_default_is_half_to_those_with_a_zero(self):
        ours = two_by_two.odds_ratio(*self.TABLE)
        assert ours.yi[2] == pytest.approx(np.log(0.5 * 22.5 / (25.5 * 2.5)))
        assert ours.yi[1] == pytest.approx(np.log(1 * 27 / (29 * 4)))
        assert ours.notes == ("corrected", "", "corrected", "corrected")

    def test_corrected_arms_grow(self):
        assert two_by_two.risk_ratio(*self.TABLE).yi[2] == pytest.approx(np.log(0.5 / 26) - np.log(2.5 / 25))

    def test_without_a_correction_they_have_no_ratio(self):
        ours = two_by_two.odds_ratio(*self.TABLE, NO_CORRECTION)
        assert ours.notes == ("undefined: a cell is zero", "", "undefined: a cell is zero", "undefined: a cell is zero")
        assert ours.warnings == ("no estimate in studies 1, 3, 4: a cell is zero",)
        yi, vi = ours.usable()
        assert yi.shape == vi.shape == (1,)

    def test_studies_that_say_nothing_may_be_dropped_before(self):
        ours = two_by_two.odds_ratio(*self.TABLE, drop_uninformative=True)
        assert ours.defined.tolist() == [False, True, True, False]
        assert ours.corrected.tolist() == [False, False, True, False]
        kept = [[column[0], column[1]] for column in self.TABLE]
        ours = two_by_two.odds_ratio(*kept, Correction(0.5, "all_if_any_zero"), drop_uninformative=True)
        assert not ours.corrected.any()

    def test_peto_takes_none_and_the_arcsine_cannot_take_any(self):
        peto = two_by_two.peto_odds_ratio(*self.TABLE)
        assert not peto.corrected.any()
        assert peto.defined.tolist() == [False, True, True, False]
        arcsine = two_by_two.arcsine_difference(*self.TABLE)
        assert (arcsine.yi[0], arcsine.vi[0]) == (0.0, 1 / 40)
        with pytest.raises(TypeError):
            two_by_two.arcsine_difference(*self.TABLE, correction=HALF_WHERE_ZERO)

    def test_a_variance_of_zero_is_named(self):
        ours = two_by_two.risk_difference(*self.TABLE, NO_CORRECTION)
        assert ours.vi[[0, 3]].tolist() == [0, 0]
        assert ours.warnings == (
            "the sampling variance is zero in studies 1, 4: there is no inverse of it to weight by",
        )

    def test_proportions(self):
        ours = one_arm.logit_proportion([0, 5, 7], [9, 9, 7])
        assert ours.corrected.tolist() == [True, False, True]
        assert ours.yi[0] == pytest.approx(np.log(0.5 / 9.5))
        ours = one_arm.logit_proportion([0, 5, 7], [9, 9, 7], NO_CORRECTION)
        assert ours.defined.tolist() == [False, True, False]
        ours = one_arm.log_proportion([0, 5, 7], [9, 9, 7], NO_CORRECTION)
        assert ours.defined.tolist() == [False, True, True]
        assert ours.vi[2] == 0 and "zero in study 3" in ours.warnings[-1]
        for function in ONE_ARM[3:]:
            ours = function([0, 7], [9, 7])
            assert ours.defined.all() and not ours.corrected.any() and (ours.vi > 0).all()

    def test_the_scales_of_pooling_refuse_what_has_no_transform(self):
        assert Logit().effects([0], [9])[0] == pytest.approx(np.log(0.5 / 9.5))
        with pytest.raises(ValueError, match="choose a correction"):
            Logit(NO_CORRECTION).effects([0], [9])

    def test_rates(self):
        ours = rates.rate_ratio([0, 2], [10, 20], [3, 1], [11, 19])
        assert ours.yi[0] == pytest.approx(np.log(0.5 / 10) - np.log(3.5 / 11))
        assert rates.rate_ratio([0, 2], [10, 20], [3, 1], [11, 19], NO_CORRECTION).defined.tolist() == [False, True]
        assert rates.root_rate([0], [10]).vi[0] == rates.freeman_tukey_rate([0], [10]).vi[0] == 1 / 40

    @pytest.mark.parametrize("wrong", [{"studies": "some"}, {"amount": -0.5}, {"amount": float("nan")}])
    def test_impossible_corrections(self, wrong):
        with pytest.raises(ValueError, match="must be"):
            Correction(**wrong)


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("counts", "sentence"),
        [
            (([5], [4], [1], [4]), "0 <= ai <= n1i"),
            (([1], [4], [-1], [4]), "0 <= ci <= n2i"),
            (([0], [0], [1], [4]), "n1i >= 1"),
            (([1, 2], [4], [1], [4]), "equal length"),
            ((1, 4, 1, 4), "equal length"),
            (([np.inf], [4], [1], [4]), "finite"),
        ],
    )
    def test_impossible_counts(self, counts, sentence):
        with pytest.raises(ValueError, match=sentence):
            two_by_two.odds_ratio(*counts)

    def test_the_study_is_named(self):
        with pytest.raises(ValueError, match="not so in study 2"):
            two_by_two.risk_ratio([1, 9], [4, 4], [1, 1], [4, 4])

    def test_impossible_means_rates_and_correlations(self):
        with pytest.raises(ValueError, match="negative"):
            continuous.mean_difference([1], [-1], [4], [1], [1], [4])
        with pytest.raises(ValueError, match="participant"):
            continuous.mean_difference([1], [1], [0], [1], [1], [4])
        with pytest.raises(ValueError, match="variance must be one of"):
            continuous.ratio_of_means([1], [1], [4], [1], [1], [4], "robust")
        with pytest.raises(ValueError, match="positive"):
            rates.rate([1], [0])
        with pytest.raises(ValueError, match="between -1 and 1"):
            correlation.fisher_z([1.1], [10])

    def test_fractions_of_patients_are_allowed_and_named(self):
        """Effective counts of cluster-randomised trials (Cochrane Handbook 23.1.4)."""
        ours = two_by_two.odds_ratio([3.4, 3], [20.1, 20], [5.2, 5], [19.3, 19])
        assert ours.defined.all()
        assert ours.warnings == ("counts that are not whole numbers in study 1",)

    def test_undefined_means(self):
        ours = continuous.ratio_of_means([1, 0, -2, -2], [1] * 4, [9] * 4, [-1, 1, -1, 1], [1] * 4, [9] * 4)
        assert ours.defined.tolist() == [False, False, True, False]
        ours = continuous.standardized_mean_difference([1, 1, 1], [0, 1, 1], [9, 1, 2], [2, 2, 2], [0, 1, 1], [9, 2, 2])
        assert ours.notes == (
            "undefined: no standard deviation to divide by",
            "undefined: fewer than four participants",
            "",
        )
        ours = correlation.fisher_z([1, 0.5, 0.5, -1], [9, 3, 4, 3])
        perfect, few = "undefined: the correlation is perfect", "undefined: fewer than four participants"
        assert ours.notes == (perfect, few, "", perfect)

    def test_no_study(self):
        assert two_by_two.odds_ratio([], [], [], []).yi.shape == (0,)


class TestGeneric:
    def test_a_hazard_ratio_with_its_interval(self):
        ours = generic.from_interval([0.70], [0.50], [0.98])
        assert ours.yi[0] == pytest.approx(np.log(0.70))
        assert ours.sei[0] == pytest.approx(np.log(0.98 / 0.50) / (2 * 1.959963984540054))
        assert ours.scale == "log" and ours.warnings == ()

    @given(st.floats(-3, 3), st.floats(0.01, 2), st.floats(0.5, 0.999))
    def test_an_interval_gives_its_standard_error_back(self, yi, se, level):
        half = special.ndtri((1 + level) / 2) * se
        ours = generic.from_interval([yi], [yi - half], [yi + half], level, scale="identity")
        assert (ours.yi[0], ours.sei[0]) == pytest.approx((yi, se))
        ratio = generic.from_interval(*(np.exp([value]) for value in (yi, yi - half, yi + half)), [level])
        assert (ratio.yi[0], ratio.sei[0]) == pytest.approx((yi, se), abs=1e-12)
        assert ours.warnings == ratio.warnings == ()

    def test_each_study_has_its_level(self):
        ours = generic.from_interval([0.7, 0.7], [0.5, 0.5], [0.98, 0.98], level=[0.95, 0.9])
        assert ours.sei[1] / ours.sei[0] == pytest.approx(1.959963984540054 / 1.6448536269514722)

    def test_an_interval_on_another_scale_is_noticed(self):
        symmetric = [1.0], [0.4], [1.6]
        assert generic.from_interval(*symmetric, scale="identity").warnings == ()
        assert generic.from_interval(*symmetric).warnings == (
            "the interval is not symmetric on the log scale in study 1",
        )

    @pytest.mark.parametrize(
        ("interval", "sentence"),
        [
            (([0.7], [0.75], [0.98]), "contain its estimate"),
            (([1.7], [0.75], [0.98]), "contain its estimate"),
            (([0.7], [0.7], [0.7]), "have a width"),
            (([0.7], [0.0], [0.9]), "must be positive"),
        ],
    )
    def test_impossible_intervals(self, interval, sentence):
        with pytest.raises(ValueError, match=f"{sentence}; not so in study 1"):
            generic.from_interval(*interval)

    def test_a_level_in_percent_is_refused(self):
        with pytest.raises(ValueError, match="fraction"):
            generic.from_interval([0.7], [0.5], [0.98], level=95)

    def test_absent_studies_stay_absent(self):
        ours = generic.from_interval([0.7, np.nan], [0.5, 0.1], [0.98, np.nan])
        assert ours.notes == ("", "undefined: not given")

    def test_standard_errors(self):
        ours = generic.from_standard_error([-0.3], [0.2], scale="log")
        assert (ours.yi[0], ours.vi[0], ours.scale) == (-0.3, pytest.approx(0.04), "log")
        with pytest.raises(ValueError, match="positive"):
            generic.from_standard_error([0.1], [0.0])
        with pytest.raises(ValueError, match="scale must be one of"):
            generic.from_standard_error([0.1], [0.1], scale="logit")


def test_a_result_cannot_be_changed():
    ours = two_by_two.odds_ratio([1], [5], [2], [6])
    with pytest.raises(ValueError, match="read-only"):
        ours.yi[0] = 0
    with pytest.raises(AttributeError):
        ours.yi = np.zeros(1)
