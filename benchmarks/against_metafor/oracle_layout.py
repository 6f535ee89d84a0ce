"""Tables as oracle.R answers them: effects, pooled means by every estimator and interval, and the diagnostics.

Not compared is what we do not give: standard error of tau2, log-likelihoods and AICc of two-step models, the estimator
HSk, the prediction interval without the error of the mean ("simple"), fail-safe N, Wilson and Agresti-Coull intervals;
nor what follows from values compared already (statistics beside their P values, bounds of studies).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from against_metafor import fields, oracle_bias, oracle_counts, oracle_diagnostics
from against_metafor.oracle_analysis import COLUMNS, MEASURES, Analysis
from against_metafor.values import Account, Case, Floats
from perennial.stats.heterogeneity import i2_interval_from_q
from perennial.stats.prediction import prediction_interval
from perennial.stats.proportions import clopper_pearson
from perennial.stats.qprofile import q_profile
from perennial.stats.random_effects import RandomEffects, common_effect, random_effects

INTERVALS = {"z": "wald", "t": "t", "knha": "hartung_knapp", "adhoc": "hartung_knapp_adhoc"}
CONVENTIONS = {"riley": "t_k-2", "t": "t_k-1"}


def compare_table(account: Account, name: str, table: Mapping[str, Any]) -> None:
    """A file of ../shared/reference/tables, or what agreement.R gives for a table."""
    data = table["data"]
    columns = [np.array(data[column], dtype=float) for column in COLUMNS[table["type"]]]
    for measure, results in table["results"].items():
        analysis = Analysis(name, table["type"], measure, data, MEASURES[measure](*columns))
        case = Case(analysis.name, analysis.effects.yi)
        account.compare("effect size", measure, case, lambda a=analysis: a.effects, results["effects"], fields.EFFECTS)
        compare_grid(account, analysis, results["grid"] or {})
        for method in ("DL", "REML"):
            compare_details(account, analysis, method, results.get(f"detail_{method}", {}))
            if regression := results.get(f"metareg_{method}_knha"):
                x = oracle_diagnostics.groups_as_columns(data["group"])
                oracle_diagnostics.compare_regression(account, analysis, method, "hartung_knapp", x, regression)
    for key, theirs in (table.get("mh_peto") or {}).items():
        oracle_counts.compare_pooled_counts(account, name, columns, key, theirs)
    if table["type"] == "prop":
        for key, theirs in (table.get("glmm") or {}).items():
            oracle_counts.compare_one_step(account, name, columns, key, theirs)


def compare_grid(account: Account, analysis: Analysis, grid: Mapping[str, Any]) -> None:
    """Every estimator of tau2 with every interval, but HSk: Hunter-Schmidt corrected for few studies is not ours."""
    for key, theirs in grid.items():
        method, test = key.split("_")
        if method == "HSk" or "error" in theirs:
            continue
        yi, vi = analysis.studies
        interval = INTERVALS[test]
        case = analysis.case(method, theirs)
        case = replace(case, where=f"{case.where} {test}")

        def fit(method=method, interval=interval, yi=yi, vi=vi) -> RandomEffects:
            if method != "FE":
                return random_effects(yi, vi, method, interval)
            return common_effect(yi, vi) if interval == "wald" else random_effects(yi, vi, 0.0, interval)

        account.compare("pooled mean", interval, case, fit, theirs, fields.MEAN)
        account.compare("back-transformed mean", analysis.measure, case, fit, theirs, fields.natural(analysis.back))
        if test == "z":
            account.compare("heterogeneity", "Q", case, fit, theirs, fields.Q)
            if method == "FE":
                account.compare("heterogeneity", "I2 and H2 from Q", case, fit, theirs, fields.FROM_Q)
            else:
                account.compare("tau2", method, case, fit, theirs, fields.tau2(vi))
                account.compare("heterogeneity", "I2 and H2 from tau2", case, fit, theirs, fields.FROM_TAU2)
        compare_predictions(account, analysis, case, fit, theirs.get("pi") or {}, "z" if test == "z" else "t_k-1")


def compare_predictions(account: Account, analysis: Analysis, case: Case, fit, theirs: Mapping, default: str) -> None:
    for key, convention in {"default": default, **CONVENTIONS}.items():

        def ours(fit=fit, convention=convention):
            pooled = fit()
            return prediction_interval(pooled.mean, pooled.se, pooled.tau2, pooled.k, convention)

        row = "prediction interval", convention, case, ours, theirs.get(key)
        account.compare(*row, fields.prediction(analysis.back))


def compare_details(account: Account, analysis: Analysis, method: str, detail: Mapping[str, Any]) -> None:
    """The diagnostics of one estimator of tau2 with Wald intervals."""
    if not detail or "error" in detail["fit"]:
        return
    yi, vi = analysis.studies
    case = analysis.case(method, detail["fit"])
    account.compare("weights", method, case, lambda: random_effects(yi, vi, method), detail["fit"], fields.WEIGHTS)
    if "het" in detail:
        profile, from_q = detail["het"]["qprofile"], detail["het"].get("I2_Q")
        account.compare("Q profile", method, case, lambda: q_profile(yi, vi, method), profile, fields.profile(vi))
        if method == "DL":
            row = "heterogeneity", "interval of I2 from Q", case, lambda: i2_interval(yi, vi), from_q
            account.compare(*row, fields.I2_INTERVAL)
    oracle_diagnostics.compare_sequences(account, analysis, method, detail)
    oracle_diagnostics.compare_influence(account, analysis, method, detail)
    oracle_bias.compare_bias(account, analysis, method, detail.get("bias", {}))
    oracle_bias.compare_fills(account, analysis, method, detail.get("trimfill", {}))
    if "metareg" in detail:
        x = np.array(analysis.data["x"], dtype=float)
        oracle_diagnostics.compare_regression(account, analysis, method, "wald", x, detail["metareg"])
    if "subgroup" in detail:
        oracle_diagnostics.compare_subgroups(account, analysis, method, detail["subgroup"])
    if method == "DL" and "study_ci" in detail:
        counts = analysis.data["events"], analysis.data["n"]
        row = "exact interval", "proportion", case, lambda: clopper_pearson(*counts), detail["study_ci"]
        account.compare(*row, fields.CLOPPER)


def i2_interval(yi: Floats, vi: Floats) -> tuple[float, float]:
    found = common_effect(yi, vi).heterogeneity
    return i2_interval_from_q(found.q, found.q_df)
