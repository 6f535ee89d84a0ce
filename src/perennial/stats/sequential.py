"""Sequential monitoring of a two-arm outcome: an opt-in analysis that never decides a review's main conclusion.

Trial sequential analysis after Wetterslev, Thorlund, Brok & Gluud (2008, J Clin Epidemiol 61:64): the cumulative z
against alpha-spending boundaries, at fractions of an information size that heterogeneity makes larger.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from perennial.stats.cumulative_evidence import cumulative_evidence
from perennial.stats.errors import NotEstimable
from perennial.stats.random_effects import random_effects
from perennial.stats.result import Result
from perennial.stats.sequential_boundaries import spending_boundaries

ADVICE = (
    "Opt-in analysis. The Cochrane Handbook (chapter 22, key points) discourages formal sequential methods for "
    "standard updated meta-analyses in most circumstances: they should not be used for the main analyses, or to draw "
    "main conclusions. Read the pooled estimate, its interval and the certainty of the evidence."
)


@dataclass(frozen=True)
class Diversity(Result):
    """D2 as a fraction in [0, 1): how much of the random-effects variance of the pooled estimate heterogeneity makes.

    `adjustment` is 1 / (1 - D2), what an information size is multiplied by; `i2` (percent, from Q) never exceeds 100 D2
    when tau2 is DerSimonian and Laird's.
    """

    d2: float
    adjustment: float
    i2: float
    tau2: float
    method: str


@dataclass(frozen=True)
class RequiredInformation(Result):
    """Participants in both arms together that a meta-analysis needs: as one trial would, and adjusted."""

    effect: float
    variance: float
    alpha: float
    power: float
    heterogeneity: float
    unadjusted: float
    size: float


@dataclass(frozen=True)
class Look(Result):
    """The cumulative analysis at one look, on the scale of the estimates.

    `fraction` is that of the required information; `ci_low` and `ci_high` are the estimate -/+ boundary x se (repeated
    interval, Jennison & Turnbull 1989, JRSS B 51:305), None where the boundary is infinite. Past the required
    information the analysis has ended: boundary, interval and `crossed` are None.
    """

    date: Any
    k: int
    information: float
    fraction: float
    estimate: float
    se: float
    z: float
    boundary: float | None
    crossed: bool | None
    ci_low: float | None
    ci_high: float | None


@dataclass(frozen=True)
class SequentialMonitoring(Result):
    """The looks, oldest first, what they show together (`state`), and the advice that goes with any use of it."""

    looks: tuple[Look, ...]
    required: float
    alpha: float
    tau2: str
    state: str
    advice: str = ADVICE
    warnings: tuple[str, ...] = ()

    def summary(self) -> str:
        rows = [f"sequential monitoring, {self.required:.0f} required, alpha {self.alpha:g} (two-sided)"]
        for look in self.looks:
            bound = "-" if look.boundary is None else f"{look.boundary:.3f}"
            rows.append(f"{look.date}  {look.fraction:.1%}  z {look.z:.3f}  boundary {bound}")
        return "\n".join([*rows, self.state, self.advice, *self.warnings])


def diversity(yi: ArrayLike, vi: ArrayLike, tau2: str = "DL") -> Diversity:
    """D2 = 1 - (variance under the common-effect model) / (variance under random effects), for k >= 2 studies.

    Wetterslev, Thorlund, Brok & Gluud (2009, BMC Med Res Methodol 9:86). Raises NotEstimable for fewer than two.
    """
    fit = random_effects(yi, vi, tau2)
    common = 1 / np.sum(1 / np.asarray(vi, dtype=float))
    d2 = float(max(0.0, 1 - common / fit.se**2)) if fit.tau2 > 0 else 0.0
    return Diversity(d2, 1 / (1 - d2), fit.heterogeneity.i2, fit.tau2, tau2)


def required_information(
    effect: float, variance: float, alpha: float = 0.05, power: float = 0.9, heterogeneity: float = 0.0
) -> RequiredInformation:
    """Participants (both arms, allocated 1:1) to find a mean difference `effect` at two-sided `alpha` with `power`.

    4 (z_(1-alpha/2) + z_power)^2 variance / effect^2, over 1 - `heterogeneity`: the diversity D2, or I2, as a fraction
    in [0, 1) (Wetterslev et al 2008 and 2009). `variance` is that of one participant's outcome.
    """
    for name, value, low in (("alpha", alpha, 0), ("power", power, 0), ("heterogeneity", heterogeneity, -1e-300)):
        if not low < value < 1:
            raise ValueError(f"{name} must lie between 0 and 1, got {value}")
    if not (np.isfinite(effect) and effect != 0):
        raise ValueError(f"the effect to be found must be finite and not zero, got {effect}")
    if not (np.isfinite(variance) and variance > 0):
        raise ValueError(f"the variance must be positive, got {variance}")
    z = special.ndtri(1 - alpha / 2) + special.ndtri(power)
    unadjusted = float(4 * z**2 * variance / effect**2)
    size = unadjusted / (1 - heterogeneity)
    return RequiredInformation(float(effect), float(variance), alpha, power, float(heterogeneity), unadjusted, size)


def required_information_risks(
    control_risk: float, intervention_risk: float, alpha: float = 0.05, power: float = 0.9, heterogeneity: float = 0.0
) -> RequiredInformation:
    """The same for a risk that the intervention changes from `control_risk` to `intervention_risk`, both in (0, 1).

    The variance is p (1 - p) at the mean p of the two risks (Wetterslev et al 2008).
    """
    if not (0 < control_risk < 1 and 0 < intervention_risk < 1):
        raise ValueError(f"risks must lie between 0 and 1, got {control_risk} and {intervention_risk}")
    middle = (control_risk + intervention_risk) / 2
    return required_information(intervention_risk - control_risk, middle * (1 - middle), alpha, power, heterogeneity)


def sequential_monitoring(
    yi: ArrayLike,
    vi: ArrayLike,
    information: ArrayLike,
    required: float,
    dates: Sequence[Any],
    alpha: float = 0.05,
    tau2: str = "DL",
) -> SequentialMonitoring:
    """The cumulative random-effects z of `yi` (no effect is 0) with variances `vi`, against spending boundaries.

    `information` is what each study adds (participants), `required` the total in the same unit (see
    `required_information`); a look is taken at each of `dates`. z is the estimate over its Wald standard error; `alpha`
    is two-sided and spent as by `spending_boundaries`. The boundaries hold for a `required` that was fixed beforehand;
    a heterogeneity estimated from the same studies makes them approximate. Raises NotEstimable without a study,
    ValueError for information that is not positive.
    """
    information = np.asarray(information, dtype=float)
    if information.shape != np.shape(yi) or not (np.all(np.isfinite(information)) and np.all(information > 0)):
        raise ValueError("every study must add a positive amount of information")
    if not (np.isfinite(required) and required > 0):
        raise ValueError(f"the required information must be positive, got {required}")
    if len(information) == 0:
        raise NotEstimable("no study to monitor")
    steps = cumulative_evidence(yi, vi, dates, tau2=tau2, interval="wald").steps
    total = [float(information[[date <= step.date for date in dates]].sum()) for step in steps]
    fractions = np.array(total) / required
    # The first look at the required information, or beyond it, is the last one that spends alpha.
    spending = min(int(np.searchsorted(fractions, 1.0)) + 1, len(fractions))
    bounds = list(spending_boundaries(np.minimum(fractions[:spending], 1.0), alpha).boundaries)
    bounds += [None] * (len(steps) - spending)
    looks = tuple(map(_look, steps, total, fractions, bounds))
    return SequentialMonitoring(looks, float(required), alpha, tau2, _state(looks))


def _look(step, information, fraction, bound) -> Look:
    z = step.estimate / step.se
    low = high = None
    if bound is not None and np.isfinite(bound):
        low, high = step.estimate - bound * step.se, step.estimate + bound * step.se
    crossed = None if bound is None else bool(abs(z) > bound)
    return Look(step.date, step.k, information, float(fraction), step.estimate, step.se, z, bound, crossed, low, high)


def _state(looks: tuple[Look, ...]) -> str:
    first = next((look for look in looks if look.crossed), None)
    if first:
        return f"the boundary was first crossed at {first.date}, with {first.fraction:.0%} of the required information"
    if looks[-1].fraction >= 1:
        return "the required information was reached and no boundary was crossed"
    return f"no boundary was crossed; {looks[-1].fraction:.0%} of the required information is there"
