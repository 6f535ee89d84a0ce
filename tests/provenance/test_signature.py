"""The git tag of a release: absent, unsigned, signed, and of another manifest. The release is synthetic."""

import shutil
import subprocess

import pytest

from perennial.provenance.audit.finding import ALTERED, UNCHECKED
from perennial.provenance.audit.signature import check_signature
from perennial.provenance.audit.subject import open_subject

MANIFEST = "data/releases/1.0/release.json"


@pytest.fixture
def git(tmp_path):
    if not shutil.which("git"):
        pytest.skip("git is not here")

    def run(*arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True, capture_output=True)

    (tmp_path / MANIFEST).parent.mkdir(parents=True)
    (tmp_path / MANIFEST).write_text('{\n "version": "1.0",\n "number": 1\n}\n', encoding="utf-8")
    run("init", "-q")
    for key, value in (("user.name", "A"), ("user.email", "a@example.org"), ("commit.gpgsign", "false")):
        run("config", key, value)
    run("add", "-A")
    run("commit", "-q", "-m", "a release")
    return run


@pytest.fixture
def signing(git, tmp_path_factory):
    """Sign by a key that this repository knows."""
    if not shutil.which("ssh-keygen"):
        pytest.skip("ssh-keygen is not here")
    folder = tmp_path_factory.mktemp("keys")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "key"], check=True)
    (folder / "known").write_text(f"a@example.org {(folder / 'key.pub').read_text()}")
    git("config", "gpg.format", "ssh")
    git("config", "user.signingkey", str(folder / "key"))
    git("config", "gpg.ssh.allowedSignersFile", str(folder / "known"))


def statuses(folder) -> list[str]:
    return [finding.status for finding in check_signature(open_subject(folder, folder)).findings]


def test_without_a_tag_or_a_signature_nothing_vouches(git, tmp_path):
    assert statuses(tmp_path) == [UNCHECKED]
    git("tag", "-a", "1.0", "-m", "unsigned")
    assert statuses(tmp_path) == [UNCHECKED]


def test_outside_git_it_is_not_checked(tmp_path):
    (tmp_path / MANIFEST).parent.mkdir(parents=True)
    (tmp_path / MANIFEST).write_text('{"version": "1.0", "number": 1}', encoding="utf-8")
    assert statuses(tmp_path) == [UNCHECKED]


def test_a_signed_tag_vouches_whatever_the_line_ends(git, signing, tmp_path):
    git("tag", "-s", "v1.0", "-m", "signed")
    assert statuses(tmp_path) == []
    path = tmp_path / MANIFEST
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert statuses(tmp_path) == []


def test_a_manifest_that_was_rewritten_is_not_the_tagged_one(git, signing, tmp_path):
    git("tag", "-s", "v1.0", "-m", "signed")
    (tmp_path / MANIFEST).write_text(
        '{\n "version": "1.0",\n "number": 1, "as_of": "2001-01-01"\n}\n', encoding="utf-8"
    )
    assert statuses(tmp_path) == [ALTERED]


def test_a_signature_of_an_unknown_key_does_not_vouch(git, signing, tmp_path):
    git("tag", "-s", "v1.0", "-m", "signed")
    (tmp_path / "nobody").write_text("")
    git("config", "gpg.ssh.allowedSignersFile", str(tmp_path / "nobody"))
    assert statuses(tmp_path) == [UNCHECKED]
