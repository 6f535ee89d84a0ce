"""The trace of every reported value: built from the cards and the results, and read back from trace.json."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from perennial.csv_table import read_csv
from perennial.provenance.context import Context
from perennial.provenance.evidence import add_evidence
from perennial.provenance.flow import Flow
from perennial.provenance.graph import Graph
from perennial.provenance.made import add_cards, add_files
from perennial.provenance.records import add_records, add_searches, tie_reports
from perennial.provenance.texts import add_texts
from perennial.provenance.values import add_values

FILE = "provenance/trace.json"
"""Where it lies in the results."""


def build_trace(card: Mapping[str, Any], card_files: Sequence[Path], results: Path) -> Graph:
    """`card` is that of the trace, `card_files` those of all other jobs, `results` the folder of the results."""
    graph, evidence, called = Graph(), card["evidence"], card["results"]
    add_evidence(graph, evidence)
    counts_only = add_searches(graph, card["runs"], card["imports"])
    records = [json.loads(line) for line in (results / "records" / "records.jsonl").read_bytes().splitlines()]
    decisions = read_csv(results / "screening" / "decisions.csv")
    clusters = read_csv(results / "records" / "clusters.csv")
    criteria = card["config"]["eligibility"]["criteria"] | card["config"]["screening"]["pending"]
    add_records(graph, records, clusters, decisions, evidence["adjudications"], criteria)
    tie_reports(graph, evidence["reports"], records, counts_only)
    named = [f"record/{record['record_id']}" for record in records]
    none = [] if records else [graph.end("records", "no record is archived here")]
    said = f"all {len(records):,} records of the archive, with every decision on them"
    graph.add("records", "records", said, [*named, *none])
    cards = add_cards(graph, card_files, card["perennial"])
    flow = Flow(card["flow"], called)
    add_files(graph, flow, cards, [*card["flow"]["trace_values"]["in"], *_made_from_it(card["flow"], called)])
    context = Context(graph, results, called, card["config"], cards)
    add_values(context)
    add_texts(context)
    return graph


def _made_from_it(flow: Mapping[str, Mapping[str, list[str]]], called: str) -> list[str]:
    """The trace itself, and the page and the manuscript, which it is made before."""
    folders = (f"{called}/provenance/", f"{called}/report/")
    return [file for told in flow.values() for file in told["out"] if file.startswith(folders)]


def to_dict(graph: Graph, card: Mapping[str, Any]) -> dict[str, Any]:
    """As trace.json holds it; digests of modules once for all programs."""
    modules: dict[str, str] = {}
    nodes = {}
    for name, node in sorted(graph.nodes.items()):
        if "modules" in node:
            modules |= node["modules"]
            node = {**node, "modules": sorted(node["modules"])}
        nodes[name] = node
    told = {key: card[key] for key in ("perennial", "results", "as_of", "reconstructed")}
    return {**told, "modules": dict(sorted(modules.items())), "nodes": nodes}


class TraceError(Exception):
    """There is no trace to read; the message says what to do."""


def read_trace(results: Path) -> tuple[Graph, dict[str, Any]]:
    """The graph below a folder of results, and what trace.json says besides. Raises TraceError."""
    path = results / FILE
    try:
        told = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise TraceError(f"{path} does not exist. Remedy: run snakemake there first, or name another folder.") from None
    return Graph(told.pop("nodes")), told
