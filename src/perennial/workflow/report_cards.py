"""What the jobs mean that audit, summarise and write the report."""

from collections.abc import Callable, Iterator
from importlib import metadata
from itertools import product
from typing import Any

from perennial import __version__
from perennial.dates import full_day
from perennial.extraction.evidence import by_id
from perennial.extraction.horizon import Horizon
from perennial.extraction.selection import counting_rows, studies_included
from perennial.workflow.comparing import SOFTWARE
from perennial.workflow.history_cards import arm_names
from perennial.workflow.living_cards import previous_release
from perennial.workflow.living_mode import overdue, said_of_living
from perennial.workflow.record_cards import search_methods
from perennial.workflow.review import Review
from perennial.workflow.settings import arm_labels, in_order, unlabelled, within_trials

Meaning = dict[str, Any]


def report_jobs(review: Review) -> Iterator[tuple[str, Callable[[Review], Meaning]]]:
    yield "audit_claims/review", _audit
    yield "count_flow/review", _flow
    yield "plot_flow/review", lambda review: {}
    yield "write_manuscript/review", _report
    yield "summarise/review", _summary
    yield "write_report/review", _report


def _audit(review: Review) -> Meaning:
    """The published review's own data: what was published by its day, as corrected since."""
    evidence, config = review.evidence, review.config
    if "audit" not in config:
        return {"claims": []}
    horizon = Horizon(full_day(config["audit"]["as_of"]), reconstructed=True)
    reports = by_id(evidence.reports, "report_id")
    counts = {
        (outcome, group): review.counts(outcome, group, horizon).rows
        for outcome, group in product(review.outcomes, review.groups)
    }
    tests = {
        name: {
            **test,
            "rows": {
                outcome: [
                    row for group in config["bias"]["sets"][test["set"]]["groups"] for row in counts[outcome, group]
                ]
                for outcome in review.outcomes
            },
        }
        for name, test in config["bias"]["tests"].items()
    }
    told = {row["study_id"] for row in evidence.reports.rows if horizon.sees(row)}
    tables = {
        "arms": [row for row in evidence.arms.rows if horizon.sees(reports[row["report_id"]])],
        "outcomes": counting_rows(evidence, config, horizon),
        "reports": [row for row in evidence.reports.rows if horizon.sees(row)],
        "studies": [row for row in evidence.studies.rows if row["study_id"] in told],
        "legacy": evidence.legacy.rows,
        "references": evidence.references.rows,
    }
    return {
        "claims": sorted(evidence.claims.rows, key=lambda row: row["claim_id"]),
        "tables": {name: sorted(rows, key=lambda row: sorted(map(str, row.items()))) for name, rows in tables.items()},
        "corrected": {row["corrects"]: row["row_id"] for row in evidence.outcomes.rows if "corrects" in row},
        "analyses": {f"{outcome}.{group}": rows for (outcome, group), rows in counts.items()},
        "tests": tests,
        "model": unlabelled(config["models"][config["audit"]["model"]]),
        "level": config["level"],
        "thresholds": config["heterogeneity"],
    }


def _flow(review: Review) -> Meaning:
    """The newest version whose counts are known by then."""
    rows = [row for row in review.evidence.legacy.rows if full_day(row["version"]) <= review.horizon.as_of]
    newest = max((row["version"] for row in rows), default=None)
    rows = [row for row in rows if row["version"] == newest]
    return {"rows": sorted(rows, key=lambda row: (row["box"], row.get("reason", "")))}


def _summary(review: Review) -> Meaning:
    return {
        "as_of": review.horizon.as_of.isoformat(),
        "reconstructed": review.horizon.reconstructed,
        "version": review.version,
        "previous_version": previous.version if (previous := previous_release(review)) else None,
        "primary_model": review.config["primary_model"],
        "studies": studies_included(review.evidence, review.config, review.horizon),
        "outcomes": review.outcomes,
        "groups": review.groups,
        "left_out": {
            outcome: {group: review.counts(outcome, group).left_out for group in review.groups}
            for outcome in review.outcomes
        },
    }


def _report(review: Review) -> Meaning:
    config = review.config
    listed = {key: in_order(config[key]) for key in ("outcomes", "groups", "models", "comparisons")}
    return {
        **{key: config[key] for key in ("review", "level", "heterogeneity", "primary_model")},
        **listed,
        "search": search_methods(review),
        "living": [each.to_dict() for each in said_of_living(review)],
        "overdue": [each.to_dict() for each in overdue(review)],
        "codes": config["eligibility"]["criteria"] | config["screening"]["pending"],
        "within_trials": within_trials(config),
        "multiverse": {**config["multiverse"], "rules": in_order(config["multiverse"]["rules"])},
        "priors": config["bayes"]["priors"],
        "bias_sets": {name: each["label"] for name, each in config["bias"]["sets"].items()},
        "bias_tests": in_order(config["bias"]["tests"]),
        "characteristics": [list(pair) for pair in config["tables"].get("characteristics", {}).items()],
        "assessors": config["assessors"],
        "minimum_patients": config["eligibility"]["minimum_patients"],
        "eligible_studies": config["eligibility"]["studies"],
        "reviewers": config["screening"]["reviewers"],
        "extractors": config["extraction"]["extractors"],
        "appraisers": config["appraisal"]["appraisers"],
        "checklists": [[each.label, each.citation] for each in review.checklists.values()],
        "studies": {row["study_id"]: row["label"] for row in review.evidence.studies.rows},
        "arm_names": {group: arm_names(review, group) for group in review.groups},
        "thresholds": config["signals"]["thresholds"],
        "enough_studies": config["bias"]["enough_studies"],
        "perennial": __version__,
        "software": {name: metadata.version(name) for name in SOFTWARE},
        "arms": {
            arm: label
            for outcome in review.outcomes
            for arm, label in arm_labels(review, outcome, review.groups).items()
        },
    }
