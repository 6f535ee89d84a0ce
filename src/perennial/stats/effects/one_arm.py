"""One arm with a count of events: the proportion on five scales.

`events` of `n` had the event (0 <= events <= n, n >= 1), with the studies of an analysis along the last axis and nan
where a study is absent. Counts out of range raise ValueError. The scales are those of `perennial.stats.proportions`.
"""

import numpy as np
from numpy.typing import ArrayLike

from perennial.stats.effects.corrections import HALF_WHERE_ZERO, Correction
from perennial.stats.effects.estimates import ABSENT, Effects, effects
from perennial.stats.effects.inputs import aligned, not_whole, require
from perennial.stats.proportions import Arcsine, FreemanTukey, Log, Logit, Raw, Transformation, corrected


def raw_proportion(events: ArrayLike, n: ArrayLike, correction: Correction = HALF_WHERE_ZERO) -> Effects:
    """Proportion p with variance p(1 - p)/n.

    The default corrects proportions of 0 and 1, as metafor does; uncorrected they stay, with a variance of zero.
    """
    return _on_scale("PR", "proportion", "identity", Raw(correction), events, n)


def log_proportion(events: ArrayLike, n: ArrayLike, correction: Correction = HALF_WHERE_ZERO) -> Effects:
    """log(p) with variance 1/events - 1/n; no event has no value unless it is corrected."""
    return _on_scale("PLN", "log proportion", "log", Log(correction), events, n)


def logit_proportion(events: ArrayLike, n: ArrayLike, correction: Correction = HALF_WHERE_ZERO) -> Effects:
    """log(p/(1 - p)) with variance 1/events + 1/(n - events); 0 and n have no value unless they are corrected."""
    return _on_scale("PLO", "log odds", "logit", Logit(correction), events, n)


def arcsine_proportion(events: ArrayLike, n: ArrayLike) -> Effects:
    """arcsin(sqrt(p)) in radians with variance 1/(4n); takes no correction (Rucker et al 2009, Stat Med 28:721)."""
    return _on_scale("PAS", "arcsine square root of proportion", "arcsine", Arcsine(), events, n)


def freeman_tukey_proportion(events: ArrayLike, n: ArrayLike) -> Effects:
    """Averaged double arcsine in radians with variance 1/(4n + 2); takes no correction (Freeman & Tukey 1950)."""
    return _on_scale("PFT", "Freeman-Tukey double arcsine", "freeman_tukey", FreemanTukey(), events, n)


def _on_scale(measure: str, label: str, scale: str, transformation: Transformation, events, n) -> Effects:
    x, n = aligned(events=events, n=n)
    require(np.isnan(n) | ((n >= 1) & (x >= 0) & (x <= n)), "counts must satisfy 0 <= events <= n, n >= 1")
    counts, sizes, touched = corrected(x, n, transformation.correction)
    undefined = {ABSENT: np.isnan(x)}
    if scale == "log":
        undefined["no event"] = counts == 0
    if scale == "logit":
        undefined["no event, or nothing else"] = (counts == 0) | (counts == sizes)
    with np.errstate(divide="ignore", invalid="ignore"):
        yi, vi = transformation.transform(counts, sizes)
    return effects(measure, label, scale, yi, vi, touched, undefined, not_whole(x, n))
