"""Mantel-Haenszel, Peto and the binomial-normal model, as oracle.R answers them."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from against_metafor import fields, likelihoods
from against_metafor.values import CLOSE_BY_QUADRATURE, Account, Case, Floats
from perennial.stats.effects import one_arm
from perennial.stats.effects.corrections import HALF_WHERE_ZERO, NO_CORRECTION
from perennial.stats.glmm import fit_binomial_normal, log_likelihood
from perennial.stats.mantel_haenszel import mantel_haenszel
from perennial.stats.peto import peto

GLMM = {"ML_nAGQ7_z": (7, "wald"), "ML_nAGQ7_t": (7, "t"), "ML_nAGQ1_z": (1, "wald"), "EE": (None, "wald")}


def compare_pooled_counts(
    account: Account, name: str, columns: list[Floats], key: str, theirs: Mapping[str, Any]
) -> None:
    """Mantel-Haenszel ("MH_OR", "MH_OR_cc" with 1/2 added where a cell is zero) and Peto."""
    pool, kind = (lambda: peto(*columns)), "Peto"
    if key != "PETO":
        _, kind, *corrected = key.split("_")
        correction = HALF_WHERE_ZERO if corrected else NO_CORRECTION
        pool = lambda: mantel_haenszel(*columns, kind, correction)  # noqa: E731
    function = "Peto" if key == "PETO" else "Mantel-Haenszel"
    account.compare(
        function, "OR" if key == "PETO" else kind, Case(f"{name} {key}"), pool, theirs, fields.POOLED_COUNTS
    )
    if kind == "OR":
        account.compare(function, "tests of 2x2 tables", Case(f"{name} {key}"), pool, theirs, fields.COUNT_TESTS)


def compare_one_step(account: Account, name: str, columns: list[Floats], key: str, theirs: Mapping[str, Any]) -> None:
    """The binomial-normal model; their log-likelihood is evaluated by ours, at their estimates."""
    events, n = columns
    points, interval = GLMM[key]
    fit = cache(lambda: fit_binomial_normal(events, n, points or 7, "random" if points else "common", interval))

    def height(mean: float, tau: float) -> float:
        return log_likelihood(events, n, mean, tau, points)

    def missed() -> float:
        return fit().log_likelihood - height(theirs["b"], theirs["tau2"] ** 0.5) if points else 0.0

    def confirmed() -> bool:
        found = fit()
        se = likelihoods.standard_error(height, found.mean, found.tau2**0.5, found.se / 50)
        return bool(points) and found.tau2 > 0 and abs(se / found.se - 1) < 1e-3

    kind = f"binomial-normal, {points} point{'s' if points > 1 else ''}" if points else "binomial, common"
    case = Case(f"{name} {key}", vi=one_arm.logit_proportion(events, n).vi, shortfall=missed, confirmed=confirmed)
    account.compare("GLMM", kind, case, fit, theirs, fields.one_step(case.vi), CLOSE_BY_QUADRATURE)
