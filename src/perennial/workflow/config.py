"""The configuration against its schema and against itself, with messages for the person who wrote it."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonschema import ValidationError


FILE = "config/config.yaml"


class ConfigError(ValueError):
    """The configuration cannot be right; each line says where, what and how to mend it."""


def checked_config(config: dict, schema: dict) -> dict:
    """The configuration with the schema's defaults filled in. Raises ConfigError."""
    from jsonschema import Draft202012Validator  # late: a run with nothing to do checks nothing

    config = _with_defaults(_plain(config), schema)
    if "version" in config:
        config["version"] = str(config["version"])  # 1.0 on the command line is a number
    errors = Draft202012Validator(schema).iter_errors(config)
    messages = [_message(error) for error in errors] or list(_contradictions(config))
    if messages:
        raise ConfigError("\n".join(messages))
    return config


def _plain(value: Any) -> Any:
    """What YAML reads as a date is the text that was written; what the command line gives as true is no text."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if value in ("true", "false"):
        return value == "true"
    return value.isoformat() if isinstance(value, date) else value


def _with_defaults(value: Any, schema: dict) -> Any:
    if not isinstance(value, dict):
        return value
    properties = schema.get("properties", {})
    missing = {key: each["default"] for key, each in properties.items() if "default" in each and key not in value}
    return {key: _with_defaults(each, properties.get(key, {})) for key, each in {**value, **deepcopy(missing)}.items()}


def _message(error: ValidationError) -> str:
    place = ".".join(str(part) for part in error.absolute_path)
    where = f"{FILE}, {place}" if place else FILE
    match error.validator:
        case "additionalProperties":
            known = ", ".join(error.schema["properties"])
            unknown = ", ".join(repr(key) for key in error.instance if key not in error.schema["properties"])
            return f"{where}: unknown key {unknown}. Remedy: use one of {known}."
        case "required":
            return f"{where}: {error.message.split(chr(39))[1]} is missing. Remedy: add it."
        case "enum":
            known = ", ".join(str(each) for each in error.validator_value)
            return f"{where}: {error.instance!r} is not known. Remedy: use one of {known}."
        case _:
            return f"{where}: {error.message}. Remedy: {error.schema.get('description', 'correct the value')}."


NEEDED = {"pubmed": "strategy", "clinicaltrials": "clinicaltrials", "europepmc": "europepmc"}
"""What a source that is searched needs to be told."""


def _contradictions(config: dict) -> Iterator[str]:
    """What the schema cannot say: names that must exist elsewhere in the configuration."""
    for source in config["search"]["sources"]:
        if source in NEEDED and NEEDED[source] not in config["search"]:
            yield f"{FILE}, search: {NEEDED[source]} is missing. Remedy: add it, or take {source} out of sources."
    outcomes, groups, bias = config["outcomes"], config["groups"], config["bias"]
    named = [("primary_model", config["primary_model"], config["models"])]
    named += [
        (f"outcomes.{name}.within", each["within"], outcomes) for name, each in outcomes.items() if "within" in each
    ]
    if "audit" in config:
        named.append(("audit.model", config["audit"]["model"], config["models"]))
    for section, sets in (("comparisons", config["comparisons"]), ("bias.sets", bias["sets"])):
        named += [
            (f"{section}.{name}.groups", group, groups) for name, each in sets.items() for group in each["groups"]
        ]
    named += [("signals.thresholds", outcome, outcomes) for outcome in config["signals"]["thresholds"]]
    for name, each in config["within_trials"].items():
        named += [
            (f"within_trials.{name}.{side}", g, groups) for side in ("first", "second") for g in each[side]["groups"]
        ]
    named += [(f"bias.tests.{name}.set", test["set"], bias["sets"]) for name, test in bias["tests"].items()]
    for place, name, known in named:
        if name not in known:
            yield f"{FILE}, {place}: {name!r} is not known. Remedy: use one of {', '.join(known)}."
    if config["heterogeneity"]["low"] > config["heterogeneity"]["moderate"]:
        yield f"{FILE}, heterogeneity: low lies above moderate. Remedy: correct one of them."
