"""Pages with a panel in them, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.panel.harness import Front, Pages, serving


@pytest.fixture(scope="module")
def pages() -> Iterator[Pages]:
    """A server of pages with a panel."""
    with serving() as pages:
        yield pages


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """One page for all tests: each loads it anew."""
    page = browser.new_page(viewport={"width": 900, "height": 1000})
    yield page
    page.close()


@pytest.fixture
def front(pages: Pages, page: Page) -> Front:
    """A panel on an empty conversation."""
    return pages.open(page)
