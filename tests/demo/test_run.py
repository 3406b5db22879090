"""``python -m kimi_magic demo`` as a newcomer starts it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import nbformat
import pytest

from kimi_magic.demo.lessons import FIRST, find_lessons

BROWSER = """import pathlib, sys, urllib.parse
file = pathlib.Path(urllib.parse.unquote(urllib.parse.urlsplit(sys.argv[1]).path))
new = pathlib.Path({page!r} + ".new")
new.write_text(file.read_text())
new.rename({page!r})
"""
"""A program for the variable BROWSER: it keeps the page that it is told to open."""
FOREIGN = {"argv": ["/nowhere/python", "-f", "{connection_file}"], "display_name": "Another", "language": "python"}


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "kimi_magic", "demo", *arguments],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


def write(path: Path, *sources: str) -> Path:
    """Write a notebook with the cells ``cell-0``, ``cell-1`` …, and return its path."""
    cells = [nbformat.v4.new_code_cell(source, id=f"cell-{number}") for number, source in enumerate(sources)]  # type: ignore[no-untyped-call]  # nbformat has no types
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)  # type: ignore[no-untyped-call]  # nbformat has no types
    return path


@contextmanager
def lab(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The demo with JupyterLab: its process, and the page that the user's browser is told to open."""
    script, page = folder / "browser.py", folder / "page.html"
    script.write_text(BROWSER.format(page=str(page)))
    process = subprocess.Popen(
        [sys.executable, "-m", "kimi_magic", "demo", "--", "--allow-root"],
        cwd=folder,
        env=os.environ | {"BROWSER": f"{sys.executable} {script} %s"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        until = time.monotonic() + 30
        while not page.exists() and process.poll() is None and time.monotonic() < until:
            time.sleep(0.05)
        yield process, page.read_text()
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()


def test_the_first_lesson_runs_to_its_end(tmp_path: Path) -> None:
    """Each question is printed with its answer, the exit code is 0, and nothing is left in the folder."""
    done = run(tmp_path, "--headless")
    assert (done.returncode, done.stderr) == (0, "")
    for words in (
        "> %%kimi\n> What did I ask first?",
        "You asked: “What did I ask first?”",
        "1. “What is the mean",
        "“Why did north drop in March, when it was 16.0 degrees?”",
        "`sales` (text): 87 characters, a table of 4 rows with the columns `region`, `month`, `amount`",
        "> %kimi /history",
    ):
        assert words in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_broken_notebook_fails_with_one_line(tmp_path: Path) -> None:
    """What ran before is printed, the cell is named, the rest is not run, and the exit code is 1."""
    path = write(tmp_path / "broken.ipynb", "print('so far')", "raise ValueError('broken\\nfor good')", "print('not me')")
    before = path.read_bytes()
    done = run(tmp_path, "--headless", path.name)
    assert done.returncode == 1
    assert done.stdout == "> print('so far')\n\nso far\n\n"
    assert done.stderr == "The cell cell-1 failed with ValueError: broken\n"
    assert path.read_bytes() == before


def test_the_kernel_is_this_python_whatever_the_machine_has(tmp_path: Path) -> None:
    """A kernel of the same name that leads elsewhere is passed over; service and store are the demo's own."""
    foreign = tmp_path / "jupyter" / "kernels" / "python3"
    foreign.mkdir(parents=True)
    (foreign / "kernel.json").write_text(json.dumps(FOREIGN))
    names = ("MOONSHOT_BASE_URL", "MOONSHOT_API_KEY", "KIMI_MAGIC_STORE")
    path = write(tmp_path / "a.ipynb", f"import os, sys\nprint(sys.executable, *map(os.environ.get, {names!r}))")
    done = run(tmp_path, "--headless", path.name, JUPYTER_PATH=str(tmp_path / "jupyter"), MOONSHOT_API_KEY="sk-mine")
    executable, url, key, store = done.stdout.split("\n\n")[1].split()
    assert executable == sys.executable
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/v1", url)
    assert key == "sk-offline-kimi"
    assert store != os.environ["KIMI_MAGIC_STORE"]


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "There is no notebook other.ipynb."), ("no notebook", "other.ipynb is no notebook: ")],
)
def test_what_is_no_notebook_is_named(tmp_path: Path, content: str | None, words: str) -> None:
    """In one line, with the exit code 1."""
    if content:
        (tmp_path / "other.ipynb").write_text(content)
    done = run(tmp_path, "--headless", "other.ipynb")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(words)
    assert done.stderr.count("\n") == 1


def test_a_missing_package_is_named_with_its_cure(tmp_path: Path) -> None:
    """A Python that has the package but not what the demo needs says what to install."""
    code = (
        "import sys; sys.path[:] = [p for p in sys.path if 'site-packages' not in p] + [sys.argv[1]]\n"
        "from kimi_magic.__main__ import main; sys.exit(main(['demo']))"
    )
    root = str(Path(__file__).parents[2])
    command = [sys.executable, "-c", code, root]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("The demo needs tornado and nbformat and nbclient and ipykernel and jupyterlab: ")
    assert done.stderr.endswith('pip install "kimi-magic[demo]"\n')


def test_jupyterlab_opens_a_copy_of_the_lesson_and_ends_with_the_demo(tmp_path: Path) -> None:
    """The copy can be read through the server, its kernel is this Python, and SIGTERM ends both programs."""
    with lab(tmp_path) as (process, page):
        found = re.search(r"(http://localhost:\d+)/lab/tree/01_first_question\.ipynb\?token=(\w+)", page)
        assert found, page
        url, headers = found[1], {"Authorization": f"token {found[2]}"}
        lesson = httpx.get(f"{url}/api/contents/{FIRST}", headers=headers).json()
        kernels = httpx.get(f"{url}/api/kernelspecs", headers=headers).json()["kernelspecs"]
        assert lesson["content"]["cells"][0]["id"] == "welcome"
        assert kernels["python3"]["spec"]["argv"][0] == sys.executable
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 128 + signal.SIGTERM
        with pytest.raises(httpx.ConnectError):
            httpx.get(url)
    copy = tmp_path / "kimi_lessons" / FIRST
    assert copy.read_bytes() == (find_lessons() / FIRST).read_bytes()
