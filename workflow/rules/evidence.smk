# From the evidence tables (data/, by way of the identity cards) to what is odd in them, to what waits for people and
# to tables for readers.


rule check_evidence:
    input:
        program=f"{scripts}/check_evidence.py",
        card=f"{results}/identity/check_evidence/evidence.json",
    output:
        waiting=shown(
            review,
            f"{results}/todo/checks.csv",
            "Waiting for people",
            "Odd evidence",
            "checks",
        ),
        accepted=shown(
            review,
            f"{results}/tables/accepted_checks.csv",
            "Studies",
            "Odd evidence that was accepted",
            "checks",
        ),
    log:
        f"logs/{results}/check_evidence.log",
    priority: 100
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} {output.waiting} {output.accepted} 2> {log}"


rule list_work:
    input:
        program=f"{scripts}/tabulate.py",
        card=f"{results}/identity/list_work/{{list}}.json",
    output:
        shown(
            review,
            f"{results}/todo/{{list}}.csv",
            "Waiting for people",
            "{list}",
            "work",
        ),
    log:
        f"logs/{results}/list_work/{{list}}.log",
    wildcard_constraints:
        list="|".join(work_lists(review)),
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} {output} 2> {log}"


rule tabulate:
    input:
        program=f"{scripts}/tabulate.py",
        card=f"{results}/identity/tabulate/{{table}}.json",
    output:
        shown(
            review,
            f"{results}/tables/{{table}}.csv",
            "Studies",
            "Table of {table}",
            "table",
        ),
    log:
        f"logs/{results}/tabulate/{{table}}.log",
    wildcard_constraints:
        table="|".join(tables),
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} {output} 2> {log}"
