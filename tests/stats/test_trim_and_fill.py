"""Trim and fill: symmetry, what it fills, ties, and where it refuses."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perennial.stats.errors import NotEstimable
from perennial.stats.random_effects import common_effect, random_effects
from perennial.stats.trim_and_fill import ESTIMATORS, trim_and_fill

YI = [0.5, 0.47, 0.54, 0.36, 0.65, 1.0, 1.3, 1.61]
VI = [0.01, 0.02, 0.02, 0.05, 0.05, 0.2, 0.3, 0.4]


def test_studies_taken_from_one_side_are_put_back():
    """Eleven estimates about zero and three to the right without weight. By hand: the ranks of those above zero are 1,
    2, 5, 6, 9, 10, 12, 13, 14, which sum to 72, and L0 = (4 * 72 - 14 * 15) / 27 = 2.9."""
    yi = [-5.1, -3.9, -3.1, -1.9, -1.2, 0.1, 1.0, 2.0, 3.0, 4.1, 5.0, 6.5, 7.5, 8.5]
    ours = trim_and_fill(yi, [1.0] * 11 + [1e9] * 3, "L0", "left", tau2=0.0)
    assert ours.k0 == 3
    assert ours.filled_yi == pytest.approx([-6.5, -7.5, -8.5], abs=1e-6)
    assert (ours.centre, ours.adjusted.mean) == pytest.approx((0, 0), abs=1e-6)
    assert not any("equally far" in warning for warning in ours.warnings)


@pytest.mark.parametrize("tau2", ["DL", "PM", "REML", "ML", "EB", "HE", "HS", "SJ", 0.0])
def test_what_is_pooled(tau2):
    ours = trim_and_fill(YI, VI, tau2=tau2, interval="t")
    assert ours.observed.mean == pytest.approx(random_effects(YI, VI, tau2, "t").mean)
    again = random_effects([*YI, *ours.filled_yi], [*VI, *ours.filled_vi], tau2, "t")
    assert (ours.adjusted.mean, ours.adjusted.ci_low) == pytest.approx((again.mean, again.ci_low))
    assert len(ours.filled_yi) == ours.k0
    assert ours.k + ours.k0 == ours.adjusted.k
    if tau2 == 0.0:
        assert ours.observed.mean == pytest.approx(common_effect(YI, VI).mean)


@given(st.lists(st.tuples(st.integers(-40, 40), st.integers(1, 60)), min_size=3, max_size=15, unique_by=lambda p: p[0]))
@settings(max_examples=40)
def test_the_mirror_image_is_filled_on_the_other_side(studies):
    yi, vi = np.array(studies, dtype=float).T / 10
    for estimator in ESTIMATORS:
        try:
            ours = trim_and_fill(yi, vi, estimator, "left", "DL")
        except NotEstimable:
            with pytest.raises(NotEstimable):
                trim_and_fill(-yi, vi, estimator, "right", "DL")
            continue
        mirrored = trim_and_fill(-yi, vi, estimator, "right", "DL")
        assert (ours.k0, ours.k0_se) == (mirrored.k0, mirrored.k0_se)
        assert ours.adjusted.mean == pytest.approx(-mirrored.adjusted.mean, abs=1e-12)
        assert ours.filled_yi == pytest.approx(-mirrored.filled_yi, abs=1e-12)


def test_units_do_not_matter():
    for unit in (1e-7, 1e7):
        ours = trim_and_fill(np.array(YI) * unit, np.array(VI) * unit**2)
        assert ours.k0 == trim_and_fill(YI, VI).k0
        assert ours.adjusted.mean == pytest.approx(unit * trim_and_fill(YI, VI).adjusted.mean, rel=1e-9)


def test_the_side_follows_the_slope():
    assert trim_and_fill(YI, VI).side == "left"
    assert trim_and_fill(-np.array(YI), VI).side == "right"
    assert trim_and_fill(-np.array(YI), VI, side="left").side == "left"
    with pytest.raises(NotEstimable, match="say on which side"):
        trim_and_fill(YI, [0.1] * 8)
    assert trim_and_fill(YI, [0.1] * 8, side="left").side == "left"


def test_estimates_all_alike_have_nothing_to_trim():
    ours = trim_and_fill([0.1 + 0.2, 0.3, 0.3, 0.3], [0.1, 0.2, 0.3, 0.4], side="left")
    assert (ours.k0, ours.adjusted.mean) == (0, pytest.approx(0.3))
    assert any("nothing to trim" in warning for warning in ours.warnings)


def test_ties_are_by_value_and_said():
    """About the centre 0.3 the outer pair ties, but for the last digit of 0.1 + 0.2."""
    for middle in (0.3, 0.1 + 0.2):
        ours = trim_and_fill([middle - 0.4, middle, middle + 0.4], [0.1, 0.2, 0.1], side="left", tau2=0.0)
        assert ours.k0 == 0
        assert any("equally far" in warning for warning in ours.warnings)


def test_r0_has_a_p_value():
    """No run of extreme studies on the right is as likely as one: P = 0.5 for k0 = 0, and halves with each more."""
    assert trim_and_fill(YI, VI, "R0").k0_p == 0.5 ** (trim_and_fill(YI, VI, "R0").k0 + 1)
    assert trim_and_fill(YI, VI, "L0").k0_p is None


def test_impossible_arguments():
    with pytest.raises(ValueError, match="estimator"):
        trim_and_fill(YI, VI, "L1")
    with pytest.raises(ValueError, match="side"):
        trim_and_fill(YI, VI, side="top")
