"""A search strategy, from the configuration to the string that PubMed is sent.

Terms make blocks, blocks are combined, filters and dates limit the whole. Every part stays at hand by itself, so that
PubMed can be asked what it makes of each line (PRISMA-S items 8 and 16).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

OPERATOR = re.compile(r" (AND|OR|NOT) ")


class StrategyError(ValueError):
    """The strategy cannot be what was meant; the message says where and how to mend it."""


@dataclass(frozen=True)
class Line:
    """One numbered line of the strategy as it would be typed into PubMed."""

    block: str
    query: str


@dataclass(frozen=True)
class Strategy:
    query: str
    lines: tuple[Line, ...]
    blocks: Mapping[str, str]
    """The query of each block, and of each filter and of the dates, which limit the search like blocks."""
    labels: Mapping[str, str]


def pubmed_strategy(definition: Mapping[str, Any], filters: Mapping[str, Mapping[str, Any]]) -> Strategy:
    """The strategy that `definition` (search.strategy in the configuration) describes. Raises StrategyError.

    `filters` are those of workflow/search_filters.yaml, by name.
    """
    lines, parts, labels = [], {}, {}
    for name, block in definition["blocks"].items():
        terms = [term_query(term, f"search.strategy.blocks.{name}") for term in block["any"]]
        lines += [Line(name, term) for term in terms]
        parts[name], labels[name] = _any_of(terms), block["label"]
    combined = combine(definition["combine"], parts)
    limits = []
    for name in definition.get("filters", []):
        if name not in filters:
            raise StrategyError(
                f"search.strategy.filters: {name!r} is not known. Remedy: use one of {', '.join(filters)}."
            )
        wanted, without = filters[name]["any"], filters[name].get("none", [])
        parts[name] = _any_of([f"({line})" if OPERATOR.search(line) else line for line in wanted])
        if without:
            parts[name] = f"({parts[name]} NOT ({' OR '.join(without)}))"
        labels[name] = f"{filters[name]['label']} ({filters[name]['citation']})"
        lines += [Line(name, line) for line in (*wanted, *without)]
        limits.append(parts[name])
    if "published" in definition:
        parts["published"] = _dates(definition["published"])
        labels["published"] = f"Date of publication (dp){_between(definition['published'])}"
        lines.append(Line("published", parts["published"]))
        limits.append(parts["published"])
    query = " AND ".join([f"({combined})" if limits and OPERATOR.search(definition["combine"]) else combined, *limits])
    return Strategy(query, tuple(lines), parts, labels)


def term_query(term: Mapping[str, Any], where: str = "term") -> str:
    """A term as PubMed reads it: {mesh: Lymphoma, B-Cell, explode: false} is "Lymphoma, B-Cell"[mh:noexp]."""
    [kind] = set(term) & {"mesh", "supplementary", "text"}
    text = " ".join(term[kind].split())
    if '"' in text or "[" in text or "]" in text:
        raise StrategyError(
            f"{where}: {term[kind]!r} holds a quotation mark or bracket. Remedy: write the words alone."
        )
    if kind == "supplementary":
        return f'"{text}"[nm]'
    if kind == "text":
        return f'"{text}"[{term.get("field", "tw")}]'
    tag = ("majr" if term.get("major") else "mh") + ("" if term.get("explode", True) else ":noexp")
    headings = [f"{text}/{subheading}" for subheading in term.get("subheadings", [])] or [text]
    return _any_of([f'"{heading}"[{tag}]' for heading in headings])


def combine(expression: str, parts: Mapping[str, str]) -> str:
    """`expression` (a AND (b OR c) NOT d) with each name replaced by its query.

    PubMed reads from left to right; mixed operators without parentheses are refused, for people read them otherwise.
    """
    words = re.findall(r"[()]|[^\s()]+", expression)
    query, rest = _operands(words, expression, parts)
    if rest:
        raise StrategyError(f"search.strategy.combine: {expression!r} closes more parentheses than it opens.")
    return query


def _operands(words: list[str], expression: str, parts: Mapping[str, str]) -> tuple[str, list[str]]:
    """The query of the operands up to the closing parenthesis, and the words that follow it."""

    def wrong(message: str) -> StrategyError:
        return StrategyError(f"search.strategy.combine: {expression!r}: {message}")

    queries: list[str] = []
    operators: set[str] = set()
    while True:
        match words:
            case ["(", *rest]:
                query, words = _operands(rest, expression, parts)
                if words[:1] != [")"]:
                    raise wrong("a parenthesis is not closed. Remedy: close it.")
                queries.append(f"({query})")
                words = words[1:]
            case [name, *words] if name in parts:
                queries.append(parts[name])
            case [name, *_]:
                raise wrong(f"{name!r} is no block. Remedy: use one of {', '.join(parts)}.")
            case []:
                raise wrong("a block is missing at the end. Remedy: add it.")
        match words:
            case [("AND" | "OR" | "NOT") as operator, *words]:
                operators.add(operator)
                if len(operators) > 1:
                    raise wrong("different operators stand side by side. Remedy: add parentheses.")
                queries.append(operator)
            case [] | [")", *_]:
                return " ".join(queries), words
            case [word, *_]:
                raise wrong(f"{word!r} stands where AND, OR or NOT should. Remedy: correct it.")


def _any_of(terms: list[str]) -> str:
    return f"({' OR '.join(terms)})" if len(terms) > 1 else terms[0]


def _dates(published: Mapping[str, str]) -> str:
    return date_range("dp", published.get("from", "1800-01-01"), published.get("to", "3000-12-31"))


def _between(published: Mapping[str, str]) -> str:
    return "".join(f" {word} {published[word]}" for word in ("from", "to") if word in published)


def date_range(field: str, first: str | date, last: str | date) -> str:
    """Both days included: "2019/01/01"[dp] : "3000/12/31"[dp]."""
    low, high = (str(day).replace("-", "/") for day in (first, last))
    return f'("{low}"[{field}] : "{high}"[{field}])'
