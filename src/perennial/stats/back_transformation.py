"""From the scale of analysis back to what a reader understands."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from perennial.stats.errors import NotEstimable
from perennial.stats.proportions import (
    TRANSFORMATIONS,
    check_counts,
    double_arcsine,
    harmonic_mean,
    inverse_double_arcsine,
)
from perennial.stats.result import Result

LARGEST_SPREAD = 0.1
"""How far the inverse at the smallest and at the largest study may lie apart, as a share of estimate or complement."""

NATURAL: dict[str, Callable] = {
    "identity": lambda value: value,
    "log": np.exp,
    "logit": special.expit,
    "fisher_z": np.tanh,
    "arcsine": lambda value: np.sin(np.clip(value, 0, np.pi / 2)) ** 2,
    "square_root": lambda value: np.maximum(value, 0) ** 2,
}
"""The way back from each scale that needs nothing but the value."""


def to_natural(value: ArrayLike, scale: str) -> NDArray[np.float64]:
    """Values on a `scale` of `NATURAL` (the `scale` of `Effects`) as ratios, proportions, correlations or rates.

    Bounds below the transform of zero, which the two root scales allow, come back as zero. The Freeman-Tukey scales
    need a size too: see `back_transform_proportion`, `inverse_freeman_tukey_rate`. Raises ValueError for other scales.
    """
    if scale not in NATURAL:
        raise ValueError(f"scale must be one of {', '.join(NATURAL)}, got {scale!r}")
    return NATURAL[scale](np.asarray(value, dtype=float))


def inverse_freeman_tukey_rate(value: float, times: ArrayLike) -> float:
    """The rate whose Freeman-Tukey root is `value` at the harmonic mean of the person-times.

    Solves (sqrt(r) + sqrt(r + 1/t))/2 = value, so r = (value - 1/(4 t value))^2; values below the transform of no event
    come back as 0 (metafor's `transf.iirft`).
    """
    t = harmonic_mean(times)
    return 0.0 if value <= 0.5 / np.sqrt(t) else float((value - 1 / (4 * t * value)) ** 2)


@dataclass(frozen=True)
class BackTransformed(Result):
    """A pooled value and its interval as fractions; for Freeman-Tukey, `size` is the n put into Miller's inverse."""

    estimate: float
    ci_low: float
    ci_high: float
    transformation: str
    size: float | None = None
    size_rule: str | None = None
    warnings: tuple[str, ...] = ()


def back_transform_proportion(
    mean: float,
    ci_low: float,
    ci_high: float,
    events: ArrayLike,
    n: ArrayLike,
    transformation: str = "freeman_tukey",
    size: str = "harmonic_mean",
    se: float | None = None,
) -> BackTransformed:
    """A mean pooled on the scale of `transformation`, with its interval, as a proportion; `events` of `n` were pooled.

    For "freeman_tukey" the inverse needs one n for all studies (Miller 1978, Am Stat 32:138). `size` "harmonic_mean" is
    Miller's k/sum(1/n); "inverse_variance" is 1/(4 se^2), with `se` that of the mean in the averaged form (Barendregt
    et al 2013, J Epidemiol Community Health 67:974, who write 1/v for the sum form). Neither is right where sizes are
    uneven (Schwarzer et al 2019, Res Synth Methods 10:476), hence:

    - a mean outside the transforms of 0 and 1 at that n is refused (NotEstimable) where the counts contradict 0 or 1;
    - bounds outside them are cut to 0 or 1, with a warning, and so are those of the other scales;
    - a warning, where the estimate lies outside the observed proportions;
    - a warning, where the inverses at the smallest and at the largest study differ by more than a tenth of the estimate
      or of its complement, for then the choice of n decides the result.
    """
    events, n = check_counts(events, n)
    if transformation not in TRANSFORMATIONS:
        raise ValueError(f"transformation must be one of {', '.join(TRANSFORMATIONS)}, got {transformation!r}")
    if len(n) == 0:
        raise NotEstimable("no study was pooled")
    if not ci_low <= mean <= ci_high:
        raise ValueError(f"the mean {mean:g} must lie in its interval, {ci_low:g} to {ci_high:g}")
    if transformation == "freeman_tukey":
        return _freeman_tukey(mean, ci_low, ci_high, events, n, size, se)
    scale = TRANSFORMATIONS[transformation]
    estimate, low, high = (scale.to_proportion(value, n) for value in (mean, ci_low, ci_high))
    cut = said_of_cut(_named(mean, ci_low, ci_high), lambda value: scale.beyond(value, n))
    return BackTransformed(estimate, low, high, transformation, warnings=cut)


def _freeman_tukey(mean, ci_low, ci_high, events, n, size: str, se: float | None) -> BackTransformed:
    match size:
        case "harmonic_mean":
            stand_in = harmonic_mean(n)
        case "inverse_variance":
            if se is None or not se > 0:
                raise ValueError("the inverse variance needs the standard error of the mean")
            stand_in = 1 / (4 * se**2)
        case _:
            raise ValueError(f"size must be harmonic_mean or inverse_variance, got {size!r}")
    least, most = double_arcsine(0.0, stand_in), double_arcsine(stand_in, stand_in)
    if (mean < least and events.sum() > 0) or (mean > most and events.sum() < n.sum()):
        raise NotEstimable(
            f"in a study of {stand_in:.4g} the pooled value is beyond the transform of {0 if mean < least else 100}%, "
            f"yet {events.sum():.0f} of {n.sum():.0f} had the event: the inverse misleads; use a GLMM or another scale"
        )
    estimate, low, high = (inverse_double_arcsine(value, stand_in) for value in (mean, ci_low, ci_high))
    cut = said_of_cut(_named(mean, ci_low, ci_high), lambda value: not least <= value <= most)
    misled = said_of_inverse(mean, estimate, events, n)
    return BackTransformed(estimate, low, high, "freeman_tukey", stand_in, size, (*cut, *misled))


def said_of_inverse(mean: float, estimate: float, events: NDArray, n: NDArray) -> tuple[str, ...]:
    """Whether a Freeman-Tukey `mean` that came back as `estimate` misleads, for want of one n (Schwarzer 2019)."""
    warnings, observed = [], events / n
    if not observed.min() <= estimate <= observed.max():
        warnings.append(
            f"the estimate {estimate:.4g} lies outside the observed proportions, {observed.min():.4g} to "
            f"{observed.max():.4g}: the inverse misleads (Schwarzer 2019)"
        )
    ends = [inverse_double_arcsine(mean, float(end)) for end in (n.min(), n.max())]
    if abs(ends[0] - ends[1]) > LARGEST_SPREAD * min(estimate, 1 - estimate):
        warnings.append(
            f"sizes are so uneven that the inverse is {ends[0]:.4g} at the smallest ({n.min():.0f}) and {ends[1]:.4g} "
            f"at the largest ({n.max():.0f}): the choice of n decides the result (Schwarzer 2019)"
        )
    return tuple(warnings)


def said_of_cut(values: Mapping[str, float], beyond: Callable[[float], bool]) -> tuple[str, ...]:
    """Which of the named values are cut to 0 or 1."""
    names = [name for name, value in values.items() if beyond(value)]
    return (f"beyond 0 or 1 on this scale, and cut: {', '.join(names)}",) if names else ()


def _named(mean: float, ci_low: float, ci_high: float) -> dict[str, float]:
    return {"the estimate": mean, "the lower bound": ci_low, "the upper bound": ci_high}


@dataclass(frozen=True)
class MeanProportion(Result):
    """Two views of a mean under a logit-normal model, as fractions, each with its interval where one was given.

    `conditional` is the proportion of the typical study, which is also the median of studies; `population_averaged` is
    the mean of the proportions of studies, nearer to 1/2. `tau2` is on the logit scale.
    """

    conditional: float
    population_averaged: float
    tau2: float
    conditional_low: float | None = None
    conditional_high: float | None = None
    population_averaged_low: float | None = None
    population_averaged_high: float | None = None


def mean_proportion(
    mean: float, tau2: float, ci_low: float | None = None, ci_high: float | None = None
) -> MeanProportion:
    """Conditional and population-averaged proportion of a `mean` logit with variance `tau2` >= 0 between studies.

    expit(mean), and the integral of expit over the normal distribution of study logits (Zeger, Liang & Albert 1988,
    Biometrics 44:1049; the choice discussed by Lin & Chu 2020, Epidemiology 31:713). Bounds are carried over with
    `tau2` held fixed, so that intervals of the second view leave out its uncertainty. Raises ValueError for impossible
    values.
    """
    if not (np.isfinite(mean) and np.isfinite(tau2) and tau2 >= 0):
        raise ValueError(f"the mean must be finite and tau2 zero or more, got {mean} and {tau2}")
    bounds = [None if bound is None else float(bound) for bound in (ci_low, ci_high)]
    conditional = [None if bound is None else float(special.expit(bound)) for bound in bounds]
    averaged = [None if bound is None else expit_normal_mean(bound, tau2) for bound in bounds]
    return MeanProportion(
        float(special.expit(mean)), expit_normal_mean(mean, tau2), float(tau2), *conditional, *averaged
    )


def expit_normal_mean(mean: float, tau2: float) -> float:
    """E expit(X) for normal X with that mean and variance, to machine precision.

    By the trapezoidal rule, whose error for a function analytic near the real line falls exponentially with the step
    (Trefethen & Weideman 2014, SIAM Rev 56:385). expit has its poles pi/tau off the line, so the step shrinks with tau.
    """
    tau = float(np.sqrt(tau2))
    step = min(0.25, 0.5 / tau) if tau > 0 else 0.25
    if step < 1e-5:
        raise NotEstimable(f"tau2 of {tau2:g} on the logit scale: studies are all or nothing, a mean says little")
    u = step * np.arange(-np.ceil(9 / step), np.ceil(9 / step) + 1)
    weights = np.exp(-(u**2) / 2)
    return float((weights * special.expit(mean + tau * u)).sum() / weights.sum())
