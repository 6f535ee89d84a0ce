"""Pooling, its intervals and heterogeneity: the reference tables in ../shared, closed forms, and degenerate input."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perennial.stats.errors import NotEstimable
from perennial.stats.heterogeneity import i2_interval_from_q
from perennial.stats.prediction import prediction_interval
from perennial.stats.qprofile import q_profile
from perennial.stats.random_effects import common_effect, random_effects
from perennial.stats.sensitivity import cumulative, leave_one_out_effects
from perennial.stats.tau2 import METHODS

INTERVALS = {"z": "wald", "knha": "hartung_knapp", "adhoc": "hartung_knapp_adhoc"}
FIT = {"b": "mean", "se": "se", "ci_lb": "ci_low", "ci_ub": "ci_high", "pval": "p", "tau2": "tau2"}
SPREAD = {"QE": "q", "QE_p": "q_p", "I2": "i2_tau2", "H2": "h2_tau2"}
TABLES = [
    "dat.bcg",
    "dat.bcg.armC",
    "dat.bcg.armT",
    "dat.debruin2009",
    "dat.egger2001",
    "dat.egger2001.armT",
    "dat.gibson2002_cont",
    "dat.hackshaw1998",
    "dat.mcdaniel1994",
    "dat.nielweise2007",
    "dat.nielweise2007.armT",
    "dat.normand1999",
    "dat.pritz1997",
    "edge_b_double0",
    "edge_p_allzero",
    "edge_p_ft_oob_low",
    "edge_p_k2",
    "edge_p_zero_one_mix",
    "edge_y_fisherfail1",
    "edge_y_identical",
    "edge_y_multimodal",
    "edge_y_tinyscale",
]


def numbers(value) -> np.ndarray:
    values = value if isinstance(value, list) else [value]
    return np.array([each if isinstance(each, (int, float)) else np.nan for each in values], dtype=float)


class Against:
    """Compares with a table's reference values, which are printed to twelve digits, and counts."""

    def __init__(self, yi, vi) -> None:
        self.compared = 0
        scale, tau2 = max(np.ptp(yi), max(vi) ** 0.5), min(vi)
        self.relative = 1e-6 if min(vi) > 1e-7 else 2e-5  # metafor stops where tau2 changes by less than 1e-12
        self.zero = {"mean": 1e-9 * scale, "ci": 1e-9 * scale, "pi": 1e-9 * scale, "tau2": max(1e-7 * tau2, 1e-12)}
        self.zero |= {"q": 1e-9, "i2": 1e-5, "tau": 1e-3 * tau2**0.5}

    def __call__(self, ours, theirs, name: str) -> None:
        ours, theirs = np.atleast_1d(np.asarray(ours, dtype=float)), numbers(theirs)
        ours, theirs = ours[~np.isnan(theirs)], theirs[~np.isnan(theirs)]  # metafor's scoring did not converge there
        close = pytest.approx(theirs, rel=self.relative, abs=self.zero.get(name.split("_")[0], 1e-12))
        assert ours == close, name
        self.compared += len(theirs)


@pytest.fixture(params=TABLES, scope="module")
def table(request, shared):
    return json.loads((shared / "reference" / "tables" / f"{request.param}.json").read_bytes())


def test_reference_tables(table):
    """Every measure of every table: eight estimators with three intervals, predictions, profiles and sequences."""
    for results in table["results"].values():
        pairs = np.column_stack([numbers(results["effects"]["yi"]), numbers(results["effects"]["vi"])])
        yi, vi = pairs[~np.isnan(pairs).any(1)].T
        if len(yi) < 2:
            continue
        same = Against(yi, vi)
        for method in METHODS:
            for test, interval in INTERVALS.items():
                theirs = results["grid"][f"{method}_{test}"]
                if np.ptp(yi) == 0 and interval == "hartung_knapp":
                    with pytest.raises(NotEstimable, match="all equal"):
                        random_effects(yi, vi, method, interval)
                    continue
                ours = random_effects(yi, vi, method, interval)
                for theirs_name, name in FIT.items():
                    same(getattr(ours, name), theirs[theirs_name], name)
                for theirs_name, name in SPREAD.items():
                    same(getattr(ours.heterogeneity, name), theirs[theirs_name], name)
                kinds = {"t": "t_k-1", "default": "z" if test == "z" else "t_k-1"}
                if len(yi) > 2:  # of two studies metafor takes one degree of freedom where k - 2 leaves none
                    kinds["riley"] = "t_k-2"
                for kind, convention in kinds.items():
                    if theirs.get("pi") and kind in theirs["pi"] and isinstance(theirs["pi"][kind]["lb"], float):
                        found = prediction_interval(ours.mean, ours.se, ours.tau2, ours.k, convention)
                        same((found.low, found.high), [theirs["pi"][kind][end] for end in ("lb", "ub")], "pi")
        for method in ("DL", "REML"):
            detail = results[f"detail_{method}"]
            same(random_effects(yi, vi, method).weights, detail["fit"]["weights"], "i2")
            profile, theirs = q_profile(yi, vi, method), detail["het"]["qprofile"]
            assert profile.empty == theirs["ci_null"]
            if not profile.empty:
                for name, ours in (("tau2", "tau2"), ("tau", "tau"), ("I2", "i2_tau2"), ("H2", "h2_tau2")):
                    for end, bound in (("lb", "low"), ("ub", "high")):
                        same(getattr(profile, f"{ours}_{bound}"), theirs[f"{name}_{end}"], name.lower())
            if len(yi) > 2:
                fit, theirs = random_effects(yi, vi, method).heterogeneity, detail["het"]["I2_Q"]
                same(
                    (fit.i2, *i2_interval_from_q(fit.q, fit.q_df)), [theirs[x] for x in ("I2", "I2_lb", "I2_ub")], "i2"
                )
            sequences = {
                "leave1out": leave_one_out_effects(yi, vi, method),
                "cumul": cumulative(yi, vi, tau2=method).fits,
            }
            for which, ours in sequences.items():
                for theirs_name, name in {**FIT, "Q": "q", "I2": "i2_tau2"}.items():
                    if theirs_name in detail.get(which, {}):
                        same(getattr(ours, name), detail[which][theirs_name], name)
        assert same.compared > 100


def test_published_example():
    """Thirteen trials of BCG (Colditz et al 1994) as in Viechtbauer (2010, J Stat Softw 36(3), section 3.1)."""
    yi = [
        -0.8893,
        -1.5854,
        -1.3481,
        -1.4416,
        -0.2175,
        -0.7861,
        -1.6209,
        0.0120,
        -0.4694,
        -1.3713,
        -0.3394,
        0.4459,
        -0.0173,
    ]
    vi = [0.3256, 0.1946, 0.4154, 0.0200, 0.0512, 0.0069, 0.2230, 0.0040, 0.0564, 0.0730, 0.0124, 0.5325, 0.0714]
    fit, profile = random_effects(yi, vi), q_profile(yi, vi)
    assert (fit.mean, fit.se, fit.ci_low, fit.ci_high) == pytest.approx((-0.7145, 0.1798, -1.0669, -0.3622), abs=1e-3)
    assert (profile.tau2, profile.tau2_low, profile.tau2_high) == pytest.approx((0.3132, 0.1197, 1.1115), abs=2e-3)
    assert (profile.i2_tau2, profile.i2_tau2_low, profile.i2_tau2_high) == pytest.approx(
        (92.22, 81.92, 97.68), abs=0.05
    )
    assert "tau2 0.31" in str(fit) and "I2 92.1% from Q, 92.2% from tau2" in str(fit)
    assert fit.to_dict()["heterogeneity"]["q_df"] == 12


effects = st.integers(2, 12).flatmap(
    lambda k: st.tuples(
        st.lists(st.floats(-3, 3), min_size=k, max_size=k), st.lists(st.floats(0.01, 4), min_size=k, max_size=k)
    )
)


@given(effects, st.sampled_from(METHODS), st.floats(-5, 5), st.sampled_from([1e-12, 1e-3, 1e12]))
@settings(max_examples=60)
def test_shift_and_scale(table, method, shift, scale):
    """Another origin or unit of the effects changes nothing but the origin or unit of the answer."""
    yi, vi = (np.array(each) for each in table)
    here, there = random_effects(yi, vi, method), random_effects((yi + shift) * scale**0.5, vi * scale, method)
    size = np.abs(yi).max() + abs(shift) + vi.max()
    assert there.mean == pytest.approx((here.mean + shift) * scale**0.5, rel=1e-9, abs=1e-9 * size * scale**0.5)
    assert there.tau2 == pytest.approx(here.tau2 * scale, rel=1e-8, abs=1e-9 * min(vi) * scale)
    assert there.heterogeneity.q == pytest.approx(here.heterogeneity.q, rel=1e-8, abs=1e-8)
    assert there.heterogeneity.i2_tau2 == pytest.approx(here.heterogeneity.i2_tau2, rel=1e-8, abs=1e-6)


@given(effects, st.sampled_from(METHODS))
@settings(max_examples=40)
def test_intervals_are_of_their_kind(table, method):
    """The ad hoc interval is never narrower than the t one; the prediction interval never than the one of the mean."""
    t, wald = random_effects(*table, method, "t"), random_effects(*table, method)
    adhoc = random_effects(*table, method, "hartung_knapp_adhoc")
    assert adhoc.ci_high - adhoc.ci_low >= (t.ci_high - t.ci_low) * (1 - 1e-12)
    assert (t.se, t.df, wald.df) == (wald.se, len(table[0]) - 1, None)
    predicted = [prediction_interval(t.mean, t.se, t.tau2, t.k, convention) for convention in ("z", "t_k-1")]
    assert predicted[0].low <= wald.ci_low + 1e-12
    assert predicted[1].low <= t.ci_low + 1e-12
    assert sum(t.weights) == pytest.approx(100)


@given(effects, st.sampled_from([0.5, 0.9, 0.99]))
@settings(max_examples=40)
def test_the_profile_is_where_q_has_its_quantiles(table, level):
    from scipy import stats

    yi, vi = (np.array(each) for each in table)
    found = q_profile(yi, vi, level=level)

    def tail(tau2: float) -> float:
        w = 1 / (vi + tau2)
        return stats.chi2.sf((w * (yi - (w * yi).sum() / w.sum()) ** 2).sum(), len(yi) - 1)

    for bound, expected in ((found.tau2_low, (1 - level) / 2), (found.tau2_high, (1 + level) / 2)):
        if bound > 0:
            assert tail(bound) == pytest.approx(expected, rel=1e-7)
        else:
            assert tail(0) >= expected * (1 - 1e-9)
    assert found.empty == (tail(0) > (1 + level) / 2)
    assert found.h2_tau2_high == pytest.approx(1 / (1 - found.i2_tau2_high / 100), rel=1e-6)


class TestDegenerateInput:
    def test_no_study(self):
        for refused in (random_effects, common_effect, q_profile):
            with pytest.raises(NotEstimable):
                refused([], [])

    def test_one_study(self):
        with pytest.raises(NotEstimable, match="two studies or more, got 1"):
            random_effects([0.3], [0.1])
        with pytest.raises(NotEstimable, match="interval of tau2"):
            q_profile([0.3], [0.1])
        alone = common_effect([0.3], [0.04])
        assert (alone.mean, alone.se, alone.ci_low) == pytest.approx((0.3, 0.2, 0.3 - 1.959964 * 0.2))
        assert (alone.heterogeneity.q, alone.heterogeneity.q_p, alone.heterogeneity.h2) == (0, None, None)
        assert alone.warnings == ("one study: its own estimate, nothing is pooled",)
        known = random_effects([0.3], [0.04], 0.05)
        assert (known.se, known.method) == (pytest.approx(0.3), "known")
        assert str(known).splitlines()[1:] == ["1 study, tau2 0.05 (known)", *alone.warnings]
        with pytest.raises(NotEstimable, match="no degree of freedom"):
            random_effects([0.3], [0.04], 0.05, "t")

    def test_two_studies_in_closed_form(self):
        fit = random_effects([0.0, 2.0], [0.5, 0.5], "DL", "hartung_knapp")
        assert (fit.tau2, fit.mean, fit.se, fit.df) == pytest.approx((1.5, 1, 1, 1))
        with pytest.raises(NotEstimable, match="three studies"):
            prediction_interval(fit.mean, fit.se, fit.tau2, fit.k, "t_k-2")

    def test_estimates_all_equal(self):
        fit = random_effects([0.1, 0.1, 0.1], [0.3, 0.2, 0.1])
        assert (fit.mean, fit.tau2, fit.heterogeneity.i2, fit.heterogeneity.i2_tau2) == (pytest.approx(0.1), 0, 0, 0)
        with pytest.raises(NotEstimable, match="all equal"):
            random_effects([0.1, 0.1, 0.1], [0.3, 0.2, 0.1], "REML", "hartung_knapp")
        assert random_effects([0.1, 0.1, 0.1], [0.3, 0.2, 0.1], "REML", "hartung_knapp_adhoc").se == pytest.approx(
            fit.se
        )
        predicted = prediction_interval(fit.mean, fit.se, fit.tau2, fit.k)
        assert "no between-study variation" in predicted.warnings[0]

    def test_an_empty_profile(self):
        """As confint of metafor: both bounds are below zero."""
        found = q_profile([0.1, 0.11, 0.12, 0.1, 0.13], [1] * 5)
        assert (found.tau2_low, found.tau2_high, found.empty) == (0, 0, True)
        assert (found.i2_tau2_high, found.h2_tau2_high) == (0, 1)
        assert "empty" in found.warnings[0]

    def test_a_profile_that_excludes_the_estimate(self):
        """The interval knows nothing of the estimator: one imprecise study far off misleads DL, another HE."""
        high = q_profile([-2.6, 5.1, 0.1, 24.8, 0.1], [3.926, 7.449, 0.292, 38.246, 0.072], "DL")
        low = q_profile([-0.1, 0.7, -0.1, 1.1, 1.5], [0.03, 0.146, 0.003, 0.103, 13.382], "HE")
        assert high.tau2 < high.tau2_low and low.tau2 == 0 < low.tau2_low
        for found in (high, low):
            assert found.excludes and "outside the interval" in found.warnings[0]

    @pytest.mark.parametrize("vi", [[0.2, 0.0], [0.2, -1], [0.2, np.nan], [0.2, np.inf]])
    def test_impossible_variances(self, vi):
        with pytest.raises(NotEstimable, match="positive"):
            random_effects([0.1, 0.2], vi)

    def test_impossible_arguments(self):
        studies = [0.1, 0.2], [0.2, 0.3]
        for arguments in ({"tau2": "XX"}, {"interval": "bayes"}, {"level": 95}, {"tau2": -1.0}):
            with pytest.raises(
                ValueError, match=r"estimated by one of|interval is one of|between 0 and 1|zero or more"
            ):
                random_effects(*studies, **arguments)
        with pytest.raises(ValueError, match="one length"):
            random_effects([0.1, 0.2], [0.2])
        with pytest.raises(ValueError, match="convention is one of"):
            prediction_interval(0, 1, 1, 5, "k-1")
        with pytest.raises(ValueError, match="zero or more"):
            prediction_interval(0, 1, -1, 5)
        with pytest.raises(NotEstimable, match="three studies"):
            i2_interval_from_q(1.0, 1)
        assert i2_interval_from_q(3.912363067, 1) == pytest.approx((0, 94.2257862854)), "of two studies, as R's meta"

    def test_a_hartung_knapp_interval_narrower_than_wald_is_told(self):
        fit = random_effects([0.1, 0.11, 0.12, 0.1, 0.13], [1] * 5, "REML", "hartung_knapp")
        assert "narrower than the Wald interval" in fit.warnings[0]
