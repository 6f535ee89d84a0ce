# From all cards and results to the trace of every reported value, which the page carries and the commands why and
# impact read.


rule trace_values:
    input:
        program=f"{scripts}/trace_values.py",
        card=f"{results}/identity/trace_values/review.json",
        cards=[f"{results}/identity/{name}.json" for name in traced_cards(review)],
        results=traced_files(everything, results),
        decisions=f"{results}/screening/decisions.csv",
    output:
        f"{results}/provenance/trace.json",
    log:
        f"logs/{results}/trace_values.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} --cards {input.cards} --results $(dirname $(dirname {output}))"
        " --output {output} 2> {log}"
