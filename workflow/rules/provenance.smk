# From all cards and results to the trace of every reported value, which the page carries and the commands why and
# impact read; and from all results to the digest of each, by which an audit, asked
# for by name, sees whether they are what was computed.


rule trace_values:
    input:
        program=f"{scripts}/trace_values.py",
        card=f"{results}/identity/trace_values/review.json",
        cards=[f"{results}/identity/{name}.json" for name in traced_cards(review)],
        results=traced_files(everything, results),
        decisions=f"{results}/screening/decisions.csv",
    output:
        shown(
            review,
            f"{results}/provenance/trace.json",
            "The review",
            "Trace of every value",
            "trace",
        ),
    log:
        f"logs/{results}/trace_values.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} --cards {input.cards} --results $(dirname $(dirname {output}))"
        " --output {output} 2> {log}"


rule record_digests:
    input:
        everything,
        program=f"{scripts}/record_digests.py",
        card=f"{results}/identity/record_digests/review.json",
    output:
        table=shown(
            review, digests[0], "Provenance", "Digests of all results", "digests"
        ),
        parts=shown(
            review, digests[1], "Provenance", "Short digests of their parts", "digests"
        ),
    log:
        f"logs/{results}/record_digests.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} --digests {output.table} --parts {output.parts} 2> {log}"


rule audit:
    log:
        "logs/audit.log",
    conda:
        "../../environment.yml"
    params:
        software=base,
    shell:
        "python -m perennial audit --software {params.software:q} 2> {log}"
