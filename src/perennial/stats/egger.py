"""Egger's regression test for funnel plot asymmetry, with multiplicative or additive heterogeneity."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from perennial.stats.asymmetry import INDEPENDENT, AsymmetryTest, cautions, multiplicative_test, weighted_line
from perennial.stats.meta_regression import meta_regression
from perennial.stats.proportions import FreemanTukey, check_counts
from perennial.stats.quadratic_forms import check_effects, squares
from perennial.stats.result import Result

UNTIED = "estimate and predictor are independent where the funnel is symmetric; not so for log odds ratios, proportions"
LINEAR = "the estimates depend on the predictor in a straight line"
MULTIPLICATIVE = "heterogeneity multiplies every sampling variance by one factor"
ADDITIVE = "heterogeneity adds one variance, tau2, to every sampling variance"

# What is regressed on, and whether its zero is the limit of growing precision.
PREDICTORS = {
    "standard error": True,
    "sampling variance": True,
    "sample size": False,
    "inverse sample size": True,
    "root sample size": False,
    "inverse root sample size": True,
}


@dataclass(frozen=True)
class Egger(Result):
    """`bias` is the coefficient of the standard error (Egger's intercept), with its standard error and t test.

    `limit` is the estimate extrapolated to a standard error of zero, with its t interval.
    """

    k: int
    bias: float
    se: float
    t: float
    df: int
    p: float
    limit: float
    limit_low: float
    limit_high: float
    assumptions: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def summary(self) -> str:
        line = f"Egger's test: k = {self.k}, bias {self.bias:.4g} (SE {self.se:.4g})"
        return "\n".join([f"{line}, t({self.df}) = {self.t:.4g}, P = {self.p:.3g}", *self.warnings])


def egger(yi: ArrayLike, sei: ArrayLike, level: float = 0.95) -> Egger:
    """Regress estimates on standard errors with weights 1/se2 (Egger et al 1997, BMJ 315:629).

    `yi` and `sei` have length k >= 3; `level` is that of the interval of the limit. The same as metafor's
    `regtest(model="lm")`. Raises NotEstimable for fewer studies, for standard errors that are all alike, and for
    estimates that lie exactly on a line.
    """
    test = regression_test(yi, squares(sei), level=level)
    end = test.limit, test.limit_low, test.limit_high
    return Egger(test.k, test.slope, test.se, test.statistic, test.df, test.p, *end, test.assumptions, test.warnings)


def egger_mixed(
    yi: ArrayLike, sei: ArrayLike, tau2: str | float = "REML", interval: str = "wald", level: float = 0.95
) -> AsymmetryTest:
    """Meta-regression of estimates on standard errors (Sterne & Egger 2005, Publication Bias in Meta-Analysis, ch. 6).

    The same as metafor's `regtest(model="rma")`; see `regression_test` for `tau2` and `interval`.
    """
    return regression_test(yi, squares(sei), model="mixed", tau2=tau2, interval=interval, level=level)


def thompson_sharp(yi: ArrayLike, sei: ArrayLike, level: float = 0.95) -> AsymmetryTest:
    """Egger's regression with additive heterogeneity by moments, normal test (Thompson & Sharp 1999, Stat Med 18:2693).

    It is `egger_mixed` with the DerSimonian-Laird estimator generalised to a regression.
    """
    return egger_mixed(yi, sei, "DL", level=level)


def regression_test(
    yi: ArrayLike,
    vi: ArrayLike,
    predictor: str = "standard error",
    ni: ArrayLike | None = None,
    model: str = "multiplicative",
    tau2: str | float = "REML",
    interval: str = "wald",
    level: float = 0.95,
) -> AsymmetryTest:
    """Regress estimates on any of PREDICTORS, as metafor's `regtest` (Sterne & Egger 2005; Macaskill et al 2001).

    `yi`, `vi` and, for the predictors made of it, the sample sizes `ni` > 0 have length k >= 3. `model` is
    "multiplicative" (weights 1/vi, residual variance estimated, t test with k-2) or "mixed" (weights 1/(vi + tau2)).
    The mixed model takes `tau2` by any method of `estimate_tau2`, or its value (0 for a common effect), and the
    `interval` of `meta_regression`, which fits it: "wald", "t", "hartung_knapp" or "hartung_knapp_adhoc". Raises
    NotEstimable as `egger` does.
    """
    yi, vi = check_effects(yi, vi)
    if model not in ("multiplicative", "mixed"):
        raise ValueError(f'model must be "multiplicative" or "mixed", got {model!r}')
    x, name = _predictor(predictor, vi, ni), f"Regression test on the {predictor}"
    if model == "multiplicative":
        return multiplicative_test(
            name, predictor, yi, x, 1 / vi, level=level, limit=PREDICTORS[predictor],
            assumptions=(UNTIED, LINEAR, MULTIPLICATIVE, INDEPENDENT), warnings=_said(yi, vi),
        )  # fmt: skip

    weighted_line(yi, x, 1 / vi, predictor)  # for its refusals
    fit = meta_regression(yi, vi, x, tau2, interval, level)
    end = (fit.coefficients[0], fit.ci_low[0], fit.ci_high[0]) if PREDICTORS[predictor] else (None, None, None)
    heterogeneity = ADDITIVE if isinstance(tau2, str) else f"the heterogeneity beside the line is known: tau2 = {tau2}"
    return AsymmetryTest(
        f"{name}, mixed-effects ({tau2 if isinstance(tau2, str) else 'given tau2'})", fit.k, predictor,
        *(float(each[1]) for each in (fit.coefficients, fit.se, fit.statistic)), fit.df, float(fit.p[1]),
        *(None if each is None else float(each) for each in end), fit.tau2,
        (UNTIED, LINEAR, heterogeneity, INDEPENDENT), _said(yi, vi),
    )  # fmt: skip


def _predictor(predictor: str, vi: NDArray, ni: ArrayLike | None) -> NDArray:
    if predictor not in PREDICTORS:
        raise ValueError(f"predictor must be one of {', '.join(PREDICTORS)}, got {predictor!r}")
    if "size" not in predictor:
        return np.sqrt(vi) if predictor == "standard error" else vi
    if ni is None:
        raise ValueError(f"the {predictor} is regressed on: give the sample sizes ni")
    ni = np.asarray(ni, dtype=float)
    if ni.shape != vi.shape or not np.all(np.isfinite(ni) & (ni > 0)):
        raise ValueError("ni must hold one positive sample size for each estimate")
    size = np.sqrt(ni) if "root" in predictor else ni
    return 1 / size if predictor.startswith("inverse") else size


def _said(yi: NDArray, vi: NDArray) -> tuple[str, ...]:
    return cautions(yi, vi) if len(yi) else ()


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
