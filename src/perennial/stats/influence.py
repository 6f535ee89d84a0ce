"""How much each study moves a random-effects model: what changes when it is left out."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from perennial.stats.errors import NotEstimable
from perennial.stats.linear_model import (
    ROUNDING,
    Design,
    Floats,
    LeastSquares,
    between_variance,
    between_variances,
    check_model,
    least_squares,
    make_design,
    rounding,
    variance_factor,
)
from perennial.stats.meta_regression import checked_names
from perennial.stats.quadratic_forms import check_effects
from perennial.stats.result import Result, counted

CELLS = 1 << 20  # numbers in an array of (studies left out) x studies: larger problems are worked on in blocks


@dataclass(frozen=True)
class Influence(Result):
    """Diagnostics of k studies in a model with p coefficients; every array has length k, `dfbetas` is k x p.

    `residuals` are from the model of all studies, on the scale of the estimates, and `rstandard` the same in standard
    errors; `rstudent` is the residual from the model without the study, in standard errors. `dffits` and `dfbetas` are
    the changes of the fitted value and of the coefficients `names`, in standard errors, that the study causes, and
    `cooks_distance` sums them up; `covariance_ratio` below 1 says that the coefficients are more precise without it.
    `tau2_deleted` and `q_deleted` are tau2 and Cochran's Q of the other studies; `hat` are leverages, `weights`
    percentages. `influential` marks studies by the rule of `influence`. What is not defined for a study is nan, and a
    warning says so.
    """

    k: int
    names: tuple[str, ...]
    tau2: float
    residuals: Floats
    rstandard: Floats
    rstudent: Floats
    dffits: Floats
    cooks_distance: Floats
    covariance_ratio: Floats
    tau2_deleted: Floats
    q_deleted: Floats
    hat: Floats
    weights: Floats
    dfbetas: Floats
    influential: NDArray[np.bool_]
    warnings: tuple[str, ...] = ()

    def summary(self) -> str:
        marked = np.flatnonzero(self.influential)
        which = ", ".join(str(study + 1) for study in marked) if len(marked) else "none"
        lines = [f"Influence of {counted(self.k)}, tau2 {self.tau2:.4g}; influential: {which}"]
        lines += [
            f"  study {study + 1}: rstudent {self.rstudent[study]:.4g}, DFFITS {self.dffits[study]:.4g}, "
            f"Cook {self.cooks_distance[study]:.4g}, tau2 without it {self.tau2_deleted[study]:.4g}"
            for study in marked
        ]
        return "\n".join([*lines, *self.warnings])


@dataclass(frozen=True)
class FullModel:
    """All studies fitted together, and what is needed to fit them again without one; `v` is vi + tau2."""

    yi: Floats
    vi: Floats
    v: Floats
    design: Design
    tau2: str | float
    interval: str
    between: float
    noise: float
    fit: LeastSquares
    factor: float
    fitted: Floats
    residuals: Floats
    hat: Floats


@dataclass(frozen=True)
class Deleted:
    """The model without each of a block of `studies`, and what the others say of it.

    `predicted` is the study's fitted value and `variance` its variance; `factor` multiplies the covariance of `fit`.
    """

    studies: NDArray[np.intp]
    between: Floats
    q: Floats
    fit: LeastSquares
    factor: Floats
    predicted: Floats
    variance: Floats


def influence(
    yi: ArrayLike,
    vi: ArrayLike,
    x: ArrayLike | None = None,
    tau2: str | float = "REML",
    interval: str = "wald",
    names: tuple[str, ...] | None = None,
    constant: bool = True,
) -> Influence:
    """Outlier and influence diagnostics (Viechtbauer & Cheung 2010, Res Synth Methods 1:112), as metafor's `influence`.

    `yi` and `vi` have length k; `x`, `tau2`, `interval`, `names` and `constant` as in `meta_regression`, without `x`
    for a common mean. `interval` scales standard errors where it is one of Hartung and Knapp. A study is influential
    if |DFFITS| > 3 sqrt(p / (k - p)), the lower tail of chi-squared with p degrees of freedom cut off by Cook's
    distance is above one half, its leverage is above 3p/k, or any |DFBETAS| is above 1: metafor's rule.

    Raises NotEstimable where k - 1 studies cannot carry the model: k < p + 2.
    """
    model = fit_model(yi, vi, x, tau2, interval, constant)
    matrix, back, hat = model.design.matrix, model.design.back, model.hat
    k, p = matrix.shape
    rstudent, dffits, cook, covariance, between, q = np.full((6, k), np.nan)
    dfbetas = np.full((k, p), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):  # what is divided by zero is named in the warnings
        rstandard = model.residuals / np.sqrt(model.v * (1 - hat))
        for one in without_each(model):
            at, v = one.studies, model.vi[one.studies] + one.between
            rstudent[at] = residuals(model.yi[at], one.predicted, model.noise) / np.sqrt(one.factor * v + one.variance)
            dffits[at] = (model.fitted[at] - one.predicted) / np.sqrt(one.factor * hat[at] * v)
            change = model.fit.coefficients - one.fit.coefficients
            root = least_squares(model.yi, 1 / (model.vi + one.between[:, None]), matrix).root
            dfbetas[at] = change @ back.T / np.sqrt(one.factor[:, None] * ((back @ root) ** 2).sum(2))
            cook[at] = (np.linalg.solve(model.fit.root, change.T) ** 2).sum(0) / model.factor
            volumes = np.linalg.det(one.fit.root) / np.linalg.det(model.fit.root)
            covariance[at] = volumes**2 * (one.factor / model.factor) ** p
            between[at], q[at] = one.between, one.q

    whole = np.column_stack([rstandard, rstudent, dffits, cook, covariance, between, q, dfbetas])
    undefined = np.flatnonzero(~np.isfinite(whole).all(1))
    for values in (rstandard, rstudent, dffits, cook, covariance, dfbetas):
        values[~np.isfinite(values)] = np.nan
    influential = (
        (abs(dffits) > 3 * np.sqrt(p / (k - p)))
        | (special.chdtr(p, cook) > 0.5)
        | (hat > 3 * p / k)
        | (abs(dfbetas) > 1).any(1)
    )
    return Influence(
        k=k,
        names=checked_names(names, model.design.moderators, model.design.constant),
        tau2=model.between,
        residuals=model.residuals,
        rstandard=rstandard,
        rstudent=rstudent,
        dffits=dffits,
        cooks_distance=cook,
        covariance_ratio=covariance,
        tau2_deleted=between,
        q_deleted=q,
        hat=hat,
        weights=100 / model.v / (1 / model.v).sum(),
        dfbetas=dfbetas,
        influential=influential,
        warnings=cautions(undefined),
    )


def cautions(undefined: NDArray[np.intp]) -> tuple[str, ...]:
    if not len(undefined):
        return ()
    which = ", ".join(str(study + 1) for study in undefined)
    return (
        f"not all is defined for study {which}: without it a coefficient cannot be estimated, or the estimates left "
        "lie exactly on the line, or it outweighs all others",
    )


def fit_model(
    yi: ArrayLike, vi: ArrayLike, x: ArrayLike | None, tau2: str | float, interval: str, constant: bool
) -> FullModel:
    """The model of all studies; NotEstimable where it does not exist for all but one of them."""
    yi, vi = check_effects(yi, vi)
    design = make_design(x, len(yi), constant)
    k, p = design.matrix.shape
    check_model(tau2, interval, k, p)
    if k < p + 2:
        raise NotEstimable(f"leaving one out needs {p + 2} studies or more, got {k}")
    noise = rounding(yi)
    yi = yi - np.median(yi) if design.constant else yi
    between = between_variance(yi, vi, design, tau2)
    v = vi + between
    fit = least_squares(yi, 1 / v, design.matrix)
    factor = float(variance_factor(fit, 1 / v, k - p, interval, noise))
    if factor == 0:
        raise NotEstimable("the estimates lie exactly on the line: the Hartung-Knapp standard errors are zero")
    fitted = design.matrix @ fit.coefficients
    hat = np.where(fit.hat > 1 - ROUNDING, 1.0, fit.hat)
    return FullModel(
        yi, vi, v, design, tau2, interval, between, noise, fit, factor, fitted, residuals(yi, fitted, noise), hat
    )


def without_each(model: FullModel) -> Iterator[Deleted]:
    """The model without each study, in blocks; there is none without a study that alone determines a coefficient."""
    matrix = model.design.matrix
    k, p = matrix.shape
    unweighted = (np.linalg.qr(matrix)[0] ** 2).sum(1)
    possible = np.flatnonzero(unweighted < 1 - 1e-10) if p > 1 else np.arange(k)
    size = max(1, CELLS // (k * p))
    for start in range(0, len(possible), size):
        studies = possible[start : start + size]
        left = np.ones((len(studies), k))
        left[np.arange(len(studies)), studies] = 0
        yi = np.broadcast_to(model.yi, left.shape)
        between = between_variances(yi, np.where(left > 0, model.vi, np.nan), model.design, model.tau2)
        q = least_squares(model.yi, left / model.vi, matrix).rss
        w = left / (model.vi + between[:, None])
        fit = least_squares(model.yi, w, matrix)
        factor = variance_factor(fit, w, k - 1 - p, model.interval, model.noise)
        rows = matrix[studies]
        predicted = (rows * fit.coefficients).sum(1)
        variance = factor * ((rows[:, None, :] @ fit.root)[:, 0] ** 2).sum(1)
        yield Deleted(studies, between, q, fit, factor, predicted, variance)


def residuals(yi: Floats, fitted: Floats, noise: float) -> Floats:
    """Zero where they are nothing but rounding."""
    away = yi - fitted
    return np.where(abs(away) <= noise, 0.0, away)
