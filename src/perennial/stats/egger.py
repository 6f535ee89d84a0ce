"""Egger's regression test for funnel plot asymmetry."""

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from perennial.stats.distributions import two_sided_p
from perennial.stats.errors import NotEstimable
from perennial.stats.proportions import FreemanTukey, check_counts


@dataclass(frozen=True)
class Egger:
    """`bias` is the coefficient of the standard error (Egger's intercept), with its standard error and t test.

    `limit` is the estimate extrapolated to a standard error of zero.
    """

    k: int
    bias: float
    se: float
    t: float
    df: int
    p: float
    limit: float

    def to_dict(self) -> dict:
        return asdict(self)


def egger(yi: ArrayLike, sei: ArrayLike) -> Egger:
    """Regress estimates on standard errors with weights 1/se2 (Egger et al 1997, BMJ 315:629).

    `yi` and `sei` have length k >= 3. The same as metafor's `regtest(model="lm")`. Raises NotEstimable for fewer
    studies, for standard errors that are all alike, and for estimates that lie exactly on a line.
    """
    yi, sei = np.asarray(yi, dtype=float), np.asarray(sei, dtype=float)
    k = len(yi)
    if k < 3:
        raise NotEstimable(f"a regression on the standard error needs three studies or more, got {k}")
    if np.ptp(sei) <= 1e-12 * sei.max():
        raise NotEstimable("all standard errors are alike: there is no spread in precision to regress on")
    # Weighted regression of yi on sei, divided through by sei: its slope is the coefficient of the constant.
    design = np.column_stack([1 / sei, np.ones(k)])
    outcome = yi / sei
    coefficients, *_ = np.linalg.lstsq(design, outcome, rcond=None)
    residual = outcome - design @ coefficients
    variance = (residual @ residual) / (k - 2)
    if variance <= 1e-24 * (outcome @ outcome):
        raise NotEstimable("the estimates lie exactly on a line: there is no residual variance to test against")
    se = float(np.sqrt(variance * np.linalg.inv(design.T @ design)[1, 1]))
    bias = float(coefficients[1])
    return Egger(k, bias, se, bias / se, k - 2, two_sided_p(bias / se, k - 2), float(coefficients[0]))


def funnel_coordinates(events: ArrayLike, n: ArrayLike, effect: str = "freeman_tukey") -> tuple[NDArray, NDArray]:
    """Estimate and standard error of each study's proportion, as a funnel plot shows them.

    "freeman_tukey" puts both on the averaged Freeman-Tukey scale. "raw" pairs the untransformed proportion with
    1/sqrt(n + 1/2), the standard error of the transform in its sum form: two scales that do not belong together, found
    in print and offered to recompute it.
    """
    events, n = check_counts(events, n)
    transformed, variance = FreemanTukey().effects(events, n)
    if effect == "raw":
        return events / n, 2 * np.sqrt(variance)
    return transformed, np.sqrt(variance)
