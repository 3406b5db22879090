"""Prompts in files: those that are shipped, and a user's own over them."""

from __future__ import annotations

import grp
import os
import pwd
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kimi_magic import prompts
from kimi_magic.errors import UsageError
from kimi_magic.options import parse
from kimi_magic.prompts.library import MOST_BYTES, check_private, folder, is_shared


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of the test's own, in which files are made that only their owner may write."""
    own = tmp_path / "own" / "prompts"
    monkeypatch.setenv("KIMI_MAGIC_PROMPTS", str(own))
    before = os.umask(0o022)
    yield own
    os.umask(before)


def found(name: str) -> prompts.Template:
    template = prompts.find(name)
    assert template is not None
    return template


@pytest.mark.parametrize("name", ["fix", "explain", "doc", "test"])
def test_each_shipped_prompt_can_be_asked(name: str) -> None:
    """Its first line is one of options that exist, no place is left over, and help has words for it."""
    template = found(name)
    line, body = template.filled("total")
    assert "{argument" not in line + body
    assert len(template.about) > 10
    options = parse(line)
    assert options.attachments == (() if name == "fix" else ("total",))
    assert options.code == (name != "explain")
    assert options.error == (name == "fix")


def test_shipped_prompts_know_what_follows() -> None:
    """/fix and /explain go without a name, the others need one."""
    assert prompts.described() == [(f"/{name} {found(name).wants}".strip(), found(name).about) for name in prompts.names()]
    assert [how for how, _ in prompts.described()] == ["/doc NAME", "/explain [NAME]", "/fix [NAME]", "/test NAME"]
    assert parse(found("explain").filled("")[0]).above == 1
    assert found("fix").filled("keep the loop")[1].startswith("A cell failed with the attached error. keep the loop\n")


def test_a_users_own_file_goes_first(own: Path) -> None:
    """A file of the same name takes the place of a shipped one, and any other is one more; both change when they change."""
    own.mkdir(parents=True)
    (own / "fix.md").write_text("Mine.")
    (own / "sum-up.md").write_text("\ufeffSum up {argument}.", encoding="utf-8")
    (own / "Not A Name.md").write_text("x")
    (own / "notes.txt").write_text("x")
    assert found("fix").body == "Mine."
    assert found("sum-up").filled("cars") == ("", "Sum up cars.")
    assert prompts.names() == ("doc", "explain", "fix", "sum-up", "test")
    (own / "fix.md").unlink()
    assert found("fix").body != "Mine."


def test_an_own_file_in_place_of_a_shipped_one_is_told(own: Path) -> None:
    """A prompt knows the file that stands in for a shipped one; one more of the user's own, and ours, stand in for none."""
    own.mkdir(parents=True)
    (own / "fix.md").write_text("Mine.")
    (own / "sum-up.md").write_text("Sum up.")
    assert found("fix").instead == str(own / "fix.md")
    assert (found("sum-up").instead, found("doc").instead) == ("", "")


@pytest.mark.parametrize("what", ["file", "folder"])
def test_what_others_may_write_is_no_prompt(own: Path, what: str) -> None:
    """It is a sentence that says what to do, also in help, and not even a shipped prompt of the name is asked instead."""
    own.mkdir(parents=True)
    path = own / "fix.md"
    path.write_text("Mine.")
    loose = path if what == "file" else own
    loose.chmod(loose.stat().st_mode | 0o002)
    with pytest.raises(UsageError, match=f"Others may write {loose}, and a prompt is code: `chmod go-w`"):
        prompts.find("fix")
    assert "Others may write" in dict(prompts.described())["/fix"]
    if what == "folder":
        with pytest.raises(UsageError, match="Others may write"):
            prompts.save("other", "Words.")
    loose.chmod(loose.stat().st_mode & ~0o002)
    assert found("fix").body == "Mine."


def test_what_the_users_own_group_may_write_is_a_prompt(own: Path) -> None:
    """Where each user has a group, files are made so that it may write; a group that others are of is another thing."""
    os.umask(0o002)
    prompts.save("mine", "Words.")
    (own / "mine.md").chmod(0o664)
    status = (own / "mine.md").stat()
    assert (status.st_mode & 0o020, own.stat().st_gid) == (0o020, status.st_gid)
    if is_shared(status.st_gid):
        with pytest.raises(UsageError, match="Others may write"):
            prompts.find("mine")
    else:
        assert found("mine").body == "Words."


def test_what_another_group_may_write_is_no_prompt(own: Path) -> None:
    """It is one that this process is not of."""
    other = max([os.getgid(), *os.getgroups()]) + 1
    with pytest.raises(UsageError, match="Others may write"):
        check_private(own, os.stat_result((0o100664, 1, 1, 1, os.getuid(), other, 0, 0, 0, 0)))


def test_a_group_is_shared_where_another_user_is_of_it() -> None:
    """As its first group or as one more; nobody is known to be of one that has no name, nor counts the administrator."""
    others = {user.pw_name: user.pw_gid for user in pwd.getpwall() if user.pw_uid not in (0, os.getuid())}
    groups = {*others.values(), *(group.gr_gid for group in grp.getgrall() if {*group.gr_mem} & {*others})}
    assert [gid for gid in groups if not is_shared(gid)] == []
    assert not is_shared(1_987_654_321)


def test_what_belongs_to_somebody_else_is_no_prompt(own: Path) -> None:
    """The user's own files are, and those of the administrator; who owns a file can change it."""
    mode, me = 0o100644, os.getuid()
    for uid in (me, 0):
        check_private(own, os.stat_result((mode, 1, 1, 1, uid, 0, 0, 0, 0, 0)))
    with pytest.raises(UsageError, match="belongs to somebody else, and a prompt is code"):
        check_private(own, os.stat_result((mode, 1, 1, 1, me + 1, 0, 0, 0, 0, 0)))


@pytest.mark.parametrize("name", ["", "nothing", "../fix", "/fix", "fix.md", "Fix", "a" * 41, "con", "a/b", "a\0b", "é"])
def test_other_names_are_no_prompts(name: str) -> None:
    """There is none, and no file outside the folders is looked at."""
    assert prompts.find(name) is None


def test_a_file_that_is_none_is_told(own: Path) -> None:
    """A folder, a device, a pipe, a dangling link, binary data, too much and nothing: each is a sentence, listed too."""
    own.mkdir(parents=True)
    (own / "folder.md").mkdir()
    (own / "device.md").symlink_to("/dev/zero")
    os.mkfifo(own / "pipe.md")
    (own / "link.md").symlink_to(own / "nowhere")
    (own / "bytes.md").write_bytes(b"\xff\xfe\x00")
    (own / "null.md").write_bytes(b"Why\0?")
    (own / "large.md").write_bytes(b"x" * (MOST_BYTES + 1))
    (own / "empty.md").write_bytes(b"")
    says = {"folder": "is no file", "device": "is no file", "pipe": "is no file", "link": "cannot be read: No such file"}
    says |= {"bytes": "no text in UTF-8", "null": "no text in UTF-8", "large": "100 kB are allowed", "empty": "is empty"}
    for name, words in says.items():
        with pytest.raises(UsageError, match=words):
            prompts.find(name)
        assert any(how == f"/{name}" and words in about for how, about in prompts.described())


def test_a_prompt_is_kept(own: Path) -> None:
    """The folder is made, the file holds the text, nothing else lies beside it, and the prompt can be asked."""
    path = prompts.save("sum-up", "%%kimi {argument}\nSum up — all.\n", taken={"/help"})
    assert path == own / "sum-up.md"
    assert [one.name for one in own.iterdir()] == ["sum-up.md"]
    assert found("sum-up").filled("cars") == ("cars", "Sum up — all.")


def test_what_is_there_is_replaced_only_when_told(own: Path) -> None:
    """A prompt of that name, own or shipped, stays unless it is said again."""
    prompts.save("mine", "One.")
    for name in ("mine", "fix"):
        with pytest.raises(UsageError, match=f"There is a prompt /{name} already: `/save-prompt {name} again`"):
            prompts.save(name, "Two.")
        prompts.save(name, "Two.", again=True)
        assert found(name).body == "Two."
    assert sorted(one.name for one in own.iterdir()) == ["fix.md", "mine.md"]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("history", "x", "/history is a command"),
        ("../x", "x", "cannot be the name of a prompt"),
        ("nul", "x", "cannot be the name of a prompt"),
        ("", "x", "cannot be the name of a prompt"),
        ("x", " ", "empty"),
        ("x", "é" * MOST_BYTES, "100 kB at the most: this one has 200 kB"),
    ],
)
def test_what_cannot_be_kept_is_told(own: Path, name: str, text: str, says: str) -> None:
    """A command's name, a name that no file has, no question, and too much of one: nothing is written."""
    with pytest.raises(UsageError, match=says):
        prompts.save(name, text, taken=("/history", "/fix"), again=True)
    assert not own.exists()


def test_a_folder_that_cannot_be_written_is_told(own: Path) -> None:
    """A file in the folder's place is named, with the reason."""
    own.parent.mkdir(parents=True)
    own.write_text("a file")
    with pytest.raises(UsageError, match=r"x\.md cannot be written: File exists"):
        prompts.save("x", "Why?")
    assert prompts.names() == ("doc", "explain", "fix", "test")


def test_the_users_folder_is_beside_other_settings() -> None:
    """Without the variable it is where this system keeps a user's settings."""
    code = "from kimi_magic.prompts.library import folder; print(folder())"
    environment = {**os.environ, "XDG_CONFIG_HOME": str(folder().parent)}
    del environment["KIMI_MAGIC_PROMPTS"]
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert Path(done.stdout.strip()).parts[-2:] == ("kimi_magic", "prompts")
