"""What a value of metafor's is called here, with the size its difference is measured by (see values.py)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import numpy as np

from against_metafor.values import EXACT, LOGARITHM, Field, Floats


@dataclass(frozen=True)
class Step:
    """One analysis of many that were computed together."""

    results: Any
    place: int

    def __getattr__(self, name: str) -> Any:
        return getattr(self.results, name)[self.place]


def step(answers: Mapping[str, Any], place: int) -> dict[str, Any]:
    """The values of R's vectors at one place; what is shorter than that is left out."""
    return {name: values[place] for name, values in answers.items() if isinstance(values, list) and place < len(values)}


def sized(sizes: Mapping[str, tuple[str, Any]]) -> dict[str, Field]:
    """Fields by their name in R, each with our name and a size: a number, or the name of our field that it is."""

    def field(ours: str, size: Any) -> Field:
        value, of = attrgetter(ours), attrgetter(size) if isinstance(size, str) and size in BY_NAME else None
        return lambda result: (value(result), of(result) if of else size)

    return {theirs: field(*each) for theirs, each in sizes.items()}


def same(sizes: Mapping[str, Any]) -> dict[str, Field]:
    """Fields that are called alike on both sides."""
    return sized({name: (name, size) for name, size in sizes.items()})


BY_NAME = ("se", "sei")
MOVED = 0.01  # the size of what a study left out moves, in standard errors

EFFECTS = sized({"yi": ("yi", "sei"), "vi": ("vi", 0)})
MEAN = sized(
    {
        "k": ("k", EXACT),
        "df": ("df", EXACT),
        "b": ("mean", "se"),
        "se": ("se", 0),
        "ci_lb": ("ci_low", "se"),
        "ci_ub": ("ci_high", "se"),
        "pval": ("p", LOGARITHM),
    }
)
Q = sized(
    {
        "QE": ("heterogeneity.q", 1),
        "QE_df": ("heterogeneity.q_df", EXACT),
        "QE_p": ("heterogeneity.q_p", LOGARITHM),
    }
)
FROM_Q = sized({"I2": ("heterogeneity.i2", 1), "H2": ("heterogeneity.h2", 1)})
FROM_TAU2 = sized({"I2": ("heterogeneity.i2_tau2", 1), "H2": ("heterogeneity.h2_tau2", 1)})
WEIGHTS = sized({"weights": ("weights", 0)})
I2_INTERVAL = {name: (lambda found, i=i: (found[i], 1)) for i, name in enumerate(("I2_lb", "I2_ub"))}
CLOPPER = {name: (lambda found, i=i: (found[i], 1)) for i, name in enumerate(("clopper_lb", "clopper_ub"))}
BAUJAT = sized({"x": ("x", MOVED), "y": ("y", MOVED)})
LEFT_OUT_PROPORTIONS = {
    "est_subN": lambda pooled: (pooled.estimate, pooled.ci_high - pooled.ci_low),
    "est_subN_lb": lambda pooled: (pooled.ci_low, pooled.ci_high - pooled.ci_low),
    "est_subN_ub": lambda pooled: (pooled.ci_high, pooled.ci_high - pooled.ci_low),
}
REGRESSION_TEST = {
    **sized({"stat": ("statistic", 1), "statistic": ("statistic", 1), "df": ("df", EXACT)}),
    **sized({"pval": ("p", LOGARITHM), "p": ("p", LOGARITHM), "slope": ("slope", "se"), "se_slope": ("se", 0)}),
    "intercept": lambda test: (test.limit, half_width(test)),
    "limit_est": lambda test: (test.limit, half_width(test)),
    "limit_lb": lambda test: (test.limit_low, half_width(test)),
    "limit_ub": lambda test: (test.limit_high, half_width(test)),
}
RANKS = sized({"kendall": ("tau", 1), "pval": ("p", LOGARITHM)})
RANKS_NORMAL = sized({"score": ("score", EXACT), "z": ("z", 1)})
POOLED_COUNTS = sized(
    {
        "k": ("k", EXACT),
        "k_yi": ("k_effects", EXACT),
        "b": ("mean", "se"),
        "se": ("se", 0),
        "stat": ("z", 1),
        "pval": ("p", LOGARITHM),
        "ci_lb": ("ci_low", "se"),
        "ci_ub": ("ci_high", "se"),
        "QE": ("q", 1),
        "QE_df": ("q_df", EXACT),
        "QEp": ("q_p", LOGARITHM),
        "I2": ("i2", 1),
    }
)
COUNT_TESTS = sized(
    {
        "MH": ("association.corrected.statistic", 1),
        "MHp": ("association.corrected.p", LOGARITHM),
        "TA": ("homogeneity.tarone.statistic", 1),
        "TAp": ("homogeneity.tarone.p", LOGARITHM),
    }
)
REGRESSION = {
    **sized({"b": ("coefficients", "se"), "se": ("se", 0), "stat": ("statistic", 1), "pval": ("p", LOGARITHM)}),
    **sized({"ci_lb": ("ci_low", "se"), "ci_ub": ("ci_high", "se"), "df": ("df", EXACT), "QM": ("qm", 1)}),
    **sized({"QM_p": ("qm_p", LOGARITHM), "QE": ("qe", 1), "QE_df": ("qe_df", EXACT), "QE_p": ("qe_p", LOGARITHM)}),
    **sized({"I2": ("i2_tau2", 1), "H2": ("h2_tau2", 1), "R2": ("r2", 1), "s2w": ("variance_factor", 1)}),
    **sized({"weights": ("weights", 0)}),
}
BETWEEN = sized({"Q": ("between.statistic", 1), "df": ("between.df", EXACT), "pval": ("between.p", LOGARITHM)})
BETWEEN_F = sized({"QM": ("between.statistic", 1), "QM_p": ("between.p", LOGARITHM), "QE": ("q_within", 1)})
WITHIN = sized({"Q_total": ("q_total", 1), "Q_within": ("q_within", 1)})


def tau2(vi: Floats, *, theirs: str = "tau2", ours: str = "tau2") -> dict[str, Field]:
    return sized({theirs: (ours, vi.min())})


def natural(back: Callable[[float], float]) -> dict[str, Field]:
    def field(name: str) -> Field:
        def value(fit: Any) -> tuple[float, float]:
            return back(getattr(fit, name)), back(fit.ci_high) - back(fit.ci_low)

        return value

    return {"est": field("mean"), "est_lb": field("ci_low"), "est_ub": field("ci_high")}


def prediction(back: Callable[[float], float]) -> dict[str, Field]:
    def field(name: str, scale: Callable[[float], float]) -> Field:
        return lambda found: (scale(getattr(found, name)), scale(found.high) - scale(found.low))

    on_scale = {"lb": field("low", float), "ub": field("high", float), "df": lambda found: (found.df, EXACT)}
    return on_scale | {"est_lb": field("low", back), "est_ub": field("high", back)}


def profile(vi: Floats) -> dict[str, Field]:
    least = vi.min()
    return sized(
        {
            "tau2_lb": ("tau2_low", least),
            "tau2_ub": ("tau2_high", least),
            "tau_lb": ("tau_low", least**0.5),
            "tau_ub": ("tau_high", least**0.5),
            "I2_lb": ("i2_tau2_low", 1),
            "I2_ub": ("i2_tau2_high", 1),
            "H2_lb": ("h2_tau2_low", 1),
            "H2_ub": ("h2_tau2_high", 1),
            "ci_null": ("empty", EXACT),
        }
    )


def sequence(vi: Floats) -> dict[str, Field]:
    """Of a step of a leave-one-out or cumulative analysis."""
    steps = {"b": ("mean", "se"), "se": ("se", 0), "ci_lb": ("ci_low", "se"), "ci_ub": ("ci_high", "se")}
    more = {
        "pval": ("p", LOGARITHM),
        "I2": ("i2_tau2", 1),
        "H2": ("h2_tau2", 1),
        "Q": ("q", 1),
        "Qp": ("q_p", LOGARITHM),
    }
    return sized(steps | more) | tau2(vi)


def influence(vi: Floats, place: int) -> dict[str, Field]:
    """Of a study left out."""
    return sized(
        {
            "rstudent": ("rstudent", MOVED),
            "dffits": ("dffits", MOVED),
            "cook.d": ("cooks_distance", MOVED),
            "cov.r": ("covariance_ratio", 0),
            "tau2.del": ("tau2_deleted", vi.min()),
            "QE.del": ("q_deleted", 1),
            "hat": ("hat", 0),
            "weight": ("weights", 0),
            "dfbs": ("dfbetas", MOVED),
            "is_infl": ("influential", EXACT),
            "resid": ("residuals", vi[place] ** 0.5),
            "rstandard": ("rstandard", MOVED),
        }
    )


def fill(vi: Floats) -> dict[str, Field]:
    adjusted = {"b": ("mean", "se"), "se": ("se", 0), "ci_lb": ("ci_low", "se"), "ci_ub": ("ci_high", "se")}
    pooled = {name: (lambda f, field=field: field(f.adjusted)) for name, field in sized(adjusted).items()}
    return {
        **sized({"k0": ("k0", EXACT), "se_k0": ("k0_se", 1), "side": ("side", EXACT), "p_k0": ("k0_p", LOGARITHM)}),
        **pooled,
        **tau2(vi, ours="adjusted.tau2"),
        **sized({"I2": ("adjusted.heterogeneity.i2_tau2", 1), "QE": ("adjusted.heterogeneity.q", 1)}),
        "fill_yi": lambda found: (np.sort(found.filled_yi), np.sqrt(vi.min())),
        "fill_vi": lambda found: (np.sort(found.filled_vi), 0),
    }


def one_step(vi: Floats) -> dict[str, Field]:
    """Of the binomial-normal model."""
    mean = {
        "k": ("k", EXACT),
        "b": ("mean", "se"),
        "se": ("se", 0),
        "ci_lb": ("ci_low", "se"),
        "ci_ub": ("ci_high", "se"),
    }
    tests = {"QE_LRT": ("heterogeneity.q", 1), "QE_Wld": ("q_wald", 1), "QEp_Wld": ("q_wald_p", LOGARITHM)}
    more = {
        "I2": ("heterogeneity.i2_tau2", 1),
        "H2": ("heterogeneity.h2_tau2", 1),
        "ll": ("conditional_log_likelihood", 1),
        "est": ("median_proportion", 0),
    }
    return sized(mean | tests | more | {"QEp_LRT": ("heterogeneity.q_p", LOGARITHM)}) | tau2(vi)


def half_width(test: Any) -> float:
    return (test.limit_high - test.limit_low) / 2
