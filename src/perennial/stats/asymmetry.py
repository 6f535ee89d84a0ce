"""What the tests for funnel plot asymmetry share: a weighted line, their result, and when not to read them.

Asymmetry is a property of the plot. Unpublished results are one cause among several (Sterne et al 2011, BMJ 343:d4002):
poor methods or other patients in small studies, heterogeneity, an estimate tied to its standard error, and chance.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from perennial.stats.distributions import critical_value, two_sided_p
from perennial.stats.errors import NotEstimable
from perennial.stats.random_effects import common_effect
from perennial.stats.result import Result, counted

Floats = NDArray[np.float64]

ENOUGH_STUDIES = 10  # Sterne et al 2011
ENOUGH_SPREAD = 4.0  # largest to smallest sampling variance: Ioannidis & Trikalinos 2007, CMAJ 176:1091
SUBSTANTIAL_I2 = 50.0  # percent: the same
INDEPENDENT = "studies are independent of each other"


@dataclass(frozen=True)
class AsymmetryTest(Result):
    """A regression of the estimates on a measure of precision or size.

    `slope` is the coefficient of `predictor`, with its standard error; `statistic` is their ratio, by Student's t with
    `df` or by the normal distribution where `df` is None. `limit` is the estimate, on the scale of the estimates, where
    the predictor is zero, with its interval; None where zero is no limit of growing precision. `tau2` is the
    heterogeneity beside the line, None where the model has none.
    """

    test: str
    k: int
    predictor: str
    slope: float
    se: float
    statistic: float
    df: int | None
    p: float
    limit: float | None
    limit_low: float | None
    limit_high: float | None
    tau2: float | None
    assumptions: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def summary(self) -> str:
        by = "z" if self.df is None else f"t({self.df})"
        line = f"{self.test}: k = {self.k}, slope on {self.predictor} {self.slope:.4g} (SE {self.se:.4g})"
        return "\n".join([f"{line}, {by} = {self.statistic:.4g}, P = {self.p:.3g}", *self.warnings])


@dataclass(frozen=True)
class Line:
    """A weighted straight line; the variances are those under weights that are exact reciprocals of variances."""

    intercept: float
    slope: float
    intercept_variance: float
    slope_variance: float
    dispersion: float
    df: int

    def intercept_interval(self, factor: float, df: int | None, level: float) -> tuple[float, float]:
        half = critical_value(level, df) * float(np.sqrt(factor * self.intercept_variance))
        return self.intercept - half, self.intercept + half


def weighted_line(y: Floats, x: Floats, weights: Floats, what: str) -> Line:
    """Least squares of `y` on `x`, centred so that no scale is too large or too small.

    `what` names x in the refusals: NotEstimable for fewer than three studies and for an x that does not vary.
    """
    k = len(y)
    if k < 3:
        raise NotEstimable(f"a regression on the {what} needs three studies or more, got {k}")
    if np.ptp(x) <= 1e-12 * np.abs(x).max():
        raise NotEstimable(f"all {what}s are alike: there is no spread in precision to regress on")
    total = weights.sum()
    centre_x, centre_y = weights @ x / total, weights @ y / total
    dx, dy = x - centre_x, y - centre_y
    sxx = weights @ dx**2
    slope = weights @ (dx * dy) / sxx
    residual = dy - slope * dx
    intercept, df = centre_y - slope * centre_x, k - 2
    dispersion = weights @ residual**2 / df
    return Line(*map(float, (intercept, slope, 1 / total + centre_x**2 / sxx, 1 / sxx, dispersion)), df)


def multiplicative_test(
    test: str,
    predictor: str,
    y: Floats,
    x: Floats,
    weights: Floats,
    *,
    level: float,
    limit: bool,
    assumptions: tuple[str, ...],
    warnings: tuple[str, ...],
) -> AsymmetryTest:
    """The t test of a slope whose residual variance is estimated, as in an ordinary weighted regression."""
    line = weighted_line(y, x, weights, predictor)
    if line.dispersion * line.df <= 1e-24 * float(weights @ y**2):
        raise NotEstimable("the estimates lie exactly on a line: there is no residual variance to test against")
    se = (line.dispersion * line.slope_variance) ** 0.5
    statistic = line.slope / se
    end = (line.intercept, *line.intercept_interval(line.dispersion, line.df, level)) if limit else (None, None, None)
    p = two_sided_p(statistic, line.df)
    return AsymmetryTest(
        test, len(y), predictor, line.slope, se, statistic, line.df, p, *end, None, assumptions, warnings
    )


def cautions(yi: Floats, vi: Floats) -> tuple[str, ...]:
    """Why a test of the asymmetry of these estimates should not be read, or should be read with care."""
    k, said = len(yi), []
    if k < ENOUGH_STUDIES:
        said.append(f"{counted(k)}, fewer than {ENOUGH_STUDIES}: too little power, should not be read")
    spread = float(vi.max() / vi.min())
    if spread < ENOUGH_SPREAD:
        said.append(f"little spread in precision: the largest sampling variance is {spread:.3g} times the smallest")
    i2 = i2_percent(yi, vi)
    if i2 >= SUBSTANTIAL_I2:
        said.append(f"substantial heterogeneity (I2 {i2:.0f}%): asymmetry may come from it alone")
    return tuple(said)


def i2_percent(yi: Floats, vi: Floats) -> float:
    return common_effect(yi, vi).heterogeneity.i2
