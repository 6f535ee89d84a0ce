"""What each job of the workflow means.

A card holds all that decides a job's result and is not the result of another job. The Snakefile is read before every
run, and only a card that says something new is written: a job is done again when, and only when, its meaning changed.
"""

import shutil
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib import metadata
from itertools import product
from pathlib import Path
from typing import Any

from perennial import __version__
from perennial.dates import first_day, full_day
from perennial.extraction.evidence import by_id
from perennial.extraction.horizon import Horizon
from perennial.extraction.selection import counting_rows, group_arms, part_of, secondary_rows, studies_included
from perennial.identity.card import write_card
from perennial.identity.code import code_of
from perennial.tables import Row
from perennial.workflow.living_cards import SOFTWARE, living_jobs, previous_release
from perennial.workflow.record_cards import readings, record_jobs, search_methods
from perennial.workflow.review import AS_OF, Review
from perennial.workflow.screening_cards import screening_jobs
from perennial.workflow.work_cards import odd_checks, work_jobs, work_lists

Meaning = dict[str, Any]

CHECK = "check_evidence/evidence"
"""The one card that is never a refusal: its job says what is refused, and why."""

PROGRAMS = {"plot_group_forest": "plot_forest", "plot_update": "plot_flow", "list_work": "tabulate"}
"""Rules whose program has another name."""


def write_cards(review: Review, scripts: Path) -> None:
    """Write the cards of all jobs into identity/ below the results of `review`."""
    for name, meaning in _cards(review):
        rule = name.partition("/")[0]
        program = scripts / f"{PROGRAMS.get(rule, rule)}.py"
        write_card(_folder(review) / f"{name}.json", {"card": name, **meaning, **code_of(program)})


def remove_orphans(review: Review) -> None:
    """Remove what no longer belongs to the results.

    That is: the analyses of outcomes and groups that the configuration no longer names, lists and appraisals that it
    no longer asks for, readings of imports that are gone, their cards, and results as of a day that was not the newest
    search's then and is now.
    """
    if not review.results.startswith(AS_OF):
        shutil.rmtree(review.project / AS_OF / review.horizon.as_of.isoformat(), ignore_errors=True)
    kept_readings = {f"{name}.jsonl" for name in readings(review)}
    for path in (review.project / review.results / "records" / "readings").glob("*"):
        if path.name not in kept_readings:
            path.unlink()
    cards = {_folder(review) / f"{name}.json" for name in (CHECK, *(name for name, _ in _jobs(review)))}
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


def _cards(review: Review) -> Iterator[tuple[str, Meaning]]:
    """Each card's name (rule/wildcards) and meaning; while evidence is refused, every card is that refusal."""
    yield CHECK, _check_evidence(review)
    for name, meaning in _jobs(review):
        yield name, {"refused": review.refused} if review.refused else meaning(review)


def _jobs(review: Review) -> Iterator[tuple[str, Callable[[Review], Meaning]]]:
    for outcome, group in product(review.outcomes, review.groups):
        analysis = {"outcome": outcome, "group": group}
        yield f"pool/{outcome}.{group}", partial(_pool, **analysis)
        yield f"leave_one_out/{outcome}.{group}", partial(_pool, **analysis)
        yield f"pool_variants/{outcome}.{group}", partial(_pool_variants, **analysis)
        yield f"vary_models/{outcome}.{group}", partial(_vary_models, **analysis)
        yield f"plot_specifications/{outcome}.{group}", partial(_specifications, **analysis)
        yield f"plot_group_forest/{outcome}.{group}", partial(_forest, outcome=outcome, groups=[group])
        yield f"plot_leave_one_out/{outcome}.{group}", partial(_forest, outcome=outcome, groups=[group])
    for outcome in review.outcomes:
        yield f"compare_groups/{outcome}", _compare_groups
        yield f"compare_within_trials/{outcome}", partial(_compare_within_trials, outcome=outcome)
        yield f"plot_within_trials/{outcome}", partial(_within_trials, outcome=outcome)
        yield f"test_asymmetry/{outcome}", partial(_test_asymmetry, outcome=outcome)
        yield f"plot_forest/{outcome}", partial(_forest, outcome=outcome, groups=review.groups)
        yield f"plot_funnel/{outcome}", partial(_funnel, outcome=outcome)
    yield from record_jobs(review)
    yield from screening_jobs(review)
    yield from work_jobs(review)
    yield "pool_medians/review", _pool_medians
    yield "tabulate/characteristics", _characteristics
    yield "tabulate/responses", _responses
    yield "tabulate/secondary", _secondary
    yield from living_jobs(review)
    yield "audit_claims/review", _audit
    yield "count_flow/review", _flow
    yield "plot_flow/review", lambda review: {}
    yield "write_manuscript/review", _report
    yield "summarise/review", _summary
    yield "write_report/review", _report


def _check_evidence(review: Review) -> Meaning:
    return {"refused": review.refused, **odd_checks(review)}


def _pool(review: Review, outcome: str, group: str) -> Meaning:
    selected = review.counts(outcome, group)
    return {
        "outcome": outcome,
        "group": group,
        "level": review.config["level"],
        "models": {name: _unlabelled(model) for name, model in review.config["models"].items()},
        "rows": selected.rows,
        "left_out": selected.left_out,
    }


def _pool_variants(review: Review, outcome: str, group: str) -> Meaning:
    """Variants of the rows that are pooled; with none, the rows do not matter."""
    pooled = _pool(review, outcome, group)
    arms = {row["arm_id"] for row in pooled["rows"]}
    wanted = [dict(row) for row in review.evidence.variants.rows if row["outcome"] == outcome and row["arm_id"] in arms]
    variants = sorted(wanted, key=lambda row: row["variant_id"])
    return {**pooled, "rows": pooled["rows"] if variants else [], "left_out": [], "variants": variants}


def _vary_models(review: Review, outcome: str, group: str) -> Meaning:
    """The counts with the kind of report that gave them, for rules that ask for it."""
    kinds = {row["report_id"]: row["kind"] for row in review.evidence.reports.rows}
    multiverse = review.config["multiverse"]
    return {
        "outcome": outcome,
        "group": group,
        "level": review.config["level"],
        "rows": [{**row, "kind": kinds[row["report_id"]]} for row in review.counts(outcome, group).rows],
        "multiverse": {**multiverse, "rules": _in_order({k: _unlabelled(v) for k, v in multiverse["rules"].items()})},
        "priors": review.config["bayes"]["priors"],
    }


def _specifications(review: Review, outcome: str, group: str) -> Meaning:
    config = review.config
    return {
        "outcome": _labels(config["outcomes"][outcome]),
        "group": config["groups"][group]["label"],
        "rules": _in_order(config["multiverse"]["rules"]),
        "primary": _unlabelled(config["models"][config["primary_model"]]),
        "model_label": config["models"][config["primary_model"]]["label"],
        "level": config["level"],
    }


def _compare_within_trials(review: Review, outcome: str) -> Meaning:
    """The counts of each trial on either side; several arms of one side are added up, for they share no patient."""
    comparisons = {}
    for name, each in review.config["within_trials"].items():
        first, second = (
            [row for group in each[side]["groups"] for row in review.counts(outcome, group).rows]
            for side in ("first", "second")
        )
        trials = sorted({row["study_id"] for row in first} & {row["study_id"] for row in second})
        comparisons[name] = [
            {"study_id": trial, **_added(first, trial, "1"), **_added(second, trial, "2")} for trial in trials
        ]
    return {"outcome": outcome, "level": review.config["level"], "comparisons": comparisons}


def _added(rows: list[dict], trial: str, side: str) -> Meaning:
    of_trial = [row for row in rows if row["study_id"] == trial]
    return {
        f"events{side}": sum(row["events"] for row in of_trial),
        f"n{side}": sum(row["n"] for row in of_trial),
        f"from{side}": [row["from"] for row in of_trial],
    }


def _within_trials(review: Review, outcome: str) -> Meaning:
    config, studies = review.config, by_id(review.evidence.studies, "study_id")
    return {
        "outcome": _labels(config["outcomes"][outcome]),
        "comparisons": within_trials(config),
        "studies": {name: row["label"] for name, row in studies.items()},
        "level": config["level"],
    }


def within_trials(config: dict) -> list[Meaning]:
    """What is compared within trials, in the order of the configuration."""
    return [
        {"id": name, "first": each["first"]["label"], "second": each["second"]["label"]}
        for name, each in config["within_trials"].items()
    ]


def _pool_medians(review: Review) -> Meaning:
    """The median of each arm, newest report first; parts of an arm and other timepoints stay apart."""
    config, studies = review.config, by_id(review.evidence.studies, "study_id")
    arms = by_id(review.evidence.arms, "arm_id")
    rows = list(secondary_rows(review.evidence, config, review.horizon))
    asked = []
    for outcome in (name for name, each in config["outcomes"].items() if each["kind"] == "median"):
        for group, definition in config["groups"].items():
            members = group_arms(review.evidence, definition["where"])
            of_group = sorted(
                (row for row in rows if row["outcome"] == outcome and row["arm_id"] in members and not part_of(row)),
                key=lambda row: row["row_id"],
            )
            told = [
                {
                    "label": studies[arms[row["arm_id"]]["study_id"]]["label"],
                    "arm_id": row["arm_id"],
                    "n": arms[row["arm_id"]]["n"],
                    "status": row.get("estimate_status", "not_reported"),
                    **({"estimate": row["estimate"]} if "estimate" in row else {}),
                    "from": {"file": row.file, "row_id": row["row_id"]},
                }
                for row in of_group
            ]
            asked.append({"outcome": outcome, "group": group, "rows": told})
    return {"level": config["level"], "medians": asked}


def _unlabelled(definition: dict) -> dict:
    return {key: value for key, value in definition.items() if key != "label"}


def _in_order(definitions: dict[str, dict]) -> list[dict]:
    """Definitions as a list, for cards whose result shows them in the order of the configuration."""
    return [{"id": name, **definition} for name, definition in definitions.items()]


def _compare_groups(review: Review) -> Meaning:
    comparisons = {name: each["groups"] for name, each in review.config["comparisons"].items()}
    return {"comparisons": comparisons, "level": review.config["level"]}


def _test_asymmetry(review: Review, outcome: str) -> Meaning:
    bias = review.config["bias"]
    rows = {}
    for name, definition in bias["sets"].items():
        chosen = [
            {**row, "group": group} for group in definition["groups"] for row in review.counts(outcome, group).rows
        ]
        rows[name] = chosen
    tests = {name: _unlabelled(test) for name, test in bias["tests"].items()}
    return {"outcome": outcome, "enough_studies": bias["enough_studies"], "tests": tests, "sets": rows}


def _forest(review: Review, outcome: str, groups: list[str]) -> Meaning:
    config = review.config
    return {
        "outcome": _labels(config["outcomes"][outcome]),
        "groups": [{"id": group, "label": config["groups"][group]["label"]} for group in groups],
        "model": config["primary_model"],
        "model_label": config["models"][config["primary_model"]]["label"],
        "level": config["level"],
        "arms": _arm_labels(review, outcome, groups),
    }


def _funnel(review: Review, outcome: str) -> Meaning:
    config = review.config
    groups = [group for group in review.groups if any(group in s["groups"] for s in config["bias"]["sets"].values())]
    return {
        "outcome": _labels(config["outcomes"][outcome]),
        "groups": [{"id": group, "label": config["groups"][group]["label"]} for group in groups],
        "tests": [{"id": name, "label": test["label"]} for name, test in config["bias"]["tests"].items()],
        "level": config["level"],
    }


def _labels(definition: dict) -> dict[str, str]:
    return {"label": definition["label"], "abbreviation": definition["abbreviation"]}


def _arm_labels(review: Review, outcome: str, groups: Iterable[str]) -> dict[str, dict[str, str]]:
    """Name, regimen and colour of each arm in the groups, pooled or left out."""
    studies, arms = by_id(review.evidence.studies, "study_id"), by_id(review.evidence.arms, "arm_id")
    found: dict[str, dict[str, str]] = {}
    for group in groups:
        selected = review.counts(outcome, group)
        members = [arms[row["arm_id"]] for row in (*selected.rows, *selected.left_out)]
        for arm in members:
            label = studies[arm["study_id"]]["label"]
            if sum(other["study_id"] == arm["study_id"] for other in members) > 1:
                label = f"{label}, {arm['label']}"
            colour = review.config["regimens"].get(arm["regimen"], "#555555")
            found[arm["arm_id"]] = {"label": label, "regimen": arm["regimen"], "colour": colour}
    return found


def _seen_arms(review: Review) -> list[tuple[str, Row]]:
    """The arms of each group reported by then, with the group's label; by publication within a group."""
    reports = by_id(review.evidence.reports, "report_id")
    seen = []
    for group in review.config["groups"].values():
        arms = group_arms(review.evidence, group["where"]).values()
        arms = [arm for arm in arms if review.horizon.sees(reports[arm["report_id"]])]
        arms.sort(key=lambda arm: (first_day(reports[arm["report_id"]]["published"]), arm["arm_id"]))
        seen += [(group["label"], arm) for arm in arms]
    return seen


def _arm_cells(review: Review, group: str, arm: Row) -> dict[str, Any]:
    study = by_id(review.evidence.studies, "study_id")[arm["study_id"]]
    return {
        "arm_id": arm["arm_id"],
        "study": study["label"],
        "registry_id": study.get("registry_id", ""),
        "group": group,
        "arm": arm["label"],
        "regimen": arm["regimen"],
    }


def _characteristics(review: Review) -> Meaning:
    columns = review.config["tables"].get("characteristics", {})
    studies = by_id(review.evidence.studies, "study_id")
    rows = [
        {
            **_arm_cells(review, group, arm),
            "design": studies[arm["study_id"]].get("design", ""),
            **{column: arm.get(column, "") for column in columns},
            "locator": arm["locator"],
        }
        for group, arm in _seen_arms(review)
    ]
    fixed = ["arm_id", "study", "registry_id", "group", "arm", "regimen", "design"]
    return {"columns": [*fixed, *(c for c in columns if c not in fixed), "locator"], "rows": rows}


def _results_table(review: Review, wanted: Iterable[Row], columns: list[str]) -> Meaning:
    """Results of the arms in view, arm by arm, then in the order of the configured outcomes, with their source."""
    columns = [*columns, "row_id", "report_id", "locator", "quote"]
    order, by_arm = list(review.config["outcomes"]), {}
    for row in wanted:
        by_arm.setdefault(row["arm_id"], []).append(row)
    rows = []
    for group, arm in _seen_arms(review):
        results = by_arm.get(arm["arm_id"], [])
        results.sort(key=lambda row: (order.index(row["outcome"]), row["timepoint"], row["population"], row["row_id"]))
        rows += [
            {**_arm_cells(review, group, arm), **{column: row.get(column, "") for column in columns}} for row in results
        ]
    return {"columns": ["arm_id", "study", "registry_id", "group", "arm", "regimen", *columns], "rows": rows}


def _responses(review: Review) -> Meaning:
    rows = counting_rows(review.evidence, review.config, review.horizon)
    rows = [row for row in rows if row["outcome"] in review.outcomes]
    columns = ["outcome", "timepoint", "population", "assessor", "events", "n", "events_status", "reported_percent"]
    return _results_table(review, rows, columns)


def _secondary(review: Review) -> Meaning:
    values = [column for value in ("estimate", "ci_low", "ci_high") for column in (value, f"{value}_status")]
    columns = ["outcome", "timepoint", "population", *values, "ci_level", "unit"]
    return _results_table(review, secondary_rows(review.evidence, review.config, review.horizon), columns)


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
    tables = {
        "arms": [row for row in evidence.arms.rows if horizon.sees(reports[row["report_id"]])],
        "outcomes": counting_rows(evidence, config, horizon),
        "reports": [row for row in evidence.reports.rows if horizon.sees(row)],
        "studies": evidence.studies.rows,
        "legacy": evidence.legacy.rows,
        "references": evidence.references.rows,
    }
    return {
        "claims": sorted(evidence.claims.rows, key=lambda row: row["claim_id"]),
        "tables": {name: sorted(rows, key=lambda row: sorted(map(str, row.items()))) for name, rows in tables.items()},
        "corrected": {row["corrects"]: row["row_id"] for row in evidence.outcomes.rows if "corrects" in row},
        "analyses": {f"{outcome}.{group}": rows for (outcome, group), rows in counts.items()},
        "tests": tests,
        "model": _unlabelled(config["models"][config["audit"]["model"]]),
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
    }


def _report(review: Review) -> Meaning:
    config = review.config
    listed = {key: _in_order(config[key]) for key in ("outcomes", "groups", "models", "comparisons")}
    return {
        **{key: config[key] for key in ("review", "level", "heterogeneity", "primary_model")},
        **listed,
        "search": search_methods(review),
        "codes": config["eligibility"]["criteria"] | config["screening"]["pending"],
        "within_trials": within_trials(config),
        "multiverse": {**config["multiverse"], "rules": _in_order(config["multiverse"]["rules"])},
        "priors": config["bayes"]["priors"],
        "bias_sets": {name: each["label"] for name, each in config["bias"]["sets"].items()},
        "bias_tests": _in_order(config["bias"]["tests"]),
        "characteristics": [list(pair) for pair in config["tables"].get("characteristics", {}).items()],
        "assessors": config["assessors"],
        "minimum_patients": config["eligibility"]["minimum_patients"],
        "eligible_studies": config["eligibility"]["studies"],
        "reviewers": config["screening"]["reviewers"],
        "extractors": config["extraction"]["extractors"],
        "appraisers": config["appraisal"]["appraisers"],
        "checklists": [[each.label, each.citation] for each in review.checklists.values()],
        "studies": {row["study_id"]: row["label"] for row in review.evidence.studies.rows},
        "enough_studies": config["bias"]["enough_studies"],
        "perennial": __version__,
        "software": {name: metadata.version(name) for name in SOFTWARE},
        "arms": {
            arm: label
            for outcome in review.outcomes
            for arm, label in _arm_labels(review, outcome, review.groups).items()
        },
    }
