"""Events over person-time: one rate on four scales, and two rates by ratio or difference.

`xi` events in person-time `ti` > 0 (one arm), `x1i`, `t1i`, `x2i`, `t2i` (two arms), each with the studies of an
analysis along its last axis and nan where a study is absent. Rates are per unit of the person-time given. Impossible
values raise ValueError. Rothman, Greenland & Lash (2008) is Modern Epidemiology, third edition, chapter 14.
"""

import numpy as np
from numpy.typing import ArrayLike

from perennial.stats.effects.corrections import HALF_WHERE_ZERO, Correction
from perennial.stats.effects.estimates import ABSENT, Effects, effects
from perennial.stats.effects.inputs import Floats, aligned, left_out, not_whole, one_axis, require

NO_EVENT = "no event"
UNINFORMATIVE = "no event in either arm"


def rate(xi: ArrayLike, ti: ArrayLike, correction: Correction = HALF_WHERE_ZERO) -> Effects:
    """Incidence rate x/t with its Poisson variance x/t^2 (Rothman, Greenland & Lash 2008)."""
    x, t = _one_arm(xi, ti)
    added = correction.added(x == 0)
    corrected = x + added
    return effects(
        "IR", "rate", "identity", corrected / t, corrected / t**2, added > 0, {ABSENT: np.isnan(x)}, not_whole(x)
    )


def log_rate(xi: ArrayLike, ti: ArrayLike, correction: Correction = HALF_WHERE_ZERO) -> Effects:
    """log(x/t) with variance 1/x (Rothman, Greenland & Lash 2008)."""
    x, t = _one_arm(xi, ti)
    added = correction.added(x == 0)
    corrected = x + added
    undefined = {ABSENT: np.isnan(x), NO_EVENT: corrected == 0}
    with np.errstate(divide="ignore"):
        return effects(
            "IRLN", "log rate", "log", np.log(corrected / t), 1 / corrected, added > 0, undefined, not_whole(x)
        )


def root_rate(xi: ArrayLike, ti: ArrayLike) -> Effects:
    """Square root of x/t with variance 1/(4t), which needs no correction (Rothman, Greenland & Lash 2008)."""
    x, t = _one_arm(xi, ti)
    return effects(
        "IRS",
        "square root of rate",
        "square_root",
        np.sqrt(x / t),
        1 / (4 * t),
        None,
        {ABSENT: np.isnan(x)},
        not_whole(x),
    )


def freeman_tukey_rate(xi: ArrayLike, ti: ArrayLike) -> Effects:
    """(sqrt(x/t) + sqrt((x + 1)/t))/2 with variance 1/(4t), not corrected (Freeman & Tukey 1950)."""
    x, t = _one_arm(xi, ti)
    yi = (np.sqrt(x / t) + np.sqrt((x + 1) / t)) / 2
    label = "Freeman-Tukey root of rate"
    return effects("IRFT", label, "freeman_tukey_rate", yi, 1 / (4 * t), None, {ABSENT: np.isnan(x)}, not_whole(x))


def rate_ratio(
    x1i: ArrayLike,
    t1i: ArrayLike,
    x2i: ArrayLike,
    t2i: ArrayLike,
    correction: Correction = HALF_WHERE_ZERO,
    drop_uninformative: bool = False,
) -> Effects:
    """Log rate ratio with variance 1/x1 + 1/x2 (Rothman, Greenland & Lash 2008).

    `drop_uninformative` leaves studies without any event undefined (metafor's `drop00`).
    """
    x1, t1, x2, t2, added, undefined, warnings = _prepare(x1i, t1i, x2i, t2i, correction, drop_uninformative)
    undefined[NO_EVENT + " in an arm"] = (x1 == 0) | (x2 == 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        yi, vi = np.log(x1 / t1) - np.log(x2 / t2), 1 / x1 + 1 / x2
    return effects("IRR", "log rate ratio", "log", yi, vi, added, undefined, warnings)


def rate_difference(
    x1i: ArrayLike,
    t1i: ArrayLike,
    x2i: ArrayLike,
    t2i: ArrayLike,
    correction: Correction = HALF_WHERE_ZERO,
    drop_uninformative: bool = False,
) -> Effects:
    """Rate difference with variance x1/t1^2 + x2/t2^2 (Rothman, Greenland & Lash 2008).

    `drop_uninformative` leaves studies without any event undefined (metafor's `drop00`).
    """
    x1, t1, x2, t2, added, undefined, warnings = _prepare(x1i, t1i, x2i, t2i, correction, drop_uninformative)
    yi, vi = x1 / t1 - x2 / t2, x1 / t1**2 + x2 / t2**2
    return effects("IRD", "rate difference", "identity", yi, vi, added, undefined, warnings)


def two_rates(x1i: ArrayLike, t1i: ArrayLike, x2i: ArrayLike, t2i: ArrayLike) -> list[Floats]:
    """Events and person-time of both arms, checked: events >= 0, time > 0."""
    x1, t1, x2, t2 = aligned(x1i=x1i, t1i=t1i, x2i=x2i, t2i=t2i)
    require(np.isnan(x1) | ((x1 >= 0) & (x2 >= 0)), "events must not be negative")
    require(np.isnan(t1) | ((t1 > 0) & (t2 > 0)), "person-time must be positive")
    return [x1, t1, x2, t2]


def one_analysis(
    x1i: ArrayLike, t1i: ArrayLike, x2i: ArrayLike, t2i: ArrayLike
) -> tuple[list[Floats], tuple[str, ...]]:
    """Two arms of one analysis without the absent studies, and warnings about them and about fractional counts."""
    x1, t1, x2, t2 = two_rates(x1i, t1i, x2i, t2i)
    one_axis(x1)
    absent = np.isnan(x1)
    return [values[~absent] for values in (x1, t1, x2, t2)], (*left_out(absent), *not_whole(x1, x2))


def _one_arm(xi, ti) -> list[Floats]:
    x, t = aligned(xi=xi, ti=ti)
    require(np.isnan(x) | (x >= 0), "events must not be negative")
    require(np.isnan(t) | (t > 0), "person-time must be positive")
    return [x, t]


def _prepare(x1i, t1i, x2i, t2i, correction: Correction, drop_uninformative: bool):
    x1, t1, x2, t2 = two_rates(x1i, t1i, x2i, t2i)
    undefined, warnings = {ABSENT: np.isnan(x1)}, not_whole(x1, x2)
    if drop_uninformative:
        undefined[UNINFORMATIVE] = nothing = (x1 == 0) & (x2 == 0)
        x1, x2 = (np.where(nothing, np.nan, x) for x in (x1, x2))
    added = correction.added((x1 == 0) | (x2 == 0))
    return x1 + added, t1, x2 + added, t2, added > 0, undefined, warnings
