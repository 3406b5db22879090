"""What is known of models before the service was asked, and after."""

from __future__ import annotations

import re

import pytest

from kimi_magic.api.catalog import AS_OF, MODELS, PRICES, Model, Price, completed, find_model
from kimi_magic.messages import Usage
from kimi_magic.settings import Settings


def test_the_table_is_whole() -> None:
    """Each shipped model has a context, a way of thinking and a price, the default model is among them, and it is dated."""
    assert {model.id for model in MODELS} == set(PRICES)
    assert all(model.context_length and model.thinking for model in MODELS)
    assert Settings().model in PRICES
    assert re.fullmatch(r"20\d\d-\d\d", AS_OF)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)
def test_prices_make_sense(model: Model) -> None:
    """What is cached is cheaper than what is not, and words out are dearer than words in."""
    price = PRICES[model.id]
    assert 0 < price.cached < price.input < price.output


@pytest.mark.parametrize(
    ("usage", "cost"),
    [
        (Usage(), 0.0),
        (Usage(1_000_000, 0), 1.0),
        (Usage(1_000_000, 0, 1_000_000), 0.5),
        (Usage(0, 500_000), 1.0),
        (Usage(0, 500_000, 0, 400_000), 1.0),
        (Usage(3_000_000, 1_000_000, 1_000_000, 7), 4.5),
    ],
)
def test_cost_counts_each_token_once(usage: Usage, cost: float) -> None:
    """Cached tokens are among the prompt's and reasoning among the completion's; none is paid twice."""
    assert Price(cached=0.5, input=1.0, output=2.0).of(usage) == pytest.approx(cost)


def test_an_unknown_model_is_unknown_in_all() -> None:
    """Nothing is claimed of a model that nobody listed."""
    assert find_model("mystery") == Model("mystery")
    assert not find_model("mystery").takes_effort
    assert find_model("kimi-k3").takes_effort


def test_the_services_word_goes_before_the_table() -> None:
    """What the service says of a model wins, and its gaps are filled from the table."""
    told = completed(Model("kimi-k2.6", context_length=1, image_in=False))
    assert (told.context_length, told.image_in, told.video_in, told.thinking) == (1, False, True, "both")
    assert completed(Model("mystery")) == Model("mystery")


def test_efforts_are_taken_from_one_place() -> None:
    """A service that tells how a model thinks has told its efforts, even where it has none."""
    assert completed(Model("kimi-k3")).efforts == ("low", "high", "max")
    assert completed(Model("kimi-k3", thinking="only")).efforts == ()
    assert completed(Model("kimi-k3", thinking="only", efforts=("low",))).efforts == ("low",)
