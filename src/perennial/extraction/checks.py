"""What one table alone cannot tell: known ids, counts that fit each other, percentages that fit their counts.

What cannot be right stops the run; what is merely odd is listed for people.
"""

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from perennial.dates import first_day
from perennial.extraction.consensus import KEY, TOLD_APART
from perennial.extraction.evidence import Evidence, by_id
from perennial.extraction.horizon import Horizon
from perennial.extraction.overlaps import ALL, Overlaps, registry_number
from perennial.extraction.percentages import nearest_events, possible_events, rounds_to
from perennial.extraction.selection import current_findings, current_rows, group_arms, part_of
from perennial.problems import Problem
from perennial.tables import Row, Table


def find_problems(evidence: Evidence, config: dict) -> list[Problem]:
    """Everything wrong or odd in `evidence`. Rows are compared with each other only once each table is readable."""
    problems = evidence.problems
    if not evidence.readable:
        return problems
    problems += _references(evidence, config)
    problems += _claims(evidence)
    problems += _answers(evidence)
    if any(problem.stops for problem in problems):
        return problems
    problems += result_problems(evidence, config)
    problems += _repeated_results(evidence)
    problems += _arms(evidence, config)
    problems += _studies(evidence, config)
    problems += _legacy_boxes(evidence)
    problems += _reason_codes(evidence, config)
    return problems


def result_problems(evidence: Evidence, config: dict, horizon: Horizon | None = None) -> list[Problem]:
    """What is wrong or odd in the results that count or may come to count, as known at the `horizon`.

    Those that are odd hold their study back. What an extractor found is not looked at once a consensus was reached.
    """
    rows = [row for finding in current_findings(evidence, horizon) for row in (finding.settled or finding.extracted)]
    arms = by_id(evidence.arms, "arm_id")
    found: list[tuple[Row, Problem]] = []
    for row in rows:
        each = partial(_at, evidence.outcomes, row)
        found += [(row, problem) for problem in _counts(each, row)]
        found += [(row, problem) for problem in _percentage(each, row, config["checks"]["percent_tolerance"])]
        found += [(row, problem) for problem in _interval(each, row)]
        found += [(row, problem) for problem in _size(each, row, arms[row["arm_id"]]["n"])]
    found += _within(evidence, config, rows)
    found += _parts(evidence, rows)
    found += _same_day(evidence, rows, horizon)
    return [
        problem if problem.stops else replace(problem, holds_back=arms[row["arm_id"]]["study_id"])
        for row, problem in found
    ]


def _at(table: Table, row: Row, column: str, message: str, remedy: str, stops: bool = True) -> Problem:
    record = next(iter(row.values()))
    return Problem(row.file, message, remedy, row.line, record, column, str(row.get(column, "")), stops)


def _references(evidence: Evidence, config: dict) -> Iterator[Problem]:
    studies, reports = by_id(evidence.studies, "study_id"), by_id(evidence.reports, "report_id")
    arms, results = by_id(evidence.arms, "arm_id"), by_id(evidence.outcomes, "row_id")
    known = [
        (evidence.reports, "study_id", studies, evidence.studies.file),
        (evidence.studies, "overlaps_with", studies, evidence.studies.file),
        (evidence.arms, "study_id", studies, evidence.studies.file),
        (evidence.arms, "report_id", reports, evidence.reports.file),
        (evidence.outcomes, "arm_id", arms, evidence.arms.file),
        (evidence.outcomes, "report_id", reports, evidence.reports.file),
        (evidence.outcomes, "corrects", results, evidence.outcomes.file),
        (evidence.outcomes, "outcome", config["outcomes"], "config/config.yaml"),
        (evidence.overlaps, "report_a", reports, evidence.reports.file),
        (evidence.overlaps, "report_b", reports, evidence.reports.file),
        (evidence.overlaps, "outcome", {*config["outcomes"], ALL}, "config/config.yaml"),
        (evidence.notices, "report_id", reports, evidence.reports.file),
        *((table, "study_id", studies, evidence.studies.file) for table in evidence.appraisals.values()),
        (evidence.variants, "arm_id", arms, evidence.arms.file),
        (evidence.variants, "outcome", config["outcomes"], "config/config.yaml"),
    ]
    for table, column, ids, home in known:
        for row in table.rows:
            if column in row and row[column] not in ids:
                yield _at(table, row, column, f"{home} knows no such name", f"correct it, or add it to {home}")
    for group, definition in config["groups"].items():
        for column in definition["where"]:
            if column not in evidence.arms.columns:
                message = f"the group {group} of config/config.yaml asks for a column that is not there"
                yield Problem(evidence.arms.file, message, "add the column or correct the group", row=1, column=column)
    for row in evidence.variants.rows:
        if row["events"] > row["n"]:
            yield _at(evidence.variants, row, "events", "more events than patients", "correct one of the two counts")
    for row in evidence.outcomes.rows:
        if "corrects" in row and "reason" not in row:
            yield _at(evidence.outcomes, row, "reason", "a correction gives no reason", "say why the row was corrected")


def _claims(evidence: Evidence) -> Iterator[Problem]:
    """A claim with decimals is a number that has as many."""
    for row in evidence.claims.rows:
        if "decimals" in row and not re.fullmatch(
            r"\d+" + rf"\.\d{{{row['decimals']}}}" * bool(row["decimals"]), row["value"]
        ):
            message = f"the value is no number with {row['decimals']} decimals"
            yield _at(
                evidence.claims, row, "value", message, "correct it or decimals, or leave decimals empty for words"
            )


def _answers(evidence: Evidence) -> Iterator[Problem]:
    """An answer on two reports is on two."""
    for row in evidence.overlaps.rows:
        if row["report_a"] == row["report_b"]:
            yield _at(evidence.overlaps, row, "report_b", "it is the same report", "name the other report")


def _counts(at: Callable[..., Problem], row: Row) -> Iterator[Problem]:
    if "events" in row and "n" not in row:
        yield at("n", "events are given but not the number of patients", "fill in n")
    if "events" in row and "n" in row and row["events"] > row["n"]:
        yield at("events", f"{row['events']} events among {row['n']} patients", "correct events or n")
    for value in ("events", "estimate", "ci_low", "ci_high"):
        status = row.get(f"{value}_status")
        if value in row and status not in (None, "reported"):
            yield at(value, f"a number stands beside the status {status}", f"remove it or correct {value}_status")
        if value not in row and status == "reported":
            yield at(value, "the status says reported but there is no number", f"fill it in or correct {value}_status")


def _percentage(at: Callable[..., Problem], row: Row, tolerance: float) -> Iterator[Problem]:
    """The printed percentage against events/n, or against every whole number of events where none is given."""
    printed, n = row.get("reported_percent", ""), row.get("n")
    if not printed or printed.startswith("~"):
        return
    value, decimals = float(printed), len(printed.partition(".")[2])
    if value > 100:
        yield at("reported_percent", "more than 100 percent", "correct the percentage")
    elif "events" in row and n:
        exact = 100 * row["events"] / n
        if not rounds_to(exact, value, decimals):
            counts = f"{row['events']}/{n} is {exact:.{decimals + 1}f} percent"
            far = abs(exact - value) > tolerance
            remedy = "correct events, n or the percentage" if far else "compare with the source; the counts are used"
            yield at("reported_percent", counts, remedy, stops=far)
    elif n and not possible_events(value, decimals, n):
        nearest = nearest_events(value, n)
        message = f"no whole number of {n} patients is {printed} percent; the nearest is {nearest}/{n}"
        message += f" = {100 * nearest / n:.{decimals}f}"
        yield at("reported_percent", message, "compare with the source", stops=False)


def _interval(at: Callable[..., Problem], row: Row) -> Iterator[Problem]:
    low, estimate, high = row.get("ci_low", -math.inf), row.get("estimate"), row.get("ci_high", math.inf)
    if low > high:
        yield at("ci_low", f"the interval runs from {low:g} down to {high:g}", "correct ci_low or ci_high")
    elif estimate is not None and not low <= estimate <= high:
        bounds = " to ".join(f"{bound:g}" if math.isfinite(bound) else "no bound" for bound in (low, high))
        yield at("estimate", f"the interval {bounds} does not contain it", "correct the estimate or the interval")


def _size(at: Callable[..., Problem], row: Row, size: int) -> Iterator[Problem]:
    if row["population"] == "all" and row.get("n", size) != size:
        yield at("n", f"the arm has {size} patients", "say why in reason", stops=False)


def _repeated_results(evidence: Evidence) -> Iterator[Problem]:
    """Results of one arm that would all count: the same one twice, or two timepoints."""
    current = current_rows(evidence)
    seen: dict[tuple, Row] = {}
    for row in current:
        who = row["extractor"] if row["role"] == "extractor" else ""
        key = tuple(row[column] for column in (*KEY, *TOLD_APART)), row["role"], who
        if key in seen:
            message = f"the same result stands in row {seen[key].line} ({seen[key]['row_id']})"
            yield _at(evidence.outcomes, row, "row_id", message, "remove one, or let it name the other under corrects")
        seen[key] = row
    timepoints: dict[tuple, Row] = {}
    for row in current:
        if "events" not in row or row["role"] != "consensus":
            continue
        first = timepoints.setdefault((row["arm_id"], row["outcome"], row["population"]), row)
        if first["timepoint"] != row["timepoint"]:
            message = f"row {first.line} has counts of this outcome at another timepoint ({first['timepoint']})"
            yield _at(evidence.outcomes, row, "timepoint", message, "give each timepoint an outcome of its own")


def _same_day(evidence: Evidence, rows: list[Row], horizon: Horizon | None) -> Iterator[tuple[Row, Problem]]:
    """Of two reports of one day none is the newer: a person says which counts."""
    reports, overlaps = by_id(evidence.reports, "report_id"), Overlaps.known(evidence, horizon)
    counted: dict[tuple, Row] = {}
    for row in sorted(rows, key=lambda row: row["row_id"]):
        if "events" not in row or row["role"] != "consensus":
            continue
        day = first_day(reports[row["report_id"]]["published"])
        first = counted.setdefault((row["arm_id"], row["outcome"], row["population"], row["assessor"], day), row)
        other = row["report_id"] != first["report_id"] and not overlaps.answer(
            row["report_id"], first["report_id"], row["outcome"]
        )
        if other:
            message = f"{first['report_id']} gives counts too, and neither report is the newer"
            remedy = "say in data/extraction/overlaps.csv which of the two reports counts"
            yield row, _at(evidence.outcomes, row, "report_id", message, remedy, stops=False)


def _within(evidence: Evidence, config: dict, rows: list[Row]) -> Iterator[tuple[Row, Problem]]:
    """Every event of a nested outcome is one of the wider outcome too: no more complete than overall responses."""
    columns = ("arm_id", "outcome", "timepoint", "population", "assessor", "report_id", "role")
    counted = {tuple(row[c] for c in columns): row for row in rows if "events" in row}
    for (arm, outcome, *rest), row in counted.items():
        wider = counted.get((arm, config["outcomes"][outcome].get("within"), *rest))
        if wider and row["events"] > wider["events"]:
            message = f"more events than {wider['outcome']} has in row {wider.line} ({wider['events']})"
            yield row, _at(evidence.outcomes, row, "events", message, "correct one of the two counts")


def _arms(evidence: Evidence, config: dict) -> Iterator[Problem]:
    minimum = config["eligibility"]["minimum_patients"]
    grouped = {arm for group in config["groups"].values() for arm in group_arms(evidence, group["where"])}
    for arm in evidence.arms.rows:
        if arm["arm_id"] not in grouped:
            remedy = "correct the row or the groups of config/config.yaml"
            yield _at(evidence.arms, arm, "arm_id", "the arm belongs to no group", remedy, stops=False)
        if arm["n"] < minimum:
            message = f"fewer than {minimum} patients: the arm is not pooled"
            yield _at(evidence.arms, arm, "n", message, "nothing, if the number is right", stops=False)


def _studies(evidence: Evidence, config: dict) -> Iterator[Problem]:
    """Criteria that a study fails by its own row, and registry numbers that stand twice."""
    seen: dict[str, Row] = {}
    for study in evidence.studies.rows:
        for column, wanted in config["eligibility"]["studies"].items():
            if study.get(column) not in wanted:
                message = f"eligible is {' or '.join(wanted)}: the study is not pooled"
                yield _at(evidence.studies, study, column, message, "nothing, if that is right", stops=False)
        number = registry_number(study)
        if not number:
            continue
        first = seen.setdefault(number, study)
        if first is not study:
            message = f"{first['study_id']} has the same number: their patients may be the same"
            remedy = "make it one study, or say in data/extraction/overlaps.csv which report counts"
            yield _at(evidence.studies, study, "registry_id", message, remedy, stops=False)


def _parts(evidence: Evidence, rows: list[Row]) -> Iterator[tuple[Row, Problem]]:
    """The parts of an arm along one dimension, as one report and reader tell them, against the whole arm."""
    arms, parts = by_id(evidence.arms, "arm_id"), defaultdict(list)
    for row in rows:
        if (dimension := part_of(row)) and "n" in row:
            teller = row["extractor"] if row["role"] == "extractor" else ""
            parts[row["arm_id"], row["outcome"], row["timepoint"], row["report_id"], teller, dimension].append(row)
    for (arm, *_, dimension), told in parts.items():
        total, size = sum(row["n"] for row in told), arms[arm]["n"]
        if total != size:
            message = f"the parts by {dimension} hold {total} patients together, the arm {size}"
            more = total > size
            remedy = "correct a part or the arm" if more else "compare with the source; some patients are in no part"
            first = min(told, key=lambda row: row["row_id"])
            yield first, _at(evidence.outcomes, first, "n", message, remedy, stops=more)


def _legacy_boxes(evidence: Evidence) -> Iterator[Problem]:
    """The counts by reason of a published version against the whole box."""
    reasons, wholes = defaultdict(int), {}
    for row in evidence.legacy.rows:
        if "reason" in row:
            reasons[row["version"], row["box"]] += row["count"]
        else:
            wholes[row["version"], row["box"]] = row
    for box, total in reasons.items():
        whole = wholes.get(box)
        if whole and whole["count"] != total:
            message = f"the reasons of {whole['box']} add up to {total}"
            yield _at(evidence.legacy, whole, "count", message, "compare with the source", stops=False)


def _reason_codes(evidence: Evidence, config: dict) -> Iterator[Problem]:
    """A reason that is no code still counts, but by itself: nobody can say what it means in the flow diagram."""
    codes = {*config["eligibility"]["criteria"], *config["screening"]["pending"], "not_retrieved", "ongoing"}
    for table in (evidence.decisions, evidence.adjudications):
        for row in table.rows:
            if "reason" in row and row["reason"] not in codes:
                remedy = "use a code of eligibility.criteria or screening.pending, or add this one there"
                yield _at(table, row, "reason", "config/config.yaml knows no such code", remedy, stops=False)
