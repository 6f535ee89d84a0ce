"""The evidence tables of a review, read together."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from perennial.dates import is_full_day
from perennial.problems import Problem
from perennial.tables import Row, Table, load_schema, read_table, with_lists

FILES = {
    "studies": "data/studies.csv",
    "reports": "data/reports.csv",
    "arms": "data/extraction/arms.csv",
    "outcomes": "data/extraction/outcomes.csv",
    "overlaps": "data/extraction/overlaps.csv",
    "acceptances": "data/extraction/acceptances.csv",
    "notices": "data/extraction/notices.csv",
    "variants": "data/extraction/variants.csv",
    "duplicates": "data/records/duplicates.csv",
    "decisions": "data/screening/decisions.csv",
    "adjudications": "data/screening/adjudications.csv",
    "legacy": "data/screening/legacy.csv",
    "claims": "data/published/claims.csv",
    "references": "data/published/references.csv",
}

APPRAISAL = "data/appraisal"
"""Its tables are named after their checklists."""

RETURNED = Path("data/returned")
"""Where lists of work from results/todo/ are put when they are filled in."""

LISTS = {
    "screening": "decisions",
    "conflicts": "adjudications",
    "duplicates": "duplicates",
    "reports": "reports",
    "arms": "arms",
    "extraction": "outcomes",
    "consensus": "outcomes",
    "overlaps": "overlaps",
    "checks": "acceptances",
    "notices": "notices",
}
"""The table to which a list adds rows, by the first word of the list's name; `appraisal` goes by its checklist."""


@dataclass(frozen=True)
class Evidence:
    studies: Table
    reports: Table
    arms: Table
    outcomes: Table
    overlaps: Table
    acceptances: Table
    notices: Table
    variants: Table
    duplicates: Table
    decisions: Table
    adjudications: Table
    legacy: Table
    claims: Table
    references: Table
    appraisals: dict[str, Table] = field(default_factory=dict)
    """By checklist."""
    stray: tuple[Problem, ...] = ()
    """Lists handed back that nobody asked for."""

    @property
    def tables(self) -> list[Table]:
        return [*(getattr(self, name) for name in FILES), *self.appraisals.values()]

    @property
    def days(self) -> list[str]:
        """The days on which people entered something, as far as they can be read."""
        return [
            row["date"] for table in self.tables for row in table.rows if "date" in row and is_full_day(row["date"])
        ]

    @property
    def problems(self) -> list[Problem]:
        return [*self.stray, *(problem for table in self.tables for problem in table.problems)]

    @property
    def readable(self) -> bool:
        return not self.stray and all(table.readable for table in self.tables)


def read_evidence(project: Path, schemas: Path, checklists: Sequence[str] = ()) -> Evidence:
    """Read the tables below `project` against the schemas in `schemas`; `checklists` are those of the configuration."""
    lists, stray = _handed_back(project, checklists)

    def table(name: str, file: str, schema_name: str) -> Table:
        schema = load_schema(schemas / f"{schema_name}.schema.yaml")
        return with_lists(read_table(project / file, file, schema), lists[name], schema)

    return Evidence(
        **{name: table(name, file, name) for name, file in FILES.items()},
        appraisals={name: table(name, f"{APPRAISAL}/{name}.csv", "appraisal") for name in checklists},
        stray=tuple(stray),
    )


def _handed_back(project: Path, checklists: Sequence[str]) -> tuple[dict[str, list[tuple[Path, str]]], list[Problem]]:
    """The lists that were filled in, by the table to which they add rows; and files that are no such list."""
    lists, stray = defaultdict(list), []
    for path in sorted((project / RETURNED).glob("[!.]*")):
        file = path.relative_to(project).as_posix()
        first, _, rest = path.stem.partition("-")
        table = LISTS.get(first) if first != "appraisal" else rest.partition("-")[0]
        if path.suffix == ".csv" and table in {*LISTS.values(), *checklists}:
            lists[table].append((path, file))
        else:
            names = ", ".join([*LISTS, *(f"appraisal-{name}" for name in checklists)])
            remedy = f"save it as CSV, with a name that begins with that of its list and a hyphen: one of {names}"
            stray.append(Problem(file, "it is not named after a list of results/todo/", remedy))
    return lists, stray


def by_id(table: Table, column: str) -> dict[str, Row]:
    return {row[column]: row for row in table.rows}
