"""PET-PEESE: the effect that the regression on precision extrapolates to a study without sampling error."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from perennial.stats.asymmetry import INDEPENDENT, SUBSTANTIAL_I2, cautions, i2_percent, weighted_line
from perennial.stats.distributions import two_sided_p
from perennial.stats.errors import NotEstimable
from perennial.stats.quadratic_forms import check_effects
from perennial.stats.result import Result

RELIABLE_STUDIES, TOO_HETEROGENEOUS = 20, 80.0  # Stanley 2017, Soc Psychol Personal Sci 8:581


@dataclass(frozen=True)
class Extrapolation(Result):
    """The estimate at no sampling error, with its t interval, and the slope of the line that leads there."""

    estimate: float
    se: float
    ci_low: float
    ci_high: float
    p: float
    slope: float
    slope_se: float
    slope_p: float


@dataclass(frozen=True)
class PetPeese(Result):
    """`pet` regresses on the standard error, `peese` on the variance; `chosen` names the one whose estimate counts."""

    k: int
    pet: Extrapolation
    peese: Extrapolation
    chosen: str
    alpha: float
    estimate: float
    ci_low: float
    ci_high: float
    assumptions: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def summary(self) -> str:
        found = f"{self.estimate:.4g} ({self.ci_low:.4g} to {self.ci_high:.4g})"
        return "\n".join([f"PET-PEESE: k = {self.k}, {self.chosen} estimate {found}", *self.warnings])


def pet_peese(yi: ArrayLike, vi: ArrayLike, alpha: float = 0.10, level: float = 0.95) -> PetPeese:
    """Precision-effect test, and estimate with standard error (Stanley & Doucouliagos 2014, Res Synth Methods 5:60).

    `yi` and `vi` have length k >= 3. Both are weighted regressions with weights 1/vi and estimated residual variance;
    PEESE is taken where the two-sided P value of PET's estimate is below `alpha` (0.10 is their one-sided 5%), else
    PET. Raises NotEstimable for fewer studies, for variances that are all alike, and for estimates on a line.
    """
    yi, vi = check_effects(yi, vi)
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must lie between 0 and 1, got {alpha!r}")
    pet, peese = _extrapolate(yi, vi, np.sqrt(vi), level), _extrapolate(yi, vi, vi, level)
    chosen, taken = ("PEESE", peese) if pet.p < alpha else ("PET", pet)
    said, k, i2 = cautions(yi, vi), len(yi), i2_percent(yi, vi)
    if k < RELIABLE_STUDIES:
        said += (f"{k} studies, fewer than {RELIABLE_STUDIES}: PET-PEESE is unreliable",)
    if i2 >= max(TOO_HETEROGENEOUS, SUBSTANTIAL_I2):
        said += (f"I2 {i2:.0f}%, {TOO_HETEROGENEOUS:.0f}% or more: PET-PEESE is unreliable",)
    assumptions = (
        "small studies differ through what their standard error stands for, and through nothing else",
        "the line holds as far as a standard error of zero, where there are no studies",
        "heterogeneity multiplies every sampling variance by one factor",
        INDEPENDENT,
    )
    return PetPeese(k, pet, peese, chosen, alpha, taken.estimate, taken.ci_low, taken.ci_high, assumptions, said)


def _extrapolate(yi: np.ndarray, vi: np.ndarray, x: np.ndarray, level: float) -> Extrapolation:
    line = weighted_line(yi, x, 1 / vi, "sampling variance")
    if line.dispersion * line.df <= 1e-24 * float((yi**2 / vi).sum()):
        raise NotEstimable("the estimates lie exactly on a line: there is no residual variance to test against")
    se, slope_se = (float(np.sqrt(line.dispersion * v)) for v in (line.intercept_variance, line.slope_variance))
    low, high = line.intercept_interval(line.dispersion, line.df, level)
    return Extrapolation(
        line.intercept, se, low, high, two_sided_p(line.intercept / se, line.df),
        line.slope, slope_se, two_sided_p(line.slope / slope_se, line.df),
    )  # fmt: skip
