"""Effect sizes, pooled counts and back-transformations, as tests/oracle/effects.R answers them."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from against_metafor import fields
from against_metafor.values import EXACT, LOGARITHM, Account, Case
from perennial.stats.back_transformation import inverse_freeman_tukey_rate, to_natural
from perennial.stats.effects import continuous, correlation, one_arm, rates, two_by_two
from perennial.stats.effects.corrections import HALF_WHERE_ZERO, NO_CORRECTION, Correction
from perennial.stats.mantel_haenszel import mantel_haenszel, mantel_haenszel_rates
from perennial.stats.peto import peto
from perennial.stats.proportions import TRANSFORMATIONS, inverse_double_arcsine

CORRECTIONS = {
    "only0": Correction(0.5, "with_zero"),
    "all": Correction(0.5, "all"),
    "if0all": Correction(0.5, "all_if_any_zero"),
    "none": NO_CORRECTION,
    "tenth": Correction(0.1, "with_zero"),
}
PROPORTIONS = {"PR": one_arm.raw_proportion, "PLN": one_arm.log_proportion, "PLO": one_arm.logit_proportion}
ARMS = {
    "OR": two_by_two.odds_ratio,
    "RR": two_by_two.risk_ratio,
    "RD": two_by_two.risk_difference,
    "PETO": two_by_two.peto_odds_ratio,
}
ONE_RATE = {"IR": rates.rate, "IRLN": rates.log_rate}
TWO_RATES = {"IRR": rates.rate_ratio, "IRD": rates.rate_difference}
MEANS = {
    "MD": continuous.mean_difference,
    "SMD": continuous.standardized_mean_difference,
    "ROM": continuous.ratio_of_means,
}
POOLED = {
    "plain": {},
    "corrected": {"correction": HALF_WHERE_ZERO},
    "dropped": {"drop_uninformative": True},
    "level80": {"level": 0.8},
}
COLUMNS = {
    "proportions": ("events", "n"),
    "arms": ("ai", "n1i", "ci", "n2i"),
    "rates": ("x1i", "t1i", "x2i", "t2i"),
    "means": ("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i"),
    "correlations": ("ri", "ni"),
}
POOLED_FIELDS = {
    **fields.sized({"k": ("k", EXACT), "k_effects": ("k_effects", EXACT), "mean": ("mean", "se"), "se": ("se", 0)}),
    **fields.sized({"z": ("z", 1), "p": ("p", LOGARITHM), "ci_low": ("ci_low", "se"), "ci_high": ("ci_high", "se")}),
    **fields.sized(
        {"q": ("q", 1), "q_p": ("q_p", LOGARITHM), "i2": ("i2", 1), "h2": ("h2", 1), "weights": ("weights", 0)}
    ),
}
ASSOCIATION = fields.sized(
    {
        "cmh": ("association.plain.statistic", 1),
        "cmh_p": ("association.plain.p", LOGARITHM),
        "cmh_corrected": ("association.corrected.statistic", 1),
        "cmh_corrected_p": ("association.corrected.p", LOGARITHM),
    }
)
HOMOGENEITY = fields.sized(
    {
        "breslow_day": ("homogeneity.breslow_day.statistic", 1),
        "breslow_day_p": ("homogeneity.breslow_day.p", LOGARITHM),
        "tarone": ("homogeneity.tarone.statistic", 1),
        "tarone_p": ("homogeneity.tarone.p", LOGARITHM),
    }
)


def compare_effects(account: Account, answered: Mapping[str, Any]) -> None:
    for kind, named in answered["tables"].items():
        for name, table in named.items():
            columns = [np.array(table[column], dtype=float) for column in COLUMNS[kind]]
            KINDS[kind](account, name, columns, answered["answers"][kind][name])


def compare(account: Account, name: str, measure: str, how: str, ours, theirs: Mapping[str, Any] | None) -> None:
    """Effects and variances; without a variance a study has no use, so that we leave out its estimate as well."""
    if theirs is not None:
        yi = [None if v is None else y for y, v in zip(theirs["yi"], theirs["vi"], strict=True)]
        case = Case(f"{name} {measure} {how}")
        account.compare("effect size", measure, case, ours, {"yi": yi, "vi": theirs["vi"]}, fields.EFFECTS)


def compare_choices(account, name, measures, columns, answer) -> None:
    """Each way to correct zero cells, and studies dropped in which nobody or everybody had the event."""
    for measure, function in measures.items():
        for how, correction in CORRECTIONS.items():
            ours = lambda f=function, c=correction: f(*columns, c)  # noqa: E731
            compare(account, name, measure, how, ours, answer[measure][how])
        for how, theirs in answer.get("dropped", {}).get(measure, {}).items():
            ours = lambda f=function, c=CORRECTIONS[how]: f(*columns, c, drop_uninformative=True)  # noqa: E731
            compare(account, name, measure, f"{how} dropped", ours, theirs)


def compare_pooled(account: Account, name: str, function: str, measure: str, how: str, ours, theirs) -> None:
    if not theirs or theirs["mean"][0] is None:
        return
    case = Case(f"{name} {measure} {how}")
    account.compare(function, measure, case, ours, theirs, POOLED_FIELDS)
    if measure in ("OR", "IRR") and function != "Peto":
        account.compare(function, "test of association", case, ours, theirs, ASSOCIATION)
    if measure == "OR" and function != "Peto" and (theirs.get("k_homogeneity") or [0])[0] > 1:
        account.compare(function, "test of homogeneity", case, ours, theirs, HOMOGENEITY)


def compare_back(account: Account, name: str, scale: str, ours, theirs) -> None:
    field = {"value": lambda found: (found, 1)}
    account.compare("back-transformation", scale, Case(name), ours, {"value": theirs}, field)


def proportions(account: Account, name: str, columns, answer) -> None:
    compare_choices(account, name, PROPORTIONS, columns, answer)
    for measure, function in (("PAS", one_arm.arcsine_proportion), ("PFT", one_arm.freeman_tukey_proportion)):
        compare(account, name, measure, "", lambda f=function: f(*columns), answer[measure])
    values, n = answer["values"], columns[1]
    harmonic = lambda: [TRANSFORMATIONS["freeman_tukey"].to_proportion(value, n) for value in values]  # noqa: E731
    compare_back(account, name, "Freeman-Tukey, harmonic mean", harmonic, answer["ipft_hm"])
    one_size = lambda: [inverse_double_arcsine(value, 625) for value in values]  # noqa: E731
    compare_back(account, name, "Freeman-Tukey, one size", one_size, answer["ipft"])
    compare_back(account, name, "arcsine", lambda: to_natural(values, "arcsine"), answer["iarcsin"])


def arms(account: Account, name: str, columns, answer) -> None:
    compare_choices(account, name, ARMS, columns, answer)
    compare(account, name, "AS", "", lambda: two_by_two.arcsine_difference(*columns), answer["AS"])
    for measure, variants in answer["MH"].items():
        for how, theirs in variants.items():
            ours = lambda m=measure, given=POOLED[how]: mantel_haenszel(*columns, m, **given)  # noqa: E731
            compare_pooled(account, name, "Mantel-Haenszel", measure, how, ours, theirs)
    compare_pooled(account, name, "Peto", "OR", "plain", lambda: peto(*columns), answer["peto"]["plain"])
    corrected = lambda: peto(*columns, correction=HALF_WHERE_ZERO)  # noqa: E731
    compare_pooled(account, name, "Peto", "OR", "corrected", corrected, answer["peto"]["corrected"])


def rates_(account: Account, name: str, columns, answer) -> None:
    compare_choices(account, name, ONE_RATE, columns[:2], {**answer, "dropped": {}})
    compare_choices(account, name, TWO_RATES, columns, answer)
    compare(account, name, "IRS", "", lambda: rates.root_rate(*columns[:2]), answer["IRS"])
    compare(account, name, "IRFT", "", lambda: rates.freeman_tukey_rate(*columns[:2]), answer["IRFT"])
    for measure, variants in answer["MH"].items():
        for how, theirs in variants.items():
            ours = lambda m=measure, given=POOLED[how]: mantel_haenszel_rates(*columns, m, **given)  # noqa: E731
            compare_pooled(account, name, "Mantel-Haenszel", measure, how, ours, theirs)
    back = lambda: [inverse_freeman_tukey_rate(value, columns[1]) for value in answer["values"]]  # noqa: E731
    compare_back(account, name, "Freeman-Tukey rate", back, answer["iirft"])


def means(account: Account, name: str, columns, answer) -> None:
    for measure, function in MEANS.items():
        for variance, theirs in answer[measure].items():
            compare(account, name, measure, variance, lambda f=function, v=variance: f(*columns, v), theirs)


def correlations(account: Account, name: str, columns, answer) -> None:
    compare(account, name, "ZCOR", "", lambda: correlation.fisher_z(*columns), answer["ZCOR"])


KINDS = {"proportions": proportions, "arms": arms, "rates": rates_, "means": means, "correlations": correlations}
