"""Where the true effect of a new study is expected, by a named convention."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from perennial.stats.distributions import critical_values
from perennial.stats.errors import NotEstimable
from perennial.stats.quadratic_forms import Floats
from perennial.stats.result import Result

NO_VARIATION = "tau2 is 0: the prediction interval holds no between-study variation"
CONVENTIONS = {"z": None, "t_k-1": 1, "t_k-2": 2}  # studies less than k that the degrees of freedom are


@dataclass(frozen=True)
class PredictionInterval(Result):
    """On the scale of the mean; `df` is None where `convention` is "z". Arrays where many were asked for."""

    low: float | Floats
    high: float | Floats
    df: int | Floats | None
    convention: str
    level: float
    warnings: tuple[str, ...] = ()


def prediction_interval(
    mean: ArrayLike,
    se: ArrayLike,
    tau2: ArrayLike,
    k: ArrayLike,
    convention: str = "t_k-1",
    level: float = 0.95,
) -> PredictionInterval:
    """mean -+ quantile sqrt(tau2 + se^2), for one analysis or arrays of many.

    `convention`: "z" the normal quantile (metafor's default with a Wald interval); "t_k-1" (metafor's with t or
    Hartung-Knapp, and R's meta since version 8.0); "t_k-2" Higgins, Thompson & Spiegelhalter (2009, JRSS A 172:137;
    Stata, and meta before). `se` is that of the mean's interval, so the Hartung-Knapp one belongs to a Hartung-Knapp
    interval.

    Raises NotEstimable for an analysis of fewer than two studies or of no degree of freedom; among many it has nan.
    ValueError for a negative `se` or `tau2`.
    """
    if convention not in CONVENTIONS:
        raise ValueError(f"the convention is one of {', '.join(CONVENTIONS)}, not {convention!r}")
    single = all(np.ndim(each) == 0 for each in (mean, se, tau2, k))
    mean, se, tau2, k = (np.atleast_1d(np.asarray(each, dtype=float)) for each in (mean, se, tau2, k))
    if (se < 0).any() or (tau2 < 0).any():
        raise ValueError("a standard error and tau2 are zero or more")
    less = CONVENTIONS[convention]
    df = np.full(k.shape, np.nan) if less is None else k - less
    known = (k >= 2) & ~(df < 1)
    half = np.full(k.shape, np.nan)
    half[known] = critical_values(level, df[known]) * np.sqrt(tau2 + se**2)[known]
    low, high = mean - half, mean + half
    if not single:
        said = (
            (~known, f"of too few studies for a prediction interval ({convention})"),
            (known & (tau2 == 0), "with a tau2 of 0: the prediction interval holds no between-study variation"),
        )
        warnings = tuple(f"{which.sum()} {what}" for which, what in said if which.any())
        return PredictionInterval(low, high, None if less is None else df, convention, level, warnings)
    if not known[0]:
        need = "three studies" if less == 2 else "two studies"
        raise NotEstimable(f"a prediction interval ({convention}) needs {need} or more, got {k[0]:g}")
    warnings = () if tau2[0] > 0 else (NO_VARIATION,)
    degrees = None if less is None else int(df[0])
    return PredictionInterval(float(low[0]), float(high[0]), degrees, convention, level, warnings)
