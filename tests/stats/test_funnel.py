"""What funnel plots show."""

import numpy as np
import pytest
from scipy import stats

from perennial.stats.errors import NotEstimable
from perennial.stats.funnel import contour, contour_funnel, size_funnel


def test_edges_are_where_the_p_value_is_the_level():
    ours = contour(0.2, [0.0, 0.1, 0.5], 0.90)
    assert ours.low[0] == ours.high[0] == 0.2
    p = 2 * stats.norm.sf((ours.high[1:] - 0.2) / [0.1, 0.5])
    assert p == pytest.approx([0.1, 0.1])
    assert ours.high - 0.2 == pytest.approx(0.2 - ours.low)


def test_studies_are_counted_between_the_contours():
    z = np.array([0.0, 1.6, 1.7, -1.9, 2.0, -2.5, 2.6, 9.0])
    sei = np.linspace(0.1, 0.8, 8)
    ours = contour_funnel(0.3 + z * sei, sei, reference=0.3)
    assert ours.between == (2, 2, 2, 2)
    assert ours.p == pytest.approx(2 * stats.norm.sf(abs(z)))
    assert [edge.level for edge in ours.contours] == [0.90, 0.95, 0.99]
    assert all(list(edge.sei) == [0.0, 0.8] for edge in ours.contours)


def test_size_funnel():
    ours = size_funnel([5, 20, 0], [50, 60, 900])
    assert ours.yi[:2] == pytest.approx(np.log([5 / 45, 20 / 40]))
    assert list(ours.ni) == [50, 60, 900]
    assert any("fewer than 10" in warning for warning in ours.warnings)
    assert any("1 of 3 studies with no event" in warning for warning in ours.warnings)
    assert any("spread in size" in warning for warning in size_funnel([5] * 10, range(50, 60)).warnings)


def test_refusals():
    with pytest.raises(NotEstimable, match="no study"):
        contour_funnel([], [])
    with pytest.raises(NotEstimable, match="no study"):
        size_funnel([], [])
    with pytest.raises(ValueError, match="levels"):
        contour_funnel([1.0], [1.0], levels=(0.95, 0.90))
    with pytest.raises(ValueError, match="level"):
        contour(0, [1.0], 1.0)
    with pytest.raises(ValueError, match="not negative"):
        contour(0, [-1.0])
    with pytest.raises(ValueError, match="transformation"):
        size_funnel([1], [2], "probit")
