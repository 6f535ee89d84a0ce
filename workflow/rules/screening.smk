# From people's decisions, wherever they were made, to how each publication stands and what waits for whom.


rule gather_decisions:
    input:
        program=f"{scripts}/gather_decisions.py",
        card=f"{results}/identity/gather_decisions/review.json",
        records=f"{results}/records/records.jsonl",
    output:
        decisions=shown(
            review,
            f"{results}/screening/decisions.csv",
            "Search and screening",
            "Decisions",
            "screening",
        ),
        unmatched=shown(
            review,
            f"{results}/todo/unmatched_decisions.csv",
            "Waiting for people",
            "Decisions on unknown records",
            "screening",
        ),
    log:
        f"logs/{results}/gather_decisions.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} {input.records} --decisions {output.decisions}"
        " --unmatched {output.unmatched} 2> {log}"


rule rank_records:
    input:
        program=f"{scripts}/rank_records.py",
        card=f"{results}/identity/rank_records/review.json",
        records=f"{results}/records/records.jsonl",
        clusters=f"{results}/records/clusters.csv",
        decisions=f"{results}/screening/decisions.csv",
    output:
        shown(
            review,
            f"{results}/screening/relevance.csv",
            "Search and screening",
            "Order in which to screen",
            "screening",
        ),
    log:
        f"logs/{results}/rank_records.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} {input.records} {input.clusters} {input.decisions} {output} 2> {log}"


rule judge_screening:
    input:
        program=f"{scripts}/judge_screening.py",
        card=f"{results}/identity/judge_screening/review.json",
        records=f"{results}/records/records.jsonl",
        clusters=f"{results}/records/clusters.csv",
        decisions=f"{results}/screening/decisions.csv",
        relevance=f"{results}/screening/relevance.csv" if ranks(review) else [],
    output:
        standings=shown(
            review,
            f"{results}/screening/standings.csv",
            "Search and screening",
            "How each publication stands",
            "screening",
        ),
        agreement=shown(
            review,
            f"{results}/screening/agreement.json",
            "Search and screening",
            "Agreement of the reviewers",
            "screening",
        ),
        to_screen=shown(
            review,
            f"{results}/todo/screening.csv",
            "Waiting for people",
            "Records to screen",
            "screening",
        ),
        conflicts=shown(
            review,
            f"{results}/todo/conflicts.csv",
            "Waiting for people",
            "Disagreements to settle",
            "screening",
        ),
    log:
        f"logs/{results}/judge_screening.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} {input.records} {input.clusters} {input.decisions}"
        " --standings {output.standings} --agreement {output.agreement} --to-screen {output.to_screen}"
        " --conflicts {output.conflicts} --relevance {input.relevance} 2> {log}"


rule list_reports:
    input:
        program=f"{scripts}/list_reports.py",
        card=f"{results}/identity/list_reports/review.json",
        records=f"{results}/records/records.jsonl",
        clusters=f"{results}/records/clusters.csv",
        decisions=f"{results}/screening/decisions.csv",
        standings=f"{results}/screening/standings.csv",
    output:
        reports=shown(
            review,
            f"{results}/todo/reports.csv",
            "Waiting for people",
            "Reports to extract",
            "exclusions",
        ),
        exclusions=shown(
            review,
            f"{results}/tables/exclusions.csv",
            "Studies",
            "Exclusions, with reasons",
            "exclusions",
        ),
    log:
        f"logs/{results}/list_reports.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} {input.records} {input.clusters} {input.decisions} {input.standings}"
        " --reports {output.reports} --exclusions {output.exclusions} 2> {log}"
