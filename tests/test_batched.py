"""Random transforms of whole batches, example by example against torchvision's own functions with the same choices."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as F

from archdsl.diagnostics import Fault
from archdsl.recipe.tables import TRANSFORM
from archdsl.training.batched import FORMS, Form, form_of
from archdsl.training.transforms import Pipeline, floats

COUNT = 48


def form(name: str, **arguments: object) -> Form:
    (step,) = Pipeline.of([TRANSFORM.words[name].called(name, arguments)]).steps
    return form_of(step)


def images(*shape: int, seed: int = 0) -> Tensor:
    return torch.randint(0, 256, (COUNT, *shape), dtype=torch.uint8, generator=torch.Generator().manual_seed(seed))


def drawn(made: Form, given: Tensor, seed: int = 0, count: int = COUNT) -> tuple[Tensor, ...]:
    return made.draw(count, given[:1], torch.Generator().manual_seed(seed))


CHANCES: dict[str, tuple[Callable[..., Tensor], dict[str, Any], dict[str, Any]]] = {
    "random_horizontal_flip": (F.horizontal_flip, {}, {}),
    "random_vertical_flip": (F.vertical_flip, {}, {}),
    "random_grayscale": (F.rgb_to_grayscale, {}, {"num_output_channels": 3}),
    "random_invert": (F.invert, {}, {}),
    "random_posterize": (F.posterize, {"bits": 3}, {"bits": 3}),
    "random_solarize": (F.solarize, {"threshold": 100.0}, {"threshold": 100.0}),
    "random_adjust_sharpness": (F.adjust_sharpness, {"sharpness_factor": 1.7}, {"sharpness_factor": 1.7}),
    "random_autocontrast": (F.autocontrast, {}, {}),
    "random_equalize": (F.equalize, {}, {}),
}


@pytest.mark.parametrize("name", CHANCES)
@pytest.mark.parametrize("p", [0.0, 0.4, 1.0])
def test_done_to_those_that_are_chosen(name: str, p: float) -> None:
    function, arguments, given = CHANCES[name]
    made, before = form(name, p=p, **arguments), images(3, 7, 9)
    (chosen,) = drawn(made, before)
    assert 0 < chosen.sum() < COUNT or p in (0, 1)
    for image, yes, found in zip(before, chosen, made.apply(before, chosen), strict=True):
        assert torch.equal(found, function(image, **given) if yes else image)


@settings(deadline=None, max_examples=60)
@given(
    size=st.tuples(st.integers(1, 12), st.integers(1, 12)),
    padding=st.one_of(st.none(), st.integers(0, 4), st.tuples(st.integers(0, 3), st.integers(0, 4)), st.tuples(*[st.integers(0, 3)] * 4)),
    edge=st.sampled_from(["constant", "edge", "reflect", "symmetric"]),
    fill=st.integers(0, 255),
)
def test_random_crop(size: tuple[int, int], padding: Any, edge: str, fill: int) -> None:
    made = form("random_crop", size=size, padding=padding, padding_mode=edge, fill=fill, pad_if_needed=padding is None)
    before = images(2, 7, 8)
    module = v2.RandomCrop(size, padding, padding is None, fill, edge)
    try:
        params = module.make_params([before])
    except ValueError:
        with pytest.raises(ValueError, match="larger than"):
            drawn(made, before)
        return
    tops, lefts = choices = drawn(made, before)
    for image, top, left, found in zip(before, tops.tolist(), lefts.tolist(), made.apply(before, *choices), strict=True):
        assert torch.equal(found, module.transform(image, {**params, "needs_crop": True, "top": top, "left": left}))


def test_random_crop_goes_everywhere() -> None:
    made = form("random_crop", size=5, padding=1)
    tops, lefts = drawn(made, images(1, 7, 6), count=2000)
    assert set(tops.tolist()) == set(range(5))
    assert set(lefts.tolist()) == set(range(4))


@pytest.mark.parametrize("value", [0.0, 0.5])
@pytest.mark.parametrize("shape", [(3, 16, 16), (1, 5, 20)])
def test_random_erasing(value: float, shape: tuple[int, ...]) -> None:
    made, before = form("random_erasing", p=0.7, value=value), floats(images(*shape))
    choices = drawn(made, before)
    after = made.apply(before, *choices)
    for image, (yes, i, j, h, w), found in zip(before, zip(*(part.tolist() for part in choices), strict=True), after, strict=True):
        assert torch.equal(found, F.erase(image, i, j, h, w, torch.full((1, h, w), value)) if yes else image)
        assert i + h <= shape[1]
        assert j + w <= shape[2]
    assert 0 < choices[0].sum() < COUNT


@pytest.mark.parametrize("size", [(8, 8), (5, 13), (40, 30)])
def test_random_resized_crop(size: tuple[int, int]) -> None:
    made, before = form("random_resized_crop", size=size), floats(images(3, 24, 17))
    choices = drawn(made, before)
    for image, box, found in zip(before, zip(*(part.tolist() for part in choices), strict=True), made.apply(before, *choices), strict=True):
        torch.testing.assert_close(found, F.resized_crop(image, *box, list(size), antialias=True), atol=2e-6, rtol=1e-5)


def test_random_resized_crop_of_bytes_is_no_coarser() -> None:
    made, before = form("random_resized_crop", size=9), images(3, 24, 17)
    choices = drawn(made, before)
    for image, box, found in zip(before, zip(*(part.tolist() for part in choices), strict=True), made.apply(before, *choices), strict=True):
        torch.testing.assert_close(found, floats(F.resized_crop(image, *box, [9, 9], antialias=True)), atol=1.5 / 255, rtol=0)


@pytest.mark.parametrize(("name", "arguments", "shape"), [
    ("random_resized_crop", {"size": 8}, (1, 32, 32)),
    ("random_resized_crop", {"size": 8, "scale": (0.5, 1.0), "ratio": (1.0, 1.0)}, (1, 10, 40)),
    ("random_resized_crop", {"size": 8, "scale": (0.9, 1.0), "ratio": (0.1, 0.2)}, (1, 10, 40)),
    ("random_erasing", {"p": 1.0}, (1, 32, 32)),
    ("random_erasing", {"p": 1.0, "scale": (0.8, 0.9), "ratio": (2.0, 3.0)}, (1, 10, 40)),
])  # fmt: skip
def test_rectangles_are_as_often_as_torchvision_s(name: str, arguments: dict[str, Any], shape: tuple[int, ...]) -> None:
    """Means and deviations of heights, widths and places over many draws."""
    count, image = 3000, torch.zeros(1, *shape)
    made = form(name, **arguments)
    top, left, height, width = drawn(made, image, count=count)[-4:]
    top, left = top * (height > 0), left * (height > 0)
    module = getattr(v2, {"random_erasing": "RandomErasing"}.get(name, "RandomResizedCrop"))(**arguments)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        theirs = [module.make_params([image]) for _ in range(count)]
    none = [params.get("v", 0) is None for params in theirs]
    for ours, keys in ((height, ("h", "height")), (width, ("w", "width")), (top, ("i", "top")), (left, ("j", "left"))):
        key = next(key for key in keys if key in theirs[0])
        wanted = torch.tensor([0.0 if gone else float(params[key]) for params, gone in zip(theirs, none, strict=True)])
        error = 5 * (wanted.std() / count**0.5 + 1e-3)
        assert abs(ours.float().mean() - wanted.mean()) < error * 2**0.5
        assert abs(ours.float().std() - wanted.std()) < 2 * error


def test_every_form_stands_for_a_random_transform() -> None:
    assert set(FORMS) == {*CHANCES, "random_crop", "random_erasing", "random_resized_crop"}
    assert all(TRANSFORM.words[name].random for name in FORMS)  # type: ignore[attr-defined]


def test_the_page_names_them_all() -> None:
    page = (Path(__file__).parent.parent / "docs" / "data.md").read_text(encoding="utf-8")
    assert [name for name in FORMS if f"`{name}`" not in page] == []


@pytest.mark.parametrize("name", ["color_jitter", "auto_augment", "random_rotation"])
def test_others_are_refused_by_name(name: str) -> None:
    with pytest.raises(Fault, match=f"`{name}` has no form for batches"):
        form(name, **({"degrees": 10} if name == "random_rotation" else {}))


def test_resizing_otherwise_is_refused() -> None:
    with pytest.raises(Fault, match="no form for batches"):
        form("random_resized_crop", size=8, interpolation="nearest")
