"""The Baujat plot's coordinates: which studies make the heterogeneity, and which move the result."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from perennial.stats.influence import cautions, fit_model, without_each
from perennial.stats.linear_model import Floats
from perennial.stats.result import Result


@dataclass(frozen=True)
class Baujat(Result):
    """`x` is each study's squared Pearson residual, its part in Q where tau2 is 0; `y` its influence on the result.

    `y` is the squared change of the study's fitted value when it is left out, in variances of the value without it;
    nan, with a warning, where it cannot be left out. Both have length k.
    """

    x: Floats
    y: Floats
    warnings: tuple[str, ...] = ()


def baujat(
    yi: ArrayLike,
    vi: ArrayLike,
    x: ArrayLike | None = None,
    tau2: str | float = "REML",
    interval: str = "wald",
    constant: bool = True,
) -> Baujat:
    """Coordinates of the plot of Baujat et al (2002, Stat Med 21:2641), as metafor's `baujat`.

    Arguments, errors and the reach to random effects and moderators as in `influence`; the paper's own plot is
    that of the common-effect model, `tau2=0`.
    """
    model = fit_model(yi, vi, x, tau2, interval, constant)
    influence = np.full(len(model.yi), np.nan)
    for one in without_each(model):
        defined = one.variance > 0
        change = model.fitted[one.studies] - one.predicted
        influence[one.studies[defined]] = change[defined] ** 2 / one.variance[defined]
    undefined = np.flatnonzero(np.isnan(influence))
    return Baujat(model.residuals**2 / model.v, influence, cautions(undefined))
