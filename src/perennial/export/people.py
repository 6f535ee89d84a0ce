"""Who entered the evidence: roles and initials as the tables have them, and names where the protocol gives them."""

from dataclasses import dataclass
from typing import Any

from perennial.workflow.review import Review

COLUMNS = ("reviewer", "by", "extractor", "appraiser")
"""In which columns of the evidence tables people stand."""


@dataclass(frozen=True)
class People:
    """`entities` describe them as in an RO-Crate; `tables` names those who entered something, by file."""

    entities: list[dict[str, Any]]
    tables: dict[str, list[str]]


def contributors(review: Review) -> People:
    named = review.config["review"].get("people", {})
    tables: dict[str, set[str]] = {}
    for table in review.evidence.tables:
        for row in table.rows:
            tables.setdefault(row.file, set()).update(row[column] for column in COLUMNS if column in row)
    roles = sorted(set().union(*tables.values()))
    return People(
        [_person(role, named.get(role)) for role in roles],
        {
            file: [_id(role, named.get(role)) for role in sorted(found)]
            for file, found in sorted(tables.items())
            if found
        },
    )


def _person(role: str, named: dict[str, str] | None) -> dict[str, Any]:
    if named is None:
        told = "A role or initials, as in the tables; the review names nobody here."
        return {"@id": _id(role, None), "@type": "Person", "name": role, "description": told}
    return {"@id": _id(role, named), "@type": "Person", "name": named["name"], "alternateName": role}


def _id(role: str, named: dict[str, str] | None) -> str:
    return named["orcid"] if named and "orcid" in named else "#role-" + "-".join(role.split())
