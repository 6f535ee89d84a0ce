"""Selection models by steps: the likelihood written another way, its top, invariance and refusals."""

import numpy as np
import pytest
from scipy import optimize, stats

from perennial.stats.errors import NotEstimable
from perennial.stats.random_effects import random_effects
from perennial.stats.selection import selection_model, three_parameter_model


def simulated(seed, k=60, mean=0.25, tau=0.2, seen=0.3):
    """Studies of which those with a one-sided P value above 0.025 are seen with probability `seen`."""
    random = np.random.default_rng(seed)
    vi = random.uniform(0.01, 0.3, 12 * k)
    yi = random.normal(mean, np.sqrt(vi + tau**2))
    keep = (stats.norm.sf(yi / np.sqrt(vi)) <= 0.025) | (random.uniform(size=12 * k) < seen)
    return yi[keep][:k], vi[keep][:k]


def log_likelihood(yi, vi, steps, alternative, mean, tau2, weights):
    """Straight from the definition: the seen share of each interval of P values, the weight of each study's own."""
    z, sei = yi / np.sqrt(vi), np.sqrt(vi)
    seen = stats.norm(mean, np.sqrt(vi + tau2))
    if alternative == "two_sided":
        p = 2 * stats.norm.sf(abs(z))
        beyond = [seen.sf(stats.norm.isf(s / 2) * sei) + seen.cdf(-stats.norm.isf(s / 2) * sei) for s in steps]
    elif alternative == "greater":
        p, beyond = stats.norm.sf(z), [seen.sf(stats.norm.isf(s) * sei) for s in steps]
    else:
        p, beyond = stats.norm.cdf(z), [seen.cdf(-stats.norm.isf(s) * sei) for s in steps]
    shares = np.diff([np.zeros_like(z), *beyond, np.ones_like(z)], axis=0)
    weight = np.array(weights)[np.searchsorted(steps, p)]
    return (np.log(weight) + seen.logpdf(yi) - np.log(np.array(weights) @ shares)).sum()


@pytest.mark.parametrize(
    ("steps", "alternative"),
    [((0.025,), "greater"), ((0.025, 0.5), "greater"), ((0.05,), "two_sided"), ((0.3, 0.7), "less")],
)
def test_the_estimate_is_the_top_of_the_likelihood(steps, alternative):
    """Its value, a flat slope there, and standard errors from second differences."""
    yi, vi = simulated(3, k=40)
    ours = selection_model(yi, vi, steps, alternative)

    def value(point):
        return log_likelihood(yi, vi, ours.steps[:-1], alternative, point[0], point[1], np.append(1.0, point[2:]))

    top = np.array([ours.mean, ours.tau2, *ours.weights[1:]])
    assert value(top) == pytest.approx(ours.log_likelihood, abs=1e-9)
    errors = np.array([ours.se, ours.tau2_se, *ours.weights_se[1:]])
    steps_of = 1e-3 * errors
    unit = np.diag(steps_of)
    for i, move in enumerate(unit):
        slope = (value(top + move) - value(top - move)) / (2 * steps_of[i])
        assert slope * errors[i] == pytest.approx(0, abs=1e-5)
    hessian = [
        [(value(top + a + b) - value(top + a - b) - value(top - a + b) + value(top - a - b)) / 4 for b in unit]
        for a in unit
    ]
    information = -np.array(hessian) / np.outer(steps_of, steps_of)
    assert np.sqrt(np.diag(np.linalg.inv(information))) == pytest.approx(errors, rel=1e-3)


@pytest.mark.parametrize("seed", range(6))
def test_no_other_start_comes_higher(seed):
    yi, vi = simulated(seed, k=15, tau=0.6, mean=0.0)
    ours = three_parameter_model(yi, vi)

    def negative(point):
        weights = np.array([1.0, min(np.exp(point[2]), 100.0)])
        return -log_likelihood(yi, vi, (0.025,), "greater", point[0], point[1] ** 2, weights)

    for start in ([0, 0.1, 0], [-2, 1, -3], [1, 0.01, 2]):
        other = optimize.minimize(negative, start, method="Nelder-Mead", options={"maxiter": 300})
        assert ours.log_likelihood >= -other.fun - 1e-8


@pytest.mark.parametrize(
    ("yi", "vi", "metafor", "mean"),
    [
        ([-2.04, -1.17, 0.2, 1.17, -1.24, 3.01, 0], [0.173, 0.015, 0.303, 1.4, 0.06, 1.505, 0.066], -12.35963, -0.94),
        ([-0.58, 0.9, 1.07, 0.96, 3.03], [0.329, 0.135, 0.536, 0.027, 1.805], -5.54702, 0.32),
    ],
)
def test_the_higher_of_two_tops_is_found(yi, vi, metafor, mean):
    """metafor 3.8.1, which starts from the estimate without selection, stops on the lower one (means 0.11 and 0.84)."""
    ours = three_parameter_model(yi, vi)
    assert ours.log_likelihood > metafor + 0.2
    assert ours.mean == pytest.approx(mean, abs=0.005)
    assert ours.log_likelihood == pytest.approx(
        log_likelihood(np.array(yi), np.array(vi), (0.025,), "greater", ours.mean, ours.tau2, ours.weights)
    )


def test_selection_that_was_put_in_is_found():
    yi, vi = simulated(11, k=400)
    ours = three_parameter_model(yi, vi)
    assert ours.weights[1] == pytest.approx(0.3, abs=3 * ours.weights_se[1])
    assert ours.lr_p < 1e-4
    assert ours.ci_low < 0.25 < ours.ci_high
    assert abs(ours.mean - 0.25) < abs(ours.unadjusted_mean - 0.25)
    assert ours.unadjusted_mean == pytest.approx(random_effects(yi, vi, "ML").mean, rel=1e-9)


def test_direction_and_units():
    yi, vi = simulated(5)
    ours, turned = three_parameter_model(yi, vi), three_parameter_model(-yi, vi, "less")
    assert (turned.mean, turned.ci_low, *turned.weights) == pytest.approx((-ours.mean, -ours.ci_high, *ours.weights))
    for unit in (1e-6, 1e6):
        scaled = three_parameter_model(yi * unit, vi * unit**2)
        assert scaled.mean == pytest.approx(unit * ours.mean, rel=1e-6)
        assert scaled.tau2 == pytest.approx(unit**2 * ours.tau2, rel=1e-6)
        assert scaled.lr == pytest.approx(ours.lr, rel=1e-6)
        assert scaled.log_likelihood == pytest.approx(ours.log_likelihood - len(yi) * np.log(unit), rel=1e-9)


def test_a_common_effect_has_no_tau2():
    yi, vi = simulated(7, tau=0.0)
    ours = selection_model(yi, vi, heterogeneous=False)
    assert (ours.tau2, ours.tau2_se) == (0.0, None)
    assert ours.lr_df == 1
    assert not any("tau2 is estimated as zero" in warning for warning in ours.warnings)


def test_tau2_of_zero_is_said():
    yi, vi = np.linspace(0.3, 0.5, 12), np.linspace(0.01, 0.2, 12)
    ours = three_parameter_model(yi, vi)
    assert (ours.tau2, ours.tau2_se) == (0.0, None)
    assert ours.se > 0
    assert any("tau2 is estimated as zero" in warning for warning in ours.warnings)


def test_refusals():
    yi, vi = simulated(1, k=20)
    with pytest.raises(NotEstimable, match="holds no study"):
        selection_model(np.abs(yi) + 3, vi)
    with pytest.raises(NotEstimable, match="holds no study"):
        selection_model(yi, vi * 1e4)
    for k in (0, 1, 2):
        with pytest.raises(NotEstimable, match="parameters need"):
            three_parameter_model(yi[:k], vi[:k])
    with pytest.raises(ValueError, match="steps"):
        selection_model(yi, vi, (0.0, 0.5))
    with pytest.raises(ValueError, match="steps"):
        selection_model(yi, vi, ())
    with pytest.raises(ValueError, match="alternative"):
        selection_model(yi, vi, alternative="up")


def test_few_studies_in_an_interval_are_said():
    ours = three_parameter_model([0.5, 0.9, 0.6, 0.8, 0.1], [0.01, 0.05, 0.04, 0.02, 0.1])
    assert ours.counts == (4, 1)
    assert any("fewer than 4 studies" in warning for warning in ours.warnings)
