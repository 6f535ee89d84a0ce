"""The estimates of a finished review, computed again without a study, an arm, a report, a row or a record.

Everything comes from the card of the trace: the evidence is selected again by the rules of the workflow (so that an
earlier report may come to count where a later one goes) and pooled by the library under the same models.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from perennial.dates import full_day
from perennial.extraction.evidence import FILES, Evidence
from perennial.extraction.horizon import Horizon
from perennial.provenance.graph import Graph
from perennial.stats.egger import egger, funnel_coordinates
from perennial.stats.errors import NotEstimable
from perennial.stats.medians import NOT_AVAILABLE, pool_median_rows
from perennial.stats.pooling import PooledProportion, model_from_dict, pool_proportions
from perennial.stats.subgroups import subgroup_difference
from perennial.stats.within_trial import within_trial
from perennial.tables import Row, Table
from perennial.workflow.analysis_cards import analysis_jobs
from perennial.workflow.review import Review

USED = ("pool/", "pool_medians/", "test_asymmetry/", "compare_within_trials/")
"""The jobs of which the estimates come."""


@dataclass(frozen=True)
class Estimate:
    """One estimate as it stands, or without something; `why` says why there is none, or is empty."""

    estimate: float | None
    ci_low: float | None = None
    ci_high: float | None = None
    k: int | None = None
    why: str = ""


def lost(graph: Graph, names: Collection[str]) -> set[str]:
    """`names` and the evidence that goes with them.

    A record goes when every search and import that brought it does, a report with its record, and an arm with its
    study. A row goes with its report and its arm when the evidence is selected.
    """
    gone = set(names)
    for kinds, goes in (("record", all), ("report", any)):
        for name, node in graph.nodes.items():
            if node["kind"] == kinds:
                above = ("search/", "import/") if kinds == "record" else ("record/", "study/")
                rests_on = [each for each in graph.rests_on(name) if each.startswith(above)]
                if rests_on and goes(each in gone for each in rests_on):
                    gone.add(name)
    studies = {name for name in gone if name.startswith("study/")}
    gone |= {name for name, node in graph.nodes.items() if node["kind"] == "arm" and studies & set(node["from"])}
    return gone


def estimates(card: Mapping[str, Any], gone: Collection[str] = ()) -> dict[str, Estimate]:
    """Every estimate by name, from the card of the trace without the evidence in `gone`."""
    review = _review(card, gone)
    meanings = {name: meaning(review) for name, meaning in analysis_jobs(review) if name.startswith(USED)}
    found: dict[str, Estimate] = {}
    pooled: dict[tuple[str, str, str], PooledProportion] = {}
    for outcome in review.outcomes:
        for group in review.groups:
            meaning = meanings[f"pool/{outcome}.{group}"]
            counts = [row["events"] for row in meaning["rows"]], [row["n"] for row in meaning["rows"]]
            for model, definition in meaning["models"].items():
                result = pool_proportions(*counts, model_from_dict(definition), meaning["level"])
                pooled[outcome, group, model] = result
                why = "; ".join(result.warnings) if result.estimate is None else ""
                values = (result.estimate, result.ci_low, result.ci_high, result.k, why)
                found[f"{outcome}.{group}.{model}"] = Estimate(*values)
        found |= _differences(review, outcome, pooled)
        found |= dict(_asymmetry(outcome, meanings[f"test_asymmetry/{outcome}"]))
        found |= dict(_within_trials(outcome, meanings[f"compare_within_trials/{outcome}"]))
    return found | dict(_medians(meanings["pool_medians/review"]))


def _differences(review: Review, outcome: str, pooled: Mapping[tuple, PooledProportion]) -> dict[str, Estimate]:
    found = {}
    for comparison, definition in review.config["comparisons"].items():
        for model in review.config["models"]:
            sides = [pooled[outcome, group, model] for group in definition["groups"]]
            try:
                means, ses = [side.mean for side in sides], [side.se for side in sides]
                difference = subgroup_difference(means, ses, review.config["level"])
                told = Estimate(difference.estimate, difference.ci_low, difference.ci_high)
            except NotEstimable as reason:
                told = Estimate(None, why=str(reason))
            found[f"{outcome}.comparisons.{comparison}.{model}"] = told
    return found


def _asymmetry(outcome: str, meaning: Mapping[str, Any]) -> Iterator[tuple[str, Estimate]]:
    """P values of the tests for funnel plot asymmetry, in the place of an estimate."""
    for name, test in meaning["tests"].items():
        rows = meaning["sets"][test["set"]]
        try:
            points = funnel_coordinates([row["events"] for row in rows], [row["n"] for row in rows], test["effect"])
            told = Estimate(egger(*points).p, k=len(rows))
        except NotEstimable as reason:
            told = Estimate(None, k=len(rows), why=str(reason))
        yield f"{outcome}.bias.{name}.p", told


def _within_trials(outcome: str, meaning: Mapping[str, Any]) -> Iterator[tuple[str, Estimate]]:
    """The pooled odds ratio of each comparison within trials."""
    for name, trials in meaning["comparisons"].items():
        counts = [[trial[key] for trial in trials] for key in ("events1", "n1", "events2", "n2")]
        studies = [trial["study_id"] for trial in trials]
        ratio = within_trial(*counts, studies, meaning["level"], meaning["randomised"][name]).to_dict()["odds_ratio"]
        pooled = ratio[ratio["main"]]
        values = (pooled["estimate"], pooled["ci_low"], pooled["ci_high"], len(trials), pooled["reason"] or "")
        yield f"{outcome}.within_trials.{name}.odds_ratio", Estimate(*values)


def _medians(meaning: Mapping[str, Any]) -> Iterator[tuple[str, Estimate]]:
    """Each median of medians; None where it, or a limit, lies beyond those that were reached."""
    for asked in meaning["medians"]:
        found = pool_median_rows(asked["rows"], meaning["level"])
        why = "; ".join(found.warnings) if found.status == NOT_AVAILABLE else ""
        yield (
            f"medians.{asked['outcome']}.{asked['group']}",
            Estimate(found.estimate, found.ci_low, found.ci_high, found.k, why),
        )


def _review(card: Mapping[str, Any], gone: Collection[str]) -> Review:
    """The review that the card tells of, as far as counts are selected from it."""
    reports = {row["report_id"] for row in card["evidence"]["reports"]}
    seen = frozenset(report for report in reports if f"report/{report}" not in gone)
    return Review(
        config=dict(card["config"]),
        project=Path(),
        workflow=Path(),
        evidence=_evidence(card["evidence"], gone),
        runs=[],
        imports=[],
        decision_exports=[],
        unreadable=[],
        checklists={},
        strategy=None,
        horizon=Horizon(full_day(card["as_of"]), card["reconstructed"], only=seen),
        results=card["results"],
        releases=[],
    )


def _evidence(tables: Mapping[str, list[Mapping[str, Any]]], gone: Collection[str]) -> Evidence:
    kept: dict[str, Table] = {}
    for name in (each.name for each in fields(Evidence) if each.name in FILES):
        rows = [_row(name, row) for row in tables.get(name, ()) if not _is_gone(name, row, gone)]
        kept[name] = Table(FILES[name], tuple(rows[0]) if rows else (), rows, [])
    return Evidence(**kept)


def _is_gone(table: str, row: Mapping[str, Any], gone: Collection[str]) -> bool:
    if table == "arms":
        return f"arm/{row['arm_id']}" in gone
    if table == "outcomes":
        return f"row/{row['row_id']}" in gone or f"arm/{row['arm_id']}" in gone
    return table == "variants" and f"arm/{row['arm_id']}" in gone


def _row(table: str, told: Mapping[str, Any]) -> Row:
    """A row as it is read from its table, its name first; the card keeps neither its line nor the order of columns."""
    name = {"outcomes": "row_id", "arms": "arm_id"}.get(table)
    row = Row({name: told[name], **told} if name else told)
    row.file, row.line = row.pop("file"), 0
    if "accepted_in" in row:
        row["file"] = row.pop("accepted_in")
    return row
