"""Tests for funnel plot asymmetry and trim and fill, as oracle.R answers them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from against_metafor import fields, likelihoods
from against_metafor.values import Account, Case, Floats
from perennial.stats.begg import begg
from perennial.stats.egger import regression_test
from perennial.stats.peters import peters
from perennial.stats.trim_and_fill import trim_and_fill

if TYPE_CHECKING:
    from against_metafor.oracle_layout import Analysis

REGRESSIONS = {  # name in oracle.R: model, predictor, estimator of tau2 where it is not that of the model
    "egger_lm_sei": ("multiplicative", "standard error", None),
    "thompson_rma_sei": ("mixed", "standard error", None),
    "thompson_rma_sei_ML": ("mixed", "standard error", "ML"),
    "rma_vi": ("mixed", "sampling variance", None),
    "lm_ninv": ("multiplicative", "inverse sample size", None),
    "rma_ninv": ("mixed", "inverse sample size", None),
}


def compare_bias(account: Account, analysis: "Analysis", method: str, bias: Mapping[str, Any]) -> None:
    yi, vi = analysis.studies
    where = f"{analysis.name} {method}"
    for name, (model, predictor, own) in REGRESSIONS.items():
        if model == "multiplicative" and method != "DL":
            continue  # the same for all estimators of tau2
        arguments = predictor, analysis.sizes, model, own or method
        case = Case(f"{where} {name}", yi, missed(yi, vi, predictor, analysis.sizes, own or method, bias.get(name)))
        row = f"{model}, {predictor}", case, lambda given=arguments: regression_test(yi, vi, *given), bias.get(name)
        account.compare("regression test", *row, fields.REGRESSION_TEST)
    if method != "DL":
        return
    if analysis.events is not None:
        counts, arms = (analysis.events, analysis.sizes), 1 if analysis.type == "prop" else 2
        row = f"{arms} arm{'s' if arms > 1 else ''}", Case(where, yi), lambda: peters(yi, vi, *counts, arms), bias.get("peters")
        account.compare("Peters", *row, fields.REGRESSION_TEST)
    account.compare("rank test", "exact or normal", Case(where, yi), lambda: begg(yi, vi), bias.get("begg"), fields.RANKS)
    row = Case(where, yi), lambda: begg(yi, vi), untied(yi, vi, bias.get("begg_normal"))
    account.compare("rank test", "normal, no ties", *row, fields.RANKS_NORMAL)


def untied(yi: Floats, vi: Floats, theirs: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Their variance of the score knows no ties: only without is it that of the test."""
    alike = len(np.unique(vi)) < len(vi) or len(np.unique(yi)) < len(yi)
    return None if alike else theirs


def missed(yi, vi, predictor: str, sizes, method: str, theirs: Mapping[str, Any] | None):
    """R says nothing of the tau2 beside the line: the one that gives the standard error of the intercept stands in."""
    return None


def compare_fills(account: Account, analysis: "Analysis", method: str, fills: Mapping[str, Any]) -> None:
    yi, vi = analysis.studies
    for estimator, theirs in fills.items():
        if "error" in theirs:
            continue
        all_yi, all_vi = (np.append(ours, np.array(theirs[name] or [], float)) for ours, name in ((yi, "fill_yi"), (vi, "fill_vi")))
        shortfall = likelihoods.shortfall(all_yi, all_vi, method, likelihoods.at(theirs.get("tau2"), 0))
        sorted_ = {name: sorted(theirs[name] or []) for name in ("fill_yi", "fill_vi")}
        case = Case(f"{analysis.name} {method} {estimator}", yi, shortfall)
        row = "trim and fill", estimator, case, lambda e=estimator: trim_and_fill(yi, vi, e, tau2=method), {**theirs, **sorted_}
        account.compare(*row, fields.fill(vi))
