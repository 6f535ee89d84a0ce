"""Boundaries against published tables and adaptive quadrature; information sizes; what monitoring says.

`oracle/living.json` holds metafor's answers; `Rscript oracle/living.R oracle/living.json` makes them again.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special

from perennial.stats.errors import NotEstimable
from perennial.stats.sequential import (
    ADVICE,
    diversity,
    required_information,
    required_information_risks,
    sequential_monitoring,
)
from perennial.stats.sequential_boundaries import alpha_spent, crossing_probabilities, spending_boundaries

COMMITTED = json.loads((Path(__file__).parents[1] / "oracle" / "living.json").read_bytes())
FIFTHS = np.arange(1, 6) / 5


def test_lan_demets_boundaries():
    """Five equally spaced looks, two-sided alpha 0.05, as commonly printed (R's ldbounds among others)."""
    bounds = spending_boundaries(FIFTHS).boundaries
    assert bounds == pytest.approx((4.8769, 3.3569, 2.6803, 2.2898, 2.0310), abs=1.5e-4)
    # The second is 3.35701 by ours and by the quadrature below, hence the tolerance.


@pytest.mark.parametrize(
    ("looks", "pocock", "obrien_fleming"),
    [
        (2, 2.178, 1.977),
        (3, 2.289, 2.004),
        (4, 2.361, 2.024),
        (5, 2.413, 2.040),
        (10, 2.555, 2.087),
        (20, 2.672, 2.126),
    ],
)
def test_classical_boundaries(looks, pocock, obrien_fleming):
    """Jennison & Turnbull (2000, Group Sequential Methods), tables 2.1 and 2.3, alpha 0.05: constants to three decimals."""
    t = np.arange(1, looks + 1) / looks
    assert crossing_probabilities(t, [pocock] * looks).sum() == pytest.approx(0.05, abs=1e-4)
    assert crossing_probabilities(t, obrien_fleming / np.sqrt(t)).sum() == pytest.approx(0.05, abs=1e-4)


@pytest.mark.parametrize("t", [FIFTHS[:3], np.array([0.1, 0.35, 0.4]), np.array([0.5, 0.6, 1.0])])
def test_against_adaptive_quadrature_of_the_increments(t):
    """The first three looks: what of the first crossings is spent at each, by scipy's nested adaptive integration."""
    bounds = spending_boundaries(t).boundaries * np.sqrt(t)
    steps = np.sqrt(np.diff(t, prepend=0))

    def density(x, look):
        return np.exp(-((x / steps[look]) ** 2) / 2) / (steps[look] * np.sqrt(2 * np.pi))

    def beyond(x, look):
        return special.ndtr((x - bounds[look]) / steps[look]) + special.ndtr((-x - bounds[look]) / steps[look])

    def integral(of, reach):
        reach = min(reach, 8)
        return sum(integrate.quad(of, a, b, epsabs=1e-13, epsrel=1e-10)[0] for a, b in ((-reach, 0), (0, reach)))

    def third(x):
        return density(x, 0) * integral(lambda y: density(y - x, 1) * beyond(y, 2), bounds[1])

    first = beyond(0, 0)
    second = integral(lambda x: density(x, 0) * beyond(x, 1), bounds[0])
    spent = np.cumsum([first, second, integral(third, bounds[0])])
    assert spent == pytest.approx(alpha_spent(t), rel=1e-8)


@settings(max_examples=25)
@given(st.lists(st.floats(0.02, 1.0), min_size=1, max_size=6, unique=True), st.sampled_from([0.01, 0.05, 0.1]))
def test_boundaries_spend_what_they_may(fractions, alpha):
    t = np.sort(fractions)
    if len(t) > 1 and np.diff(t).min() < 1e-4:
        return
    result = spending_boundaries(t, alpha)
    crossed = crossing_probabilities(t, [min(bound, 39) for bound in result.boundaries])
    assert np.cumsum(crossed) == pytest.approx(alpha_spent(t, alpha), rel=1e-9, abs=1e-15)


def test_one_look_at_the_end_is_the_ordinary_test():
    result = spending_boundaries([1.0])
    assert result.boundaries[0] == pytest.approx(1.959963984540054) and result.spent[0] == pytest.approx(0.05)


def test_nothing_to_spend_yet():
    assert spending_boundaries([0.0005, 1.0]).boundaries == (np.inf, pytest.approx(1.959964, abs=1e-6))


def test_looks_close_together_cost_no_accuracy():
    near = spending_boundaries([0.5, 0.5 + 1e-5, 1.0])
    assert near.boundaries[2] == pytest.approx(spending_boundaries([0.5, 1.0]).boundaries[1], abs=1e-4)
    many = spending_boundaries(np.arange(1, 101) / 100)
    assert crossing_probabilities(many.fractions, np.minimum(many.boundaries, 39)).sum() == pytest.approx(
        0.05, rel=1e-9
    )


@pytest.mark.parametrize("fractions", [[], [0.5, 0.5], [0.5, 0.4], [0.0, 1.0], [0.5, 1.1], [np.nan]])
def test_looks_out_of_order_or_range(fractions):
    with pytest.raises(ValueError, match="increasing fractions"):
        spending_boundaries(fractions)


def test_required_information():
    """Risk 10% against 8%, alpha 0.05, power 0.8: 4 (1.960 + 0.842)**2 0.09 x 0.91 / 0.02**2 = 6428 participants."""
    result = required_information_risks(0.10, 0.08, power=0.8)
    assert result.unadjusted == pytest.approx(4 * (1.959964 + 0.841621) ** 2 * 0.09 * 0.91 / 0.02**2, rel=1e-6)
    assert round(result.size) == 6428
    assert required_information_risks(0.10, 0.08, power=0.8, heterogeneity=0.25).size == pytest.approx(
        result.size / 0.75
    )
    assert required_information(0.5, 1.0, power=0.9).size == pytest.approx(
        4 * (1.959964 + 1.281552) ** 2 / 0.25, rel=1e-6
    )


@pytest.mark.parametrize("name", [name for name, table in COMMITTED["tables"].items() if "yi" in table])
def test_diversity_and_z_against_metafor(name):
    """D2 from metafor's two standard errors; the z of each look from its DerSimonian-Laird fit."""
    yi, vi = (np.array(COMMITTED["tables"][name][key]) for key in ("yi", "vi"))
    looks = sequential_monitoring(yi, vi, np.full(len(yi), 100), 2000, list(range(len(yi)))).looks
    for k, answer in enumerate(COMMITTED["answers"][name], 2):
        found = diversity(yi[:k], vi[:k])
        assert found.d2 == pytest.approx(answer["diversity"], rel=1e-6, abs=1e-10)
        assert found.adjustment == pytest.approx(1 / (1 - found.d2)) and 100 * found.d2 >= found.i2 - 1e-10
        assert looks[k - 1].z == pytest.approx(answer["z_dl"], rel=1e-6)


def test_diversity_of_equal_variances_is_i2():
    found = diversity([0.1, 0.9, 0.4, -0.3], [0.05] * 4)
    assert 100 * found.d2 == pytest.approx(found.i2)


YI, VI = np.array([-0.3, -0.2, -0.5, -0.4]), np.array([0.04, 0.03, 0.05, 0.02])


def test_monitoring_step_by_step():
    result = sequential_monitoring(YI, VI, [300, 400, 200, 800], 2000, [2001, 2003, 2003, 2010])
    assert [(look.date, look.k, look.information) for look in result.looks] == [
        (2001, 1, 300),
        (2003, 3, 900),
        (2010, 4, 1700),
    ]
    assert [look.boundary for look in result.looks] == pytest.approx(spending_boundaries([0.15, 0.45, 0.85]).boundaries)
    last = result.looks[-1]
    assert last.crossed == (abs(last.z) > last.boundary) and last.crossed
    assert (last.ci_low, last.ci_high) == pytest.approx(
        (last.estimate - last.boundary * last.se, last.estimate + last.boundary * last.se)
    )
    assert "first crossed at 2010, with 85%" in result.state


def test_the_advice_goes_with_every_result():
    result = sequential_monitoring(YI, VI, [300] * 4, 4000, [1, 2, 3, 4])
    assert result.advice == ADVICE and ADVICE in str(result) and "should not be used for the main analyses" in ADVICE
    assert json.loads(json.dumps(result.to_dict(), allow_nan=False))["advice"] == ADVICE


def test_beyond_the_required_information_there_is_no_boundary():
    result = sequential_monitoring(YI / 10, VI, [300] * 4, 500, [1, 2, 3, 4])
    assert [look.boundary is None for look in result.looks] == [False, False, True, True]
    assert result.looks[1].boundary == pytest.approx(spending_boundaries([0.6, 1.0]).boundaries[1])
    assert result.looks[3].crossed is None and result.looks[3].ci_low is None
    assert result.state == "the required information was reached and no boundary was crossed"


def test_far_from_enough():
    result = sequential_monitoring(YI[:1], VI[:1], [30], 100_000, ["2020-01-01"])
    assert result.looks[0].boundary == np.inf and result.looks[0].crossed is False and result.looks[0].ci_low is None
    assert "0% of the required information is there" in result.state


def test_refusals():
    with pytest.raises(NotEstimable, match="no study"):
        sequential_monitoring([], [], [], 100, [])
    with pytest.raises(ValueError, match="positive amount"):
        sequential_monitoring(YI, VI, [1, 2, 3, 0], 100, [1, 2, 3, 4])
    with pytest.raises(ValueError, match="required information must be positive"):
        sequential_monitoring(YI, VI, [1, 2, 3, 4], 0, [1, 2, 3, 4])
    for arguments in ((0, 1), (0.5, 0), (0.5, 1, 0), (0.5, 1, 0.05, 1), (0.5, 1, 0.05, 0.9, 1)):
        with pytest.raises(ValueError, match="must"):
            required_information(*arguments)
    with pytest.raises(ValueError, match="risks"):
        required_information_risks(0, 0.5)
    with pytest.raises(NotEstimable):
        diversity([1], [1])
