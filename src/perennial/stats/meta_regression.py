"""Meta-regression: estimates explained by characteristics of their studies, with heterogeneity left between studies."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from perennial.stats.distributions import chi2_p, critical_value
from perennial.stats.errors import NotEstimable
from perennial.stats.heterogeneity import i2_from_q
from perennial.stats.linear_model import (
    Floats,
    between_variance,
    check_model,
    least_squares,
    make_design,
    rounding,
    variance_factor,
)
from perennial.stats.prediction import NO_VARIATION
from perennial.stats.quadratic_forms import check_effects
from perennial.stats.result import Result, counted, percent
from perennial.stats.tau2 import estimate_tau2, name_of

CONSTANT = "constant"
CONVENTIONS = {"z": None, "t_k-p": 0, "t_k-p-1": 1}  # fewer than k - p that the degrees of freedom are


@dataclass(frozen=True)
class Prediction(Result):
    """Effects expected at given moderators, each field of length n, on the scale of the estimates.

    `ci_low` to `ci_high` is for the mean effect of all such studies, `pi_low` to `pi_high` for the effect in a new one,
    by t with `pi_df` or, where that is None, normal.
    """

    mean: Floats
    se: Floats
    ci_low: Floats
    ci_high: Floats
    pi_low: Floats
    pi_high: Floats
    pi_df: int | None
    level: float
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class MetaRegression(Result):
    """Coefficients, in units of the estimate per unit of the moderator, and the heterogeneity they leave.

    `statistic` is z where `df` is None, else t with `df` = k - p; both standard errors and tests contain
    `variance_factor`, which is 1 but for Hartung-Knapp. `qm` tests all coefficients except the constant: chi-squared
    with `qm_df[0]`, or F with both `qm_df`. `qe` is Cochran's Q about the regression line; `i2` and `h2` come from it,
    `i2_tau2` and `h2_tau2` from tau2 (I2 in percent). `r2` is the percentage of tau2 explained, truncated at zero, None
    without a constant or with a given tau2. `weights` are percentages, `method` found tau2 ("CE": zero by
    assumption; "known": given).
    """

    k: int
    names: tuple[str, ...]
    coefficients: Floats
    se: Floats
    statistic: Floats
    df: int | None
    p: Floats
    ci_low: Floats
    ci_high: Floats
    covariance: Floats
    variance_factor: float
    qm: float
    qm_df: tuple[int, int | None]
    qm_p: float
    tau2: float
    r2: float | None
    qe: float
    qe_df: int
    qe_p: float
    i2: float
    h2: float
    i2_tau2: float
    h2_tau2: float
    weights: Floats
    method: str
    interval: str
    level: float
    warnings: tuple[str, ...] = ()

    def predict(self, x: ArrayLike, convention: str | None = None, level: float | None = None) -> Prediction:
        """Effects at the moderators `x`: n x m without the constant, or length n for a single moderator.

        The prediction interval is mean -+ quantile sqrt(tau2 + se^2) (Higgins et al 2009, J R Stat Soc A 172:137). Its
        `convention` is "z", "t_k-p", or "t_k-p-1", the counterpart of Higgins' k - 2; that of the confidence interval
        unless given, like the `level`. Raises NotEstimable where no degree of freedom is left.
        """
        x = np.asarray(x, dtype=float)
        rows = x[:, None] if x.ndim == 1 else x
        if self.names[0] == CONSTANT and rows.ndim == 2:
            rows = np.column_stack([np.ones(len(rows)), rows])
        if rows.ndim != 2 or rows.shape[1] != len(self.names) or not np.isfinite(rows).all():
            raise ValueError(f"what to predict at are finite values of {', '.join(self.names)}, got shape {x.shape}")
        if convention is not None and convention not in CONVENTIONS:
            raise ValueError(f"the convention is one of {', '.join(CONVENTIONS)}, not {convention!r}")
        level, less = self.level if level is None else level, CONVENTIONS.get(convention)
        pi_df = self.df if convention is None else None if less is None else self.qe_df - less
        if pi_df is not None and pi_df < 1:
            raise NotEstimable(f"a prediction interval ({convention}) has no degree of freedom with {self.k} studies")
        mean, variance = rows @ self.coefficients, np.einsum("np,pq,nq->n", rows, self.covariance, rows)
        half = critical_value(level, self.df) * np.sqrt(variance)
        reach = critical_value(level, pi_df) * np.sqrt(variance + self.tau2)
        warnings = () if self.tau2 > 0 else (NO_VARIATION,)
        low, high = mean - half, mean + half
        return Prediction(mean, np.sqrt(variance), low, high, mean - reach, mean + reach, pi_df, level, warnings)

    def summary(self) -> str:
        test = "z" if self.df is None else f"t with {self.df} df"
        lines = [f"Meta-regression of {counted(self.k)}; {percent(self.level)} intervals, {self.interval} ({test})"]
        rows = zip(self.names, self.coefficients, self.ci_low, self.ci_high, self.p, strict=True)
        lines += [f"  {name}: {b:.4g} ({low:.4g} to {high:.4g}), P = {p:.3g}" for name, b, low, high, p in rows]
        r2 = "" if self.r2 is None else f", R2 {self.r2:.1f}%"
        lines += [
            f"  all moderators: P = {self.qm_p:.3g}",
            f"  tau2 {self.tau2:.4g} ({self.method}){r2}",
            f"  I2 {self.i2:.1f}% from Q, {self.i2_tau2:.1f}% from tau2",
            f"  Q {self.qe:.4g} with {self.qe_df} df, P = {self.qe_p:.3g}",
        ]
        return "\n".join([*lines, *self.warnings])


def meta_regression(
    yi: ArrayLike,
    vi: ArrayLike,
    x: ArrayLike,
    tau2: str | float = "REML",
    interval: str = "hartung_knapp",
    level: float = 0.95,
    names: Sequence[str] | None = None,
    constant: bool = True,
) -> MetaRegression:
    """Regress `yi` with sampling variances `vi` (each of length k, vi > 0) on the moderators `x` (k x m, or length k).

    A constant is added unless `constant` is False; p counts it. `tau2` names an estimator (`tau2.METHODS`) or gives the
    value, 0 being the common-effect model. `interval` is "wald" (normal), "t" (k - p degrees of freedom),
    "hartung_knapp" (Knapp & Hartung 2003, Stat Med 22:2693) or "hartung_knapp_adhoc", whose standard errors are never
    below the Wald ones. Model and tests: Berkey et al 1995, Stat Med 14:395; typical variance of I2: Higgins & Thompson
    2002, Stat Med 21:1539; R2: Raudenbush 2009, in Cooper et al, The handbook of research synthesis. As metafor's
    `rma(yi, vi, mods)`.

    Raises NotEstimable for k <= p, moderators that are collinear or do not vary, and estimates that lie exactly on the
    line where the interval rests on their scatter about it; ValueError for arguments of the wrong shape or name.
    """
    yi, vi = check_effects(yi, vi)
    design = make_design(x, len(yi), constant)
    (k, p), m = design.matrix.shape, design.moderators
    check_model(tau2, interval, k, p)
    names = checked_names(names, m, constant)

    noise, origin = rounding(yi), float(np.median(yi)) if constant else 0.0
    away = yi - origin  # keeps its digits where the estimates lie far from zero; the constant takes the origin up again
    between = between_variance(away, vi, design, tau2)
    weights = 1 / (vi + between)
    fit = least_squares(away, weights, design.matrix)
    factor = float(variance_factor(fit, weights, k - p, interval, noise))
    if factor == 0:
        raise NotEstimable("the estimates lie exactly on the line: the Hartung-Knapp standard errors are zero")

    root = design.back @ fit.root * factor**0.5
    coefficients, se = design.back @ fit.coefficients, np.sqrt((root**2).sum(1))
    coefficients[0] += origin
    df = None if interval == "wald" else k - p
    half = critical_value(level, df) * se
    statistic = coefficients / se
    qm = float((fit.scores[design.tested] ** 2).sum() / factor)
    common = least_squares(away, 1 / vi, design.matrix)
    qe, typical = float(common.rss), (k - p) / float(((1 - common.hat) / vi).sum())
    return MetaRegression(
        k=k,
        names=names,
        coefficients=coefficients,
        se=se,
        statistic=statistic,
        df=df,
        p=2 * (special.ndtr(-abs(statistic)) if df is None else special.stdtr(df, -abs(statistic))),
        ci_low=coefficients - half,
        ci_high=coefficients + half,
        covariance=root @ root.T,
        variance_factor=factor,
        qm=qm if df is None else qm / m,
        qm_df=(m, df),
        qm_p=float(special.chdtrc(m, qm) if df is None else special.fdtrc(m, df, qm / m)),
        tau2=between,
        r2=r2(yi, vi, between, tau2) if constant else None,
        qe=qe,
        qe_df=k - p,
        qe_p=chi2_p(qe, k - p),
        i2=i2_from_q(qe, k - p),
        h2=qe / (k - p),
        i2_tau2=100 * between / (between + typical),
        h2_tau2=1 + between / typical,
        weights=100 * weights / weights.sum(),
        method=name_of(tau2),
        interval=interval,
        level=level,
        warnings=cautions(k, m, factor, interval),
    )


def cautions(k: int, m: int, factor: float, interval: str) -> tuple[str, ...]:
    found = []
    if k < 10 * m:
        found.append(
            f"{k} studies for {counted(m, 'moderator', 'moderators')}: fewer than ten studies for each "
            "(Cochrane Handbook 10.11.5.1), so that associations are easily found by chance and missed"
        )
    if interval == "hartung_knapp" and factor < 1:
        found.append("the Hartung-Knapp standard errors are below the Wald ones; see the ad hoc variant")
    return tuple(found)


def checked_names(names: Sequence[str] | None, m: int, constant: bool) -> tuple[str, ...]:
    names = tuple(f"x{number + 1}" for number in range(m)) if names is None else tuple(names)
    if len(names) != m:
        raise ValueError(f"{m} moderators need as many names, got {len(names)}")
    return (CONSTANT, *names) if constant else names


def r2(yi: Floats, vi: Floats, between: float, tau2: str | float) -> float | None:
    """The percentage by which tau2 is smaller than without moderators; zero where there is none to explain."""
    if not isinstance(tau2, str):
        return None
    alone = estimate_tau2(yi, vi, tau2)
    return 100 * max(0.0, 1 - between / alone) if alone > 0 else 0.0
