"""The data of a published review as of its version, and everything that can be computed from them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from perennial.stats.egger import egger, funnel_coordinates
from perennial.stats.pooling import PooledProportion, model_from_dict, pool_proportions
from perennial.stats.sensitivity import leave_one_out

SELECTION = re.compile(r"(\w+)\[(.*)\]")
CONDITION = re.compile(r"\s*(\w+)\s*(!?[=~])\s*(.*?)\s*")


@dataclass(frozen=True)
class Paper:
    """`tables` holds rows by table (arms, outcomes, studies, reports, legacy, references).

    `analyses` holds the counts pooled in each outcome.group, `tests` the asymmetry tests by name with their rows by
    outcome, `corrected` the row that replaced another, `model` the model the review says it used.
    """

    tables: dict[str, list[dict]]
    analyses: dict[str, list[dict]]
    tests: dict[str, dict]
    corrected: dict[str, str]
    model: dict
    level: float
    thresholds: dict[str, float]

    @cached_property
    def rows(self) -> dict[str, dict]:
        """By name; a row that was corrected stands for its correction."""
        rows = {row["row_id"]: row for row in self.tables["outcomes"]}
        for old in self.corrected:
            new = old
            while new in self.corrected:
                new = self.corrected[new]
            if new in rows:
                rows[old] = rows[new]
        return rows

    @cached_property
    def arms(self) -> dict[str, dict]:
        return {row["arm_id"]: row for row in self.tables["arms"]}

    @cached_property
    def references(self) -> dict[str, dict]:
        return {row["number"]: row for row in self.tables["references"]}

    @cached_property
    def _pooled(self) -> dict[str, PooledProportion]:
        return {name: self._pool(pool_proportions, name) for name in self.analyses}

    def pooled(self, analysis: str) -> PooledProportion:
        return self._pooled[analysis]

    def without_each(self, analysis: str) -> dict[str, PooledProportion]:
        """The pooled result without each study, by arm."""
        runs = self._pool(leave_one_out, analysis)
        return dict(zip((row["arm_id"] for row in self.analyses[analysis]), runs, strict=True))

    def _pool(self, function: Callable, analysis: str):
        rows = self.analyses[analysis]
        counts = [row["events"] for row in rows], [row["n"] for row in rows]
        return function(*counts, model_from_dict(self.model), self.level)

    def egger(self, outcome: str, test: str):
        """Egger's test of an outcome in one of the configured forms. Raises NotEstimable."""
        rows = self.tests[test]["rows"][outcome]
        return egger(
            *funnel_coordinates([row["events"] for row in rows], [row["n"] for row in rows], self.tests[test]["effect"])
        )

    def select(self, selection: str) -> list[dict]:
        """Rows of a table that satisfy all conditions: `arms[regimen~Glofitamab; prior_cart=yes|no]`.

        A condition is `column=value|value`, `column~part|part` (contains) or their opposites with `!`. Outcomes are
        seen with the columns of their arm and study, arms with those of their study. Raises ValueError for what is no
        condition and KeyError for what is no table.
        """
        table, conditions = SELECTION.fullmatch(selection).groups()
        rows = [self._joined(table, row) for row in self.tables[table]]
        for condition in filter(str.strip, conditions.split(";")):
            if not (parts := CONDITION.fullmatch(condition)):
                raise ValueError(f"the condition {condition.strip()!r}")
            column, sign, wanted = parts.groups()
            rows = [row for row in rows if _holds(str(row.get(column, "")), sign, wanted.split("|"))]
        return rows

    def _joined(self, table: str, row: dict) -> dict:
        studies = {each["study_id"]: each for each in self.tables["studies"]}
        if table == "outcomes":
            arm = self.arms[row["arm_id"]]
            return {**studies[arm["study_id"]], **arm, **row}
        return {**studies[row["study_id"]], **row} if table in ("arms", "reports") else row


def _holds(value: str, sign: str, wanted: list[str]) -> bool:
    found = any(each in value for each in wanted) if sign.endswith("~") else value in wanted
    return found != sign.startswith("!")
