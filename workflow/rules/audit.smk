# From what a published review printed, and its own data, to what of it can be reproduced.


rule audit_claims:
    input:
        program=f"{scripts}/audit_claims.py",
        card=f"{results}/identity/audit_claims/review.json",
    output:
        shown(
            review,
            f"{results}/reproduction.csv",
            "Published review",
            "Its claims, recomputed",
            "reproduction",
        ),
    log:
        f"logs/{results}/audit_claims.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} {output} 2> {log}"
