"""perennial impact <thing>: what depends on a record, study, report, arm, row or file, and each estimate without it."""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from perennial.commands.why import add_place, opened
from perennial.numbers import interval, percent
from perennial.provenance.find import NotFound, things
from perennial.provenance.graph import FOUND, SOURCES, Graph
from perennial.provenance.without import Estimate, estimates, lost
from perennial.report.blocks import plain

CARD = "identity/trace_values/review.json"
NOT_AGAIN = "Specification curves, Bayesian results and the history are listed below, not computed again."
REPORTED = ("value", "text", "file")


def add_command(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser("impact", help="what depends on a record, study, report, arm, row or file")
    parser.add_argument("thing", help="its id, such as chong2025-article, or a file")
    add_place(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    graph, _, results = opened(arguments)
    try:
        names = things(graph, arguments.thing)
    except NotFound as error:
        sys.exit(str(error))
    told = _told(graph, names, results)
    if arguments.json:
        print(json.dumps({"thing": arguments.thing, "nodes": names, **told}, indent=1, ensure_ascii=False))
    else:
        print("\n".join(_lines(graph, arguments.thing, names, told)))


def _told(graph: Graph, names: list[str], results: Path) -> dict[str, Any]:
    """What depends on `names`, by kind, and the estimates that change without them."""
    found = graph.dependants(names) - set(names)
    told: dict[str, Any] = {
        kind: sorted(name for name in found if graph.nodes[name]["kind"] == kind) for kind in REPORTED
    }
    told["estimates"] = None
    if all(graph.nodes[name]["kind"] in SOURCES | FOUND for name in names):
        card = json.loads((results / CARD).read_bytes())
        now, without = estimates(card), estimates(card, lost(graph, names))
        changed = [name for name in now if now[name] != without[name] and not (now[name].why and without[name].why)]
        told["estimates"] = {name: {"now": asdict(now[name]), "without": asdict(without[name])} for name in changed}
        told["unchanged"] = sorted(now.keys() - changed)
    return told


def _lines(graph: Graph, thing: str, names: list[str], told: dict[str, Any]) -> Iterator[str]:
    if len(names) == 1:
        yield plain(graph.nodes[names[0]].get("said") or thing)
    else:
        yield f"{thing}: {len(names)} things of the trace"
    yield ""
    yield from _estimate_lines(told)
    for kind, heading in (("value", "Values"), ("text", "Sentences"), ("file", "Figures and other files of results")):
        yield ""
        yield f"{heading} that depend on it: {len(told[kind])}"
        yield from (f"  {line}" for line in _grouped(told[kind]))


def _estimate_lines(told: dict[str, Any]) -> Iterator[str]:
    changed = told["estimates"]
    if changed is None:
        yield "It is no evidence that could be left out, so no estimate is computed without it."
        return
    if not changed:
        yield f"No estimate changes without it; {len(told['unchanged'])} were computed again."
        return
    yield f"Estimates without it, by the same models ({len(told['unchanged'])} others do not change):"
    width = max(len(name) for name in changed)
    for name, each in changed.items():
        now, without = (_shown(name, Estimate(**each[side])) for side in ("now", "without"))
        yield f"  {name:{width}}  {now}  ->  {without}"
    yield NOT_AGAIN


def _shown(name: str, told: Estimate) -> str:
    if name.startswith("medians.") and not told.why:
        values = told.estimate, told.ci_low, told.ci_high
        estimate, low, high = ("not reached" if value is None else f"{value:g}" for value in values)
        return f"{estimate} ({low} to {high}), k = {told.k}"
    if told.estimate is None:
        return f"no estimate left ({told.why})" if told.why else "no estimate"
    if ".bias." in name:
        return f"P = {told.estimate:.4f}, k = {told.k}"
    if ".comparisons." in name or ".within_trials." in name:
        return f"{told.estimate:.3f} ({told.ci_low:.3f} to {told.ci_high:.3f})"
    return f"{percent(told.estimate)}% ({interval(told.ci_low, told.ci_high)}), k = {told.k}"


def _grouped(names: list[str]) -> Iterator[str]:
    """Names that differ in their last part only share a line."""
    groups: dict[str, list[str]] = {}
    for name in names:
        first, dot, last = name.rpartition("/" if name.startswith("results/") else ".")
        groups.setdefault(first + dot, []).append(last)
    for first, lasts in groups.items():
        yield f"{first}{{{', '.join(lasts)}}}" if len(lasts) > 1 else f"{first}{lasts[0]}"
