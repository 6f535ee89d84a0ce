"""What the jobs mean that list what waits for people, as far as the evidence tables tell it; and the appraisal."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from typing import Any

from perennial.appraisal.answers import judged, known_by
from perennial.appraisal.form import COLUMNS as APPRAISAL
from perennial.appraisal.form import appraisal_form
from perennial.extraction import forms
from perennial.extraction.acceptance import accepted
from perennial.extraction.evidence import by_id
from perennial.extraction.selection import studies_included
from perennial.problems import Problem
from perennial.workflow.living_mode import overdue, said_of_living
from perennial.workflow.review import Review

Meaning = dict[str, Any]


def work_lists(review: Review) -> dict[str, Callable[[Review], Meaning]]:
    """The lists in results/todo/ that are made from the evidence tables, by name."""
    extractors = range(1, review.config["extraction"]["extractors"] + 1)
    return {
        "living": _living,
        "arms": _arms,
        **{f"extraction-{number}": partial(_extraction, number=number) for number in extractors},
        "consensus": _consensus,
        "overlaps": _overlaps,
        **{f"appraisal-{name}": partial(_to_appraise, checklist=name) for name in review.checklists},
    }


def work_jobs(review: Review) -> Iterator[tuple[str, Callable[[Review], Meaning]]]:
    for name, meaning in work_lists(review).items():
        yield f"list_work/{name}", meaning
    for name in review.checklists:
        yield f"plot_appraisal/{name}", partial(_appraisal, checklist=name)
    yield "tabulate_appraisal/review", _appraisals


def odd_checks(review: Review) -> Meaning:
    """What is odd in the evidence: what waits for a look, and what was accepted and why."""
    odd = [problem for problem in review.problems if not problem.stops]
    fine = accepted(odd, review.evidence, review.horizon)
    return {"columns": forms.CHECKS, "waiting": forms.checks_form(odd, fine), "accepted": _accepted(fine)}


def _accepted(fine: dict[Problem, dict]) -> list[Meaning]:
    rows = [
        {**problem.to_dict(), "row": None, **{column: row[column] for column in ("reason", "by", "date")}}
        for problem, row in fine.items()
    ]
    return sorted(rows, key=lambda line: (line["file"], line["record"], line["column"], line["message"]))


def _living(review: Review) -> Meaning:
    """What is not said of the living mode, and searches that are overdue."""
    unsaid = [each for each in said_of_living(review) if each.missing]
    rows = [{"what": each.label, "missing": each.missing, "remedy": each.remedy} for each in unsaid + overdue(review)]
    return {"columns": ["what", "missing", "remedy"], "rows": rows}


def _arms(review: Review) -> Meaning:
    rows = forms.arms_form(review.evidence, review.config, review.horizon)
    return {"columns": forms.arms_columns(review.config), "rows": rows}


def _extraction(review: Review, number: int) -> Meaning:
    rows = forms.extraction_form(review.evidence, review.config, review.horizon, number)
    return {"columns": forms.EXTRACTION, "rows": rows}


def _consensus(review: Review) -> Meaning:
    return {"columns": forms.EXTRACTION, "rows": forms.consensus_form(review.evidence, review.config, review.horizon)}


def _overlaps(review: Review) -> Meaning:
    pairs = product(review.outcomes, review.groups)
    alarms = [alarm for outcome, group in pairs for alarm in review.counts(outcome, group).alarms]
    return {"columns": forms.OVERLAPS, "rows": forms.overlaps_form(alarms)}


def _appraisal(review: Review, checklist: str) -> Meaning:
    labels = by_id(review.evidence.studies, "study_id")
    studies = studies_included(review.evidence, review.config, review.horizon)
    rows = known_by(review.evidence.appraisals[checklist].rows, review.horizon.as_of)
    return {
        "checklist": review.checklists[checklist].to_dict(),
        "rows": sorted(({**row} for row in rows), key=lambda row: sorted(row.items())),
        "studies": [{"study_id": study, "label": labels[study]["label"]} for study in studies],
    }


def _appraisals(review: Review) -> Meaning:
    return {"appraisals": [_appraisal(review, name) for name in review.checklists]}


def _to_appraise(review: Review, checklist: str) -> Meaning:
    told = _appraisal(review, checklist)
    labels = {study["study_id"]: study["label"] for study in told["studies"]}
    appraisal = judged(told["rows"], review.checklists[checklist], list(labels))
    asked = review.config["appraisal"]["appraisers"]
    rows = appraisal_form(appraisal, review.checklists[checklist], labels, told["rows"], asked)
    return {"columns": APPRAISAL, "rows": rows}
