"""Asymmetry, selection and one-step models of 2x2 tables, as tests/oracle/bias.R and glmm.R answer them."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from against_metafor import fields, likelihoods
from against_metafor.values import CLOSE_BY_QUADRATURE, EXACT, LOGARITHM, Account, Case, Floats
from perennial.stats.begg import begg
from perennial.stats.egger import regression_test
from perennial.stats.glmm import fit_binomial_normal
from perennial.stats.glmm_two_arm import fit_two_arm
from perennial.stats.harbord import harbord
from perennial.stats.pet_peese import pet_peese
from perennial.stats.peters import peters
from perennial.stats.selection import selection_model
from perennial.stats.trim_and_fill import trim_and_fill

INTERVALS = {"z": "wald", "t": "t", "knha": "hartung_knapp", "adhoc": "hartung_knapp_adhoc"}
PREDICTORS = {
    "sei": "standard error",
    "vi": "sampling variance",
    "ni": "sample size",
    "ninv": "inverse sample size",
    "sqrtni": "root sample size",
    "sqrtninv": "inverse root sample size",
}
TEST = fields.same({"statistic": 1, "df": EXACT, "p": LOGARITHM, "slope": "se", "se": 0})
LIMITS = {
    name: (lambda test, name=name: (getattr(test, name), fields.half_width(test)))
    for name in ("limit", "limit_low", "limit_high")
}
RANKS = fields.same({"tau": 1, "z": 1, "p": LOGARITHM})
SELECTION = fields.same(
    {"mean": "se", "se": 0, "weights": 1, "weights_se": 0, "lr": 1, "lr_p": LOGARITHM, "log_likelihood": 1}
)
LINE = {
    "limit": lambda line: (line.estimate, line.se),
    "limit_low": lambda line: (line.ci_low, line.se),
    "limit_high": lambda line: (line.ci_high, line.se),
    **fields.sized(
        {"limit_p": ("p", LOGARITHM), "slope": ("slope", 0), "se": ("slope_se", 0), "p": ("slope_p", LOGARITHM)}
    ),
}
COUNTS = {
    **fields.same({"k": EXACT, "mean": "se", "se": 0, "ci_low": "se", "ci_high": "se", "p": LOGARITHM}),
    **fields.same({"tau2": 1e-3, "q_lrt": 1, "q_lrt_p": LOGARITHM, "q_wald": 1, "q_wald_p": LOGARITHM}),
}
TWO_ARMS = fields.sized({"sigma2": ("sigma2", 1e-3), "i2": ("i2_tau2", 1), "h2": ("h2_tau2", 1)})
ONE_ARM = {
    **fields.same({"k": EXACT, "mean": "se", "se": 0, "ci_low": "se", "ci_high": "se", "tau2": 1e-3, "q_wald": 1}),
    **fields.sized({"q_lrt": ("heterogeneity.q", 1), "ll": ("conditional_log_likelihood", 1)}),
    **fields.sized({"i2": ("heterogeneity.i2_tau2", 1), "h2": ("heterogeneity.h2_tau2", 1)}),
}


def compare_bias(account: Account, answered: Mapping[str, Any]) -> None:
    """tests/oracle/bias.R"""
    for name, table in answered["tables"].items():
        answer = answered["answers"][name]
        yi, vi = (np.array(table[column], dtype=float) for column in ("yi", "vi"))
        where = Case(name, yi, vi, tied=likelihoods.tied_ranks(yi, vi))
        compare_regressions(account, name, yi, vi, table.get("ni"), answer["regression"])
        row = "rank test", "exact or normal", where, lambda y=yi, v=vi: begg(y, v), answer["rank"]
        account.compare(*row, RANKS)
        row = "rank test", "normal", where, lambda y=yi, v=vi: begg(y, v, exact=False), answer["rank"]
        account.compare(*row, fields.sized({"p_normal": ("p", LOGARITHM)}))
        compare_fills(account, name, yi, vi, answer["trimfill"])
        lines = cache(lambda y=yi, v=vi: pet_peese(y, v))
        account.compare("PET-PEESE", "PET", where, lambda f=lines: f().pet, answer["pet"], LINE)
        account.compare("PET-PEESE", "PEESE", where, lambda f=lines: f().peese, answer["peese"], LINE)
        for case in answer.get("select") or []:
            compare_selection(account, name, yi, vi, np.atleast_1d(table["select"]), case)
        if "ai" in table:
            counts = [table[column] for column in ("ai", "n1i", "ci", "n2i")]
            account.compare("Harbord", "OR", where, lambda c=counts: harbord(*c), answer["harbord"], TEST | LIMITS)
            both = np.add(table["ai"], table["ci"]), np.add(table["n1i"], table["n2i"])
            ours = lambda y=yi, v=vi, b=both: peters(y, v, *b)  # noqa: E731
            account.compare("Peters", "2 arms", where, ours, answer["peters"], TEST | LIMITS)


def compare_regressions(account: Account, name: str, yi: Floats, vi: Floats, ni: list | None, cases: list) -> None:
    for case in cases:
        model = "multiplicative" if case["model"] == "lm" else "mixed"
        predictor, interval = PREDICTORS[case["predictor"]], INTERVALS[case["test"]]
        method = 0.0 if case["method"] == "EE" else case["method"]
        ours = lambda p=predictor, m=model, t=method, i=interval: regression_test(yi, vi, p, ni, m, t, i)  # noqa: E731
        where = Case(f"{name} {case['method']} {case['test']}", yi, vi)
        found = TEST | (LIMITS if "limit" in (case["answer"] or {}) else {})
        account.compare("regression test", f"{model}, {predictor}", where, ours, case["answer"], found)


def compare_fills(account: Account, name: str, yi: Floats, vi: Floats, cases: list) -> None:
    for case in cases:
        theirs, side = case["answer"], None if case["asked"] == "auto" else case["asked"]
        method = 0.0 if case["method"] == "EE" else case["method"]
        if theirs is None:
            continue
        theirs = {**theirs, "filled": sorted(theirs["filled"])}
        fit = cache(lambda e=case["estimator"], s=side, m=method: trim_and_fill(yi, vi, e, s, m))
        doubts = likelihoods.of_filled(yi, vi, case["method"], theirs, fit)
        found = {
            **fields.sized({"k0": ("k0", EXACT), "side": ("side", EXACT), "k0_se": ("k0_se", 1)}),
            **fields.sized({"mean": ("adjusted.mean", vi.min() ** 0.5), "se": ("adjusted.se", 0)}),
            **fields.tau2(vi, ours="adjusted.tau2"),
            "filled": lambda result: (np.sort(result.filled_yi), vi.min() ** 0.5),
        }
        where = Case(f"{name} {case['method']} {case['asked']}", yi, vi, *doubts)
        account.compare("trim and fill", case["estimator"], where, fit, theirs, found)


def compare_selection(
    account: Account, name: str, yi: Floats, vi: Floats, steps: Floats, case: Mapping[str, Any]
) -> None:
    """metafor's optimiser is judged by the likelihood that it reached."""
    theirs = case["answer"]
    if theirs is None:
        return
    alternative = case["alternative"].replace(".", "_")
    fit = cache(lambda: selection_model(yi, vi, tuple(steps), alternative))
    where = Case(f"{name} {alternative}", yi, vi, lambda: fit().log_likelihood - theirs["log_likelihood"])
    row = "selection model", f"{len(steps)} step{'s' if len(steps) > 1 else ''}", where, fit, theirs
    account.compare(*row, SELECTION | fields.tau2(vi), CLOSE_BY_QUADRATURE)


def compare_glmm(account: Account, answered: Mapping[str, Any]) -> None:
    """tests/oracle/glmm.R; the log-likelihoods of UM.RS and CM.EL are marginal, and can be held against ours."""
    for name, table in answered["tables"].items():
        counts = [table[column] for column in ("ai", "n1i", "ci", "n2i")]
        for key, theirs in answered["answers"][name].items():
            if key == "laplace" or not theirs:
                continue
            model, points = key.rsplit(".", 1)
            effects = "common" if points == "EE" else "random"
            number = 1 if model == "UM.RS" or points == "EE" else int(points)
            if model == "PLO":
                fit = cache(lambda c=counts, n=number, e=effects: fit_binomial_normal(*c[:2], n, e))
            else:
                fit = cache(lambda c=counts, m=model, n=number, e=effects: fit_two_arm(*c, m, n, e))
            missed = float
            if model in ("UM.RS", "CM.EL"):
                missed = lambda f=fit, t=theirs: f().log_likelihood - t["ll"]  # noqa: E731
            kind = f"{model}, {'common' if points == 'EE' else f'{number} point' + 's' * (number > 1)}"
            row = "GLMM", kind, Case(f"{name.replace(' ', '_')} {key}", shortfall=missed), fit, theirs
            account.compare(*row, ONE_ARM if model == "PLO" else COUNTS | TWO_ARMS, CLOSE_BY_QUADRATURE)
        laplace = answered["answers"][name].get("laplace")
        if laplace:
            row = (
                "GLMM",
                "UM.RS, 1 point, plain R",
                Case(name.replace(" ", "_")),
                lambda c=counts: fit_two_arm(*c, "UM.RS", 1),
                laplace,
            )
            account.compare(*row, COUNTS | TWO_ARMS, CLOSE_BY_QUADRATURE)
