"""Search one source and archive its answer in data/search/; the only program that uses the network."""

import argparse
import json
import os
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

from perennial.files import replace_file, to_json
from perennial.records.archive import SEARCHES, ArchiveError, read_run
from perennial.search.archive import wait_for_others
from perennial.search.crossref import search_crossref
from perennial.search.entrez import EUtilities
from perennial.search.preprints import search_preprints
from perennial.search.pubmed import search_pubmed
from perennial.search.strategy import Line, Strategy
from perennial.search.transport import SearchFailed, Transport
from perennial.search.trials import search_trials

PER_SECOND = {"crossref": 5, "clinicaltrials": 0.8, "europepmc": 5}
"""Requests; below what each source asks of everybody. NCBI's limits depend on a key."""


def search(source: str, day: date, asked: Mapping[str, Any]) -> None:
    project, address, today = Path.cwd(), asked["address"], date.today()
    if source != "pubmed" and day != today:
        raise SearchFailed(
            f"as_of={day}: {source} can only be asked as it is today ({today}). Nothing was added to the archive. "
            "Remedy: leave as_of out; a past day can be reconstructed from PubMed alone, with reconstruct=true."
        )
    match source:
        case "pubmed":
            api_key = os.environ.get("NCBI_API_KEY", "")
            transport = Transport(address, 10 if api_key else 3, secrets=(api_key,) if api_key else ())
            lines = tuple(Line(**line) for line in asked["lines"])
            strategy = Strategy(asked["query"], lines, asked["blocks"], asked["labels"])
            eutils = EUtilities(transport, asked["email"], api_key)
            search_pubmed(project, day, today, strategy, asked["reports"], eutils, asked["reconstruct"])
        case "crossref":
            email = asked["email"]
            transport = Transport(address, PER_SECOND[source], secrets=(email, quote(email, safe="")))
            search_crossref(project, day, asked["reports"], email, transport)
        case "clinicaltrials":
            transport = Transport(address, PER_SECOND[source])
            search_trials(project, day, asked["condition"], asked["intervention"], asked["included"], transport)
        case "europepmc":
            transport = Transport(address, PER_SECOND[source])
            search_preprints(project, day, asked["query"], asked["from"], transport)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", choices=["pubmed", *PER_SECOND])
    parser.add_argument("date", type=date.fromisoformat)
    parser.add_argument("asked", type=json.loads, help="JSON: what is asked, and where")
    parser.add_argument("receipt", type=Path, help="JSON to write: what was archived, and where")
    parser.add_argument("--log", required=True, type=Path, help="text to write; the terminal shows progress")
    arguments = parser.parse_args()

    folder = SEARCHES / arguments.source / arguments.date.isoformat()
    wait_for_others(Path.cwd(), arguments.source)
    try:
        if folder.exists():
            said = f"{folder} was archived before; nothing was asked."
        else:
            search(arguments.source, arguments.date, arguments.asked)
            said = f"{folder} was archived."
        run = read_run(folder)
    except (SearchFailed, ArchiveError) as error:
        replace_file(arguments.log, f"{error}\n".encode())
        sys.exit(str(error))
    replace_file(arguments.log, f"{said}\n".encode())
    receipt = {
        "archived": str(folder),
        "run_sha256": run.sha256,
        "kind": run.told["kind"],
        "counts": run.told["counts"],
    }
    replace_file(arguments.receipt, to_json(receipt))


if __name__ == "__main__":
    main()
