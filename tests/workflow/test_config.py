"""The configuration: every mistake is named with its place and its remedy; schema and shipped file agree."""

import copy
import datetime
from pathlib import Path

import pytest
import yaml

from perennial.workflow.config import ConfigError, checked_config

ROOT = Path(__file__).parents[2]
SCHEMA = yaml.safe_load((ROOT / "workflow" / "schemas" / "config.schema.yaml").read_text(encoding="utf-8"))
SHIPPED = yaml.safe_load((ROOT / "config" / "config.yaml").read_text(encoding="utf-8"))


def changed(*path, to=None, drop=False) -> dict:
    config = copy.deepcopy(SHIPPED)
    *way, last = path
    place = config
    for key in way:
        place = place[key]
    if drop:
        del place[last]
    else:
        place[last] = to
    return config


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (
            changed("elegibility", to={}),
            "config/config.yaml: unknown key 'elegibility'. Remedy: use one of review, as_of,",
        ),
        (changed("groups", drop=True), "config/config.yaml: groups is missing. Remedy: add it."),
        (
            changed("primary_model", to="as_publishd"),
            "config/config.yaml, primary_model: 'as_publishd' is not known. Remedy: use one of as_published, recommended,",
        ),
        (
            changed("models", "as_published", "tau2", to="XX"),
            "config/config.yaml, models.as_published.tau2: 'XX' is not known. Remedy: use one of DL, REML.",
        ),
        (
            changed("models", "as_published", "method", to="bayes"),
            "config/config.yaml, models.as_published.method: 'bayes' is not known. "
            "Remedy: use one of inverse_variance, glmm.",
        ),
        (
            changed("models", "glmm_z", "quadrature_points", to=0),
            "config/config.yaml, models.glmm_z.quadrature_points: 0 is less than the minimum of 1. "
            "Remedy: a whole number from 1 to 101.",
        ),
        (
            changed("outcomes", "cr", "within", to="or"),
            "config/config.yaml, outcomes.cr.within: 'or' is not known. Remedy: use one of orr, cr,",
        ),
        (
            changed("comparisons", "regimen", "groups", to=["monotherapy", "combo"]),
            "config/config.yaml, comparisons.regimen.groups: 'combo' is not known. "
            "Remedy: use one of monotherapy, combination, naive.",
        ),
        (
            changed("bias", "tests", "recommended", "set", to="post"),
            "config/config.yaml, bias.tests.recommended.set: 'post' is not known. Remedy: use one of all_arms, post_cart.",
        ),
        (
            changed("heterogeneity", to={"low": 60, "moderate": 50}),
            "config/config.yaml, heterogeneity: low lies above moderate. Remedy: correct one of them.",
        ),
    ],
)
def test_a_mistake_is_named(config, message):
    with pytest.raises(ConfigError) as caught:
        checked_config(config, SCHEMA)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_defaults_come_from_the_schema_and_leave_the_file_alone():
    given = changed("eligibility", drop=True)
    before = copy.deepcopy(given)
    config = checked_config(given, SCHEMA)
    assert (config["level"], config["eligibility"], config["checks"]) == (
        0.95,
        {"minimum_patients": 1, "studies": {}, "criteria": {}},
        {"percent_tolerance": 5},
    )
    assert given == before


def test_a_day_without_quotation_marks_is_the_day_that_was_written():
    assert checked_config(changed("as_of", to=datetime.date(2024, 12, 31)), SCHEMA)["as_of"] == "2024-12-31"


def test_every_key_of_the_schema_is_used_by_the_library():
    """A key that nothing reads would be a promise nobody keeps."""
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    source += (ROOT / "workflow" / "report" / "index.html.j2").read_text(encoding="utf-8")
    for key in SCHEMA["properties"]:
        assert f'"{key}"' in source, key
