"""From a claim to the value it should have, computed from the review's own data.

A claim names an `analysis` and a `quantity`:

=================================  ==============================================================================
analysis                           quantities
=================================  ==============================================================================
``orr.monotherapy``                estimate, ci_low, ci_high, i2 (percentages), q_p, k, n, events, heterogeneity
                                   (a word: none, low, moderate, substantial, significant), stability (a word)
``orr.reconstructed``              egger_p, asymmetry (a word), of an outcome and an asymmetry test
a row_id of outcomes.csv           percent, events, n, estimate, ci_low, ci_high, ci_level, timepoint
an arm_id of arms.csv              any of its columns
a study_id of studies.csv          any of its columns
``arms[regimen~Glofitamab]``       rows, studies, patients, sum:column, min:column, max:column, min:percent,
                                   max:percent, every:condition; of any table, see ``Paper.select``;
                                   column% is a hundred times a fraction
``reference 19``                   doi
``3/18``                           percent
``-``                              stated: nothing in the review's data bears on it
=================================  ==============================================================================
"""

import re
from dataclasses import dataclass

from perennial.audit.paper import SELECTION, Paper
from perennial.audit.references import doi_faults
from perennial.extraction.percentages import nearest_events, possible_events
from perennial.numbers import percent
from perennial.stats.errors import NotEstimable

FRACTION = re.compile(r"(\d+)/([1-9]\d*)")
OF_A_ROW = ("events", "n", "estimate", "ci_low", "ci_high", "ci_level", "timepoint")
STATUSES = ("not_reached", "not_estimable", "not_reported")


@dataclass(frozen=True)
class Value:
    """What a claim should say (`None`: cannot be told), how it came about, and whether it contradicts as it stands."""

    value: float | str | None
    how: str
    impossible: bool = False


@dataclass(frozen=True)
class Claim:
    """`value` as printed; `decimals` is None for words."""

    claim_id: str
    location: str
    text: str
    analysis: str
    quantity: str
    value: str
    decimals: int | None


class UnknownQuantity(ValueError):
    """A claim that names an analysis or a quantity that there is not; the message says what there is."""


def recompute(claim: Claim, paper: Paper) -> Value:
    """The value of the claim's quantity. Raises UnknownQuantity."""
    analysis, quantity = claim.analysis, claim.quantity
    outcome, _, test = analysis.partition(".")
    try:
        if quantity == "stated":
            return Value(None, "nothing in the review's tables bears on it")
        if analysis in paper.analyses:
            return _pooled(claim, paper)
        if test in paper.tests and outcome in paper.tests[test]["rows"]:
            return _asymmetry(paper, outcome, test, quantity)
        if analysis in paper.rows:
            return _row(claim, paper)
        if SELECTION.fullmatch(analysis):
            return _selection(paper, analysis, quantity)
        if analysis.startswith("reference "):
            return _reference(paper, analysis.removeprefix("reference "))
        if fraction := FRACTION.fullmatch(analysis):
            events, n = map(int, fraction.groups())
            return Value(100 * events / n, f"{events}/{n}")
        if analysis in paper.arms:
            return _told(claim, paper.arms[analysis], quantity)
        studies = {row["study_id"]: row for row in paper.tables["studies"]}
        return _told(claim, studies[analysis], quantity)
    except (KeyError, ValueError) as error:
        what = f"{claim.claim_id}, analysis {analysis!r}, quantity {quantity!r}"
        raise UnknownQuantity(f"{what}: {error} is not known. Remedy: correct one of them.") from None


def _pooled(claim: Claim, paper: Paper) -> Value:
    result, quantity = paper.pooled(claim.analysis), claim.quantity
    studies = f"{result.k} studies, {result.events}/{result.n}"
    if result.estimate is None or (result.k < 2 and quantity in ("i2", "q_p", "heterogeneity", "stability")):
        return Value(None, "; ".join(result.warnings))
    found = f"I² {result.i2:.1f}%, Q {result.q:.2f}, P {result.q_p:.4f}, τ² {result.tau2:.4f}" if result.k > 1 else ""
    if quantity in ("estimate", "ci_low", "ci_high"):
        return Value(100 * getattr(result, quantity), f"pooled from {studies}")
    if quantity in ("i2", "q_p"):
        return Value(getattr(result, quantity), f"{studies}: {found}")
    if quantity in ("k", "n", "events"):
        return Value(getattr(result, quantity), studies)
    if quantity == "heterogeneity":
        return Value(_heterogeneity_word(claim.value, result, paper.thresholds), found)
    if quantity == "stability":
        return Value(None, "no criterion is given; " + _spread(paper, claim.analysis))
    raise KeyError(quantity)


def _heterogeneity_word(claimed: str, result, thresholds: dict[str, float]) -> str:
    """The word of the same kind as the claimed one: a class of I2, or the verdict of the Q test."""
    if claimed == "significant":
        return "significant" if result.q_p < 0.05 else "not significant"
    if result.i2 == 0:
        return "none"
    return next((word for word, bound in thresholds.items() if result.i2 <= bound), "substantial")


def _spread(paper: Paper, analysis: str) -> str:
    runs = {arm: run for arm, run in paper.without_each(analysis).items() if run.estimate is not None}
    low, high = (pick(runs, key=lambda arm: runs[arm].estimate) for pick in (min, max))
    text = f"without one study the result moves between {percent(runs[low].estimate)}% (without {low})"
    text += f" and {percent(runs[high].estimate)}% (without {high})"
    i2 = [run.i2 for run in runs.values() if run.i2 is not None]
    return text + (f", I² between {min(i2):.1f}% and {max(i2):.1f}%" if i2 else "")


def _asymmetry(paper: Paper, outcome: str, test: str, quantity: str) -> Value:
    rows = paper.tests[test]["rows"][outcome]
    studies = len({row["study_id"] for row in rows})
    try:
        result = paper.egger(outcome, test)
    except NotEstimable as reason:
        return Value(None, str(reason))
    how = f"Egger's test over {result.k} arms of {studies} studies ({paper.tests[test]['label']})"
    if quantity == "egger_p":
        return Value(result.p, how)
    if quantity == "asymmetry":
        return Value(None, f"{how} has P {result.p:.3f}; a test cannot show that bias is absent")
    raise KeyError(quantity)


def _row(claim: Claim, paper: Paper) -> Value:
    row, quantity = paper.rows[claim.analysis], claim.quantity
    if quantity == "percent":
        return _percentage(claim, row)
    if quantity not in OF_A_ROW:
        raise KeyError(quantity)
    return _told(claim, row, quantity)


def _percentage(claim: Claim, row: dict) -> Value:
    n, decimals = row["n"], claim.decimals or 0
    try:
        printed = float(claim.value)
    except ValueError:
        return Value(None, "no percentage was printed")
    fits = possible_events(printed, decimals, n)
    if "events" in row:
        events = row["events"]
        how = f"{events}/{n} = {100 * events / n:.{decimals + 1}f}%"
        if fits and events not in fits:
            how += f"; {fits[0]} of {n} would fit"
        elif not fits:
            how += f"; no whole number of {n} patients rounds to {claim.value}%"
        return Value(100 * events / n, how)
    if fits:
        return Value(
            None, f"no count is given; {fits[0]}/{n} would fit" if len(fits) == 1 else f"{fits} of {n} would fit"
        )
    nearest = nearest_events(printed, n)
    how = f"no whole number of {n} patients rounds to {claim.value}%; the nearest is {nearest}/{n}"
    return Value(100 * nearest / n, f"{how} = {100 * nearest / n:.{decimals}f}%", impossible=True)


def _told(claim: Claim, row: dict, quantity: str) -> Value:
    """A value that stands in the evidence: the source itself, or another place that tells the same."""
    value = row.get(quantity)
    status = row.get(f"{quantity}_status", "")
    if value is None and status in STATUSES:
        value = status
    if value is None and quantity == "ci_level":
        return Value(None, "no source that was read states the level")
    if value is None:
        return Value(None, f"{row.get('locator', 'the evidence')} gives no such value")
    locator = row.get("locator", "data/studies.csv")
    if claim.location in locator:
        return Value(None, "it is the source of the evidence; only the report of the trial can confirm it")
    return Value(
        value, f"told as {value:g} in {locator}" if isinstance(value, float) else f"told as {value} in {locator}"
    )


def _selection(paper: Paper, selection: str, quantity: str) -> Value:
    rows = paper.select(selection)
    studies = sorted({row["study_id"] for row in rows if "study_id" in row})
    kind, _, column = quantity.partition(":")
    listed = f"{len(rows)} rows" if not studies else ", ".join(studies)
    if kind == "rows":
        return Value(len(rows), listed)
    if kind == "studies":
        return Value(len(studies), f"{len(studies)}: {listed}" if studies else "none")
    if kind == "every":
        fail = [row for row in rows if row not in paper.select(selection[:-1] + f"; {column}]")]
        named = ", ".join(f"{row.get('study_id', '')} ({row.get(re.split('[!=~]', column)[0], '')})" for row in fail)
        return Value("no" if fail else "yes", f"not {named}" if fail else f"all of {listed}")
    if kind == "patients":
        column, kind = "n", "sum"
    scale = 100 if column.endswith("%") else 1
    column = column.rstrip("%")
    values = [(scale * float(_cell(row, column)), row) for row in rows if _cell(row, column) not in (None, "")]
    if not values:
        return Value(None, f"no row has {column}")
    if kind == "sum":
        return Value(sum(value for value, _ in values), " + ".join(f"{value:g}" for value, _ in values))
    pick = {"min": min, "max": max}[kind]
    value, row = pick(values, key=lambda pair: pair[0])
    name = row.get("row_id") or row.get("arm_id") or ""
    counts = f", {row['events']}/{row['n']}" if column == "percent" else ""
    return Value(value, f"{name}{counts}; {len(values)} values")


def _cell(row: dict, column: str):
    if column == "percent":
        return 100 * row["events"] / row["n"] if "events" in row else None
    return row.get(column)


def _reference(paper: Paper, number: str) -> Value:
    faults = doi_faults(number, paper.references)
    if faults:
        return Value(None, "; ".join(faults), impossible=True)
    return Value(paper.references[number]["doi"], "well formed, and no other reference has it; not looked up")
