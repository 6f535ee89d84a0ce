"""What the tests of Crossref, ClinicalTrials.gov and Europe PMC share. Loaded from its path, as it is no test."""

import gzip
import importlib.util
import json
import sys
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

import requests

from perennial.records.archive import SEARCHES, Run, archived_runs
from perennial.search.archive import Staging
from perennial.search.transport import Transport

DAY = date(2025, 6, 1)
EMAIL = "reviewer@example.org"


def load(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(
        f"servers_{name}", Path(__file__).parents[1] / "servers" / f"{name}.py"
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


client = load("client")
literature = load("literature")

FAULTS = {
    "http_429": {},
    "http_429_date": {},
    "http_500": {},
    "http_502_html": {},
    "http_503": {},
    "html_200": {},
    "empty_body": {},
    "truncated_body": {},
    "invalid_json": {},
    "invalid_utf8": {},
    "connection_reset": {},
    "timeout": {"seconds": 0.4},
    "redirect_loop": {},
}


def transport(address: str, **changes: Any) -> Transport:
    """Without pauses."""
    return Transport(address, **{"per_second": 1e6, "sleep": lambda seconds: None, "timeout": 0.2} | changes)


class Killed(BaseException):
    pass


def dying(address: str, after: int) -> Transport:
    """Is killed when it is about to ask once more after so many questions."""
    pauses = iter(range(after - 1))

    def sleep(seconds: float) -> None:
        if next(pauses, None) is None:
            raise Killed

    return transport(address, sleep=sleep, clock=lambda: 0.0, per_second=1)


def between(change: Callable[[requests.Response, Any], Any]) -> requests.Session:
    """A session that puts what `change` makes of an answer (and its JSON, if it is any) in the place of its body."""

    def hook(response: requests.Response, **_: Any) -> None:
        content = response.content
        answer = json.loads(content) if response.ok else None
        response._content = json.dumps(change(response, answer)).encode()

    session = requests.Session()
    session.hooks["response"] = hook
    return session


def answered(server: Any) -> list[str]:
    """The questions that got a true answer."""
    asked = [each for each in server.requests() if not each["fault"] and each["endpoint"] != "version"]
    return [f"{each['path']} {sorted(each['parameters'].items())}" for each in asked]


def files(project: Path) -> dict[Path, bytes]:
    """Every file of the archive, answers unpacked."""
    paths = [path for path in (project / SEARCHES).rglob("*") if path.is_file()]
    return {path: gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes() for path in paths}


def told(project: Path, source: str) -> dict[str, Any]:
    """run.json without when it was."""
    (run,) = archived_runs(project, source)
    return {name: value for name, value in run.told.items() if name != "searched"}


def archive_of(project: Path, source: str, answers: Iterable[Any], **about: Any) -> Run:
    """A run whose answers are these."""
    with Staging(project, source, DAY, {}) as staging:
        names = []
        for number, answer in enumerate(answers, start=1):
            names.append({"file": f"answer-{number:04}.json.gz"})
            staging.keep(names[-1]["file"], json.dumps(answer).encode())
        staging.finish({"source": source, "answers": names, **about}, "", {})
    (run,) = archived_runs(project, source)
    return run
