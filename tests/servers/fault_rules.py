"""Which fault strikes a request: always, the next few times, or by a chance that a seed decides."""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from messages import Draft, Request


@dataclass(frozen=True)
class Case:
    """What a fault may look at besides the draft."""

    request: Request
    settings: dict[str, Any]
    random: random.Random
    fired: int
    """How often this rule has struck, this time included."""
    service: Any


@dataclass(frozen=True)
class Kind:
    """A way to misbehave: what it makes of a draft, and which drafts it can be done to."""

    change: Callable[[Any, Case], Draft]
    fits: Callable[[Request, Any], bool] = lambda request, draft: True


@dataclass(frozen=True)
class Fault:
    name: str
    settings: dict[str, Any]
    fired: int


@dataclass
class Rule:
    names: list[str]
    """One of them is drawn, among those that fit."""
    endpoint: str | None = None
    times: int | None = None
    """Strikes before it rests; None for ever."""
    probability: float = 1.0
    settings: dict[str, Any] = field(default_factory=dict)
    fired: int = 0


class Rules:
    """The first rule that fits a request and whose chance comes up strikes it."""

    def __init__(self, rules: Iterable[dict[str, Any]], chance: random.Random) -> None:
        self.rules = [Rule(**rule) for rule in rules]
        self.random = chance

    def choose(self, request: Request, draft: Draft, kinds: dict[str, Kind]) -> Fault | None:
        for rule in self.rules:
            if rule.endpoint not in (None, request.endpoint) or rule.fired == rule.times:
                continue
            fitting = [name for name in rule.names if kinds[name].fits(request, draft)]
            if fitting and self.random.random() < rule.probability:
                rule.fired += 1
                return Fault(self.random.choice(fitting), rule.settings, rule.fired)
        return None
