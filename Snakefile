# A living systematic review, from evidence to report. Run with: snakemake --cores 2
# As of an earlier day: snakemake --cores 2 --config as_of=2023-12-31
# To search the sources first, today: snakemake --cores 2 search

import gc
import os
import sys
from pathlib import Path
from shlex import quote

from snakemake.exceptions import WorkflowError
from snakemake.utils import min_version

# What Snakemake has loaded so far stays until the end: garbage is not looked for in it time and again.
gc.freeze()

# The library beside this file and the interpreter that reads it serve in the jobs too, whatever else is installed.
base = Path(workflow.current_basedir)
sys.path.insert(0, str(base / "src"))
shell.prefix(
    f"export PYTHONPATH={quote(str(base / 'src'))} PATH={quote(str(Path(sys.executable).parent))}:$PATH; "
)

from perennial.lock import BUSY, begin_run, run_is_over
from perennial.provenance.flow import flow_of, traced_files
from perennial.workflow.cards import remove_orphans, traced_cards
from perennial.workflow.memory import Memory
from perennial.workflow.record_cards import (
    asked,
    pubmed_readings,
    readings,
    search_day,
    searched_sources,
)
from perennial.workflow.review import ReviewError
from perennial.workflow.screening_cards import ranks, screens
from perennial.workflow.shown import shown
from perennial.workflow.work_cards import work_lists

min_version("9.27")


configfile: "config/config.yaml"


report: "workflow/report/workflow.rst"


if workflow.modifier.modify_path("results/") != "results/":
    raise WorkflowError(
        "A review lies in the folder where it runs: no prefix of a module, no storage elsewhere. "
        "Remedy: snakemake --directory, with the folder of the review."
    )
scripts = os.path.relpath(base / "scripts")
templates = os.path.relpath(base / "workflow" / "report")
memory = Memory(config, Path.cwd(), base)
try:
    review = memory.review()
except ReviewError as error:
    raise WorkflowError(str(error)) from None
results = review.results
tables = ["characteristics", "responses", "secondary"]
page_parts = [
    "index.html.j2",
    "style.css",
    "trace.css",
    "page.js",
    "trace.js",
    "prisma2020.yaml",
    "prisma_lsr.yaml",
]


# On a cluster too what talks to a network, what writes to data/, and what takes a tenth of a second, is done where the
# run was started.
localrules:
    all,
    audit,
    search,
    search_source,
    release,
    make_release,
    check_evidence,
    list_work,
    tabulate,
    tabulate_appraisal,
    count_flow,
    describe_search,


wildcard_constraints:
    outcome="[a-z][a-z0-9_]*",
    group="[a-z][a-z0-9_]*",
    source="[a-z]+",
    date=r"\d{4}-\d{2}-\d{2}",
    run="(pubmed|europepmc|clinicaltrials)-.*",


include: "workflow/rules/search.smk"
include: "workflow/rules/records.smk"
include: "workflow/rules/screening.smk"
include: "workflow/rules/evidence.smk"
include: "workflow/rules/appraisal.smk"
include: "workflow/rules/prisma.smk"
include: "workflow/rules/pooling.smk"
include: "workflow/rules/sensitivity.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/history.smk"
include: "workflow/rules/audit.smk"
include: "workflow/rules/report.smk"


analyses = f"{results}/analyses"
update_flow = (
    multiext(f"{results}/prisma/update", ".json", ".svg", ".pdf", ".png")
    if screens(review)
    else []
)
everything = [
    f"{results}/todo/checks.csv",
    f"{results}/tables/accepted_checks.csv",
    expand(f"{results}/todo/{{list}}.csv", list=work_lists(review)),
    f"{results}/todo/reports.csv",
    f"{results}/tables/exclusions.csv",
    f"{results}/tables/appraisal.csv",
    f"{results}/appraisal/summary.json",
    expand(
        f"{results}/appraisal/{{checklist}}/{{figure}}.{{kind}}",
        checklist=review.checklists,
        figure=["traffic_light", "summary"],
        kind=["svg", "pdf", "png"],
    ),
    f"{results}/search/account.json",
    expand(
        f"{results}/records/{{file}}",
        file=[
            "records.jsonl",
            "sources.csv",
            "clusters.csv",
            "relations.csv",
            "report_status.csv",
            "trials.csv",
        ],
    ),
    expand(
        f"{results}/todo/{{list}}.csv",
        list=[
            "search",
            "set_aside",
            "duplicates",
            "unmatched_decisions",
            "screening",
            "conflicts",
            "notices",
        ],
    ),
    expand(
        f"{results}/screening/{{file}}",
        file=["decisions.csv", "standings.csv", "agreement.json"],
    ),
    update_flow,
    f"{results}/summary.json",
    multiext(f"{results}/update/changes", ".json", ".md"),
    f"{results}/update/notices.json",
    f"{results}/update/back_test.json",
    f"{results}/reproduction.csv",
    f"{results}/provenance/trace.json",
    f"{results}/report/index.html",
    f"{results}/report/manuscript.docx",
    f"{results}/report/manuscript.md",
    multiext(f"{results}/prisma/flow", ".json", ".svg", ".pdf", ".png"),
    expand(
        f"{results}/tables/{{table}}.csv",
        table=tables,
    ),
    expand(
        f"{analyses}/{{outcome}}/{{group}}/{{file}}",
        outcome=review.outcomes,
        group=review.groups,
        file=[
            "pooled.json",
            "sensitivity.json",
            "variants.json",
            "robustness.json",
            "history.json",
        ],
    ),
    expand(
        f"{analyses}/{{outcome}}/{{group}}/{{figure}}.{{kind}}",
        outcome=review.outcomes,
        group=review.groups,
        figure=["forest", "leave_one_out", "specifications"],
        kind=["svg", "pdf", "png"],
    ),
    expand(
        f"{analyses}/{{outcome}}/{{file}}",
        outcome=review.outcomes,
        file=["comparisons.json", "within_trials.json", "bias.json"],
    ),
    f"{analyses}/medians.json",
    expand(
        f"{analyses}/{{outcome}}/{{figure}}.{{kind}}",
        outcome=review.outcomes,
        figure=["forest", "within_trials", "funnel", "history"],
        kind=["svg", "pdf", "png"],
    ),
]
digests = [f"{results}/provenance/digests.csv", f"{results}/provenance/parts.json"]


include: "workflow/rules/living.smk"
include: "workflow/rules/provenance.smk"


# Cards are written by the process that plans the jobs, not by those that run them on a cluster; nor by an audit, which
# asks whether they are what they were.
if workflow.is_main_process and "audit" not in sys.argv:
    dry_run = workflow.output_settings.dryrun
    if begin_run():
        if not dry_run:
            remove_orphans(review)
        memory.write_cards(review, flow_of(workflow.rules, results))
    elif not dry_run:
        raise WorkflowError(BUSY)
    else:
        print(
            "Another run works on this review; this plan may be old.", file=sys.stderr
        )
elif run_is_over():
    raise WorkflowError("The run that asked for this was killed; another one began.")


# Every result is a target: a job that failed is then done again, whatever lies beyond it. While something in the
# evidence cannot be right, the run is the one job that says so.
rule all:
    default_target: True
    input:
        everything[0] if review.refused else [everything, digests],
