"""The evidence tables of a review, read together."""

from dataclasses import dataclass
from pathlib import Path

from perennial.problems import Problem
from perennial.tables import Row, Table, load_schema, read_table

FILES = {
    "studies": "data/studies.csv",
    "reports": "data/reports.csv",
    "arms": "data/extraction/arms.csv",
    "outcomes": "data/extraction/outcomes.csv",
    "variants": "data/extraction/variants.csv",
    "duplicates": "data/records/duplicates.csv",
    "decisions": "data/screening/decisions.csv",
    "adjudications": "data/screening/adjudications.csv",
    "legacy": "data/screening/legacy.csv",
    "claims": "data/published/claims.csv",
    "references": "data/published/references.csv",
}


@dataclass(frozen=True)
class Evidence:
    studies: Table
    reports: Table
    arms: Table
    outcomes: Table
    variants: Table
    duplicates: Table
    decisions: Table
    adjudications: Table
    legacy: Table
    claims: Table
    references: Table

    @property
    def tables(self) -> list[Table]:
        return [getattr(self, name) for name in FILES]

    @property
    def problems(self) -> list[Problem]:
        return [problem for table in self.tables for problem in table.problems]

    @property
    def readable(self) -> bool:
        return all(table.readable for table in self.tables)


def read_evidence(project: Path, schemas: Path) -> Evidence:
    """Read the tables below `project` against the schemas in `schemas`."""
    return Evidence(
        **{
            name: read_table(project / file, file, load_schema(schemas / f"{name}.schema.yaml"))
            for name, file in FILES.items()
        }
    )


def by_id(table: Table, column: str) -> dict[str, Row]:
    return {row[column]: row for row in table.rows}
