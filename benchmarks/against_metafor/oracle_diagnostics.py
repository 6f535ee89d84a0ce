"""Leave-one-out, cumulative analysis, influence, Baujat, moderators and groups, as oracle.R answers them."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from against_metafor import fields, likelihoods
from against_metafor.oracle_analysis import Analysis
from against_metafor.values import Account, Case, Floats
from perennial.stats.baujat import baujat
from perennial.stats.influence import influence
from perennial.stats.meta_regression import meta_regression
from perennial.stats.pooling import InverseVariance
from perennial.stats.sensitivity import cumulative, leave_one_out, leave_one_out_effects
from perennial.stats.subgroups import subgroup_analysis


def compare_sequences(account: Account, analysis: Analysis, method: str, detail: Mapping[str, Any]) -> None:
    """Leave-one-out and cumulative analysis, each step a case of its own."""
    yi, vi = analysis.studies
    left_out, cumulated = detail.get("leave1out", {}), detail.get("cumul", {})
    others, so_far = (
        cache(lambda: leave_one_out_effects(yi, vi, method)),
        cache(lambda: cumulative(yi, vi, None, method).fits),
    )
    model = InverseVariance("freeman_tukey", method, "wald")
    proportions = cache(lambda: leave_one_out(analysis.data["events"], analysis.data["n"], model))
    for i in range(len(yi)):
        theirs = fields.step(left_out, i)
        case = analysis.case(method, theirs, without=i)
        row = "leave-one-out", method, case, lambda i=i: fields.Step(others(), i), theirs
        account.compare(*row, fields.sequence(vi))
        row = "leave-one-out", f"Freeman-Tukey, {method}", case, lambda i=i: proportions()[i], theirs
        account.compare(*row, fields.LEFT_OUT_PROPORTIONS)
        theirs = fields.step(cumulated, i)
        case = analysis.case(method, theirs, first=i + 1)
        row = "cumulative", method, case, lambda i=i: fields.Step(so_far(), i), theirs
        account.compare(*row, fields.sequence(vi))


def compare_influence(account: Account, analysis: Analysis, method: str, detail: Mapping[str, Any]) -> None:
    """What concerns one study left out rests on two fits, that of all studies and that without it."""
    yi, vi = analysis.studies
    whole = analysis.case(method, detail["fit"])
    moved, plotted = (cache(lambda: influence(yi, vi, tau2=method)), cache(lambda: baujat(yi, vi, tau2=method)))
    left_out = detail.get("influence", {}).get("tau2.del") or detail.get("leave1out", {}).get("tau2")
    for i in range(len(yi)):
        part = analysis.case(method, {"tau2": likelihoods.at(left_out, i)}, without=i)
        case = replace(whole, where=part.where, shortfall=likelihoods.largest(whole.shortfall, part.shortfall))
        row = (
            "influence",
            method,
            case,
            lambda i=i: fields.Step(moved(), i),
            fields.step(detail.get("influence", {}), i),
        )
        account.compare(*row, fields.influence(vi, i))
        row = "Baujat", method, case, lambda i=i: fields.Step(plotted(), i), fields.step(detail.get("baujat", {}), i)
        account.compare(*row, fields.BAUJAT)


def compare_regression(
    account: Account, analysis: Analysis, method: str, interval: str, x: Floats, theirs: Mapping[str, Any]
) -> None:
    yi, vi = analysis.studies
    x = x[analysis.effects.defined]
    design = np.column_stack([np.ones(len(yi)), x])
    tau2 = likelihoods.at(theirs.get("tau2"), 0)
    alone = analysis.case(method, {"tau2": None})
    shortfall = likelihoods.shortfall(yi, vi, method, tau2, design)
    case = replace(alone, where=f"{alone.where} on moderators", shortfall=shortfall)
    row = "meta-regression", interval, case, lambda: meta_regression(yi, vi, x, method, interval), theirs
    account.compare(*row, fields.REGRESSION | fields.tau2(vi))


def groups_as_columns(groups: list[str]) -> Floats:
    """One column for each group but the first, in the order in which they appear."""
    return np.array([[group == name for name in list(dict.fromkeys(groups))[1:]] for group in groups], dtype=float)


def compare_subgroups(account: Account, analysis: Analysis, method: str, theirs: Mapping[str, Any]) -> None:
    yi, vi = analysis.studies
    groups = [group for group, there in zip(analysis.data["group"], analysis.effects.defined, strict=True) if there]
    cases, names = {}, list(dict.fromkeys(groups))
    for name in names:
        part, found = np.array([group == name for group in groups]), theirs["groups"][name]
        fit = likelihoods.shortfall(yi[part], vi[part], method, likelihoods.at(found.get("tau2"), 0))
        cases[name] = Case(f"{analysis.name} {method} group {name}", yi[part], vi[part], fit)
    apart = cache(lambda: subgroup_analysis(yi, vi, groups, method))
    for name, case in cases.items():
        row = "subgroups", "each group", case, lambda name=name: apart().groups[name], theirs["groups"][name]
        account.compare(*row, fields.MEAN | fields.tau2(vi))
    where = f"{analysis.name} {method} groups"
    case = Case(where, yi, vi, likelihoods.largest(*(case.shortfall for case in cases.values())))
    account.compare("subgroups", "separate tau2", case, apart, theirs.get("separate_tau2"), fields.BETWEEN)
    common = theirs.get("common_tau2")
    design = np.column_stack([np.ones(len(yi)), groups_as_columns(groups)])
    fit = likelihoods.shortfall(yi, vi, method, likelihoods.at((common or {}).get("tau2"), 0), design)
    row = Case(where, yi, vi, fit), lambda: subgroup_analysis(yi, vi, groups, method, common_tau2=True), common
    account.compare("subgroups", "common tau2", *row, fields.BETWEEN_F | fields.tau2(vi))
    row = Case(where, yi, vi), lambda: subgroup_analysis(yi, vi, groups, 0.0), theirs.get("fixed")
    account.compare("subgroups", "common effects", *row, fields.BETWEEN | fields.WITHIN)
