"""Which failed checks a person has accepted, and which studies the others keep out of the pool."""

from collections.abc import Iterable

from perennial.extraction.checks import result_problems
from perennial.extraction.evidence import Evidence
from perennial.extraction.horizon import Horizon
from perennial.problems import Problem
from perennial.tables import Row

LOOKED_AT = ("file", "record", "column", "value")
"""What an acceptance is of: one value in one place. Another value there is checked anew."""


def accepted(problems: Iterable[Problem], evidence: Evidence, horizon: Horizon) -> dict[Problem, Row]:
    """Those of `problems` that were accepted by then, with the row that says why."""
    answers = {
        tuple(str(row.get(column, "")) for column in LOOKED_AT): row
        for row in evidence.acceptances.rows
        if horizon.knows(row)
    }
    looked_at = ((problem, tuple(getattr(problem, column) for column in LOOKED_AT)) for problem in problems)
    return {problem: answers[place] for problem, place in looked_at if place in answers}


def held_back(evidence: Evidence, config: dict, horizon: Horizon) -> frozenset[str]:
    """The studies with a failed check that nobody had accepted by then."""
    problems = [problem for problem in result_problems(evidence, config, horizon) if problem.holds_back]
    fine = accepted(problems, evidence, horizon)
    return frozenset(problem.holds_back for problem in problems if problem not in fine)
