# From the counts as they were known day by day to the history of each result, its figure, and the signals tried on it.


rule replay:
    input:
        program=f"{scripts}/replay.py",
        card=f"{results}/identity/replay/{{outcome}}.{{group}}.json",
    output:
        shown(
            review,
            f"{results}/analyses/{{outcome}}/{{group}}/history.json",
            "History",
            "Each step of the evidence",
            "history",
        ),
    log:
        f"logs/{results}/replay/{{outcome}}.{{group}}.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} {output} 2> {log}"


rule plot_history:
    input:
        program=f"{scripts}/plot_history.py",
        card=f"{results}/identity/plot_history/{{outcome}}.json",
        histories=expand(
            "{results}/analyses/{{outcome}}/{group}/history.json",
            results=results,
            group=review.groups,
        ),
    output:
        shown(
            review,
            multiext(
                f"{results}/analyses/{{outcome}}/history", ".svg", ".pdf", ".png"
            ),
            "History",
            "How the evidence accumulated",
            "history",
        ),
    log:
        f"logs/{results}/plot_history/{{outcome}}.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} {input.histories} --figures {output} 2> {log}"


rule back_test:
    input:
        program=f"{scripts}/back_test.py",
        card=f"{results}/identity/back_test/review.json",
        status=f"{results}/records/report_status.csv",
        histories=expand(
            f"{results}/analyses/{{outcome}}/{{group}}/history.json",
            outcome=review.outcomes,
            group=review.groups,
        ),
    output:
        shown(
            review,
            f"{results}/update/back_test.json",
            "History",
            "When each signal would have fired",
            "back_test",
        ),
    log:
        f"logs/{results}/back_test.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} {input.status} {input.histories} --output {output} 2> {log}"
