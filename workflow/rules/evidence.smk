# From the evidence tables (data/, by way of the identity cards) to what is odd in them and to tables for people.


rule check_evidence:
    input:
        card=f"{results}/identity/check_evidence/evidence.json",
    output:
        f"{results}/todo/checks.csv",
    log:
        f"logs/{results}/check_evidence.log",
    conda:
        "../../environment.yml"
    priority: 100
    shell:
        "python {scripts}/check_evidence.py {input.card} {output} 2> {log}"


rule tabulate:
    input:
        card=f"{results}/identity/tabulate/{{table}}.json",
    output:
        f"{results}/tables/{{table}}.csv",
    log:
        f"logs/{results}/tabulate/{{table}}.log",
    conda:
        "../../environment.yml"
    shell:
        "python {scripts}/tabulate.py {input.card} {output} 2> {log}"
