"""The real parts that the tests stand on: a scripted Kimi, shells, kernels, a terminal, a browser, JupyterLab.

None of them sees the user's own notebooks, history, settings, store or keys.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.scripted import ScriptedKimi

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.books import Book
    from tests.kernels import Kernel
    from tests.labs import Lab
    from tests.shells import Shell
    from tests.terminals import Terminal

KEY = "sk-not-a-real-key-0123456789abcdef"
"""The key that the tests give; it must be found nowhere but in the header of a request."""

FOLDERS = (
    "IPYTHONDIR",
    "JUPYTER_CONFIG_DIR",
    "JUPYTER_DATA_DIR",
    "JUPYTER_RUNTIME_DIR",
)
OTHERS = ("PYTHONSTARTUP", "JPY_SESSION_NAME", "JPY_PARENT_PID")

WORKERS = 2
"""Processes that share the whole suite. More of them make kernels and browsers slow enough to miss their deadlines."""
LONG = (
    "test_lab_panel.py",
    "test_lab_restart.py",
    "test_lab_tools.py",
    "test_lab_hostile.py",
    "test_lab.py",
    "test_lessons.py",
    "test_shown.py",
    "test_run.py",
    "test_kernel.py",
    "test_bench.py",
    "test_plots.py",
    "test_store_faults.py",
    "test_nbclient.py",
    "test_terminal.py",
)
"""Files that take more than five seconds, the longest first: begun at the end, one would keep a single worker busy."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Return how many processes share the tests: one file runs in this process, where its output is seen at once."""
    files = {argument.partition("::")[0] for argument in config.args}
    return 0 if len(files) == 1 and files.pop().endswith(".py") else WORKERS


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the long files begin first."""
    places = {name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.path.name, len(LONG)))


@pytest.fixture(scope="module", autouse=True)
def small_heap() -> None:
    """Let the collector pass over all that was there before a file's tests.

    IPython collects garbage whenever a shell ends: among thousands of tests and dozens of libraries that took half a second.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Let everything that the tests start keep its things in a temporary folder."""
    from tests.kernels import write_kernelspec

    folder = tmp_path_factory.mktemp("own")
    with pytest.MonkeyPatch.context() as environment:
        for name in [name for name in os.environ if name.startswith(("MOONSHOT_", "KIMI_"))] + list(OTHERS):
            environment.delenv(name, raising=False)
        for name in FOLDERS:
            (folder / name.lower()).mkdir()
            environment.setenv(name, str(folder / name.lower()))
        environment.setenv("KIMI_MAGIC_STORE", str(folder / "conversations.sqlite"))
        environment.setenv("NO_PROXY", "127.0.0.1,localhost")
        environment.setenv("JUPYTER_PLATFORM_DIRS", "1")
        environment.setenv("JUPYTER_PREFER_ENV_PATH", "0")
        environment.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
        write_kernelspec(folder / "jupyter_data_dir")
        yield folder


def surroundings(kimi: ScriptedKimi, store: Path) -> dict[str, str]:
    """Return the environment in which ``kimi`` is the service and ``store`` is where turns are kept."""
    return {"MOONSHOT_BASE_URL": kimi.base_url, "MOONSHOT_API_KEY": KEY, "KIMI_MAGIC_STORE": str(store)}


@pytest.fixture
def kimi() -> Iterator[ScriptedKimi]:
    """A scripted Kimi of the test's own."""
    with ScriptedKimi() as server:
        yield server


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """The file in which turns are kept during the test."""
    return tmp_path / "conversations.sqlite"


@pytest.fixture
def shell(kimi: ScriptedKimi, store: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    """A fresh IPython shell in this process, with kimi_magic loaded and the scripted Kimi as its service."""
    from tests.shells import running_shell

    for name, value in surroundings(kimi, store).items():
        monkeypatch.setenv(name, value)
    with running_shell() as shell:
        shell.load()
        yield shell
        monkeypatch.setenv("MOONSHOT_BASE_URL", kimi.base_url)
        monkeypatch.setenv("MOONSHOT_API_KEY", KEY)
        shell.close()


@pytest.fixture
def books(kimi: ScriptedKimi, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Book]]:
    """Opens notebooks in ``tmp_path`` by their names, each in a kernel of its own with these settings, and closes them."""
    from tests.books import Book

    for name, value in surroundings(kimi, store).items():
        monkeypatch.setenv(name, value)
    with ExitStack() as opened:

        def open_book(name: str = "a.ipynb", **settings: Any) -> Book:
            return opened.enter_context(closing(Book(tmp_path / name, base_url=kimi.base_url, **settings)))

        yield open_book


@pytest.fixture
def kernel(kimi: ScriptedKimi, store: Path, tmp_path: Path) -> Iterator[Kernel]:
    """A real kernel with kimi_magic loaded and the scripted Kimi as its service."""
    from tests.kernels import running_kernel

    with running_kernel(str(tmp_path), surroundings(kimi, store)) as kernel:
        assert kernel.run("%load_ext kimi_magic").ok
        yield kernel


@pytest.fixture
def terminal(kimi: ScriptedKimi, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    """A real IPython in a terminal, with the scripted Kimi as its service."""
    from tests.terminals import running_terminal

    for name, value in surroundings(kimi, store).items():
        monkeypatch.setenv(name, value)
    with running_terminal(str(tmp_path)) as terminal:
        yield terminal


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real browser, for one module at a time: Playwright's loop is in the way of all others."""
    from tests.browser import NoBrowser, running_browser

    try:
        with running_browser() as browser:
            yield browser
    except NoBrowser as missing:
        pytest.fail(str(missing))


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page of the browser."""
    page = browser.new_page(viewport={"width": 1200, "height": 1000}, device_scale_factor=2)
    yield page
    page.close()


@pytest.fixture(scope="session")
def lab_kimi() -> Iterator[ScriptedKimi]:
    """The scripted Kimi of JupyterLab's kernels."""
    with ScriptedKimi() as server:
        yield server


@pytest.fixture(scope="session")
def lab(lab_kimi: ScriptedKimi, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A real JupyterLab for all tests that need one."""
    from tests.labs import running_lab

    folder = tmp_path_factory.mktemp("lab")
    with running_lab(folder, surroundings(lab_kimi, folder / "conversations.sqlite")) as lab:
        yield lab
