"""Agreement of two raters against print, against tables worked by hand, and against the delta method done numerically."""

import json
from fractions import Fraction as F

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from scipy import stats

from perennial.stats.agreement import agreement

COEFFICIENTS = ("kappa", "pabak", "ac1")


@st.composite
def tables(draw, most=60, categories=(2, 4)):
    q = draw(st.integers(*categories))
    row = st.lists(st.integers(0, most), min_size=q, max_size=q)
    table = np.array(draw(st.lists(row, min_size=q, max_size=q)))
    assume(table.sum() > 0)
    return table


class TestInPrint:
    def test_fleiss_cohen_everitt(self):
        """Psychol Bull 1969;72:323: their 200 patients, kappa .429 with variance .002885."""
        ours = agreement([[106, 10, 4], [22, 28, 10], [2, 12, 6]])
        assert ours.kappa.estimate == pytest.approx(0.429, abs=5e-4)
        assert ours.kappa.se**2 == pytest.approx(0.002885, abs=5e-7)

    def test_fleiss_levin_paik(self):
        """Statistical Methods for Rates and Proportions, 2003, chapter 18: .68, standard error .087, .51 to .85."""
        ours = agreement([[75, 1, 4], [5, 4, 1], [0, 0, 10]]).kappa
        assert (ours.estimate, ours.ci_low, ours.ci_high) == pytest.approx((0.68, 0.51, 0.85), abs=0.01)
        assert ours.se == pytest.approx(0.087, abs=1e-3)

    def test_gwets_own_program(self):
        """The vignette of his R package irrCAC on its data set cont3x3abstractors."""
        ours = agreement([[13, 0, 0], [0, 20, 7], [0, 4, 56]])
        for name, estimate, se in (
            ("observed", 0.89, 0.03128898),
            ("kappa", 0.7964094, 0.05891072),
            ("pabak", 0.835, 0.04693346),
            ("ac1", 0.8493305, 0.04321747),
        ):
            found = getattr(ours, name)
            assert (found.estimate, found.se) == pytest.approx((estimate, se), abs=5e-8), name

    def test_the_paradoxes(self):
        """Feinstein & Cicchetti 1990 (J Clin Epidemiol 43:543): same observed agreement, very different kappa."""
        even, uneven = agreement([[40, 9], [6, 45]]), agreement([[80, 10], [5, 5]])
        assert even.observed == uneven.observed and even.pabak == uneven.pabak
        assert (even.kappa.estimate, uneven.kappa.estimate) == pytest.approx((0.70, 0.32), abs=5e-3)
        alike, unlike = agreement([[45, 15], [25, 15]]), agreement([[25, 35], [5, 35]])
        assert alike.observed == unlike.observed
        assert (alike.kappa.estimate, unlike.kappa.estimate) == pytest.approx((0.13, 0.26), abs=5e-3)


class TestWorkedByHand:
    def test_two_categories(self):
        """Rows 25 25, columns 30 20, so by chance 1/2 of the 50; 35 agree."""
        ours = agreement([[20, 5], [10, 15]])
        assert (ours.n, ours.agreed, ours.categories) == (50, 35, 2)
        assert ours.observed.estimate == 0.7
        assert ours.kappa.estimate == pytest.approx(0.4)
        # 1 where they agree, less 0.6 (c_i + r_j): 0.34, -0.66, -0.54, 0.46 with shares 0.4, 0.1, 0.2, 0.3;
        # mean square 0.2116, mean 0.1, so 0.2016 over 50 (1 - 0.5)^2.
        assert ours.kappa.se**2 == pytest.approx(0.016128)
        half = 1.959963984540054 * 0.016128**0.5
        assert (ours.kappa.ci_low, ours.kappa.ci_high) == pytest.approx((0.4 - half, 0.4 + half))
        assert ours.pabak.estimate == pytest.approx(0.4)
        assert ours.pabak.se**2 == pytest.approx(4 * 0.7 * 0.3 / 50)
        # Mean shares 0.55 and 0.45, so by chance 2 x 0.55 x 0.45 = 0.495; the variance as Gwet writes it.
        assert ours.ac1.estimate == pytest.approx(41 / 101)
        rest, agreed, chance = F(60, 101), F(7, 10), F(495, 1000)
        first = F(4, 10) * F(45, 100) + F(3, 10) * F(55, 100) - agreed * chance
        second = F(4, 10) * F(45, 100) ** 2 + F(3, 10) * F(1, 2) ** 2 + F(3, 10) * F(55, 100) ** 2 - chance**2
        variance = (agreed * (1 - agreed) - 4 * rest * first + 4 * rest**2 * second) / (50 * (1 - chance) ** 2)
        assert ours.ac1.se**2 == pytest.approx(float(variance))
        assert (ours.prevalence_index, ours.bias_index) == pytest.approx((0.1, -0.1))
        assert ours.warnings == ()

    def test_three_categories(self):
        """Rows 10 20 30, columns 20 10 30; 42 of 60 agree; by chance (200 + 200 + 900)/3600 = 13/36."""
        ours = agreement([[9, 1, 0], [8, 6, 6], [3, 3, 24]])
        assert ours.observed.estimate == pytest.approx(39 / 60)
        assert ours.kappa.estimate == pytest.approx(float((F(39, 60) - F(13, 36)) / (1 - F(13, 36))))
        assert ours.pabak.estimate == pytest.approx(float((3 * F(39, 60) - 1) / 2))
        # Mean shares 1/4, 1/4, 1/2: (3/16 + 3/16 + 4/16)/2 = 5/16.
        assert ours.ac1.estimate == pytest.approx(float((F(39, 60) - F(5, 16)) / (1 - F(5, 16))))
        assert (ours.prevalence_index, ours.bias_index) == (None, None)

    def test_exact_intervals(self):
        ours = agreement([[20, 5], [10, 15]], level=0.9)
        exact = stats.binomtest(35, 50).proportion_ci(0.9)
        assert (ours.observed.ci_low, ours.observed.ci_high) == pytest.approx((exact.low, exact.high))
        assert (ours.pabak.ci_low, ours.pabak.ci_high) == pytest.approx((2 * exact.low - 1, 2 * exact.high - 1))
        methods = [getattr(ours, name).ci_method for name in ("observed", *COEFFICIENTS)]
        assert methods == ["Clopper-Pearson", "Wald", "Clopper-Pearson, rescaled", "Wald"]
        assert ours.level == 0.9

    def test_the_level_of_the_large_sample_intervals(self):
        ours = agreement([[20, 5], [10, 15]], level=0.9)
        for found in (ours.kappa, ours.ac1):
            assert found.ci_high - found.ci_low == pytest.approx(2 * 1.6448536269514722 * found.se)


def plainly(name: str, shares: np.ndarray) -> float:
    """Each coefficient from a table of shares, cell by cell."""
    q = len(shares)
    first = [sum(shares[i, j] for j in range(q)) for i in range(q)]
    second = [sum(shares[i, j] for i in range(q)) for j in range(q)]
    both = [(x + y) / 2 for x, y in zip(first, second, strict=True)]
    chance = {
        "kappa": sum(x * y for x, y in zip(first, second, strict=True)),
        "pabak": 1 / q,
        "ac1": sum(x * (1 - x) for x in both) / (q - 1),
    }[name]
    return (sum(shares[i, i] for i in range(q)) - chance) / (1 - chance)


@pytest.mark.parametrize("name", COEFFICIENTS)
@given(table=tables())
@example(table=np.array([[118, 5], [2, 0]]))
@example(table=np.array([[30, 0, 0], [4, 9, 0], [0, 0, 0]]))
def test_variance_is_that_of_the_delta_method(name, table):
    """Multinomial covariance of the shares, with derivatives by central differences."""
    ours = getattr(agreement(table), name)
    assume(ours.estimate is not None)
    n, shares, step = table.sum(), table / table.sum(), 1e-6
    assert ours.estimate == pytest.approx(plainly(name, shares), abs=1e-9)
    slopes = []
    for cell in np.ndindex(shares.shape):
        up, down = shares.copy(), shares.copy()
        up[cell] += step
        down[cell] -= step
        slopes.append((plainly(name, up) - plainly(name, down)) / (2 * step))
    p, slopes = shares.ravel(), np.array(slopes)
    variance = slopes @ (np.diag(p) - np.outer(p, p)) @ slopes / n
    assert ours.se**2 == pytest.approx(variance, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("shares", [[0.3, 0.06, 0.04, 0.6], [0.08, 0.03, 0.03, 0.86]])
def test_intervals_without_a_warning_hold_the_truth_as_often_as_they_say(shares):
    draws = np.random.default_rng(1).multinomial(600, shares, 1500).reshape(-1, 2, 2)
    results = [agreement(draw) for draw in draws]
    assert all(result.warnings == () for result in results)
    for name in COEFFICIENTS:
        truth = plainly(name, np.array(shares).reshape(2, 2))
        found = [getattr(result, name) for result in results]
        held = np.mean([one.ci_low <= truth <= one.ci_high for one in found])
        assert 0.93 <= held <= 0.98, name
        spread, said = np.std([one.estimate for one in found]), np.mean([one.se for one in found])
        assert said == pytest.approx(spread, rel=0.06), name


@given(tables(), st.randoms(use_true_random=False))
def test_neither_the_raters_order_nor_the_names_of_the_categories_matter(table, random):
    ours, swapped = agreement(table), agreement(table.T)
    order = random.sample(range(len(table)), len(table))
    renamed = agreement(table[np.ix_(order, order)])
    for name in ("n", "agreed", "observed", *COEFFICIENTS, "warnings"):
        assert getattr(ours, name) == getattr(swapped, name) == getattr(renamed, name), name
    assert ours.prevalence_index == swapped.prevalence_index
    if len(table) == 2:
        assert ours.bias_index == -swapped.bias_index


@given(tables(most=8))
def test_estimates_keep_to_their_range_and_lie_in_their_intervals(table):
    ours = agreement(table)
    lowest = {"observed": 0, "kappa": -1, "pabak": -1 / (len(table) - 1), "ac1": -1}
    for name, low in lowest.items():
        found = getattr(ours, name)
        if found.estimate is None or found.ci_low is None:
            assert name in ("kappa", "ac1") and ours.warnings
        if found.estimate is not None:
            assert low - 1e-12 <= found.estimate <= 1
        if found.ci_low is not None:
            assert low - 1e-12 <= found.ci_low <= found.estimate <= found.ci_high <= 1
    agree = ours.agreed == ours.n
    for name in COEFFICIENTS:
        assert (getattr(ours, name).estimate == 1) == (agree and getattr(ours, name).estimate is not None)


@given(tables())
def test_pabak_is_a_line_in_observed_agreement(table):
    ours, q = agreement(table), len(table)
    for field in ("estimate", "ci_low", "ci_high"):
        line = (q * getattr(ours.observed, field) - 1) / (q - 1)
        assert getattr(ours.pabak, field) == pytest.approx(line, abs=1e-12)


@given(st.lists(st.integers(0, 50), min_size=2, max_size=5).filter(any))
def test_with_even_margins_all_three_are_one(counts):
    """A table whose rows are the same counts, each moved on by one."""
    ours = agreement([np.roll(counts, shift) for shift in range(len(counts))])
    assert ours.kappa.estimate == ours.ac1.estimate == pytest.approx(ours.pabak.estimate, abs=1e-12)


@given(tables(categories=(2, 2)))
def test_kappa_is_pabak_less_prevalence_plus_bias(table):
    """Byrt, Bishop & Carlin: (PABAK - PI^2 + BI^2) / (1 - PI^2 + BI^2)."""
    ours = agreement(table)
    assume(ours.kappa.estimate is not None)
    prevalence, bias = ours.prevalence_index**2, ours.bias_index**2
    expected = (ours.pabak.estimate - prevalence + bias) / (1 - prevalence + bias)
    assert ours.kappa.estimate == pytest.approx(expected, abs=1e-9)


@given(tables(), st.integers(2, 9))
def test_a_table_taken_several_times_divides_the_variance(table, times):
    once, often = agreement(table), agreement(times * table)
    for name in ("observed", *COEFFICIENTS):
        ours, theirs = getattr(once, name), getattr(often, name)
        assert ours.estimate == theirs.estimate
        if ours.se is not None:
            assert ours.se**2 == pytest.approx(times * theirs.se**2)


class TestDegenerateTables:
    def test_no_item(self):
        ours = agreement([[0, 0], [0, 0]])
        assert (ours.n, ours.agreed, ours.prevalence_index, ours.bias_index) == (0, 0, None, None)
        assert all(getattr(ours, name).estimate is None for name in ("observed", *COEFFICIENTS))
        assert ours.warnings == ("no item was judged by both raters",)

    @pytest.mark.parametrize("n", [1, 7])
    def test_agreement_in_one_category_leaves_kappa_undefined(self, n):
        ours = agreement([[0, 0], [0, n]])
        assert ours.kappa.estimate is ours.kappa.se is ours.kappa.ci_low is None
        assert ours.pabak.estimate == ours.ac1.estimate == ours.pabak.ci_high == 1
        assert ours.pabak.ci_low == pytest.approx(2 * 0.025 ** (1 / n) - 1)
        assert ours.warnings == (
            "kappa is undefined (0/0): both raters put every item into the same category",
            "no interval for AC1: the standard error is 0",
        )

    def test_perfect_agreement_in_both_categories(self):
        ours = agreement([[5, 0], [0, 700]])
        for found in (ours.kappa, ours.ac1):
            assert (found.estimate, found.se, found.ci_low, found.ci_high) == (1, 0, None, None)
        assert ours.pabak.ci_low < 1
        assert ours.warnings == ("no interval for kappa and AC1: the standard error is 0",)

    def test_one_item_on_which_they_differ(self):
        ours = agreement([[0, 1], [0, 0]])
        assert (ours.kappa.estimate, ours.pabak.estimate, ours.ac1.estimate) == (0, -1, -1)
        assert ours.kappa.ci_low is ours.ac1.ci_low is None
        assert len(ours.warnings) == 2

    def test_a_rater_with_one_category(self):
        ours = agreement([[30, 12], [0, 0]])
        assert (ours.kappa.estimate, ours.kappa.se, ours.kappa.ci_low) == (0, 0, None)
        assert ours.ac1.ci_low < ours.ac1.estimate < ours.ac1.ci_high
        assert ours.warnings == (
            "kappa is 0 whatever the other rater does: one rater used a single category",
            "no interval for kappa: the standard error is 0",
        )
        assert ours.warnings == agreement([[30, 0], [12, 0]]).warnings

    def test_disagreement_throughout(self):
        even, uneven = agreement([[0, 20], [20, 0]]), agreement([[0, 10], [30, 0]])
        assert even.kappa.estimate == even.pabak.estimate == even.ac1.estimate == -1
        assert even.kappa.ci_low is None and even.pabak.ci_high > -1
        # By chance 2 x 1/4 x 3/4 = 3/8.
        assert uneven.kappa.estimate == pytest.approx(-3 / 5)
        assert uneven.ac1.estimate == -1

    @pytest.mark.parametrize("size", [2, 3, 5, 7])
    def test_zero_is_exact_for_any_number_of_items(self, size):
        """Shares such as 1/3 are no floats; they leave no trace in a standard error that is 0."""
        ours = agreement(np.diag([1, 2, size]))
        assert (ours.kappa.estimate, ours.kappa.se, ours.ac1.se) == (1, 0, 0)

    def test_intervals_are_cut_off_at_one(self):
        ours = agreement([[3, 0], [1, 9]])
        assert ours.kappa.ci_high == ours.ac1.ci_high == 1


class TestWarnings:
    @pytest.mark.parametrize(
        ("table", "warnings"),
        [
            ([[30, 5], [5, 30]], []),
            ([[30, 5], [4, 30]], ["disagreements: 9, fewer than 10; the interval of kappa and AC1"]),
            ([[10, 40], [40, 9]], ["agreements in the rarest category: 9, fewer than 10; the interval of kappa"]),
            (
                [[4, 40], [40, 5]],
                [
                    "agreements: 9, fewer than 10; the interval of kappa and AC1",
                    "agreements in the rarest category: 4, fewer than 10; the interval of kappa",
                ],
            ),
        ],
    )
    def test_few_counts(self, table, warnings):
        assert agreement(table).warnings == tuple(f"{warning} may be too narrow" for warning in warnings)

    def test_categories_that_nobody_used(self):
        two, three = agreement([[30, 5], [5, 30]]), agreement([[30, 5, 0], [5, 30, 0], [0, 0, 0]])
        assert three.warnings == ("categories that nobody used: 1 of 3; PABAK and AC1 count them",)
        assert three.kappa == two.kappa
        assert three.pabak.estimate > two.pabak.estimate and three.ac1.estimate > two.ac1.estimate


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ([[1, 2, 3], [4, 5, 6]], r"square .* got shape \(2, 3\)"),
        ([1, 2], "square"),
        ([], "square"),
        ([[5]], "two categories or more"),
        ([[1, -2], [3, 4]], "counts, .* got -2"),
        ([[1, 0.5], [3, 4]], "counts, .* got 0.5"),
        ([[1, float("nan")], [3, 4]], "counts, .* got nan"),
        ([[1, float("inf")], [3, 4]], "counts, .* got inf"),
    ],
)
def test_what_is_no_table_of_counts_is_refused(table, message):
    with pytest.raises(ValueError, match=message):
        agreement(table)


def test_results_can_be_written_and_hold_plain_numbers():
    ours = agreement(np.array([[20, 5], [10, 15]]))
    assert json.loads(json.dumps(ours.to_dict()))["kappa"]["estimate"] == ours.kappa.estimate
