"""Made-up records, works, trials and preprints for the servers: plainly synthetic, and the same every time.

Needs nothing but the standard library, so that tests and benchmarks can load it from its path.
"""

import random
from datetime import date, timedelta
from typing import Any

FIRST_PMID = 90_000_000
FIRST_DAY = date(2019, 1, 1)
WORDS = ("alder", "birch", "cedar", "elder", "hazel", "larch", "maple", "olive", "poplar", "rowan", "spruce", "willow")


def day(number: int) -> str:
    """The number-th day from the beginning of 2019."""
    return (FIRST_DAY + timedelta(days=number)).strftime("%Y/%m/%d")


def article(number: int, **changes: Any) -> dict[str, Any]:
    """A record of the E-utilities server."""
    words = random.Random(number).choices(WORDS, k=60)
    entered = day(number % 2000)  # until the middle of 2024
    return {
        "pmid": str(FIRST_PMID + number),
        "title": f"Synthetic record {number} of {words[0]} and {words[1]}",
        "abstract": f"Patients were randomly assigned to {' '.join(words)}.",
        "authors": [[f"Author{number % 97}", "Synthetic"], [f"Author{number % 89}", "Made Up"]],
        "journal": f"Synthetic journal {number % 40}",
        "dp": entered,
        "crdt": entered,
        "mesh": [["Synthetic Disease", number % 3 == 0, ["drug therapy"]], ["Humans", False, []]],
        "pt": ["Journal Article", *(["Randomized Controlled Trial"] if number % 4 == 0 else [])],
        "doi": f"10.5555/synthetic.{number}",
    } | changes


def literature(count: int, busy: int = 0, busy_day: str = "2025/03/14") -> list[dict[str, Any]]:
    """Records 1 to `count`; exactly the first `busy` of them were created on one day."""
    return [article(number, **({"crdt": busy_day} if number <= busy else {})) for number in range(1, count + 1)]


def work(number: int, **changes: Any) -> dict[str, Any]:
    """A work of Crossref; `update` makes what stands in its update-to and updated-by."""
    return {
        "DOI": f"10.5555/synthetic.{number}",
        "type": "journal-article",
        "title": [f"Synthetic work {number}"],
        "publisher": "Synthetic publisher",
        "container-title": [f"Synthetic journal {number % 40}"],
        "published": {"date-parts": [[2024, 5, 3]]},
        "relation": {},
    } | changes


def update(doi: str, kind: str, day: str = "2024-05-03", source: str = "publisher") -> dict[str, Any]:
    """A notice (retraction, correction, expression_of_concern, ...) or what it is about."""
    when = date.fromisoformat(day)
    stamp = (when - date(1970, 1, 1)).days * 86_400_000
    return {
        "DOI": doi,
        "type": kind,
        "label": kind.replace("_", " ").capitalize(),
        "source": source,
        "updated": {
            "date-parts": [[when.year, when.month, when.day]],
            "date-time": f"{day}T00:00:00Z",
            "timestamp": stamp,
        },
    }


def trial(
    number: int,
    conditions: list[str] | None = None,
    interventions: list[str] | None = None,
    status: str = "RECRUITING",
    **changes: Any,
) -> dict[str, Any]:
    """A study of ClinicalTrials.gov."""
    names = interventions or ["syntheticamab"]
    return {
        "protocolSection": {
            "identificationModule": {
                "nctId": f"NCT{99_000_000 + number}",
                "briefTitle": f"Synthetic trial {number}",
                "officialTitle": f"Synthetic trial {number} in full",
                "acronym": f"SYNTH-{number}",
                "organization": {"fullName": "Synthetic sponsor", "class": "OTHER"},
            },
            "statusModule": {
                "statusVerifiedDate": "2024-05",
                "overallStatus": status,
                "startDateStruct": {"date": "2021-03-01", "type": "ACTUAL"},
                "primaryCompletionDateStruct": {"date": "2025-06", "type": "ESTIMATED"},
                "completionDateStruct": {"date": "2026-12", "type": "ESTIMATED"},
                "studyFirstPostDateStruct": {"date": "2021-01-15", "type": "ACTUAL"},
                "lastUpdatePostDateStruct": {"date": "2024-05-20", "type": "ACTUAL"},
            },
            "conditionsModule": {"conditions": conditions or ["Synthetic Disease"]},
            "designModule": {
                "studyType": "INTERVENTIONAL",
                "phases": ["PHASE2"],
                "enrollmentInfo": {"count": 40 + number % 100, "type": "ESTIMATED"},
            },
            "armsInterventionsModule": {"interventions": [{"type": "DRUG", "name": name} for name in names]},
        },
        "hasResults": False,
    } | changes


def preprint(number: int, **changes: Any) -> dict[str, Any]:
    """A result of Europe PMC."""
    people = [
        {
            "fullName": f"Author{number % 97} S",
            "firstName": "Synthetic",
            "lastName": f"Author{number % 97}",
            "initials": "S",
        }
    ]
    return {
        "id": f"PPR{9_000_000 + number}",
        "source": "PPR",
        "doi": f"10.5555/preprint.{number}",
        "title": f"Synthetic preprint {number}",
        "authorString": f"{people[0]['fullName']}.",
        "authorList": {"author": people},
        "pubYear": "2024",
        "abstractText": f"Made-up text about the synthetic disease, number {number}.",
        "bookOrReportDetails": {"publisher": "Synthetic server", "yearOfPublication": 2024},
        "pubTypeList": {"pubType": ["Preprint"]},
        "firstPublicationDate": "2024-05-03",
        "versionNumber": 1,
    } | changes
