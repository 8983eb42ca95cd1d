"""Every function against torch: shapes for two batch sizes, multiply-accumulates, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from types import UnionType
from typing import Annotated, Any, Literal, get_args, get_origin

import pytest
import torch
from formulas import BATCHES, Traced, call, computed, formula, item, run, traced
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from archdsl.diagnostics import CODES, Refused
from archdsl.functions import BY_NAME, FUNCTIONS, MERGES, OPERATORS
from archdsl.functions.attention import Attention, Matmul
from archdsl.functions.base import Function
from archdsl.functions.conv import Conv
from archdsl.functions.einsum import Einsum
from archdsl.functions.pointwise import Pointwise
from archdsl.ops.types import Kind
from archdsl.shapes import Batch, Shape

X = Shape.example(3, 8, 8)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.name)
def test_example(function: type[Function]) -> None:
    formula(function.example, x=traced(X))


def test_names_are_unique() -> None:
    assert len({f.name for f in FUNCTIONS}) == len(FUNCTIONS) == len({*BY_NAME.values(), *OPERATORS.values(), *MERGES})
    assert all(f.__doc__ and f.source for f in FUNCTIONS)


QUICK = settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
SIZES = st.integers(1, 4)
LENIENT = {"AD3151", "AD3154", "AD3157", "AD3158", "AD1455", "AD1454"}
"""what archdsl refuses and torch may take: reading across the batch, empty tensors, a division by 0"""
STRICTER = {
    ("add", "AD3155"),
    ("mul", "AD3156"),
    ("gate", "AD3156"),
    ("squeeze", "AD3155"),
    ("conv", "AD3156"),
    ("unfold", "AD3156"),
    ("pad", "AD3156"),
    ("pad", "AD3159"),
    ("interpolate", "AD3159"),
    ("linear", "AD3156"),
    ("linear", "AD3155"),
    ("roll", "AD2150"),
    ("attention", "AD3152"),
    ("attention", "AD3155"),
    ("meshgrid", "AD3156"),
}
"""what they refuse by design: merges of shapes that would stretch, `squeeze` of a larger axis, fewer axes than the
page names, nothing left of an axis, a mask larger than the scores"""


@st.composite
def shapes(draw: st.DrawFn, least: int = 1) -> Shape:
    """A tensor with the batch anywhere, multiplied, or nowhere."""
    dims: list[int | Batch] = draw(st.lists(SIZES, min_size=least, max_size=5))
    if dims and draw(st.booleans()):
        dims[draw(st.integers(0, len(dims) - 1))] = Batch(draw(st.sampled_from([1, 1, 1, 2, 6])))
    return Shape(tuple(dims))


@st.composite
def arguments(draw: st.DrawFn, function: type[Function]) -> dict[str, Any]:
    """Arguments that often fit: later tensors resemble the first."""
    first = draw(shapes())
    alike = st.one_of(st.just(first), shapes(), st.permutations(first.dims).map(lambda d: Shape(tuple(d))), st.just(Shape(first.dims[1:])))
    axis = st.integers(-first.rank - 1, first.rank)
    fixed: dict[Kind, st.SearchStrategy[Any]] = {
        Kind.AXIS: axis,
        Kind.AXES: st.one_of(st.permutations(range(first.rank)).map(tuple), st.lists(axis, max_size=3).map(tuple)),
        Kind.SIZES: st.one_of(
            st.permutations(first.dims).map(tuple),
            st.lists(st.sampled_from([-1, 1, 2, 3, 4, 6, 8, Batch(), Batch(2)]), max_size=5).map(tuple),
        ),
        Kind.TENSORS: st.lists(alike, min_size=1, max_size=3).map(tuple),
    }
    found = {}
    for name, field in function.model_fields.items():
        kind = function.kinds()[name]
        if not field.is_required() and draw(st.booleans()):
            continue
        if kind is Kind.TENSOR:
            found[name] = first if not found else draw(alike)
        else:
            found[name] = draw(fixed[kind] if kind in fixed else values(field.annotation))
    return found


def values(annotation: Any) -> st.SearchStrategy[Any]:
    """Numbers, words and lists of an annotation; what pydantic refuses is filtered out later."""
    if get_origin(annotation) is Literal:
        return st.sampled_from(get_args(annotation))
    if get_origin(annotation) is Annotated:
        return values(get_args(annotation)[0])
    if get_origin(annotation) is tuple:
        return st.lists(values(get_args(annotation)[0]), min_size=1, max_size=4).map(tuple)
    if get_origin(annotation) is not None or isinstance(annotation, UnionType):
        return st.one_of(*map(values, get_args(annotation)))
    simple = {int: st.integers(-1, 4), float: st.sampled_from([0.5, 1.0, 2.0]), bool: st.booleans(), type(None): st.none()}
    return simple[annotation]


VARIED = [f for f in FUNCTIONS if not issubclass(f, Pointwise) and not {"index", "equation"} & set(f.model_fields) and f.name != "one_hot"]


@pytest.mark.parametrize("function", VARIED, ids=lambda f: f.name)
@QUICK
@given(data=st.data())
def test_agrees_with_torch(function: type[Function], data: st.DataObject) -> None:
    drawn = data.draw(arguments(function))
    try:
        made = function.model_validate(drawn)
    except ValidationError:
        reject()
    numbers = {name: filled(name, value) for name, value in drawn.items()}
    refused = refusal(made.infer)
    if refused is None:
        run(made, numbers)
        return
    by_design = refused.code in LENIENT or (function.name, refused.code) in STRICTER
    assert by_design or not torch_takes(made, numbers), refused.message
    assert refused.code in CODES


def refusal(infer: Callable[[], Any]) -> Refused | None:
    """What it is refused for."""
    try:
        infer()
    except Refused as refused:
        return refused
    return None


def filled(name: str, value: Any) -> Any:
    """Random numbers for shapes."""
    if isinstance(value, tuple) and value and isinstance(value[0], Shape):
        return tuple(filled(name, v) for v in value)
    if not isinstance(value, Shape):
        return value
    found = traced(value)
    return Traced(value, tuple(t > 0 for t in found.tensors)) if name in ("condition", "mask") else found


def torch_takes(made: Function, numbers: dict[str, Any]) -> bool:
    try:
        for i, batch in enumerate(BATCHES):
            computed(made, numbers, i, batch)
    except Exception:
        return False
    return True


@QUICK
@given(data=st.data())
def test_convolutions(data: st.DataObject) -> None:
    rank, groups = data.draw(st.integers(1, 3)), data.draw(SIZES)
    inner, outer = groups * data.draw(SIZES), groups * data.draw(SIZES)
    kernel = data.draw(st.lists(SIZES, min_size=rank, max_size=rank))
    x = Shape((Batch(data.draw(st.sampled_from([1, 6]))), inner, *data.draw(st.lists(st.integers(7, 9), min_size=rank, max_size=rank))))
    weight = traced(Shape((outer, inner // groups, *kernel)))
    stride, dilation = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 2))
    padding = data.draw(st.sampled_from([2, (3,) * rank, "valid"]))
    y = call(Conv, traced(x), weight, traced(Shape((outer,))), stride, padding, dilation, groups)
    assert y.said.order is None
    with pytest.raises(Refused, match=f"takes .* = {inner} channels"):
        call(Conv, traced(x.with_channels(inner + 1)), weight, None, stride, padding, dilation, groups)


@QUICK
@given(lead=st.lists(st.sampled_from([1, 3]), max_size=2), spare=st.integers(0, 3), sizes=st.tuples(SIZES, SIZES, SIZES), factor=SIZES)
def test_products(lead: list[int], spare: int, sizes: tuple[int, int, int], factor: int) -> None:
    n, k, m = sizes
    x = traced(Shape((Batch(factor), *lead, n, k)))
    y = traced(Shape([(Batch(factor), *lead, k, m), (*lead, k, m), (k, m), (k,)][spare]))
    assert call(Matmul, x, y).said.dims == (Batch(factor), *lead, n, *y.shape[1:][-1:])
    assert call(Attention, x, x, traced(Shape((Batch(factor), *lead, n, m))), traced(Shape((n, n)))).said.dims[-2:] == (n, m)
    with pytest.raises(Refused, match="same size inside"):
        call(Matmul, x, traced(Shape((k + 1, m))))


@QUICK
@given(data=st.data())
def test_sums_of_products(data: st.DataObject) -> None:
    sizes: dict[str, int | Batch] = {c: data.draw(SIZES) for c in "hijk"} | {"b": Batch(data.draw(SIZES))}
    letters = st.permutations("bhijk").flatmap(lambda p: st.integers(1, 4).map(lambda n: "".join(p[:n])))
    terms = data.draw(st.lists(letters, min_size=1, max_size=3))
    held = sorted({c for t in terms for c in t} - {"b"})
    out = data.draw(st.permutations(held))[: data.draw(st.integers(0, len(held)))]
    right = "".join(data.draw(st.permutations([*out, *("b" for _ in range(any("b" in t for t in terms)))])))
    operands = [traced(Shape(tuple(1 if data.draw(st.integers(0, 9)) == 0 and c != "b" else sizes[c] for c in t))) for t in terms]
    call(Einsum, f"{', '.join(terms)} -> {right}", *operands)


@pytest.mark.parametrize("equation", ["...ij,...jk->...ik", "abij,ackl->ajblcik", "a...ij, a...jk -> ...kia", "bc...,bc...->bc"])
def test_equations(equation: str) -> None:
    call(Einsum, equation, traced(X), traced(X, 1))


ENTRIES = st.one_of(
    st.integers(-4, 3),
    st.builds(slice, st.none() | st.integers(-5, 5), st.none() | st.integers(-5, 5), st.none() | st.integers(1, 3)),
    st.sampled_from([None, Ellipsis]),
    st.builds(lambda *s: Traced(Shape(s), (torch.zeros(s, dtype=torch.int64),) * 2), SIZES, SIZES),
)


@settings(QUICK, max_examples=300)
@given(x=shapes(), index=st.lists(ENTRIES, min_size=1, max_size=5).map(tuple))
def test_indexing(x: Shape, index: tuple[Any, ...]) -> None:
    at = tuple(slice(None) if isinstance(d, Batch) and not isinstance(e, Traced) else e for d, e in zip(x.dims, index, strict=False))
    index = (*at, *index[len(at) :])
    whole = traced(x)
    refused = refusal(lambda: item(whole, index))
    assert refused is None or refused.code in LENIENT or not indexable(whole, index), refused


def indexable(x: Traced, index: tuple[Any, ...]) -> bool:
    try:
        return all(x.tensors[i][tuple(e.tensors[i] if isinstance(e, Traced) else e for e in index)].numel() for i in range(2))
    except IndexError:
        return False


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("split(x, [1, 1], 1)", "AD3155", r"the parts are 1 \+ 1 = 2, axis 1 of 3×8×8 has 3"),
        ("x @ x[:, :, :4]", "AD3155", "found 8 and 4"),
        ("x * ones(4, 1, 1)", "AD3152", "4×1×1 does not stretch onto 3×8×8: axis 1 has 4 and 3"),
        ("concat([x, x[:, :, :4]])", "AD3155", "all but axis 1 must agree .* have 8 and 4 at axis 2"),
        ("concat([x, flatten(x, 1)])", "AD3156", "4 axes and 2, the batch counted"),
        ("concat([x, x], 0)", "AD3151", "axis 0 of 3×8×8 is the batch"),
        ("concat([x, x], 5)", "AD3150", "there is no axis 5: 3×8×8 has 4 axes with the batch"),
        ("add(x, x[:, :1])", "AD3155", "found 3×8×8 and 1×8×8"),
        ("gate(flatten(x, 2)[:, :, 0], x)", "AD3156", "2 and 4|4 axes and 2|2 axes and 4"),
        ("gate(cat([x, x], 1), x)", "AD3152", "axis 1 has"),
        ("reshape(x, -1, 49, 96)", "AD3153", r"192 values, the sizes ask for 49 · 96 = 4704, and 192 / 4704 leaves 192"),
        ("reshape(x, 3, 64)", "AD3154", "has the batch, for which 3, 64 leaves no place"),
        ("ones(2, 3, 8, 8) + x", "AD3152", "axis 0 has B and 2"),
        ("reshape(x, -1, 3, 8, 4) + x[:, :, :, :4]", "AD3152", "axis 0 has B and 2·B"),
        ("sum(x)", "AD3151", "every axis of 3×8×8"),
        ("squeeze(x)", "AD3151", "a batch of 1 would be dropped"),
        ("squeeze(x, 1)", "AD3155", "axis 1 of 3×8×8 has 3"),
        ("x[:, 3]", "AD3157", "axis 1 of 3×8×8 has 3 positions, no 3"),
        ("x[0]", "AD3151", "axis 0 of 3×8×8 is the batch"),
        ("einsum('bchw,bchw->chw', x, x)", "AD3151", "sums over 'b', the batch"),
        ("permute(x, 0, 2, 1)", "AD3156", "names 3 axes, 3×8×8 has 4"),
        ("conv(x, ones(4, 3, 9, 9))", "AD3159", r"\(8 \+ 0 - 9\) / 1 \+ 1 = 0"),
        ("linear(x, ones(4, 3))", "AD3155", "takes 3 features, 3×8×8 has 8"),
        ("attention(x, x, x[:, :, :4])", "AD3155", "every key needs a value: 3×8×8 has 8, 3×4×8 has 4"),
        ("attention(x, x[:, :, :, :4], x)", "AD3155", "3×8×8 has 8, 3×8×4 has 4"),
        ("attention(x, x, x, ones(8, 4))", "AD3152", "axis 3 has 4 and 8"),
        ("attention(x, x, x, ones(8, 8), is_causal=true)", "AD2132", "is a mask already"),
        ("linear(x, ones(4, 8), ones(3))", "AD3155", "gives 4 features, the bias has 3"),
        ("group_norm(x, 2)", "AD3158", "channels 3 / groups 2 leaves 1"),
    ],
)
def test_refused(text: str, code: str, message: str) -> None:
    with pytest.raises(Refused, match=message) as caught:
        formula(text, x=traced(X))
    assert (caught.value.code, caught.value.code in CODES) == (code, True)


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("permute(x, 0, 2, 3, 1)", (0, 2, 3, 1)),
        ("permute(permute(x, 0, 2, 3, 1), 0, 3, 1, 2)", None),
        ("relu(permute(x, 0, 2, 3, 1)) * ones(3)", (0, 2, 3, 1)),
        ("linear(permute(x, 0, 2, 3, 1), ones(6, 3))", (0, 2, 3, 1)),
        ("reshape(x, -1, 3, 64)", ()),
        ("permute(x, 0, 2, 3, 1) + reshape(x, -1, 8, 8, 3)", (0, 2, 3, 1)),
        ("mean(x, [2, 3], keepdim=true) * x", None),
        ("ones(1, 3, 64) + reshape(x, -1, 3, 64)", ()),
        ("x[:, 1:]", None),
    ],
)
def test_order(text: str, order: tuple[int, ...] | None) -> None:
    assert formula(text, x=traced(X)).said.order == order


@pytest.mark.parametrize("factor", [0.5, 1.5, (0.3, 2), 1 / 3])
def test_scales(factor: float | tuple[float, float]) -> None:
    formula("interpolate(x[:, :, :7, 1:], scale_factor=factor)", x=traced(X), factor=factor)
