# From the evidence tables (data/, by way of the identity cards) to what is odd in them and to tables for people.


rule check_evidence:
    input:
        program=f"{scripts}/check_evidence.py",
        card=f"{results}/identity/check_evidence/evidence.json",
    output:
        f"{results}/todo/checks.csv",
    log:
        f"logs/{results}/check_evidence.log",
    priority: 100
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} {output} 2> {log}"


rule tabulate:
    input:
        program=f"{scripts}/tabulate.py",
        card=f"{results}/identity/tabulate/{{table}}.json",
    output:
        f"{results}/tables/{{table}}.csv",
    log:
        f"logs/{results}/tabulate/{{table}}.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} {output} 2> {log}"
