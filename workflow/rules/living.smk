# From the results to what changed since the last release, and, asked for by name, to a new release. Like an archived
# search a release lies in data/, which is nobody's output; a receipt says that it is there.


rule weigh_notices:
    input:
        program=f"{scripts}/weigh_notices.py",
        card=f"{results}/identity/weigh_notices/review.json",
        status=f"{results}/records/report_status.csv",
    output:
        notices=shown(
            review,
            f"{results}/update/notices.json",
            "The review",
            "Results with and without reports that a notice doubts",
            "notices",
        ),
        todo=shown(
            review,
            f"{results}/todo/notices.csv",
            "The review",
            "Notices that wait for a decision",
            "notices",
        ),
    log:
        f"logs/{results}/weigh_notices.log",
    conda:
        "../../environment.yml"
    shell:
        "python {input.program} {input.card} {input.status} {output.notices} {output.todo} 2> {log}"


rule describe_changes:
    input:
        program=f"{scripts}/describe_changes.py",
        card=f"{results}/identity/describe_changes/review.json",
        status=f"{results}/records/report_status.csv",
        notices=f"{results}/update/notices.json",
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
        "python {input.program} {input.card} {input.status} {input.notices}"
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
