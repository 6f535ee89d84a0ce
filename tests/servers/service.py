"""What a server knows and answers, whatever it speaks: records, a log of requests, faults, and changes from outside."""

import random
import threading
import time
from collections.abc import Callable
from typing import Any, ClassVar

from fault_rules import Case, Kind, Rules
from messages import Answer, Draft, Request


class BadControl(ValueError):
    """A change that cannot be made: most likely a mistake in a test."""


class Service:
    """What a server knows and answers: records that can change while it runs, a log, and faults."""

    kinds: ClassVar[dict[str, Kind]] = {}

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.rules = Rules([], random.Random(0))
        self.log: list[dict[str, Any]] = []
        self.records: dict[str, dict[str, Any]] = {}

    def name_of(self, record: dict[str, Any]) -> str:
        """What a record is stored under."""
        raise NotImplementedError

    def endpoint(self, path: str) -> str:
        """What an address asks for; empty where there is nothing."""
        raise NotImplementedError

    def draft(self, request: Request) -> Draft:
        """The true answer, before faults."""
        raise NotImplementedError

    def refusal(self, request: Request) -> Answer | None:
        """What is said to a request that is not let in."""
        return None

    def put(self, record: dict[str, Any]) -> None:
        self.records[self.name_of(record)] = record

    def remove(self, name: str) -> None:
        del self.records[name]

    def respond(self, request: Request) -> Answer:
        with self.lock:
            draft = self.refusal(request)
            fault = None
            if draft is None:
                draft = self.draft(request)
                fault = self.rules.choose(request, draft, self.kinds)
            asked = draft.asked
            if fault:
                case = Case(request, fault.settings, self.rules.random, fault.fired, self)
                draft = self.kinds[fault.name].change(draft, case)
            answer = draft.answer()
            self.log.append(
                {
                    "number": len(self.log) + 1,
                    "time": time.monotonic(),
                    "method": request.method,
                    "path": request.path,
                    "endpoint": request.endpoint,
                    "parameters": request.parameters,
                    "agent": request.agent,
                    "asked": list(asked),
                    "fault": fault.name if fault else "",
                    "status": answer.status,
                }
            )
            return answer

    def control(self, changes: dict[str, Any]) -> None:
        with self.lock:
            for name, value in changes.items():
                change: Callable[[Any], None] | None = getattr(self, f"control_{name}", None)
                if change is None:
                    raise BadControl(f"no such change: {name!r}")
                change(value)

    def control_records(self, records: list[dict[str, Any]]) -> None:
        """Add records, or put them in the place of those of the same name."""
        for record in records:
            self.put(record)

    def control_changes(self, changes: dict[str, dict[str, Any]]) -> None:
        """Change fields of records that are there."""
        for name, fields in changes.items():
            if name not in self.records:
                raise BadControl(f"no such record: {name!r}")
            self.put(self.records[name] | fields)

    def control_remove(self, names: list[str]) -> None:
        for name in names:
            self.remove(name)

    def control_faults(self, rules: list[dict[str, Any]]) -> None:
        """The faults from now on, in the place of those before."""
        for rule in rules:
            if unknown := set(rule["names"]) - self.kinds.keys():
                raise BadControl(f"no such fault here: {', '.join(sorted(unknown))}")
        self.rules = Rules(rules, self.rules.random)

    def control_seed(self, seed: int) -> None:
        self.rules.random.seed(seed)

    def control_reset_log(self, wanted: bool) -> None:
        if wanted:
            self.log.clear()
