"""perennial why <id>: where a value, a figure, a sentence or any result came from."""

import argparse
import json
import shutil
import sys
from pathlib import Path

from perennial.provenance.find import NotFound, find
from perennial.provenance.graph import Graph
from perennial.provenance.tell import tree
from perennial.provenance.trace import TraceError, read_trace


def add_command(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser("why", help="where a value, a sentence or a file of results came from")
    parser.add_argument("id", help="such as orr.monotherapy.estimate or results/summary.json")
    add_place(parser)
    parser.set_defaults(run=run)


def add_place(parser: argparse.ArgumentParser) -> None:
    """Which finished review is asked, and how it answers."""
    parser.add_argument("--directory", type=Path, default=Path(), help="folder of the review; here, if not given")
    parser.add_argument("--as-of", metavar="DATE", help="ask the results as of that day, in results/as_of/")
    parser.add_argument("--json", action="store_true", help="print JSON")


def opened(arguments: argparse.Namespace) -> tuple[Graph, dict, Path]:
    """The trace that was asked for, what it says besides, and its folder of results; ends the program without one."""
    results = arguments.directory / "results"
    if arguments.as_of:
        results = results / "as_of" / arguments.as_of
    try:
        return *read_trace(results), results
    except TraceError as error:
        sys.exit(str(error))


def run(arguments: argparse.Namespace) -> None:
    graph, told, results = opened(arguments)
    try:
        name = find(graph, arguments.id)
    except NotFound as error:
        sys.exit(str(error))
    if arguments.json:
        nodes = {each: graph.nodes[each] for each in graph.reach([name])}
        used = {module for node in nodes.values() for module in node.get("modules", ())}
        modules = {module: digest for module, digest in told["modules"].items() if module in used}
        print(json.dumps({"id": name, "modules": modules, "nodes": nodes}, indent=1, ensure_ascii=False))
    else:
        columns = shutil.get_terminal_size((100, 24)).columns
        print(tree(graph, name, results, columns), end="")
