"""What each job of the workflow means.

A card holds all that decides a job's result and is not the result of another job. The Snakefile is read before every
run, and only a card that says something new is written: a job is done again when, and only when, its meaning changed.
"""

import shutil
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

from perennial.files import remove_parts
from perennial.identity.card import write_card
from perennial.identity.code import code_of
from perennial.living.releases import RELEASES, STAGING
from perennial.workflow.analysis_cards import analysis_jobs
from perennial.workflow.figure_cards import figure_jobs
from perennial.workflow.history_cards import history_jobs
from perennial.workflow.living_cards import living_jobs
from perennial.workflow.notice_cards import notice_jobs
from perennial.workflow.provenance_cards import Flow, record_digests, trace
from perennial.workflow.record_cards import readings, record_jobs
from perennial.workflow.report_cards import report_jobs
from perennial.workflow.review import AS_OF, Review
from perennial.workflow.screening_cards import screening_jobs
from perennial.workflow.table_cards import table_jobs
from perennial.workflow.work_cards import odd_checks, work_jobs, work_lists

Meaning = dict[str, Any]

CHECK = "check_evidence/evidence"
"""The one card that is never a refusal: its job says what is refused, and why."""

OF_RULES = {"trace_values/review": trace, "record_digests/review": record_digests}
"""The cards that tell how the rules hang together, which is known only when all of them were read."""

PROGRAMS = {"plot_group_forest": "plot_forest", "plot_update": "plot_flow", "list_work": "tabulate"}
"""Rules whose program has another name."""


def write_cards(review: Review, scripts: Path, flow: Flow) -> None:
    """Write the cards of all jobs into identity/ below the results of `review`; `flow` are the workflow's rules."""
    for name, meaning in meanings(review, flow):
        card = {"card": name, **meaning, **code_of(program_of(name, scripts))}
        write_card(_folder(review) / f"{name}.json", card)


def program_of(card: str, scripts: Path) -> Path:
    """The program of the job with that card."""
    rule = card.partition("/")[0]
    return scripts / f"{PROGRAMS.get(rule, rule)}.py"


def remove_orphans(review: Review) -> None:
    """Remove what no longer belongs to the results.

    That is: the analyses of outcomes and groups that the configuration no longer names, lists and appraisals that it
    no longer asks for, readings of imports that are gone, their cards, results as of a day that was not the newest
    search's then and is now, and what a run that was killed had begun to write.
    """
    for folder in (review.results, f".cache/{review.results}", "results/receipts", "logs/search"):
        remove_parts(review.project / folder)
    for staging in (review.project / RELEASES).glob(f".*{STAGING}"):
        shutil.rmtree(staging)
    if not review.results.startswith(AS_OF):
        shutil.rmtree(review.project / AS_OF / review.horizon.as_of.isoformat(), ignore_errors=True)
    kept_readings = {f"{name}.jsonl" for name in readings(review)}
    for path in (review.project / review.results / "records" / "readings").glob("*"):
        if path.name not in kept_readings:
            path.unlink()
    cards = {_folder(review) / f"{name}.json" for name in (CHECK, *OF_RULES, *(name for name, _ in _jobs(review)))}
    for path in set(_folder(review).glob("*/*.json")) - cards:
        path.unlink()
    lists = {f"{name}.csv" for name in work_lists(review)}
    for pattern in ("extraction-*.csv", "appraisal-*.csv"):
        for path in set((review.project / review.results / "todo").glob(pattern)):
            if path.name not in lists:
                path.unlink()
    for path in (review.project / review.results / "appraisal").glob("*/"):
        if path.name not in review.checklists:
            shutil.rmtree(path)
    analyses = review.project / review.results / "analyses"
    kept = {analyses / outcome for outcome in review.outcomes}
    kept |= {analyses / outcome / group for outcome, group in product(review.outcomes, review.groups)}
    for folder in [*analyses.glob("*/*/"), *analyses.glob("*/")]:
        if folder not in kept:
            shutil.rmtree(folder)


def _folder(review: Review) -> Path:
    return review.project / review.results / "identity"


def traced_cards(review: Review) -> list[str]:
    """The cards of all jobs that values can come from."""
    return [CHECK, *(name for name, _ in _jobs(review) if not name.startswith("make_release/"))]


def meanings(review: Review, flow: Flow) -> Iterator[tuple[str, Meaning]]:
    """Each card's name (rule/wildcards) and meaning; while evidence is refused, every card is that refusal."""
    yield CHECK, _check_evidence(review)
    of_rules = ((name, partial(meaning, flow=flow)) for name, meaning in OF_RULES.items())
    for name, meaning in (*_jobs(review), *of_rules):
        yield name, {"refused": review.refused} if review.refused else meaning(review)


def _jobs(review: Review) -> Iterator[tuple[str, Callable[[Review], Meaning]]]:
    for jobs in (
        analysis_jobs,
        figure_jobs,
        record_jobs,
        screening_jobs,
        work_jobs,
        table_jobs,
        notice_jobs,
        history_jobs,
        living_jobs,
        report_jobs,
    ):
        yield from jobs(review)


def _check_evidence(review: Review) -> Meaning:
    return {"refused": review.refused, **odd_checks(review)}
