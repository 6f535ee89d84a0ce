# From all results to one summary for programs and one page for people.


rule summarise:
    input:
        program=f"{scripts}/summarise.py",
        card=f"{results}/identity/summarise/review.json",
        pooled=expand(
            f"{results}/analyses/{{outcome}}/{{group}}/pooled.json",
            outcome=review.outcomes,
            group=review.groups,
        ),
        others=expand(
            f"{results}/analyses/{{outcome}}/{{file}}",
            outcome=review.outcomes,
            file=["comparisons.json", "bias.json"],
        ),
    output:
        shown(
            review,
            f"{results}/summary.json",
            "Results",
            "Summary for programs",
            "summary",
        ),
    log:
        f"logs/{results}/summarise.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} --analyses $(dirname {output})/analyses --output {output} 2> {log}"


rule write_report:
    input:
        program=f"{scripts}/write_report.py",
        card=f"{results}/identity/write_report/review.json",
        templates=expand(f"{templates}/{{part}}", part=page_parts),
        summary=f"{results}/summary.json",
        trace=f"{results}/provenance/trace.json",
        checks=[f"{results}/todo/checks.csv", f"{results}/tables/accepted_checks.csv"],
        work=expand(f"{results}/todo/{{list}}.csv", list=work_lists(review)),
        search=f"{results}/search/account.json",
        records=expand(
            f"{results}/records/{{file}}",
            file=[
                "records.jsonl",
                "sources.csv",
                "clusters.csv",
                "report_status.csv",
                "trials.csv",
            ],
        ),
        todo=expand(
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
        screening=expand(
            f"{results}/screening/{{file}}", file=["decisions.csv", "agreement.json"]
        ),
        reports=[f"{results}/todo/reports.csv", f"{results}/tables/exclusions.csv"],
        appraisal=f"{results}/appraisal/summary.json",
        appraised=expand(
            f"{results}/appraisal/{{checklist}}/{{figure}}.svg",
            checklist=review.checklists,
            figure=["traffic_light", "summary"],
        ),
        this_update=(
            multiext(f"{results}/prisma/update", ".json", ".svg")
            if screens(review)
            else []
        ),
        changes=f"{results}/update/changes.json",
        notices=f"{results}/update/notices.json",
        back_test=f"{results}/update/back_test.json",
        audit=f"{results}/reproduction.csv",
        flow=multiext(f"{results}/prisma/flow", ".json", ".svg"),
        tables=expand(f"{results}/tables/{{table}}.csv", table=tables),
        analyses=expand(
            f"{results}/analyses/{{outcome}}/{{group}}/{{file}}",
            outcome=review.outcomes,
            group=review.groups,
            file=[
                "sensitivity.json",
                "variants.json",
                "robustness.json",
                "history.json",
                "leave_one_out.svg",
                "specifications.svg",
            ],
        ),
        within=expand(
            f"{results}/analyses/{{outcome}}/within_trials.json",
            outcome=review.outcomes,
        ),
        medians=f"{results}/analyses/medians.json",
        figures=expand(
            f"{results}/analyses/{{outcome}}/{{figure}}.svg",
            outcome=review.outcomes,
            figure=["forest", "within_trials", "funnel", "history"],
        ),
    output:
        shown(review, f"{results}/report/index.html", "The review", "Page", "page"),
    log:
        f"logs/{results}/write_report.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} --results $(dirname {input.summary})"
        " --templates $(dirname {input.templates[0]}) --output {output} 2> {log}"


rule write_manuscript:
    input:
        program=f"{scripts}/write_manuscript.py",
        card=f"{results}/identity/write_manuscript/review.json",
        summary=f"{results}/summary.json",
        checks=f"{results}/todo/checks.csv",
        notices=f"{results}/update/notices.json",
        tables=expand(f"{results}/tables/{{table}}.csv", table=tables),
        analyses=expand(
            f"{results}/analyses/{{outcome}}/{{group}}/sensitivity.json",
            outcome=review.outcomes,
            group=review.groups,
        ),
        figures=expand(
            f"{results}/analyses/{{outcome}}/forest.png", outcome=review.outcomes
        ),
    output:
        docx=shown(
            review,
            f"{results}/report/manuscript.docx",
            "The review",
            "Manuscript",
            "manuscript",
        ),
        markdown=shown(
            review,
            f"{results}/report/manuscript.md",
            "The review",
            "Manuscript",
            "manuscript",
        ),
    log:
        f"logs/{results}/write_manuscript.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} --results $(dirname {input.summary})"
        " --docx {output.docx} --markdown {output.markdown} 2> {log}"
