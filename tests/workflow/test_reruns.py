"""After a change, the jobs whose results can change run, and no others; results never stay old.

Each case starts from a copy of a project that has run, changes one thing, runs, and compares the jobs that ran with
the list that had to. Where only a plan is asked for (a dry run), that plan and run agree is shown by the first cases.
"""

import json
import os
import random
import shutil
import subprocess
import sys
import time

import pytest

OUTCOMES, GROUPS = ("orr", "cr"), ("monotherapy", "combination", "naive")
NOTHING = "Nothing to be done"

POOLING = [f"{rule}/{outcome}.{group}" for rule in ("pool", "pool_variants", "leave_one_out", "plot_group_forest", "plot_leave_one_out") for outcome in OUTCOMES for group in GROUPS]  # fmt: skip
BY_OUTCOME = [f"{rule}/{outcome}" for rule in ("compare_groups", "plot_forest") for outcome in OUTCOMES]
MODELS = [f"{rule}/{outcome}.{group}" for rule in ("vary_models", "plot_specifications") for outcome in OUTCOMES for group in GROUPS]  # fmt: skip
WITHIN = [f"{rule}/{outcome}" for rule in ("compare_within_trials", "plot_within_trials") for outcome in OUTCOMES]
HISTORY = [*(f"replay/{outcome}.{group}" for outcome in OUTCOMES for group in GROUPS), *(f"plot_history/{outcome}" for outcome in OUTCOMES), "back_test"]  # fmt: skip
BIAS = [f"{rule}/{outcome}" for rule in ("test_asymmetry", "plot_funnel") for outcome in OUTCOMES]
AUDIT = ["audit_claims"]
PRISMA = ["count_flow", "plot_flow", "count_update", "plot_update"]
IMPORT = "read_import/2026-11-22-first-pass.csv"
SCREENING = ["gather_decisions", "judge_screening", "list_reports"]
LISTS = ["living", "arms", "extraction-1", "extraction-2", "consensus", "overlaps", "appraisal-jbi_case_series"]
WORK = [*(f"list_work/{name}" for name in LISTS), "tabulate_appraisal", "plot_appraisal/jbi_case_series"]
RECORDS = ["describe_search", IMPORT, "collect_records", "find_duplicates", "check_reports", "list_trials"]
TABLES = ["tabulate/characteristics", "tabulate/responses", "tabulate/secondary"]
DIGESTS = "record_digests"  # whenever anything ran
TEXTS = [DIGESTS, "trace_values", "write_manuscript", "write_report"]
SUMMARY = [DIGESTS, "summarise", *TEXTS[1:]]
PAGE = ["describe_changes", *SUMMARY, "weigh_notices"]
STATISTICS = [*POOLING, *MODELS, *BY_OUTCOME, *WITHIN, *BIAS, *HISTORY, "pool_medians"]
ALL = sorted([*STATISTICS, *TABLES, *PAGE, *AUDIT, *PRISMA, *RECORDS, *SCREENING, *WORK, "check_evidence"])

ONE_CELL = sorted(
    [
        *(f"{rule}/cr.naive" for rule in ("pool", "leave_one_out", "plot_group_forest", "plot_leave_one_out")),
        *(f"{rule}/cr.naive" for rule in ("vary_models", "plot_specifications")),
        *(f"{rule}/cr" for rule in ("compare_within_trials", "plot_within_trials")),
        "plot_forest/cr",
        *("replay/cr.naive", "plot_history/cr", "back_test"),
        "test_asymmetry/cr",
        "plot_funnel/cr",
        "tabulate/responses",
        *AUDIT,
        *PAGE,
    ]
)
BRODY = "brody2025-naive,cr,best response,all,not_stated,50,74,reported,68"
CORRECTED = BRODY.replace(",50,74,reported,68", ",51,74,reported,69")


def test_a_first_run_does_everything_and_a_second_nothing(whole_run, done):
    assert whole_run[1].jobs == ALL
    again = done.run()
    assert (again.code, again.jobs) == (0, [])
    assert NOTHING in again.output


def test_without_results_every_file_comes_back_byte_for_byte(done):
    before = done.results()
    shutil.rmtree(done.root / "results")
    assert done.run().jobs == ALL
    after = done.results()
    assert sorted(before) == sorted(after)
    assert [name for name in before if before[name] != after[name]] == []


def test_one_corrected_count_runs_its_chain_and_what_shows_it(done):
    before = done.results()
    done.edit("data/extraction/outcomes.csv", BRODY, CORRECTED)
    assert done.plan() == ONE_CELL
    assert done.run().jobs == ONE_CELL
    changed = {name for name, data in done.results().items() if data != before.get(name)}
    assert "analyses/cr/naive/pooled.json" in changed
    assert not {name for name in changed if name.startswith(("analyses/orr", "analyses/cr/mono", "analyses/cr/comb"))}
    assert done.run().jobs == []


def test_a_file_with_an_older_date_is_seen(done):
    done.edit("data/extraction/outcomes.csv", BRODY, CORRECTED)
    os.utime(done.root / "data" / "extraction" / "outcomes.csv", (1, 1))
    assert done.plan() == ONE_CELL


def test_comments_dates_and_order_run_nothing(done):
    config = done.root / "config" / "config.yaml"
    config.write_text("# A new comment.\n" + config.read_text(encoding="utf-8"), encoding="utf-8")
    for table in set((done.root / "data").rglob("*.csv")) - set((done.root / "data" / "imports").iterdir()):
        header, *rows = table.read_text(encoding="utf-8").splitlines(keepends=True)
        table.write_text("".join([header, *random.Random(1).sample(rows, len(rows))]), encoding="utf-8")
    for path in done.root.rglob("*"):
        if path.is_file() and ".snakemake" not in path.parts and "results" not in path.parts:
            os.utime(path)
    run = done.run()
    assert (run.code, run.jobs) == (0, [])


def test_one_decision_reruns_screening_and_what_tells_of_it(done):
    path = done.root / "data" / "screening" / "decisions.csv"
    record = path.read_text(encoding="utf-8").splitlines()[1].partition(",")[0]
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{record},title_abstract,second,exclude,not_prospective,2026-11-22,\n")
    run = done.run()
    assert run.code == 0, run.output
    assert run.jobs == sorted([*SCREENING, "count_update", "plot_update", "trace_values", "write_report", DIGESTS])
    flow = json.loads((done.root / "results" / "prisma" / "update.json").read_bytes())["boxes"]
    assert (flow["records_waiting"]["count"], flow["records_excluded"]["count"]) == (45, 1)
    pair = json.loads((done.root / "results" / "screening" / "agreement.json").read_bytes())["pairs"][0]
    assert (pair["n"], pair["agreed"], pair["only_one"]) == (1, 1, 45)


def test_results_that_are_touched_run_nothing(done):
    for path in (done.root / "results").rglob("*"):
        os.utime(path)
    assert done.run().jobs == []


def test_losing_what_snakemake_remembers_runs_nothing_and_hides_nothing(done):
    shutil.rmtree(done.root / ".snakemake")
    assert done.plan() == []
    done.edit("data/extraction/outcomes.csv", BRODY, CORRECTED)
    assert done.plan() == ONE_CELL


def test_changed_pooling_code_runs_pooling_and_what_follows(done):
    path = done.root / "src" / "perennial" / "stats" / "pooling.py"
    path.write_text(path.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    os.utime(path, (1, 1))
    assert done.run().jobs == sorted([*POOLING, *BY_OUTCOME, *HISTORY, *AUDIT, *PAGE])


def test_changed_figure_code_runs_figures_and_the_page(done):
    path = done.root / "src" / "perennial" / "figures" / "funnel.py"
    path.write_text(path.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    assert done.plan() == ["plot_funnel/cr", "plot_funnel/orr", DIGESTS, "trace_values", "write_report"]


def test_a_changed_label_runs_what_shows_it(done):
    done.edit("config/config.yaml", "label: CAR-T-naive\n", "label: No CAR-T before\n")
    expected = [
        f"{rule}/{outcome}.naive"
        for rule in ("plot_group_forest", "plot_leave_one_out", "plot_specifications")
        for outcome in OUTCOMES
    ]
    expected += [f"{rule}/{outcome}" for rule in ("plot_forest", "plot_funnel", "plot_history") for outcome in OUTCOMES]
    shown = ["back_test", "tabulate/characteristics", "tabulate/responses", "weigh_notices", "describe_changes"]
    assert done.plan() == sorted([*expected, *shown, *TEXTS])


def test_another_model_at_the_head_pools_nothing_again(done):
    done.edit("config/config.yaml", "primary_model: as_published", "primary_model: recommended")
    figures = [job for job in (*POOLING, *MODELS, *BY_OUTCOME, *HISTORY) if job.startswith("plot")]
    assert done.plan() == sorted([*figures, "back_test", *PAGE])


def test_a_failed_job_is_done_again_when_its_cause_is_mended(done):
    """Broken after it had worked: only what failed and what follows runs once the cause is gone."""
    program = done.root / "scripts" / "summarise.py"
    working = program.read_text(encoding="utf-8")
    program.write_text("raise SystemExit('broken for a test')\n", encoding="utf-8")
    broken = done.run()
    assert broken.code != 0
    assert "broken for a test" in broken.output
    program.write_text(working, encoding="utf-8")
    mended = done.run()
    assert (mended.code, mended.jobs) == (0, SUMMARY)
    assert done.run().jobs == []


class TestRefusedEvidence:
    MESSAGE = (
        "data/extraction/outcomes.csv, row 25 (brody2025-naive-cr), column events: '80': 80 events among 74 patients. "
        "Remedy: correct events or n."
    )

    @pytest.fixture
    def refused(self, done):
        done.edit("data/extraction/outcomes.csv", BRODY, BRODY.replace(",50,74", ",80,74"))
        return done

    def test_the_run_is_the_one_job_that_says_why(self, refused):
        before = refused.results()
        run = refused.run()
        assert (run.code, run.jobs) == (1, ["check_evidence"])
        assert run.output.count(self.MESSAGE) == 1
        of_the_check = ("identity/", "todo/", "tables/accepted_checks.csv")
        kept = {name for name in before if not name.startswith(of_the_check)}
        assert {name: data for name, data in refused.results().items() if name in kept} == {n: before[n] for n in kept}

    def test_no_result_is_made_from_it_by_name_either(self, refused):
        run = refused.run("results/analyses/orr/monotherapy/pooled.json")
        assert run.code == 1
        assert self.MESSAGE in run.output

    def test_mending_it_runs_the_check_and_what_shows_it(self, refused):
        refused.run()
        refused.edit("data/extraction/outcomes.csv", BRODY.replace(",50,74", ",80,74"), BRODY)
        run = refused.run()
        assert (run.code, run.jobs) == (0, ["check_evidence", *TEXTS])

    def test_mending_it_another_way_runs_what_that_changes(self, refused):
        refused.run()
        refused.edit("data/extraction/outcomes.csv", BRODY.replace(",50,74", ",80,74"), CORRECTED)
        assert refused.plan() == sorted([*ONE_CELL, "check_evidence"])


def test_a_group_taken_out_leaves_no_folder_behind(done):
    done.edit("config/config.yaml", '  naive:\n    label: CAR-T-naive\n    where: {prior_cart: ["no"]}\n', "")
    done.edit("config/config.yaml", "[monotherapy, combination, naive]", "[monotherapy, combination]")
    done.edit(
        "config/config.yaml",
        "second: {label: CAR-T-naive, groups: [naive]}",
        "second: {label: Combined, groups: [combination]}",
    )
    done.edit("config/config.yaml", "audit: {as_of: 2025-05-20, model: as_published}\n", "")
    run = done.run()
    assert run.code == 0, run.output
    left = {path.name for path in (done.root / "results" / "analyses" / "orr").iterdir() if path.is_dir()}
    assert left == {"monotherapy", "combination"}
    assert not list((done.root / "results" / "identity").glob("*/*naive*"))
    assert "CAR-T-naive arms" not in (done.root / "results" / "report" / "index.html").read_text(encoding="utf-8")


def test_two_runs_at_once_and_a_run_that_was_killed(done):
    """While one run works the other leaves; a run killed with -9 keeps nobody out and loses nothing."""
    expected = done.results()
    shutil.rmtree(done.root / "results")
    active = {**os.environ, "PATH": os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])}
    command = [sys.executable, "-m", "snakemake", "--cores", "2"]
    first = subprocess.Popen(command, cwd=done.root, env=active, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 60
        while not list(done.root.glob("results/analyses/*/*/pooled.json")) and time.monotonic() < until:
            time.sleep(0.05)
        second = done.run()
        assert (second.code, second.jobs) == (1, [])
        assert "Another run works on this review. Remedy: wait until it ends." in second.output
        assert done.run("-n").code == 0
    finally:
        first.kill()
        first.wait()
    (done.root / "results" / "analyses" / ".summary.json.abcd1234.part").write_text("half a result")
    assert done.run().code == 0
    assert done.results() == expected
