"""The nodes of files of the results: the job that makes each, its identity card, its code, and what it reads."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from perennial.provenance.evidence import accepted_name
from perennial.provenance.flow import Flow
from perennial.provenance.graph import Graph
from perennial.provenance.records import import_name

NAMED = {"row_id": "row", "arm_id": "arm", "claim_id": "claim", "variant_id": "variant", "report_id": "report"}
NAMED |= {"study_id": "study", "record_id": "record"}
"""What a row of a card is about, by the first of these columns that it has."""


def add_cards(graph: Graph, paths: Iterable[Path], version: str) -> dict[str, Mapping[str, Any]]:
    """Each card and the code of its rule, which is of this version of Perennial; gives the cards by name."""
    cards = {}
    for path in paths:
        data = path.read_bytes()
        card = json.loads(data)
        name = card["card"]
        rule = name.partition("/")[0]
        cards[name] = card
        digest = hashlib.sha256(data).hexdigest()
        said = f"identity card {name}: its evidence and settings [identity/{name}.json, sha256 {digest}]"
        graph.add(f"card/{name}", "card", said, [_code(graph, rule, card, version)], sha256=digest)
    return cards


def _code(graph: Graph, rule: str, card: Mapping[str, Any], version: str) -> str:
    modules, packages = card["modules"], card["packages"]
    program = next(name for name in modules if name.endswith(".py"))
    listed = "".join(f"{name} {digest}\n" for name, digest in sorted(modules.items()))
    versions = ", ".join(f"{name} {version}" for name, version in packages.items())
    said = f"code: scripts/{program} and {len(modules) - 1} modules of Perennial {version}, together sha256 "
    said += f"{hashlib.sha256(listed.encode()).hexdigest()}; {versions}"
    return graph.add(f"code/{rule}", "code", said, modules=modules, packages=packages)


def add_files(graph: Graph, flow: Flow, cards: Mapping[str, Mapping[str, Any]], files: Iterable[str]) -> None:
    """The files and all that they are made from."""
    waiting = list(files)
    for file in waiting:
        if file in graph.nodes or not (job := flow.job(file)):
            continue
        waiting += job.inputs
        card = cards.get(job.card, {})
        rests_on = [f"card/{job.card}"] if card else [graph.end("card", "the job of this file has no identity card")]
        rests_on += [name for name in named_in(card) if name in graph.nodes]
        graph.add(file, "file", f"made by the rule {job.rule}", [*rests_on, *job.inputs])


def named_in(value: Any) -> Iterator[str]:
    """The nodes of the evidence that a card, or a part of it, holds."""
    if isinstance(value, list):
        for each in value:
            yield from named_in(each)
    elif isinstance(value, dict):
        rows = [key for key in value if key.startswith("from") and key[4:].isdecimal()]
        if isinstance(value.get("from"), dict) and "row_id" in value["from"]:
            yield from rows_named(value["from"]["row_id"])
        elif rows:
            for key in rows:
                for each in value[key]:
                    yield from rows_named(each["row_id"])
        elif "folder" in value and "sha256" in value:
            yield "search/" + "/".join(value["folder"].split("/")[-2:])
        elif str(value.get("file", "")).startswith("data/imports/"):
            yield import_name(value["file"])
        elif "record" in value and "column" in value:
            yield from (f"row/{value['record']}", f"arm/{value['record']}", accepted_name(value))
        elif "box" in value:
            yield "/".join(filter(None, ["count", value["version"], value["box"], value.get("reason")]))
        elif column := next((column for column in NAMED if isinstance(value.get(column), str)), None):
            named = value[column]
            yield from rows_named(named) if column == "row_id" else [f"{NAMED[column]}/{named}"]
        else:
            for key, each in value.items():
                if key not in ("modules", "packages"):
                    yield from named_in(each)


def rows_named(row_id: str) -> list[str]:
    """The rows of a result on which extractors agree are named together, with commas."""
    return [f"row/{name}" for name in row_id.split(", ")]
