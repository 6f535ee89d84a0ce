"""Starts a server of this folder as a process of its own, and talks to it from a test.

    with start("eutils", records=records, rate_limit=[3, 10]) as server:
        server.control(faults=[fault("http_503", endpoint="efetch", times=2)])
        ... server.address ... server.requests() ...

This module needs nothing but the standard library, so that a test can load it from its path:

    spec = importlib.util.spec_from_file_location("server_client", Path(__file__).parents[1] / "servers" / "client.py")
    client = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = client
    spec.loader.exec_module(client)
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

FOLDER = Path(__file__).parent
OPENER = build_opener(ProxyHandler({}))


@dataclass
class Server:
    """A running server; `stop`, or the end of a `with`, ends it."""

    address: str
    """http://127.0.0.1:PORT/"""
    process: subprocess.Popen

    def control(self, **changes: Any) -> None:
        """Change records, faults, seed, ...: see `control_...` of the service. ValueError tells what it refuses."""
        request = Request(f"{self.address}control", json.dumps(changes).encode(), method="POST")
        try:
            OPENER.open(request).close()
        except HTTPError as error:
            raise ValueError(json.load(error)["error"]) from None

    def requests(self) -> list[dict[str, Any]]:
        """Every request since the start or the last `reset_log`, with parameters, records asked for and fault."""
        with OPENER.open(f"{self.address}requests") as answer:
            return json.load(answer)

    def stop(self) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=10)
        self.process.stdout.close()

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def start(name: str, records: Iterable[dict[str, Any]] = (), port: int = 0, **changes: Any) -> Server:
    """Start eutils, crossref, clinicaltrials or europepmc with records, and make changes before its first request."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "records.jsonl"
        file.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
        command = [sys.executable, str(FOLDER / f"{name}.py"), "--port", str(port), "--records", str(file)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        address = process.stdout.readline().strip()
    if not address:
        raise RuntimeError(f"the {name} server did not start: exit code {process.wait()}; its message is above")
    server = Server(address, process)
    if changes:
        server.control(**changes)
    return server


def fault(
    *names: str, endpoint: str | None = None, times: int | None = None, probability: float = 1.0, **settings: Any
) -> dict[str, Any]:
    """A rule for `control(faults=[...])`: one of the names strikes, always or `times` times or by chance."""
    return {
        "names": list(names),
        "endpoint": endpoint,
        "times": times,
        "probability": probability,
        "settings": settings,
    }
