# From the counts of the search to the PRISMA flow diagram.


rule count_flow:
    input:
        program=f"{scripts}/count_flow.py",
        card=f"{results}/identity/count_flow/review.json",
    output:
        f"{results}/prisma/flow.json",
    log:
        f"logs/{results}/count_flow.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} {output} 2> {log}"


rule plot_flow:
    input:
        program=f"{scripts}/plot_flow.py",
        card=f"{results}/identity/plot_flow/review.json",
        flow=f"{results}/prisma/flow.json",
    output:
        multiext(f"{results}/prisma/flow", ".svg", ".pdf", ".png"),
    log:
        f"logs/{results}/plot_flow.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} {input.flow} --figures {output} 2> {log}"
