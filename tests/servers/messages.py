"""What passes through a server: a request, a draft of what is true, and the answer that is sent."""

import json
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    endpoint: str
    parameters: dict[str, str]
    """Of the address and of the body; a repeated one with commas between."""
    agent: str
    client: str

    def number(self, name: str, default: int) -> int:
        """A parameter that is a natural number; the default where it is absent or something else."""
        text = self.parameters.get(name, "")
        return int(text) if text.isdecimal() else default

    @property
    def json(self) -> bool:
        return self.parameters.get("retmode", "").lower() == "json"


class Draft(Protocol):
    """A true answer that is not written yet, so that a fault can change what it says."""

    @property
    def asked(self) -> tuple[str, ...]:
        """The names of the records asked for, for the log."""

    def answer(self) -> "Answer": ...


@dataclass(frozen=True)
class Answer:
    body: bytes
    status: int = 200
    content_type: str = "text/xml; charset=UTF-8"
    headers: dict[str, str] = field(default_factory=dict)
    delivery: Literal["whole", "cut", "drip", "stall", "reset"] = "whole"
    seconds: float = 0
    """How long a stall or a drip takes."""
    asked: tuple[str, ...] = ()

    def answer(self) -> "Answer":
        return self


def json_answer(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    body = json.dumps(value, ensure_ascii=False).encode()
    return Answer(body, status, "application/json; charset=UTF-8", headers or {})


def text_answer(text: str, status: int = 200) -> Answer:
    return Answer(text.encode(), status, "text/plain; charset=UTF-8")
