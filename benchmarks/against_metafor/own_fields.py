"""What the scripts in tests/oracle answer: most values are called there as they are here."""

from typing import Any

import numpy as np

from against_metafor.fields import MOVED, same, sized, tau2
from against_metafor.values import EXACT, LOGARITHM, Field, Floats

BOUNDS = {"ci_low": "se", "ci_high": "se"}
MEAN = same({"df": EXACT, "mean": "se", "se": 0, **BOUNDS, "p": LOGARITHM})
Q = sized({"q": ("heterogeneity.q", 1), "q_p": ("heterogeneity.q_p", LOGARITHM)})
FROM_TAU2 = sized({"i2_tau2": ("heterogeneity.i2_tau2", 1), "h2_tau2": ("heterogeneity.h2_tau2", 1)})
BETWEEN = sized({"statistic": ("between.statistic", 1), "p": ("between.p", LOGARITHM), "q_within": ("q_within", 1)})
GROUPS = {
    name: (
        lambda found, name=name: (
            [getattr(fit, name) for fit in found.groups.values()],
            0 if name == "se" else ses(found),
        )
    )
    for name in ("mean", "se", "ci_low", "ci_high")
}
REGRESSION = {
    **same({"coefficients": "se", "se": 0, "statistic": 1, "p": LOGARITHM, **BOUNDS, "variance_factor": 1}),
    **same({"qm": 1, "qm_p": LOGARITHM, "qe": 1, "qe_p": LOGARITHM, "r2": 1, "i2_tau2": 1, "h2_tau2": 1, "weights": 0}),
    "covariance": lambda fit: (fit.covariance, np.ravel(np.outer(fit.se, fit.se))),
}
PREDICTION = same({"mean": "se", "se": 0, **BOUNDS, "pi_low": "se", "pi_high": "se"})
RILEY = sized({"riley_low": ("pi_low", "se"), "riley_high": ("pi_high", "se")})
PERMUTATION = same({"p": 1, "qm_p": 1, "permutations": EXACT})
POOLED = same({"k": EXACT, "estimate": "se", "se": 0, **BOUNDS, "pi_low": "se", "pi_high": "se"})


def ses(found: Any) -> Floats:
    return np.array([fit.se for fit in found.groups.values()])


def profile(vi: Floats) -> dict[str, Field]:
    least = vi.min()
    sizes = {"tau2": ("tau2", least), "tau": ("tau", least**0.5), "i2": ("i2_tau2", 1), "h2": ("h2_tau2", 1)}
    ends = {f"{name}_{end}": (f"{ours}_{end}", size) for name, (ours, size) in sizes.items() for end in ("low", "high")}
    return sized(ends) | same({"empty": EXACT})


def sequence(vi: Floats) -> dict[str, Field]:
    return same({"mean": "se", "se": 0, **BOUNDS, "i2_tau2": 1, "q": 1}) | tau2(vi)


def influence(vi: Floats, place: int) -> dict[str, Field]:
    changes = dict.fromkeys(("rstandard", "rstudent", "dffits", "cooks_distance", "dfbetas"), MOVED)
    rest = {
        "covariance_ratio": 0,
        "q_deleted": 1,
        "tau2_deleted": vi.min(),
        "hat": 0,
        "weights": 0,
        "influential": EXACT,
    }
    return same(changes | rest | {"residuals": vi[place] ** 0.5})


def natural_pooled(pooled: Any) -> dict[str, Field]:
    """Of a result on the natural scale; its tau2 is on that of analysis."""
    width = pooled.ci_high - pooled.ci_low
    sizes = {"k": EXACT, "estimate": width, "ci_low": width, "ci_high": width, "p": LOGARITHM, "tau2": 1e-3}
    sizes |= {"pi_low": width, "pi_high": width}
    return same({name: size for name, size in sizes.items() if hasattr(pooled, name)})
