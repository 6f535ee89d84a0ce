"""Tests for funnel plot asymmetry and trim and fill, as oracle.R answers them."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from against_metafor import fields, likelihoods
from against_metafor.oracle_analysis import Analysis
from against_metafor.values import Account, Case
from perennial.stats.begg import begg
from perennial.stats.egger import regression_test
from perennial.stats.peters import peters
from perennial.stats.trim_and_fill import trim_and_fill

REGRESSIONS = {  # name in oracle.R: model, predictor, estimator of tau2 where it is not that of the model
    "egger_lm_sei": ("multiplicative", "standard error", None),
    "thompson_rma_sei": ("mixed", "standard error", None),
    "thompson_rma_sei_ML": ("mixed", "standard error", "ML"),
    "rma_vi": ("mixed", "sampling variance", None),
    "lm_ninv": ("multiplicative", "inverse sample size", None),
    "rma_ninv": ("mixed", "inverse sample size", None),
}


def compare_bias(account: Account, analysis: Analysis, method: str, bias: Mapping[str, Any]) -> None:
    """What does not depend on the estimator of tau2 is compared once, for DL."""
    for name, (model, predictor, own) in REGRESSIONS.items():
        if method == "DL" or (model == "mixed" and own is None):
            compare_regression_test(account, analysis, model, predictor, own or method, bias.get(name) or {})
    if method != "DL":
        return
    yi, vi = analysis.studies
    case = Case(analysis.name, yi, vi, tied=likelihoods.tied_ranks(yi, vi))
    if analysis.events is not None:
        arms = 1 if analysis.type == "prop" else 2
        row = "Peters", f"{arms} arm{'s' if arms > 1 else ''}", case
        test = lambda: peters(yi, vi, analysis.events, analysis.sizes, arms)  # noqa: E731
        account.compare(*row, test, bias.get("peters"), fields.REGRESSION_TEST)
    ranks = cache(lambda: begg(yi, vi))
    account.compare("rank test", "exact or normal", case, ranks, bias.get("begg"), fields.RANKS)
    if bias.get("begg_normal") and not case.tied():  # their variance of the score knows no ties
        account.compare("rank test", "normal, no ties", case, ranks, bias["begg_normal"], fields.RANKS_NORMAL)


def compare_regression_test(
    account: Account, analysis: Analysis, model: str, predictor: str, method: str, theirs: Mapping[str, Any]
) -> None:
    yi, vi = analysis.studies
    case = Case(f"{analysis.name} {method}", yi, vi)
    if model == "mixed" and "se_slope" in theirs:
        x = {"standard error": np.sqrt(vi), "sampling variance": vi}.get(predictor)
        x = 1 / analysis.sizes if x is None else x
        shortfall = likelihoods.shortfall_beside_a_line(yi, vi, x, method, theirs["se_slope"])
        case = Case(case.where, yi, vi, shortfall)
    test = lambda: regression_test(yi, vi, predictor, analysis.sizes, model, method)  # noqa: E731
    account.compare("regression test", f"{model}, {predictor}", case, test, theirs, fields.REGRESSION_TEST)


def compare_fills(account: Account, analysis: Analysis, method: str, fills: Mapping[str, Any]) -> None:
    yi, vi = analysis.studies
    for estimator, theirs in fills.items():
        if "error" in theirs:
            continue
        fit = cache(lambda e=estimator: trim_and_fill(yi, vi, e, tau2=method))
        doubts = likelihoods.of_filled(yi, vi, method, theirs, fit)
        case = Case(f"{analysis.name} {method} {estimator}", yi, vi, *doubts)
        filled = {name: sorted(theirs.get(name) or []) for name in ("fill_yi", "fill_vi")}
        account.compare("trim and fill", estimator, case, fit, {**theirs, **filled}, fields.fill(vi))
