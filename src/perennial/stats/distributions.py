"""Quantiles and tail areas of the distributions in use.

From ``scipy.special``, because importing ``scipy.stats`` takes most of a second and every job would pay for it.
"""

from scipy import special


def critical_value(level: float, df: int | None = None) -> float:
    """Half-width, in standard errors, of a two-sided interval: Student's t with `df`, or normal without."""
    upper = (1 + level) / 2
    return float(special.ndtri(upper) if df is None else special.stdtrit(df, upper))


def two_sided_p(statistic: float, df: int | None = None) -> float:
    """Two-sided P value of a t statistic with `df`, or of a z statistic without."""
    tail = special.ndtr(-abs(statistic)) if df is None else special.stdtr(df, -abs(statistic))
    return float(2 * tail)


def chi2_p(statistic: float, df: int) -> float | None:
    """Upper tail of the chi-squared distribution; None where there is no degree of freedom."""
    return float(special.chdtrc(df, statistic)) if df > 0 else None
