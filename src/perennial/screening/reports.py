"""Which records may be reports of which study, and which included ones are tied to none yet."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from perennial.csv_table import FILL_IN

COLUMNS = ["report_id", "study_id", "record_id", "doi", "pmid", "kind", "published", "published_basis", "citation"]
COLUMNS += ["locator", FILL_IN, "title", "may_be_study", "url"]

Record = Mapping[str, Any]


def may_be_study(record: Record, studies: Mapping[str, str]) -> str:
    """The study with a registry number that the record names; `studies` are study_ids by number."""
    numbers = [*record.get("registry_ids", ()), record.get("accession", "") if record["source"] == "nct" else ""]
    found = dict.fromkeys(studies[number.upper()] for number in numbers if number.upper() in studies)
    return ", ".join(found)


def reports_form(
    standings: Iterable[Mapping[str, str]],
    records: Mapping[str, Record],
    tied: Iterable[str],
    studies: Mapping[str, str],
) -> list[dict[str, str]]:
    """A row of reports.csv for each publication that was included in full and is no report of a study yet.

    The newest comes first. `standings` are rows of standings.csv; `tied` are publications with a report.
    """
    done = set(tied)
    rows = []
    for row in standings:
        name = row["publication"]
        if row["stage"] != "full_text" or row["state"] != "included" or name in done:
            continue
        record = records[name]
        rows.append(
            {
                "report_id": re.sub("[^a-z0-9]+", "-", name.lower()).strip("-"),
                "record_id": name,
                **{column: record.get(column, "") for column in ("doi", "pmid", "published", "title", "url")},
                "citation": citation(record),
                "locator": name,
                FILL_IN: "study_id, kind, published_basis",
                "may_be_study": may_be_study(record, studies),
            }
        )
    by_name = sorted(rows, key=lambda row: row["record_id"])
    return sorted(by_name, key=lambda row: row["published"], reverse=True)


def citation(record: Record) -> str:
    """Authors, title, journal, year, volume and pages, as far as the record has them."""
    authors = list(record.get("authors", ()))
    named = ", ".join(authors[:3]) + (", et al" if len(authors) > 3 else "")
    place = record.get("volume", "") + (f":{record['pages']}" if record.get("pages") else "")
    year = record.get("published", "")[:4]
    parts = [named, record.get("title", ""), record.get("journal", ""), f"{year};{place}" if place else year]
    return " ".join(part.rstrip(".") + "." for part in parts if part)
