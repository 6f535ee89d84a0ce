"""Estimates as papers print them, with a standard error or an interval: hazard ratios, adjusted ratios, differences."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from perennial.stats.effects.estimates import ABSENT, Effects, effects
from perennial.stats.effects.inputs import aligned, require, studies

LARGEST_ASYMMETRY = 0.05
"""Share of an interval's width by which its middle may miss the estimate before it is worth a word."""

_LABELS = {"log": "log of the printed ratio", "identity": "as printed"}


def from_standard_error(estimate: ArrayLike, se: ArrayLike, scale: str = "identity") -> Effects:
    """Estimates with their standard errors (> 0), both on the scale of analysis already.

    For a log hazard ratio give log(HR) and its standard error with `scale="log"`: nothing is transformed, the scale
    only says how to go back. Raises ValueError for a standard error that is not positive.
    """
    yi, se = aligned(estimate=estimate, se=se)
    _known(scale)
    require(np.isnan(se) | (se > 0), "a standard error must be positive")
    return effects("GEN", "estimate as given", scale, yi, se**2, undefined={ABSENT: np.isnan(yi)})


def from_interval(
    estimate: ArrayLike, ci_low: ArrayLike, ci_high: ArrayLike, level: ArrayLike = 0.95, scale: str = "log"
) -> Effects:
    """Estimates with a two-sided normal interval of the given `level` (one for all, or one a study; 0.95, not 95).

    With `scale="log"` estimate and bounds are ratios as printed and are taken to logarithms; with "identity" they stay.
    The standard error is the width over twice the normal quantile (Cochrane Handbook 6.3.2). Raises ValueError for an
    interval that is empty, does not contain its estimate, or for a ratio that is not positive. A warning names the
    studies whose interval is not symmetric on the scale: rounding, a slip, or another scale or method.
    """
    _known(scale)
    estimate, low, high, level = aligned(
        estimate=estimate, ci_low=ci_low, ci_high=ci_high, level=np.broadcast_to(level, np.shape(estimate))
    )
    given = ~np.isnan(estimate)
    require(~given | ((level > 0) & (level < 1)), "the level of an interval is a fraction between 0 and 1")
    require(~given | ((low <= estimate) & (estimate <= high)), "an interval must contain its estimate")
    require(~given | (low < high), "an interval must have a width")
    if scale == "log":
        require(~given | (low > 0), "ratios and their bounds must be positive")
        estimate, low, high = np.log(estimate), np.log(low), np.log(high)
    se = (high - low) / (2 * special.ndtri((1 + level) / 2))
    skewed = np.abs((low + high) / 2 - estimate) > LARGEST_ASYMMETRY * (high - low)
    warnings = (f"the interval is not symmetric on the {scale} scale in {studies(skewed)}",) if skewed.any() else ()
    return effects("GEN", _LABELS[scale], scale, estimate, se**2, undefined={ABSENT: ~given}, warnings=warnings)


def _known(scale: str) -> None:
    if scale not in _LABELS:
        raise ValueError(f"scale must be one of {', '.join(_LABELS)}, got {scale!r}")
