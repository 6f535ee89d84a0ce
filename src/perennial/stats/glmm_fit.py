"""What the models for single proportions and for 2x2 tables share: where to start, and the tests of heterogeneity."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from perennial.stats.distributions import check_level
from perennial.stats.errors import NotEstimable
from perennial.stats.likelihood_maximum import SAME, Maximum, maximise, value_at
from perennial.stats.quadrature import MixedModel

Floats = NDArray[np.float64]

LARGEST_TAU = 20.0
"""On the logit scale; a likelihood that still rises there has no maximum worth the name."""

LARGEST_MEAN = 40.0

DEVIATIONS = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8)


def deviations(variance: Floats) -> Floats:
    """Standard deviations to start from. The least is small beside sampling error but not zero, where the slope is."""
    return np.array([min(0.05, 0.1 * float(np.median(variance)) ** 0.5), *DEVIATIONS])


def weighted_mean(yi: Floats, vi: Floats, tau: float) -> float:
    w = 1 / (vi + tau**2)
    return float((w * yi).sum() / w.sum())


def global_maximum(
    model: MixedModel, starts: Floats, own: Floats | None = None, spreads: Sequence[int] = (), location: int = 0
) -> Maximum:
    """The highest of the maxima reached from the peaks of a grid of `starts` (..., P), with `own` (..., k) beside it.

    `spreads` are the places of standard deviations among the parameters; they come back positive, or zero where that
    is as likely. Raises NotEstimable where a spread or the parameter at `location` has no finite maximum.
    """
    shape, count = starts.shape[:-1], starts.shape[-1]
    flat, flat_own = starts.reshape(-1, count), None if own is None else own.reshape(-1, own.shape[-1])
    heights = value_at(model, flat, flat_own).reshape(shape)
    best: Maximum | None = None
    for place in np.flatnonzero(_peaks(heights)):
        step = _step(model, flat[place, list(spreads)])
        found = maximise(model, flat[place], None if own is None else flat_own[place], step)
        if best is None or found.log_likelihood > best.log_likelihood:
            best = found
    if np.abs(best.shared[list(spreads)]).max(initial=0) > LARGEST_TAU:
        raise NotEstimable("the likelihood keeps rising with tau: the studies are too far apart for this model")
    if abs(best.shared[location]) > LARGEST_MEAN:
        raise NotEstimable("the likelihood keeps rising with the mean: it is infinite on the logit scale")
    return _settle(model, best, spreads)


def _settle(model: MixedModel, best: Maximum, spreads: Sequence[int]) -> Maximum:
    """A maximum within rounding of a spread of zero is at zero; the curvature is taken in steps that fit its place."""
    shared, own = best.shared.copy(), best.own
    for place in spreads:
        none = np.where(np.arange(len(shared)) == place, 0.0, shared)
        if value_at(model, none[None], None if own is None else own[None])[0] >= best.log_likelihood - SAME:
            shared = none
    best = maximise(model, shared, own, _step(model, shared[list(spreads)]))
    best = replace(best, shared=np.where(shared == 0, 0.0, best.shared))
    if not np.all(np.isfinite(best.information)) or np.linalg.eigvalsh(best.information).min() <= 0:
        raise NotEstimable("the likelihood has no proper maximum: its curvature has the wrong sign")
    return best


def _step(model: MixedModel, spreads: Floats) -> float:
    """For differences: small beside what changes the likelihood's shape, large beside rounding in big studies."""
    least = 1 / float(model.kernel.weight.max()) + float((spreads**2).max(initial=0))
    return 1e-4 * min(1.0, least**0.5)


def _peaks(heights: Floats) -> NDArray[np.bool_]:
    """Which points of a grid none of its neighbours along an axis tops."""
    top = np.ones(heights.shape, dtype=bool)
    for axis in range(heights.ndim):
        lines, marks = np.moveaxis(heights, axis, 0), np.moveaxis(top, axis, 0)
        marks[:-1] &= lines[:-1] >= lines[1:]
        marks[1:] &= lines[1:] >= lines[:-1]
    return top


def wald_q(estimates: Floats, information: Floats) -> float:
    """Wald statistic of equal estimates, given their information (k, weight zero where an estimate is infinite)."""
    total = information.sum()
    if total <= 0:
        return 0.0
    mean = (information * estimates).sum() / total
    return float((information * (estimates - mean) ** 2).sum())


def conditional_log_likelihood(model: MixedModel, best: Maximum) -> float:
    """Of the counts, given the most likely effect of each study."""
    height, _ = model.kernel.value_and_slope(model.predictors(best.parameters(model.studies), best.modes[:, None]))
    return float(height.sum()) + model.kernel.constant


def check_choices(quadrature_points: int, effects: str, interval: str, level: float) -> None:
    if not (quadrature_points == int(quadrature_points) and 1 <= quadrature_points <= 100):
        raise ValueError(f"quadrature_points must be a whole number from 1 to 100, got {quadrature_points}")
    if effects not in ("random", "common"):
        raise ValueError(f'effects must be "random" or "common", got {effects!r}')
    if interval not in ("wald", "t"):
        raise ValueError(f'interval must be "wald" or "t", got {interval!r}')
    check_level(level)


def degrees_of_freedom(interval: str, k: int) -> int | None:
    """None for an interval by the normal distribution, k - 1 for one by t."""
    if interval == "wald":
        return None
    if k == 1:
        raise NotEstimable("one study: the interval by t has no degree of freedom")
    return k - 1
