"""The words of recipes against torch and torchvision: every class is there or refused, every argument and default is theirs, and what a
recipe takes they take, too."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pytest
import torch
import torchvision
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torchvision.transforms import v2

from archdsl.diagnostics import Diagnostic, Source
from archdsl.language.reader import read
from archdsl.limits import DEFAULT
from archdsl.recipe import Called, read_recipe
from archdsl.recipe import losses as loss_words
from archdsl.recipe import optimizers as optimizer_words
from archdsl.recipe.calls import snake
from archdsl.recipe.data import DATA
from archdsl.recipe.kinds import Choice, Either, Kind, Listed, Many, Nothing, Number, Range, Row, Text, Time, Truth
from archdsl.recipe.tables import TABLES
from archdsl.recipe.transforms import TRANSFORMS
from archdsl.recipe.words import REQUIRED, Word
from archdsl.training.transforms import Pipeline

WORDS = [(key, name) for key, table in TABLES.items() for name in table.words]
OF_TORCH = [(key, name) for key, name in WORDS if TABLES[key].words[name].target]
ABSENT = {
    "root",
    "transform",
    "target_transform",
    "transforms",
    "download",
    "loader",
    "kwargs",
    "folds",
    "what",
    "compat",
    "target_type",
    "target_types",
}
"""arguments of data sets that recipes never have"""


def cls(word: Word) -> Callable[..., Any]:
    """The class that a word stands for."""
    found: Any = {"torch": torch, "torchvision": torchvision}[word.target.split(".")[0]]
    for part in word.target.split(".")[1:]:
        found = getattr(found, part)
    return found  # type: ignore[no-any-return]


@pytest.mark.parametrize(("key", "name"), OF_TORCH)
def test_arguments_and_defaults_are_theirs(key: str, name: str) -> None:
    word = TABLES[key].words[name]
    theirs = inspect.signature(cls(word)).parameters
    for argument, one in word.takes.items():
        if one.ours:
            assert argument not in theirs
            continue
        default = theirs[argument].default
        expected = REQUIRED if default is inspect.Parameter.empty else getattr(default, "value", default)
        assert one.default == expected, argument


@pytest.mark.parametrize("name", optimizer_words.OPTIMIZERS)
def test_optimizers_have_every_argument(name: str) -> None:
    word = optimizer_words.OPTIMIZERS[name]
    theirs = set(inspect.signature(cls(word)).parameters)
    assert set(word.takes) == theirs - optimizer_words.LEFT_OUT


@pytest.mark.parametrize("name", loss_words.LOSSES)
def test_losses_have_every_argument(name: str) -> None:
    word = loss_words.LOSSES[name]
    assert set(word.takes) == set(inspect.signature(cls(word)).parameters) - loss_words.LEFT_OUT


@pytest.mark.parametrize("name", TRANSFORMS)
def test_transforms_have_every_argument(name: str) -> None:
    word = TRANSFORMS[name]
    assert set(word.takes) == set(inspect.signature(cls(word)).parameters)
    assert word.random == (name.startswith("random_") or _draws(name))


def _draws(name: str) -> bool:
    """Whether torchvision's transform draws numbers."""
    source = inspect.getsource(cls(TRANSFORMS[name]))
    return any(word in source for word in ("torch.rand", ".uniform_(", "torch.empty", "uniform", "randint", "randperm", "gaussian_noise"))


@pytest.mark.parametrize("name", [name for name, word in DATA.items() if word.target])
def test_parts_of_data_sets_are_theirs(name: str) -> None:
    word = DATA[name]
    theirs = inspect.signature(cls(word)).parameters
    accepts = {*theirs, "train"} if "kwargs" in theirs else set(theirs)
    assert {*word.train, *word.eval} <= accepts
    assert {argument for argument, one in word.takes.items() if not one.ours} - ABSENT == set(theirs) - ABSENT - {*word.train, *word.eval}
    assert word.divided == (bool(word.train) and word.train.keys() == word.eval.keys())
    assert ("held_out" in word.takes) == (not word.divided)


def classes(module: Any, base: type, *but: type) -> list[str]:
    found = ((name, getattr(module, name)) for name in dir(module))
    return [name for name, one in found if inspect.isclass(one) and issubclass(one, base) and one not in but]


THEIRS = [
    *(("optimizer", name) for name in classes(torch.optim, torch.optim.Optimizer, torch.optim.Optimizer)),
    *(("loss", name) for name in dir(nn) if name.endswith("Loss")),
    *(("transforms", name) for name in classes(v2, v2.Transform, v2.Transform)),
    *(("data", name) for name in torchvision.datasets.__all__ if inspect.isclass(getattr(torchvision.datasets, name))),
    *(("schedule", name) for name in ("CosineAnnealingLR", "StepLR", "MultiStepLR", "OneCycleLR", "PolynomialLR", "ExponentialLR")),
]


@pytest.mark.parametrize(("key", "name"), THEIRS)
def test_every_class_is_there_or_refused(key: str, name: str) -> None:
    """And its own name is answered with ours, or with the reason."""
    table = TABLES[key]
    (said,) = faults(f"{key}: {f'[{name}]' if key == 'transforms' else name}")
    if said.code == "AD4306":
        return
    assert said.code == "AD4302"
    assert said.help is not None
    assert said.help.startswith("write `"), said.help
    ours = said.help.removeprefix("write `").removesuffix("`")
    target = table.words[ours].target.rpartition(".")[2]
    assert target in ("", name) or (key, name) in {("loss", "BCELoss"), ("data", "LFWPairs")}


@pytest.mark.parametrize("key", TABLES)
def test_tables_name_what_is_there(key: str) -> None:
    table = TABLES[key]
    assert set(table.others.values()) <= set(table.words)
    assert not set(table.refused) & set(table.words)
    assert not set(table.others) & set(table.words)
    assert all(snake(name) == name and name.isidentifier() for name in table.words)


def faults(text: str, code: bool = False) -> list[Diagnostic]:
    found: list[Diagnostic] = []
    node = read(Source("recipe.yaml", text), DEFAULT, found.append)
    recipe = read_recipe(node, found.append, code=code)
    assert (recipe is None) == any(one.severity == "error" for one in found)
    return found


def values(kind: Kind) -> st.SearchStrategy[Any]:
    """Values that a kind takes, those at its bounds among them."""
    return STRATEGIES[type(kind)](kind)


def _numbers(kind: Number) -> st.SearchStrategy[Any]:
    low, high = kind.low if kind.low is not None else kind.over, kind.high if kind.high is not None else kind.under
    low, high = -4 if low is None else low, (low or 0) + 8 if high is None else high
    if kind.whole:
        whole = st.integers(int(low) + (kind.over is not None), min(int(high), int(low) + 16))
        return whole.filter(lambda value: kind.take(value) == value)
    found = st.floats(low, max(high, low), allow_subnormal=False, exclude_min=kind.over is not None, exclude_max=kind.under is not None)
    return found.map(lambda value: float(f"{value:.6g}")).filter(lambda value: kind.take(value) == value)


STRATEGIES: Mapping[type, Callable[[Any], st.SearchStrategy[Any]]] = {
    Number: _numbers,
    Truth: lambda kind: st.booleans(),
    Nothing: lambda kind: st.none(),
    Choice: lambda kind: st.sampled_from(kind.words),
    Text: lambda kind: st.text("abcdef /._-é'", min_size=1).filter(lambda text: text.strip() == text and text not in ("-", ".")),
    Listed: lambda kind: st.sampled_from(kind.values),
    Range: lambda kind: st.tuples(_numbers(kind.of), _numbers(kind.of)).map(sorted).map(tuple),
    Row: lambda kind: st.tuples(*map(values, kind.kinds)),
    Many: lambda kind: st.one_of(st.tuples(values(kind.of)), st.tuples(*[values(kind.of)] * 3)),
    Either: lambda kind: st.one_of(*map(values, kind.kinds)),
    Time: lambda kind: st.sampled_from((5, "1 epoch", "500 steps")).map(kind.take),
}


USUAL: dict[str, st.SearchStrategy[Any]] = {
    "size": st.integers(4, 40),
    "min_size": st.integers(4, 20),
    "max_size": st.integers(21, 40),
    "padding": st.integers(0, 20),
    "ratio": st.sampled_from([(0.3, 3.3), (0.5, 0.5)]),
    "scale": st.sampled_from([(0.1, 0.9), (0.5, 0.5)]),
    "sigma": st.sampled_from([0.1, 2.5]),
}
"""arguments whose extremes are no matter of their kind: a part of an image has a pixel at least"""


@st.composite
def calls(draw: st.DrawFn, key: str, name: str) -> Called:
    """A call of a word, with some of its arguments."""
    word = TABLES[key].words[name]
    usual = USUAL if key == "transforms" else {}
    chosen = [(argument, one) for argument, one in word.takes.items() if one.default is REQUIRED or draw(st.integers(0, 2)) == 0]
    return word.called(name, {argument: draw(usual.get(argument, values(one.kind))) for argument, one in chosen})


@pytest.mark.parametrize(("key", "name"), WORDS)
def test_what_is_written_is_read(key: str, name: str) -> None:
    @settings(max_examples=15, deadline=None, database=None)
    @given(calls(key, name))
    def check(called: Called) -> None:
        text = str(called).replace('"', '\\"')
        found: list[Diagnostic] = []
        node = read(Source("recipe.yaml", f'{key}: ["{text}"]' if key == "transforms" else f'{key}: "{text}"'), DEFAULT, found.append)
        recipe = read_recipe(node, found.append)
        wrong = [one for one in found if one.code != "AD4304"]
        assert not wrong, (text, wrong)
        if recipe is not None:
            again = getattr(recipe, key)
            assert (again[0] if key == "transforms" else again) == called

    check()


def _made(called: Called) -> Any:
    word = next(table.words[called.name] for table in TABLES.values() if called.target and called.name in table.words)
    return partial(cls(word), **called.arguments)


@pytest.mark.parametrize("name", optimizer_words.OPTIMIZERS)
def test_torch_takes_what_optimizers_take(name: str) -> None:
    @settings(max_examples=25, deadline=None, database=None)
    @given(calls("optimizer", name))
    def check(called: Called) -> None:
        if faults(f'optimizer: "{called}"'):
            return  # arguments that exclude each other
        weights = nn.Parameter(torch.ones(2, 2))
        optimizer = _made(called)([weights])
        weights.grad = torch.ones(2, 2)
        optimizer.step()
        assert weights.shape == (2, 2)

    check()


@pytest.mark.parametrize("name", loss_words.LOSSES)
def test_torch_takes_what_losses_take(name: str) -> None:
    @settings(max_examples=15, deadline=None, database=None)
    @given(calls("loss", name))
    def check(called: Called) -> None:
        result, labels = torch.randn(3, 4, requires_grad=True), torch.tensor([0, 3, 1])
        target = labels if name in ("cross_entropy", *loss_words.CLASSES_ONLY) else nn.functional.one_hot(labels, 4).float()
        loss = _made(called)()(result, target)
        loss.backward()
        assert loss.dim() == 0
        mixed = {one.code for one in faults(f'{{loss: "{called}", mixup: 0.2}}')} == {"AD4304"}
        assert mixed == _refuses(_made(called)(), result.detach())

    check()


def _refuses(loss: nn.Module, result: torch.Tensor) -> bool:
    """Whether a loss takes no probabilities of classes."""
    try:
        loss(result, torch.softmax(result, 1))
    except (RuntimeError, ValueError):
        return True
    return False


@pytest.mark.parametrize("name", TRANSFORMS)
def test_torchvision_takes_what_transforms_take(name: str) -> None:
    word = TRANSFORMS[name]

    @settings(max_examples=15, deadline=None, database=None)
    @given(calls("transforms", name))
    def check(called: Called) -> None:
        if faults(f'transforms: ["{called}"]'):
            return  # arguments that exclude each other
        image = torch.randint(0, 256, (3, 48, 48), dtype=torch.uint8)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            done = Pipeline.of((called,))(image)
        assert (done.dim(), done.is_floating_point()) == (3, word.floats)

    check()
