"""Generalised linear mixed models of 2x2 tables: the log odds ratio is normal between studies, the counts binomial.

Four likelihoods, by the names of metafor's `rma.glmm(measure="OR")` (Stijnen, Hamza & Ozdemir 2010, Stat Med 29:3046;
Jackson, Law, Stijnen, Viechtbauer & White 2018, Stat Med 37:1059). With theta the mean log odds ratio, u and v standard
normal and independent, and a study effect alpha_i, the logits of arm 1 and arm 2 are

    UM.FS   theta + alpha_i + tau u/2            alpha_i - tau u/2            alpha_i fixed, one for each study
    UM.RS   theta + alpha + sigma v + tau u/2    alpha + sigma v - tau u/2    study effects random, variance sigma2

(metafor's `coding=1/2, cor=FALSE`: their models 4 and 5). The conditional models take the number of events as given:

    CM.EL   ai is noncentral hypergeometric with log odds ratio theta + tau u, exact
    CM.AL   ai is binomial of ai + ci with logit theta + tau u + log(n1i/n2i), good where events are rare
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from perennial.stats.distributions import chi2_p, critical_value, two_sided_p
from perennial.stats.errors import NotEstimable
from perennial.stats.glmm_fit import check_choices, conditional_log_likelihood, degrees_of_freedom
from perennial.stats.heterogeneity import h2_from_tau2, i2_from_tau2
from perennial.stats.result import Result, counted
from perennial.stats.two_arm_likelihoods import Approximate, Exact, FixedStudies, RandomStudies, tables_of

LIKELIHOODS = {"UM.FS": FixedStudies, "UM.RS": RandomStudies, "CM.EL": Exact, "CM.AL": Approximate}

MODELS = tuple(LIKELIHOODS)


@dataclass(frozen=True)
class TwoArmModel(Result):
    """Maximum likelihood estimate of the mean log odds ratio of arm 1 against arm 2, and of its variance, tau2.

    `sigma2` is the variance of study effects (UM.RS only). `log_likelihood` is the marginal one (given the totals of
    events in conditional models; at the best study effects in UM.FS), `conditional_log_likelihood` that of the counts
    given each study's most likely effects, which metafor 3.8 prints as log-likelihood of UM.FS and CM.AL. `q_lrt` and
    `q_wald` test with `q_df` degrees of freedom that all studies have one odds ratio: the same kind of model with an
    effect for each study against that with one for all. `i2_tau2` (percent) and `h2_tau2` are from tau2 and the
    sampling variances of log odds ratios. `df` is None for an interval by the normal distribution.
    """

    model: str
    effects: str
    k: int
    mean: float
    se: float
    df: int | None
    ci_low: float
    ci_high: float
    p: float
    tau2: float
    sigma2: float | None
    log_likelihood: float
    conditional_log_likelihood: float
    q_lrt: float | None
    q_lrt_p: float | None
    q_wald: float | None
    q_wald_p: float | None
    q_df: int
    i2_tau2: float | None
    h2_tau2: float | None
    quadrature_points: int | None
    warnings: tuple[str, ...] = ()

    @property
    def odds_ratio(self) -> tuple[float, float, float]:
        """Estimate and interval on the scale of odds ratios."""
        return tuple(float(np.exp(value)) for value in (self.mean, self.ci_low, self.ci_high))

    def summary(self) -> str:
        ratio = "odds ratio {:.4g} ({:.4g} to {:.4g})".format(*self.odds_ratio)
        by = "normal" if self.df is None else f"t with {self.df} df"
        lines = [f"{self.model}, {self.effects} effect, {counted(self.k)}: {ratio}, {by}, P = {self.p:.3g}"]
        lines.append(f"tau2 {self.tau2:.4g}" + ("" if self.sigma2 is None else f", sigma2 {self.sigma2:.4g}"))
        if self.q_lrt is not None:
            test = f"likelihood-ratio Q {self.q_lrt:.4g} with {self.q_df} df, P = {self.q_lrt_p:.3g}"
            lines.append(f"one odds ratio for all: {test}")
        return "\n".join([*lines, *self.warnings])


def fit_two_arm(
    ai: ArrayLike,
    n1i: ArrayLike,
    ci: ArrayLike,
    n2i: ArrayLike,
    model: str = "UM.FS",
    quadrature_points: int = 7,
    effects: str = "random",
    interval: str = "wald",
    level: float = 0.95,
    drop_uninformative: bool = True,
) -> TwoArmModel:
    """Fit `model` ("UM.FS", "UM.RS", "CM.EL" or "CM.AL") to `ai` events of `n1i` and `ci` of `n2i`, each of length k.

    Integrals are by adaptive Gauss-Hermite quadrature with `quadrature_points` an effect, so their square for UM.RS;
    one point is Laplace's approximation, and all that metafor has for UM.RS. `effects` "common" has tau2 = 0 and takes
    k >= 1, "random" k >= 2. `interval` is "wald" (normal) or "t" with k-1. A study in which nobody, or everybody, had
    the event says nothing of an odds ratio and is left out (it would count towards alpha and sigma2 of UM.RS, which
    keeps it where `drop_uninformative` is false). No zero cell is corrected.
    Raises NotEstimable where too few studies are left, where the mean or tau2 has no finite estimate, and for an
    interval by t from one study; ValueError for impossible counts and unknown names.
    """
    check_choices(quadrature_points, effects, interval, level)
    if model not in MODELS:
        raise ValueError(f"model must be one of {', '.join(MODELS)}, got {model!r}")
    tables, warnings = tables_of(ai, n1i, ci, n2i, drop_uninformative or model != "UM.RS")
    k = tables.k
    if k < (2 if effects == "random" else 1):
        raise NotEstimable(
            "no study with events and non-events is left"
            if k == 0
            else f"between-study variance needs two studies or more with events and non-events, got {k}"
        )
    tables.refuse_infinite(model)

    likelihood = LIKELIHOODS[model](tables, quadrature_points)
    common = likelihood.fit("common")
    best, fitted = (common, "common") if effects == "common" else (likelihood.fit("random"), "random")
    mean, se = float(best.shared[0]), best.se(0)
    tau2 = float(best.shared[1] ** 2) if effects == "random" else 0.0
    sigma2 = float(best.shared[-1] ** 2) if model == "UM.RS" else None

    df = degrees_of_freedom(interval, k)
    half = critical_value(level, df) * se
    q_lrt = q_wald = None
    if k > 1:
        try:
            q_lrt, q_wald = likelihood.heterogeneity(common)
        except NotEstimable as reason:
            warnings += (f"no test of heterogeneity: {reason}",)
    return TwoArmModel(
        model=model,
        effects=effects,
        k=k,
        mean=mean,
        se=se,
        df=df,
        ci_low=mean - half,
        ci_high=mean + half,
        p=two_sided_p(mean / se, df),
        tau2=tau2,
        sigma2=sigma2,
        log_likelihood=best.log_likelihood,
        conditional_log_likelihood=conditional_log_likelihood(likelihood.models[fitted], best),
        q_lrt=q_lrt,
        q_lrt_p=None if q_lrt is None else chi2_p(q_lrt, k - 1),
        q_wald=q_wald,
        q_wald_p=None if q_wald is None else chi2_p(q_wald, k - 1),
        q_df=k - 1,
        i2_tau2=i2_from_tau2(tau2, tables.variance) if k > 1 else None,
        h2_tau2=h2_from_tau2(tau2, tables.variance) if k > 1 else None,
        quadrature_points=quadrature_points if effects == "random" or model == "UM.RS" else None,
        warnings=warnings,
    )
