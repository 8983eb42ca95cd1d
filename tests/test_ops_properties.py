"""Operations with windows and patterns on random arguments: what is inferred is what torch gives, and what is refused torch refuses."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from opcalls import compare, module, run, tensor

from archdsl.diagnostics import Refused
from archdsl.ops import BY_NAME, Op, checks
from archdsl.ops.patterns import parse, plan
from archdsl.ops.pool import StochasticPool
from archdsl.shapes import Shape

QUICK = settings(max_examples=60, deadline=None)


def numbers(low: int, high: int, axes: int) -> st.SearchStrategy[int | tuple[int, ...]]:
    """One number for all axes, or one for each."""
    one = st.integers(low, high)
    return one | st.tuples(*([one] * axes))


@st.composite
def images(draw: st.DrawFn, most: int = 9) -> Shape:
    axes = draw(st.integers(1, 3))
    return Shape.example(draw(st.integers(1, 6)), *(draw(st.integers(1, most)) for _ in range(axes)))


def torch_refuses(op: Op, x: Shape) -> bool:
    """Whether torch raises, or gives nothing at all."""
    try:
        return any(y.numel() == 0 for y in run(op, module(op.module((x,))), (x,)))
    except (RuntimeError, ValueError, AssertionError, Refused):
        return True


def refusal(op: Op, x: Shape) -> Refused | None:
    """What is refused, if anything."""
    try:
        op.results((x,))
    except Refused as refused:
        return refused
    return None


def agrees(op: Op, x: Shape) -> None:
    """Either both take it and agree, or both refuse. Our own rules beyond torch's are left out."""
    refused = refusal(op, x)
    if refused is not None:
        assume(refused.code != checks.EVEN and not isinstance(op, StochasticPool))
        assert torch_refuses(op, x), refused.message
        return
    compare(op, x)
    assert len(op.reach((x,)) or ()) in (0, len(x.spatial))


@QUICK
@given(images(), st.data())
def test_conv(x: Shape, data: st.DataObject) -> None:
    axes = len(x.spatial)
    op = BY_NAME["conv"](
        out=data.draw(st.integers(1, 6)),
        kernel=data.draw(numbers(1, 4, axes)),
        stride=data.draw(numbers(1, 3, axes)),
        padding=data.draw(numbers(0, 3, axes) | st.just("same")),
        dilation=data.draw(numbers(1, 2, axes)),
        groups=data.draw(st.sampled_from([1, 1, 2, 3])),
        bias=data.draw(st.booleans()),
        padding_mode=data.draw(st.sampled_from(["zeros", "reflect", "replicate", "circular"])),
    )
    agrees(op, x)


@QUICK
@given(images(6), st.data())
def test_conv_transpose(x: Shape, data: st.DataObject) -> None:
    axes = len(x.spatial)
    op = BY_NAME["conv_transpose"](
        out=data.draw(st.integers(1, 6)),
        kernel=data.draw(numbers(1, 4, axes)),
        stride=data.draw(numbers(1, 3, axes)),
        padding=data.draw(numbers(0, 3, axes)),
        output_padding=data.draw(st.just(0) | numbers(0, 2, axes)),
        groups=data.draw(st.sampled_from([1, 1, 2])),
        bias=data.draw(st.booleans()),
        dilation=data.draw(numbers(1, 2, axes)),
    )
    agrees(op, x)


@QUICK
@given(images(), st.sampled_from(["max_pool", "avg_pool", "lp_pool", "stochastic_pool"]), st.data())
def test_pools(x: Shape, name: str, data: st.DataObject) -> None:
    axes = len(x.spatial)
    arguments: dict[str, Any] = {
        "kernel": data.draw(numbers(1, 4, axes)),
        "stride": data.draw(st.none() | numbers(1, 3, axes)),
        "padding": data.draw(numbers(0, 2, axes)),
        "ceil_mode": data.draw(st.booleans()),
        "dilation": data.draw(numbers(1, 2, axes)),
        "count_include_pad": data.draw(st.booleans()),
    }
    fields = BY_NAME[name].model_fields
    op = BY_NAME[name](**{n: v for n, v in arguments.items() if n in fields and v is not None})
    agrees(op, x)


@QUICK
@given(images(), st.sampled_from(["adaptive_avg_pool", "adaptive_max_pool"]), st.data())
def test_adaptive_pools(x: Shape, name: str, data: st.DataObject) -> None:
    agrees(BY_NAME[name](size=data.draw(numbers(1, 7, len(x.spatial)))), x)


@QUICK
@given(images(), st.data())
def test_upsample(x: Shape, data: st.DataObject) -> None:
    mode = data.draw(st.sampled_from(["nearest", "linear", "bilinear", "bicubic", "trilinear", "area", "nearest-exact"]))
    to: dict[str, Any] = data.draw(
        st.builds(lambda scale: {"scale": scale}, st.sampled_from([1, 2, 3, 0.3, 0.5, 1.5, 1.7, 2.25]))
        | st.builds(lambda size: {"size": size}, numbers(1, 9, len(x.spatial)))
    )
    agrees(BY_NAME["upsample"](mode=mode, **to), x)


@QUICK
@given(images(), st.data())
def test_pad_and_crop(x: Shape, data: st.DataObject) -> None:
    pairs = data.draw(st.integers(1, x.rank - 1))
    amounts = data.draw(st.integers(0, 4) | st.tuples(*([st.integers(0, 4)] * (2 * pairs))))
    mode = data.draw(st.sampled_from(["constant", "reflect", "replicate", "circular"]))
    # torch pads fewer axes by copies where fewer amounts are given and the tensor counts as unbatched: not meant here.
    if mode == "constant" or isinstance(amounts, int) or len(amounts) == 2 * len(x.spatial):
        agrees(BY_NAME["pad"](amounts=amounts, mode=mode), x)
    agrees(BY_NAME["crop"](amounts=amounts), x)


@QUICK
@given(images(), st.sampled_from(["batch_norm", "instance_norm", "group_norm", "layer_norm", "rms_norm", "local_response_norm"]), st.data())
def test_norms(x: Shape, name: str, data: st.DataObject) -> None:
    choices = {
        "affine": st.booleans(),
        "track_running_stats": st.booleans(),
        "bias": st.booleans(),
        "groups": st.integers(1, 3),
        "size": st.integers(1, 4),
        "axis": st.sampled_from([-1, 1]),
    }
    fields = BY_NAME[name].model_fields
    op = BY_NAME[name](**{n: data.draw(choice) for n, choice in choices.items() if n in fields})
    agrees(op, x)


NAMES = ("b", "c", "h", "w", "d", "k")


@st.composite
def rearrangements(draw: st.DrawFn) -> tuple[str, dict[str, int], Shape]:
    """A random pattern with the lengths it needs, and a shape that fits it."""
    axes = list(NAMES[1 : draw(st.integers(2, 6))])
    length = {name: draw(st.integers(1, 4)) for name in axes}
    left = draw(grouped(axes))
    right = draw(grouped(draw(st.permutations(axes))))
    dims = []
    for group in left:
        size = 1
        for name in group:
            size *= length[name]
        dims.append(size)
    given_ = {name: length[name] for group in left for name in group[1:]}
    return f"b {written(left)} -> b {written(right)}", given_, Shape.example(*dims)


@st.composite
def grouped(draw: st.DrawFn, axes: list[str]) -> list[list[str]]:
    groups: list[list[str]] = []
    for name in axes:
        if groups and groups[-1] and draw(st.booleans()):
            groups[-1].append(name)
        else:
            groups.extend([[]] * draw(st.sampled_from([0, 0, 0, 1])))
            groups.append([name])
    return groups


def written(groups: list[list[str]]) -> str:
    return " ".join(g[0] if len(g) == 1 else f"({' '.join(g)})" if g else "1" for g in groups)


@QUICK
@given(rearrangements())
def test_rearrange(case: tuple[str, dict[str, int], Shape]) -> None:
    """There and back gives the same numbers, and the shapes are those inferred."""
    pattern, lengths, x = case
    op = BY_NAME["rearrange"](pattern=pattern, **lengths)
    compare(op, x)
    y = op.results((x,))[0]
    left, right = parse(pattern)
    every = {name: size for group, size in zip(left, x.dims, strict=True) if len(group) == 1 for name in group if isinstance(size, int)}
    every |= lengths
    for group, size in zip(left, x.dims, strict=True):
        if len(group) > 1 and isinstance(size, int):
            rest = size
            for name in group[1:]:
                rest //= lengths[name]
            every[group[0]] = rest
    before, after = pattern.split(" -> ")
    back = {name: every[name] for group in right for name in group[1:]}
    again = BY_NAME["rearrange"](pattern=f"{after} -> {before}", **back)
    assert again.results((y,))[0].dims == x.dims
    made, undone = module(op.module((x,))), module(again.module((y,)))
    values = tensor(x, 2)
    assert undone(made(values)).equal(values)


@QUICK
@given(st.text(alphabet="bchw()1.-> ", max_size=24))
def test_no_pattern_breaks_the_reader(pattern: str) -> None:
    x = Shape.example(2, 3)
    with suppress(Refused):
        assert plan(pattern, x, {}).result.numel == x.numel
