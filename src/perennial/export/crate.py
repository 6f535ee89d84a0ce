"""A release as a Workflow Run RO-Crate: files, the jobs that made them, programs, people's roles, licences.

It follows the process, workflow and provenance run profiles, 0.5, on RO-Crate 1.1 (https://w3id.org/ro/wfrun). A rule's
program is a tool and a step of the workflow, a job is an action. Before the jobs comes one action of the workflow
itself: reading the evidence, it writes the identity cards.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from perennial.digests import file_sha256
from perennial.export.jobs import INSTALLATION, Job
from perennial.export.people import contributors
from perennial.export.released import Released
from perennial.files import replace_file, to_json

Entity = dict[str, Any]

METADATA = "ro-crate-metadata.json"
CONTEXT = ["https://w3id.org/ro/crate/1.1/context", "https://w3id.org/ro/terms/workflow-run/context"]
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": "Process Run Crate",
    "https://w3id.org/ro/wfrun/workflow/0.5": "Workflow Run Crate",
    "https://w3id.org/ro/wfrun/provenance/0.5": "Provenance Run Crate",
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": "Workflow RO-Crate",
}
LICENCES = {
    "CC BY 4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC BY-SA 4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "CC BY-NC 4.0": "https://creativecommons.org/licenses/by-nc/4.0/",
    "CC0 1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
}
MIT = "https://spdx.org/licenses/MIT"
WORKFLOW, RUN, ENGINE, LANGUAGE = "Snakefile", "#run", "#snakemake", "#snakemake-language"
FORMATS = {
    ".csv": "text/csv",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".html": "text/html",
    ".json": "application/json",
    ".jsonl": "application/jsonl",
    ".md": "text/markdown",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".py": "text/x-python",
    ".smk": "text/x-snakemake",
    ".svg": "image/svg+xml",
    ".yaml": "application/yaml",
}


def write_crate(released: Released, jobs: list[Job], folder: Path, today: date) -> None:
    """Write the crate of a release into an empty folder: metadata, results, evidence tables, workflow and programs.

    Archived searches and imports belong to their sources: they are named by digest and not in the crate.
    """
    for name in _code():
        replace_file(folder / name, (INSTALLATION / name).read_bytes())
    for name in released.release.told["results"]:
        file = f"{released.results}/{name}"
        replace_file(folder / file, (released.project / file).read_bytes())
    for name in _tables(released):
        replace_file(folder / name, (released.release.evidence / name).read_bytes())
    replace_file(folder / METADATA, to_json(crate_metadata(released, jobs, today)))


def crate_metadata(released: Released, jobs: list[Job], today: date) -> dict[str, Any]:
    """The crate's JSON-LD; the same for the same release, jobs and day."""
    inputs, results = _inputs(released), _results(released)
    people = contributors(released.review)
    cards = [entity["@id"] for entity in results if f"{released.results}/identity/" in entity["@id"]]
    for entity in inputs:
        if roles := people.tables.get(entity["@id"]):
            entity["contributor"] = _refs(roles)
    code, steps, tools = _code_entities(), _steps(jobs), sorted({job.program for job in jobs})
    software = _software(jobs)
    entities = [
        _descriptor(),
        _root(released, today, [*inputs, *results, *code], jobs),
        *(
            {"@id": url, "@type": "CreativeWork", "name": name, "version": _version(url)}
            for url, name in PROFILES.items()
        ),
        *_licences(released),
        *_parameters(released),
        *(_workflow(entity, steps, tools) if entity["@id"] == WORKFLOW else _tool(entity, jobs) for entity in code),
        *steps,
        *inputs,
        *results,
        *software,
        {
            "@id": LANGUAGE,
            "@type": "ComputerLanguage",
            "name": "Snakemake",
            "url": {"@id": "https://snakemake.github.io"},
        },
        *people.entities,
        *_actions(released, jobs, [entity["@id"] for entity in inputs], cards),
    ]
    return {"@context": CONTEXT, "@graph": entities}


def _descriptor() -> Entity:
    return {
        "@id": METADATA,
        "@type": "CreativeWork",
        "conformsTo": [{"@id": "https://w3id.org/ro/crate/1.1"}, {"@id": list(PROFILES)[-1]}],
        "about": {"@id": "./"},
    }


def _root(released: Released, today: date, files: list[Entity], jobs: list[Job]) -> Entity:
    told, review = released.release.told, released.review.config["review"]
    return {
        "@id": "./",
        "@type": "Dataset",
        "name": f"{review['title']}: version {told['version']}",
        "description": (
            f"A release of a living systematic review, as of {told['as_of']}: its evidence, the workflow that read it, "
            f"and what came out. The question: {review['question']}"
        ),
        "datePublished": today.isoformat(),
        "version": told["version"],
        "license": {"@id": _licence(released)},
        "conformsTo": _refs(PROFILES),
        "mainEntity": {"@id": WORKFLOW},
        "hasPart": _refs(entity["@id"] for entity in files if not entity["@id"].startswith("urn:")),
        "mentions": _refs([RUN, "#engine-run", *(f"#{_action(job)}" for job in jobs), "#write-cards"]),
        **({"citation": review["citation"]} if "citation" in review else {}),
        **({"identifier": review["registration"]} if "registration" in review else {}),
    }


def _licences(released: Released) -> list[Entity]:
    licence = released.review.config["review"].get("licence")
    told = {"@id": _licence(released), "@type": "CreativeWork", "name": licence or "No licence is stated"}
    if not licence:
        told["description"] = "The protocol names no licence (review.licence). Ask the reviewers before you reuse this."
    return [told, {"@id": MIT, "@type": "CreativeWork", "name": "MIT"}]


def _licence(released: Released) -> str:
    return LICENCES.get(released.review.config["review"].get("licence", ""), "#licence")


def _file(name: str, sha256: str, size: int | None, **told: Any) -> Entity:
    entity = {"@id": name, "@type": "File", "name": name, "sha256": sha256, **told}
    if size is not None:
        entity["contentSize"] = str(size)
    if form := FORMATS.get(Path(name).suffix):
        entity["encodingFormat"] = form
    return entity


def _tables(released: Released) -> list[str]:
    """The inputs of which a release keeps a copy."""
    return [name for name in released.release.told["inputs"] if (released.release.evidence / name).is_file()]


def _inputs(released: Released) -> list[Entity]:
    kept, entities = set(_tables(released)), []
    for name, digest in released.release.told["inputs"].items():
        if name in kept:
            size = (released.release.evidence / name).stat().st_size
            entities.append(_file(name, digest, size, exampleOfWork={"@id": f"#input-{_input(name)}"}))
        else:
            told = "Not in the crate: what a search or an import brought belongs to its source."
            entity = _file(name, digest, None, description=told)
            entities.append({**entity, "@id": f"urn:sha256:{digest}", "@type": "CreativeWork"})
    return entities


def _input(name: str) -> str:
    return "protocol" if name.startswith("config/") else "evidence"


def _results(released: Released) -> list[Entity]:
    entities, parameters = [], {f"{released.results}/{file}": f"#output-{name}" for name, file in OUTPUTS.items()}
    for name, digest in released.release.told["results"].items():
        file = f"{released.results}/{name}"
        told = {"exampleOfWork": {"@id": parameters[file]}} if file in parameters else {}
        entities.append(_file(file, digest, (released.project / file).stat().st_size, **told))
    return entities


OUTPUTS = {"page": "report/index.html", "summary": "summary.json"}
"""The results that stand for the whole, as outputs of the workflow."""


def _parameters(released: Released) -> list[Entity]:
    tables = _tables(released)
    examples = {
        "#input-protocol": [name for name in tables if _input(name) == "protocol"],
        "#input-evidence": [name for name in tables if _input(name) == "evidence"],
        **{f"#output-{name}": [f"{released.results}/{file}"] for name, file in OUTPUTS.items()},
    }
    return [
        {
            "@id": name,
            "@type": "FormalParameter",
            "name": name.partition("-")[2],
            "additionalType": "File",
            "conformsTo": {"@id": "https://bioschemas.org/profiles/FormalParameter/1.0-RELEASE"},
            "workExample": _refs(files),
        }
        for name, files in examples.items()
        if files
    ]


def _code() -> list[str]:
    """The workflow, its programs and the library, as files below the installation."""
    found = [WORKFLOW, "environment.yml"]
    for folder, pattern in (("scripts", "*.py"), ("src/perennial", "**/*.py"), ("workflow/rules", "*.smk")):
        found += sorted(path.relative_to(INSTALLATION).as_posix() for path in (INSTALLATION / folder).glob(pattern))
    return found


def _code_entities() -> list[Entity]:
    files = {name: INSTALLATION / name for name in _code()}
    return [_file(name, file_sha256(path), path.stat().st_size, license={"@id": MIT}) for name, path in files.items()]


def _workflow(file: Entity, steps: list[Entity], tools: list[str]) -> Entity:
    return {
        **file,
        "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"],
        "name": "Perennial, a systematic review as a workflow",
        "programmingLanguage": {"@id": LANGUAGE},
        "input": _refs(["#input-protocol", "#input-evidence"]),
        "output": _refs(f"#output-{name}" for name in OUTPUTS),
        "step": _refs(step["@id"] for step in steps),
        "hasPart": _refs(tools),
    }


def _tool(file: Entity, jobs: list[Job]) -> Entity:
    """A file of code; a program says which rules call it and with which packages."""
    called = [job for job in jobs if job.program == file["@id"]]
    if not called:
        return {**file, "@type": ["File", "SoftwareSourceCode"]} if file["@id"].endswith(".py") else file
    packages = {name: version for job in called for card in job.cards.values() for name, version in _packages(card)}
    return {
        **file,
        "@type": ["File", "SoftwareSourceCode"],
        "name": Path(file["@id"]).stem,
        "softwareRequirements": _refs(_package(*each) for each in sorted(packages.items())),
    }


def _packages(card: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    return card.get("packages", {}).items()


def _package(name: str, version: str) -> str:
    return f"#package-{name}-{version}"


def _software(jobs: list[Job]) -> list[Entity]:
    """Every package that a program could reach, in the version of the cards, and the engine."""
    packages = sorted({each for job in jobs for card in job.cards.values() for each in _packages(card)})
    engine = {
        "@id": ENGINE,
        "@type": "SoftwareApplication",
        "name": "Snakemake",
        "url": {"@id": "https://snakemake.github.io"},
    }
    return [
        engine,
        *(
            {"@id": _package(*each), "@type": "SoftwareApplication", "name": each[0], "softwareVersion": each[1]}
            for each in packages
        ),
    ]


def _steps(jobs: list[Job]) -> list[Entity]:
    """One a rule, each after those whose results it uses."""
    made_by = {output: job for job in jobs for output in job.outputs}
    depth: dict[str, int] = {}

    def level(job: Job) -> int:
        if job.name not in depth:
            before = [level(made_by[file]) for file in job.inputs if file in made_by]
            depth[job.name] = 1 + max(before, default=0)
        return depth[job.name]

    rules: dict[str, tuple[int, str]] = {}
    for job in jobs:
        rules[job.rule] = max(rules.get(job.rule, (0, "")), (level(job), job.program))
    ordered = sorted(rules, key=lambda rule: (rules[rule][0], rule))
    return [
        {
            "@id": f"#step-{rule}",
            "@type": "HowToStep",
            "name": rule,
            "position": str(position),
            "workExample": {"@id": rules[rule][1]},
        }
        for position, rule in enumerate(ordered, 1)
    ]


def _actions(released: Released, jobs: list[Job], inputs: list[str], cards: list[str]) -> list[Entity]:
    told = released.release.told
    run = {
        "@id": RUN,
        "@type": "CreateAction",
        "name": f"Run of the workflow that made version {told['version']}",
        "instrument": {"@id": WORKFLOW},
        "object": _refs(inputs),
        "result": _refs(f"{released.results}/{name}" for name in told["results"]),
        **_times(jobs),
    }
    write_cards = {
        "@id": "#write-cards",
        "@type": "CreateAction",
        "name": "Work out what each job means, while the workflow is read",
        "instrument": {"@id": WORKFLOW},
        "object": _refs(inputs),
        "result": _refs(cards),
    }
    engine = {
        "@id": "#engine-run",
        "@type": "OrganizeAction",
        "name": "Snakemake orders the jobs",
        "instrument": {"@id": ENGINE},
        "object": _refs(f"#control-{_action(job)}" for job in jobs),
        "result": {"@id": RUN},
        **_times(jobs),
    }
    return [run, write_cards, engine, *(entity for job in jobs for entity in _job(job))]


def _job(job: Job) -> list[Entity]:
    return [
        {
            "@id": f"#{_action(job)}",
            "@type": "CreateAction",
            "name": job.name,
            "instrument": {"@id": job.program},
            "object": _refs([*job.cards, *job.inputs]),
            "result": _refs(job.outputs),
            **_times([job]),
        },
        {
            "@id": f"#control-{_action(job)}",
            "@type": "ControlAction",
            "name": f"Have {job.name} done",
            "instrument": {"@id": f"#step-{job.rule}"},
            "object": {"@id": f"#{_action(job)}"},
        },
    ]


def _action(job: Job) -> str:
    return "job-" + job.name.replace("/", "-").replace(" ", "_")


def _times(jobs: Iterable[Job]) -> Entity:
    """From the first start to the last end, where every job's are known."""
    starts, ends = zip(*((job.started, job.ended) for job in jobs), strict=True)
    if not all(starts) or not all(ends):
        return {}
    return {"startTime": min(starts), "endTime": max(ends)}


def _refs(names: Iterable[str]) -> list[Entity]:
    return [{"@id": name} for name in names]


def _version(url: str) -> str:
    return url.rpartition("/")[2]
