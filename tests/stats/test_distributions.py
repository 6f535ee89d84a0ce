"""Quantiles and tails against scipy.stats, which the library itself does without."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from perennial.stats.distributions import chi2_p, chi2_ps, critical_value, critical_values, two_sided_p, two_sided_ps


@given(st.floats(0, 3000), st.one_of(st.integers(1, 200), st.floats(0.5, 20)))
def test_chi_squared_tail(statistic, df):
    assert chi2_p(statistic, df) == pytest.approx(stats.chi2.sf(statistic, df), rel=1e-11, abs=1e-300)


def test_chi_squared_without_degrees_of_freedom():
    assert chi2_p(0.0, 0) is None
    assert np.isnan(chi2_ps(np.array([0.0, 3.0]), np.array([0, 2]))).tolist() == [True, False]


@given(st.floats(-30, 30), st.one_of(st.none(), st.integers(1, 500)))
def test_two_sided_tails(statistic, df):
    expected = stats.norm.sf(abs(statistic)) if df is None else stats.t.sf(abs(statistic), df)
    assert two_sided_p(statistic, df) == pytest.approx(2 * expected, rel=1e-11)


@given(st.floats(0.01, 0.9999), st.one_of(st.none(), st.integers(1, 500)))
def test_critical_values(level, df):
    expected = stats.norm.ppf((1 + level) / 2) if df is None else stats.t.ppf((1 + level) / 2, df)
    assert critical_value(level, df) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("count", [3, 30])
def test_many(count):
    df = np.where(np.arange(count) % 3, np.arange(count) % 7 + 1.0, np.nan)
    z = np.linspace(-4, 6, count)
    one_by_one = [None if np.isnan(each) else each for each in df]
    pairs = list(zip(z, one_by_one, strict=True))
    assert two_sided_ps(z, df) == pytest.approx([two_sided_p(*pair) for pair in pairs], rel=1e-12)
    assert critical_values(0.9, df) == pytest.approx([critical_value(0.9, each) for each in one_by_one], rel=1e-12)
    whole = np.arange(count) % 5 + 1
    expected = [chi2_p(*pair) for pair in zip(z**2, whole, strict=True)]
    assert chi2_ps(z**2, whole) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("level", [0, 1, 95, float("nan")])
def test_a_level_is_a_fraction(level):
    with pytest.raises(ValueError, match="between 0 and 1"):
        critical_value(level)


def test_a_fit_in_a_fresh_process_imports_little():
    program = (
        "import sys\nfrom perennial.stats.random_effects import random_effects\nrandom_effects([1, 2, 4], [1, 2, 1])\n"
        "print(*{'scipy.special', 'scipy.stats', 'pandas', 'matplotlib'} & set(sys.modules))"
    )
    source = Path(__file__).parents[2] / "src"
    done = subprocess.run([sys.executable, "-c", program], cwd=source, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
