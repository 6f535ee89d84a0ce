"""A release as PROV-JSON (W3C member submission, 24 April 2013): entities are files, activities are jobs."""

from typing import Any

from perennial.export.jobs import Job
from perennial.export.people import contributors
from perennial.export.released import Released

NAMESPACES = {
    "file": "urn:perennial:file:",
    "job": "urn:perennial:job:",
    "program": "urn:perennial:program:",
    "role": "urn:perennial:role:",
    "schema": "http://schema.org/",
}
CARDS = "job:write_cards"


def prov_document(released: Released, jobs: list[Job]) -> dict[str, Any]:
    """The document as a value for JSON; nothing in it is of this machine or this day but the times of the jobs."""
    told = released.release.told
    inputs = {f"file:{name}": digest for name, digest in told["inputs"].items()}
    results = {f"file:{released.results}/{name}": digest for name, digest in told["results"].items()}
    cards = [name for name in results if name.startswith(f"file:{released.results}/identity/")]
    people = contributors(released.review)
    used = [(CARDS, name) for name in inputs]
    generated = [(name, CARDS) for name in cards]
    for job in jobs:
        used += [(f"job:{job.name}", f"file:{file}") for file in (*job.cards, *job.inputs)]
        generated += [(f"file:{file}", f"job:{job.name}") for file in job.outputs]
    attributed = [
        (f"file:{file}", f"role:{role.removeprefix('#role-')}")
        for file, roles in people.tables.items()
        if f"file:{file}" in inputs
        for role in roles
    ]
    programs = sorted({job.program for job in jobs} | {"Snakefile"})
    return {
        "prefix": NAMESPACES,
        "entity": {
            name: {"schema:sha256": digest, "prov:label": name.partition(":")[2]}
            for name, digest in {**inputs, **results}.items()
        },
        "activity": {
            CARDS: {"prov:label": "work out what each job means"},
            **{f"job:{job.name}": _activity(job) for job in jobs},
        },
        "agent": {
            **{f"program:{program}": {"prov:type": "prov:SoftwareAgent"} for program in programs},
            **{
                f"role:{person['@id'].removeprefix('#role-')}": {
                    "prov:type": "prov:Person",
                    "prov:label": person["name"],
                }
                for person in people.entities
            },
        },
        "used": _relations("used", ("prov:activity", "prov:entity"), used),
        "wasGeneratedBy": _relations("made", ("prov:entity", "prov:activity"), generated),
        "wasAssociatedWith": _relations(
            "by",
            ("prov:activity", "prov:agent"),
            [(CARDS, "program:Snakefile"), *((f"job:{job.name}", f"program:{job.program}") for job in jobs)],
        ),
        "wasAttributedTo": _relations("from", ("prov:entity", "prov:agent"), attributed),
    }


def _activity(job: Job) -> dict[str, str]:
    times = {"prov:startTime": job.started, "prov:endTime": job.ended}
    return {"prov:label": job.rule, **{key: time for key, time in times.items() if time}}


def _relations(name: str, roles: tuple[str, str], pairs: list[tuple[str, str]]) -> dict[str, dict[str, str]]:
    return {f"_:{name}{i}": dict(zip(roles, pair, strict=True)) for i, pair in enumerate(pairs, 1)}
