"""Pooling in all its forms, as tests/oracle/pooling.R and living.R answer it."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from against_metafor import fields, likelihoods, own_fields
from against_metafor.values import CLOSE, CLOSE_BY_QUADRATURE, Account, Case, Floats
from perennial.stats.cumulative_evidence import cumulative_evidence
from perennial.stats.multiverse import specification_curve
from perennial.stats.prediction import prediction_interval
from perennial.stats.qprofile import q_profile
from perennial.stats.random_effects import common_effect, random_effects
from perennial.stats.sensitivity import cumulative, leave_one_out_effects
from perennial.stats.sequential import diversity
from perennial.stats.subgroups import subgroup_analysis
from perennial.stats.tau2 import estimate_tau2
from perennial.stats.within_trial import within_trial

INTERVALS = ("wald", "t", "hartung_knapp", "hartung_knapp_adhoc")


def compare_pooling(account: Account, answered: Mapping[str, Any]) -> None:
    """tests/oracle/pooling.R"""
    for name, table in answered["tables"].items():
        yi, vi = (np.array(table[column], dtype=float) for column in ("yi", "vi"))
        x = None if table.get("x") is None else np.array(table["x"], dtype=float)
        answer = answered["answers"][name]
        compare_fits(account, name, yi, vi, x, answer)
        compare_sequences(account, name, yi, vi, x, answer)
        if table.get("group") is not None and "apart" in answer:
            compare_subgroups(account, name, yi, vi, table["group"], answer)


def compare_fits(
    account: Account, name: str, yi: Floats, vi: Floats, x: Floats | None, answer: Mapping[str, Any]
) -> None:
    def case(method: str, theirs: Mapping[str, Any] | None, what: str = "", design: Floats | None = None) -> Case:
        tau2 = (theirs or {}).get("tau2")
        return Case(f"{name} {method} {what}".rstrip(), yi, vi, likelihoods.shortfall(yi, vi, method, tau2, design))

    common = case("CE", None), lambda: common_effect(yi, vi), answer["common"]
    account.compare("pooled mean", "wald", *common, own_fields.MEAN)
    account.compare("heterogeneity", "Q", *common, own_fields.Q)
    for method, by_interval in answer["fits"].items():
        for interval, theirs in by_interval.items():
            row = case(method, theirs, interval), lambda m=method, i=interval: random_effects(yi, vi, m, i), theirs
            account.compare("pooled mean", interval, *row, own_fields.MEAN)
            if interval == "wald":
                account.compare("tau2", method, *row, fields.tau2(vi))
                account.compare("heterogeneity", "I2 and H2 from tau2", *row, own_fields.FROM_TAU2)
                account.compare("weights", method, *row, fields.WEIGHTS)
    designs = {"profile": None}
    if x is not None:
        designs["line_profile"] = design = np.column_stack([np.ones(len(yi)), x])
        for method, tau2 in (answer.get("line") or {}).items():
            theirs = None if tau2 is None else {"tau2": tau2}
            ours = lambda m=method: estimate_tau2(yi, vi, m, design)  # noqa: E731
            fields_ = {"tau2": lambda found: (found, vi.min())}
            account.compare("tau2 beside a line", method, case(method, theirs, "line", design), ours, theirs, fields_)
    for what, given in designs.items():
        kind = "REML" if given is None else "beside a line"
        row = Case(f"{name} {what}", yi, vi), lambda given=given: q_profile(yi, vi, x=given), answer.get(what)
        account.compare("Q profile", kind, *row, own_fields.profile(vi))
    for interval, conventions in answer["predicted"].items():
        fit = cache(lambda i=interval: random_effects(yi, vi, "REML", i))
        for convention, theirs in (conventions or {}).items():

            def ours(fit=fit, convention=convention):
                found = fit()
                return prediction_interval(found.mean, found.se, found.tau2, found.k, convention)

            row = case("REML", answer["fits"]["REML"][interval], f"{interval} {convention}"), ours
            bounds = None if theirs is None else {"lb": theirs[0], "ub": theirs[1]}
            account.compare("prediction interval", convention, *row, bounds, fields.prediction(float))


def compare_sequences(account, name: str, yi: Floats, vi: Floats, x: Floats | None, answer: Mapping[str, Any]) -> None:
    order = np.arange(len(yi)) if x is None else np.argsort(x, kind="stable")
    place = np.argsort(order)  # metafor adds studies one by one also where they have the same value
    for interval in ("wald", "hartung_knapp"):
        left_out, cumulated = ((answer.get(what) or {}).get(interval) or {} for what in ("left_out", "cumulated"))
        others = cache(lambda i=interval: leave_one_out_effects(yi, vi, "REML", i))
        so_far = cache(lambda i=interval: cumulative(yi, vi, place, "REML", i).fits)
        for i in range(len(yi)):
            for function, ours, theirs, studies in (
                ("leave-one-out", others, fields.step(left_out, i), np.delete(np.arange(len(yi)), i)),
                ("cumulative", so_far, fields.step(cumulated, i), order[: i + 1]),
            ):
                missed = likelihoods.shortfall(yi[studies], vi[studies], "REML", theirs.get("tau2"))
                case = Case(f"{name} {interval} step {i + 1}", yi[studies], vi[studies], missed)
                row = function, f"REML, {interval}", case, lambda ours=ours, i=i: fields.Step(ours(), i), theirs
                account.compare(*row, own_fields.sequence(vi))


def compare_subgroups(account, name: str, yi: Floats, vi: Floats, groups: list[str], answer: Mapping[str, Any]) -> None:
    case = Case(f"{name} groups", yi, vi)
    for interval in INTERVALS:
        ours = lambda i=interval: subgroup_analysis(yi, vi, groups, "REML", interval=i)  # noqa: E731
        account.compare("subgroups", "separate tau2", case, ours, answer["apart"][interval], own_fields.BETWEEN)
        ours = lambda i=interval: subgroup_analysis(yi, vi, groups, "REML", common_tau2=True, interval=i)  # noqa: E731
        found = own_fields.BETWEEN | own_fields.GROUPS | fields.tau2(vi)
        account.compare("subgroups", "common tau2", case, ours, answer["together"][interval], found)
    ours = lambda: subgroup_analysis(yi, vi, groups, 0.0)  # noqa: E731
    found = {name: field for name, field in (own_fields.BETWEEN | own_fields.GROUPS).items() if name != "p"}
    account.compare("subgroups", "common effects", case, ours, answer["common_groups"], found)


def compare_living(account: Account, answered: Mapping[str, Any]) -> None:
    """tests/oracle/living.R"""
    for name, table in answered["tables"].items():
        columns, answer = [np.array(values, dtype=float) for values in table.values()], answered["answers"][name]
        if "yi" in table:
            compare_over_time(account, name, *columns, answer)
        elif "x1" in table:
            compare_within(account, name, columns, answer)
        else:
            compare_specifications(account, name, columns, answer)


def compare_over_time(account: Account, name: str, yi: Floats, vi: Floats, answer: list) -> None:
    for interval in ("wald", "hartung_knapp"):
        steps = cumulative_evidence(yi, vi, range(len(yi)), interval=interval).steps
        for k, theirs in enumerate(answer, 2):
            found = (theirs or {}).get(interval) or {}
            missed = likelihoods.shortfall(yi[:k], vi[:k], "REML", found.get("tau2"))
            row = Case(f"{name} {interval} first {k}", yi[:k], vi[:k], missed), lambda step=steps[k - 1]: step, found
            account.compare("cumulative evidence", interval, *row, own_fields.POOLED | fields.tau2(vi))
    for k, theirs in enumerate(answer, 2):
        row = Case(f"{name} first {k}", yi[:k], vi[:k]), lambda k=k: diversity(yi[:k], vi[:k]), theirs
        account.compare("diversity", "DL", *row, {"diversity": lambda found: (found.d2, 1)})


def compare_within(account: Account, name: str, columns: list[Floats], answer: Mapping[str, Any]) -> None:
    ours = within_trial(*columns)
    for measure, found in (("OR", ours.odds_ratio), ("RD", ours.risk_difference)):
        for method in ("wald", "hartung_knapp", "hartung_knapp_adhoc", "mantel_haenszel"):
            theirs, pooled = (answer[measure] or {}).get(method), getattr(found, method)
            if pooled.reason is None:
                row = Case(f"{name} {measure} {method}"), lambda pooled=pooled: pooled, theirs
                account.compare(
                    "within-trial contrast", f"{measure}, {method}", *row, own_fields.natural_pooled(pooled)
                )


def compare_specifications(account: Account, name: str, columns: list[Floats], answer: Mapping[str, Any]) -> None:
    for it in specification_curve(*columns).curve:
        close = CLOSE_BY_QUADRATURE if it.measure == "glmm" else CLOSE
        row = Case(f"{name} {it.name}"), lambda it=it: it, answer.get(f"{it.measure} {it.tau2_method} {it.interval}")
        account.compare("specification curve", it.measure, *row, own_fields.natural_pooled(it), close)
