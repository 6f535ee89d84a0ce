"""Tables as oracle.R answers them: effects, pooled means and diagnostics by measure, pooled tables, one-step models."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any

import numpy as np

from against_metafor import fields, likelihoods, oracle_bias
from against_metafor.values import CLOSE_BY_QUADRATURE, Account, Case, Floats
from perennial.stats.back_transformation import to_natural
from perennial.stats.baujat import baujat
from perennial.stats.effects import continuous, correlation, one_arm, two_by_two
from perennial.stats.effects.corrections import HALF_WHERE_ZERO, NO_CORRECTION
from perennial.stats.effects.estimates import Effects
from perennial.stats.effects.generic import from_standard_error
from perennial.stats.glmm import fit_binomial_normal, log_likelihood
from perennial.stats.heterogeneity import i2_interval_from_q
from perennial.stats.influence import influence
from perennial.stats.mantel_haenszel import mantel_haenszel
from perennial.stats.meta_regression import meta_regression
from perennial.stats.peto import peto
from perennial.stats.pooling import InverseVariance
from perennial.stats.prediction import prediction_interval
from perennial.stats.proportions import TRANSFORMATIONS, clopper_pearson
from perennial.stats.qprofile import q_profile
from perennial.stats.random_effects import RandomEffects, common_effect, random_effects
from perennial.stats.sensitivity import cumulative, leave_one_out, leave_one_out_effects
from perennial.stats.subgroups import subgroup_analysis

COLUMNS = {
    "prop": ("events", "n"),
    "bin": ("ai", "n1i", "ci", "n2i"),
    "cont": ("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i"),
    "cor": ("ri", "ni"),
    "gen": ("yi", "vi"),
}
MEASURES = {
    "PR": one_arm.raw_proportion,
    "PLN": one_arm.log_proportion,
    "PLO": one_arm.logit_proportion,
    "PAS": one_arm.arcsine_proportion,
    "PFT": one_arm.freeman_tukey_proportion,
    "OR": two_by_two.odds_ratio,
    "RR": two_by_two.risk_ratio,
    "RD": two_by_two.risk_difference,
    "AS": two_by_two.arcsine_difference,
    "MD": continuous.mean_difference,
    "SMD": continuous.standardized_mean_difference,
    "ROM": continuous.ratio_of_means,
    "ZCOR": correlation.fisher_z,
    "GEN": lambda yi, vi: from_standard_error(yi, np.sqrt(vi)),
}
INTERVALS = {"z": "wald", "t": "t", "knha": "hartung_knapp", "adhoc": "hartung_knapp_adhoc"}
CONVENTIONS = {"riley": "t_k-2", "t": "t_k-1"}
GLMM = {"ML_nAGQ7_z": (7, "wald"), "ML_nAGQ7_t": (7, "t"), "ML_nAGQ1_z": (1, "wald"), "EE": (None, "wald")}


@dataclass(frozen=True)
class Analysis:
    """One table on one measure."""

    table: str
    type: str
    measure: str
    data: Mapping[str, list]
    effects: Effects

    @property
    def name(self) -> str:
        return f"{self.table} {self.measure}"

    @cached_property
    def studies(self) -> tuple[Floats, Floats]:
        """Estimates and sampling variances, of a variance of zero too, as far as they exist."""
        return self.effects.usable()

    @cached_property
    def sizes(self) -> Floats | None:
        """The participants of each study that has an estimate."""
        match self.type:
            case "prop":
                n = self.data["n"]
            case "bin" | "cont":
                n = np.add(self.data["n1i"], self.data["n2i"])
            case _:
                n = self.data.get("ni")
        return None if n is None else np.array(n, dtype=float)[self.effects.defined]

    @cached_property
    def events(self) -> Floats | None:
        match self.type:
            case "prop":
                return np.array(self.data["events"], dtype=float)[self.effects.defined]
            case "bin":
                return np.add(self.data["ai"], self.data["ci"]).astype(float)[self.effects.defined]
        return None

    def back(self, value: float) -> float:
        if self.measure == "PFT":
            return TRANSFORMATIONS["freeman_tukey"].to_proportion(value, self.data["n"])
        return float(to_natural(value, self.effects.scale))

    def case(
        self, method: str, theirs: Mapping[str, Any], *, without: int | None = None, first: int | None = None
    ) -> Case:
        """The fit of all studies, or of some, whose tau2 metafor gives as `theirs["tau2"]`."""
        yi, vi = self.studies
        name = f"{self.name} {method}"
        if without is not None:
            yi, vi, name = np.delete(yi, without), np.delete(vi, without), f"{name} without {without + 1}"
        if first is not None:
            yi, vi, name = yi[:first], vi[:first], f"{name} first {first}"
        return Case(name, yi, vi, likelihoods.shortfall(yi, vi, method, likelihoods.at(theirs.get("tau2"), 0)))


def compare_table(account: Account, name: str, table: Mapping[str, Any]) -> None:
    """A file of ../shared/reference/tables, or what agreement.R gives for a table."""
    data = table["data"]
    columns = [np.array(data[column], dtype=float) for column in COLUMNS[table["type"]]]
    for measure, results in table["results"].items():
        analysis = Analysis(name, table["type"], measure, data, MEASURES[measure](*columns))
        case = Case(analysis.name, analysis.effects.yi)
        account.compare("effect size", measure, case, lambda a=analysis: a.effects, results["effects"], fields.EFFECTS)
        compare_grid(account, analysis, results["grid"])
        for method in ("DL", "REML"):
            compare_details(account, analysis, method, results.get(f"detail_{method}", {}))
            regression = results.get(f"metareg_{method}_knha")
            if regression:
                compare_regression(
                    account, analysis, method, "hartung_knapp", groups_as_columns(data["group"]), regression
                )
    for key, theirs in (table.get("mh_peto") or {}).items():
        compare_pooled_counts(account, name, columns, key, theirs)
    if table["type"] == "prop":
        for key, theirs in (table.get("glmm") or {}).items():
            compare_one_step(account, name, columns, key, theirs)


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
            account.compare(
                "heterogeneity", "I2 from Q with interval", case, lambda: i2_by_q(yi, vi), from_q, fields.I2_BY_Q
            )
    compare_sequences(account, analysis, method, detail)
    compare_influence(account, analysis, method, detail)
    oracle_bias.compare_bias(account, analysis, method, detail.get("bias", {}))
    oracle_bias.compare_fills(account, analysis, method, detail.get("trimfill", {}))
    if "metareg" in detail:
        compare_regression(account, analysis, method, "wald", np.array(analysis.data["x"], float), detail["metareg"])
    if "subgroup" in detail:
        compare_subgroups(account, analysis, method, detail["subgroup"])
    if method == "DL" and "study_ci" in detail:
        counts = analysis.data["events"], analysis.data["n"]
        account.compare(
            "exact interval", "proportion", case, lambda: clopper_pearson(*counts), detail["study_ci"], fields.CLOPPER
        )


def i2_by_q(yi: Floats, vi: Floats) -> tuple[float, float | None, float | None]:
    found = common_effect(yi, vi).heterogeneity
    return found.i2, *(i2_interval_from_q(found.q, found.q_df) if found.q_df > 1 else (None, None))


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
