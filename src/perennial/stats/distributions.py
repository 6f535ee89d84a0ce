"""Quantiles and tail areas of the distributions in use.

A job is a fresh process, and pays for its imports: ``scipy.stats`` takes most of a second, and ``scipy.special`` longer
than numpy. So nothing comes from the former, and the latter is imported only where the standard library does not do.
"""

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_FEW = 8  # values that are worked out one at a time


def check_level(level: float) -> None:
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, got {level}")


def critical_value(level: float, df: float | None = None) -> float:
    """Half-width, in standard errors, of a two-sided interval: Student's t with `df`, or normal without."""
    check_level(level)
    upper = (1 + level) / 2
    if df is None:
        from statistics import NormalDist

        return NormalDist().inv_cdf(upper)
    from scipy import special

    return float(special.stdtrit(df, upper))


def two_sided_p(statistic: float, df: float | None = None) -> float:
    """Two-sided P value of a t statistic with `df`, or of a z statistic without."""
    if df is None:
        return math.erfc(abs(statistic) / math.sqrt(2))
    from scipy import special

    return float(2 * special.stdtr(df, -abs(statistic)))


def chi2_p(statistic: float, df: float) -> float | None:
    """Upper tail of the chi-squared distribution; None where there is no degree of freedom.

    With few and whole degrees of freedom it is a finite sum (Abramowitz & Stegun 1964, 26.4.4 and 26.4.5).
    """
    if not df > 0:
        return None
    if df > 100 or df % 1 or not 0 <= statistic <= 1400:
        from scipy import special

        return float(special.chdtrc(df, statistic))
    half = float(statistic) / 2
    a, tail = (0.5, math.erfc(math.sqrt(half))) if df % 2 else (1.0, math.exp(-half))
    term = half**a * math.exp(-half) / math.gamma(a + 1)
    while a < df / 2:
        tail += term
        a += 1
        term *= half / a
    return tail


def critical_values(level: float, df: Floats) -> Floats:
    """As `critical_value` for many; a `df` of nan stands for the normal distribution."""
    distinct, place = np.unique(df, return_inverse=True)
    return np.array([critical_value(level, None if np.isnan(each) else each) for each in distinct])[place]


def two_sided_ps(statistics: Floats, df: Floats) -> Floats:
    """As `two_sided_p` for many; a `df` of nan stands for the normal distribution."""
    normal = np.isnan(df)
    if len(df) <= _FEW:
        alone = (two_sided_p(*each) for each in zip(statistics, np.where(normal, None, df), strict=True))
        return np.array(list(alone), dtype=float)
    from scipy import special

    tail = special.ndtr(-np.abs(statistics))
    if not normal.all():
        tail = np.where(normal, tail, special.stdtr(np.where(normal, 1, df), -np.abs(statistics)))
    return 2 * tail


def chi2_ps(statistics: Floats, df: NDArray[np.intp]) -> Floats:
    """As `chi2_p` for many; nan where there is no degree of freedom."""
    if len(df) <= _FEW:
        return np.array([chi2_p(*each) for each in zip(statistics, df, strict=True)], dtype=float)
    from scipy import special

    return np.where(df > 0, special.chdtrc(np.maximum(df, 1), statistics), np.nan)
