"""The tidy tables as a Frictionless data package (specs.frictionlessdata.io): files, and what each column means."""

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

from perennial.csv_table import csv_table
from perennial.export.analysis_data import analysis_tables
from perennial.export.released import Released
from perennial.files import replace_file, to_json
from perennial.tables import load_schema

Field = dict[str, Any]

DESCRIPTOR = "datapackage.json"
SPDX = {"CC BY 4.0": "CC-BY-4.0", "CC BY-SA 4.0": "CC-BY-SA-4.0", "CC BY-NC 4.0": "CC-BY-NC-4.0", "CC0 1.0": "CC0-1.0"}


def field(name: str, description: str, kind: str = "string", **constraints: Any) -> Field:
    told = {"name": name, "type": kind, "description": description}
    return {**told, "constraints": constraints} if constraints else told


OUTCOME = field("outcome", "code of the outcome, see codes.csv", required=True)
GROUP = field("group", "code of the group of arms, see codes.csv", required=True)
ARM = field("arm_id", "the arm or cohort, as in the review's data/extraction/arms.csv", required=True)
STUDY = field("study_id", "the study, see studies.csv", required=True)
EVENTS = field("events", "patients with the outcome", "integer", required=True, minimum=0)
N = field("n", "patients", "integer", required=True, minimum=1)

TABLES: dict[str, tuple[str, list[Field], list[str]]] = {
    "models": (
        "The models under which every outcome and group is pooled",
        [
            field("model", "code of the model", required=True),
            field("label", "its name on the page"),
            field("method", "inverse_variance, or glmm: the binomial-normal model with logit link"),
            field("transformation", "scale of an inverse-variance model"),
            field("tau2", "estimator of the variance between studies of an inverse-variance model"),
            field("interval", "wald, t (k-1 degrees of freedom) or hartung_knapp"),
            field("quadrature_points", "points of the adaptive Gauss-Hermite quadrature of a glmm", "integer"),
        ],
        ["model"],
    ),
    "codes": (
        "What the codes of the other tables stand for",
        [
            field("kind", "what the code names, such as an outcome or a group", required=True),
            field("code", "as it stands in the other tables", required=True),
            field("label", "its name on the page"),
        ],
        ["kind", "code"],
    ),
    "counts": (
        "What was pooled: one row for each outcome, group and arm, and where the numbers were taken from",
        [
            OUTCOME,
            GROUP,
            ARM,
            STUDY,
            field("arm", "name of the arm"),
            field("regimen", "treatment of the arm"),
            field("report_id", "the report that gave the numbers, see reports.csv", required=True),
            field("report_kind", "article, abstract, update, registry or correction"),
            field("published", "when the report was published, as far as it is known"),
            EVENTS,
            N,
            field("file", "table of the review in which the row stands", required=True),
            field("row_id", "row of that table", required=True),
            field("locator", "table or page of the report"),
            field("quote", "as it is printed there"),
        ],
        ["outcome", "group", "arm_id"],
    ),
    "variants": (
        "Counts that another source gives, each tried in the place of the extracted one",
        [
            OUTCOME,
            GROUP,
            field("variant_id", "the variant", required=True),
            ARM,
            field("label", "what it is"),
            EVENTS,
            N,
            field("basis", "reported by the source, or inferred from what it says"),
            field("source", "where the count stands"),
            field("quote", "as it is printed there"),
        ],
        ["outcome", "group", "variant_id"],
    ),
    "trials": (
        "Trials with both sides of a comparison within trials, the arms of a side added up",
        [
            OUTCOME,
            field("comparison", "code of the comparison, see codes.csv", required=True),
            STUDY,
            {**EVENTS, "name": "events1", "description": "patients with the outcome, first side"},
            {**N, "name": "n1", "description": "patients, first side"},
            {**EVENTS, "name": "events2", "description": "patients with the outcome, second side"},
            {**N, "name": "n2", "description": "patients, second side"},
            field("rows1", "rows of data/extraction/outcomes.csv, first side"),
            field("rows2", "rows of data/extraction/outcomes.csv, second side"),
        ],
        ["outcome", "comparison", "study_id"],
    ),
    "results": (
        "Every number that came out, one a row",
        [
            field(
                "analysis",
                "study (each with its exact interval), pooled, leave_one_out, influence, variant, specification (of "
                "the multiverse), bayes, comparison (of groups), within_trials, asymmetry (Egger's test) or median",
                required=True,
            ),
            OUTCOME,
            field("group", "code of the group; empty where it is of several"),
            field("model", "code of the model, or measure and method within trials; empty where there is one way"),
            field(
                "item", "the study or arm, variant, specification, prior, comparison or test; empty for a whole group"
            ),
            field(
                "quantity",
                "estimate, ci_* (interval) and pi_* (prediction interval, t with k-1 df) are fractions, or "
                "odds ratios or differences; mean, se and tau2 are on the scale of the model, as are differences "
                "between groups; i2 is from Q, i2_tau2 from tau2, in percent; adhoc_* is a Hartung-Knapp interval "
                "not narrower than Wald's; weights are percent; limit_* is Egger's estimate where the error is 0",
                required=True,
            ),
            field("value", "in full precision; empty where it does not exist", "number"),
        ],
        [],
    ),
}


def write_data_package(released: Released, folder: Path) -> None:
    """Write the tables and datapackage.json."""
    tables, resources = analysis_tables(released), []
    for name, (title, fields, key) in {**_evidence(released), **TABLES}.items():
        data = csv_table([each["name"] for each in fields], tables[name])
        replace_file(folder / f"{name}.csv", data)
        resources.append(_resource(name, title, fields, key, data))
    replace_file(folder / DESCRIPTOR, to_json(_descriptor(released, resources)))


def _evidence(released: Released) -> dict[str, tuple[str, list[Field], list[str]]]:
    """Studies and reports, with the columns that the review's tables have."""
    schemas = released.review.workflow / "schemas"
    tables = {}
    for name, key in (("studies", "study_id"), ("reports", "report_id")):
        schema, table = load_schema(schemas / f"{name}.schema.yaml"), getattr(released.review.evidence, name)
        known = schema["properties"]
        fields = [
            field(
                column,
                known.get(column, {}).get("description", "a column of this review's own"),
                **_required(column, key),
            )
            for column in table.columns
        ]
        tables[name] = (schema["title"].partition(", ")[2].capitalize(), fields, [key])
    counted = field("included", "whether it is included in the release", "boolean", required=True)
    tables["studies"][1].append(counted)
    return tables


def _required(column: str, key: str) -> dict[str, bool]:
    return {"required": True} if column == key else {}


def _resource(name: str, title: str, fields: list[Field], key: list[str], data: bytes) -> dict[str, Any]:
    schema: dict[str, Any] = {"fields": fields, "missingValues": [""]}
    if key:
        schema["primaryKey"] = key
    links = {"study_id": "studies", "report_id": "reports"}
    foreign = [
        {"fields": [column], "reference": {"resource": table, "fields": [column]}}
        for column, table in links.items()
        if name != table and column in _names(fields)
    ]
    if foreign:
        schema["foreignKeys"] = foreign
    return {
        "name": name,
        "title": title,
        "path": f"{name}.csv",
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(data),
        "hash": f"sha256:{sha256(data).hexdigest()}",
        "schema": schema,
    }


def _names(fields: Iterable[Field]) -> set[str]:
    return {each["name"] for each in fields}


def _descriptor(released: Released, resources: list[dict[str, Any]]) -> dict[str, Any]:
    told, review = released.release.told, released.review.config["review"]
    licence = review.get("licence")
    return {
        "profile": "tabular-data-package",
        "name": "review-analysis-data",
        "title": f"{review['title']}: version {told['version']}, data of the analyses",
        "description": (
            f"Evidence as of {told['as_of']}. {review['question']} repeat_with_metafor.R repeats the results. A text "
            "that a spreadsheet would take for a formula has an apostrophe before it."
        ),
        "version": told["version"],
        **({"licenses": [{"name": SPDX.get(licence, licence.replace(" ", "-")), "title": licence}]} if licence else {}),
        "resources": resources,
    }
