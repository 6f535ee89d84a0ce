# From the same counts to how much a result depends on single studies and on the model, and to funnel plot asymmetry.


rule leave_one_out:
    input:
        program=f"{scripts}/leave_one_out.py",
        card=f"{results}/identity/leave_one_out/{{outcome}}.{{group}}.json",
    output:
        shown(
            review,
            f"{results}/analyses/{{outcome}}/{{group}}/sensitivity.json",
            "Robustness",
            "Without each study, and influence",
            "leave_one_out",
        ),
    log:
        f"logs/{results}/leave_one_out/{{outcome}}.{{group}}.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} {output} 2> {log}"


rule pool_variants:
    input:
        program=f"{scripts}/pool_variants.py",
        card=f"{results}/identity/pool_variants/{{outcome}}.{{group}}.json",
    output:
        shown(
            review,
            f"{results}/analyses/{{outcome}}/{{group}}/variants.json",
            "Robustness",
            "Counts that other sources give",
            "variants",
        ),
    log:
        f"logs/{results}/pool_variants/{{outcome}}.{{group}}.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} {output} 2> {log}"


rule vary_models:
    input:
        program=f"{scripts}/vary_models.py",
        card=f"{results}/identity/vary_models/{{outcome}}.{{group}}.json",
    output:
        shown(
            review,
            f"{results}/analyses/{{outcome}}/{{group}}/robustness.json",
            "Robustness",
            "Every model, and priors",
            "specifications",
        ),
    log:
        f"logs/{results}/vary_models/{{outcome}}.{{group}}.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} {output} 2> {log}"


rule test_asymmetry:
    input:
        program=f"{scripts}/test_asymmetry.py",
        card=f"{results}/identity/test_asymmetry/{{outcome}}.json",
    output:
        shown(
            review,
            f"{results}/analyses/{{outcome}}/bias.json",
            "Robustness",
            "Tests for funnel plot asymmetry",
            "asymmetry",
        ),
    log:
        f"logs/{results}/test_asymmetry/{{outcome}}.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} {output} 2> {log}"
