# From the results to what changed since the last release, and, asked for by name, to a new release. Like an archived
# search a release lies in data/, which is nobody's output; a receipt says that it is there.


rule describe_changes:
    input:
        program=f"{scripts}/describe_changes.py",
        card=f"{results}/identity/describe_changes/review.json",
        status=f"{results}/records/report_status.csv",
    output:
        changes=shown(
            review,
            f"{results}/update/changes.json",
            "The review",
            "Changes since the last release",
            "changes",
        ),
        words=shown(
            review,
            f"{results}/update/changes.md",
            "The review",
            "Changes since the last release",
            "changes",
        ),
    log:
        f"logs/{results}/describe_changes.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} {input.status}"
        " --changes {output.changes} --words {output.words} 2> {log}"


rule release:
    input:
        (
            f"results/receipts/release-{review.version}.json"
            if review.version
            else "name-the-release-with--config-version=..."
        ),


rule make_release:
    input:
        everything,
        digests,
        program=f"{scripts}/make_release.py",
        card=f"{results}/identity/make_release/review.json",
        summary=f"{results}/summary.json",
    output:
        "results/receipts/release-{version}.json",
    log:
        "logs/release/{version}.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} {wildcards.version:q} $(dirname {input.summary}) {output} 2> {log}"
