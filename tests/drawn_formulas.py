"""Random formulas: every function by its fields, and by a pattern where its tensors must fit one another."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from drawn_operations import LARGEST, TRIES, divisors, typed
from formulas import Traced, formula, traced
from pydantic import ValidationError

from archdsl.diagnostics import Refused
from archdsl.functions import BY_NAME, OPERATORS
from archdsl.functions.base import Function
from archdsl.ops.types import Kind
from archdsl.shapes import Batch, Shape

FUNCTIONS = [*BY_NAME, *(name for name in OPERATORS if not name.startswith("unary"))]
"""what formulas may call, by name"""
Known = dict[str, Shape]
"""tensors that a formula may read, by name"""


def positions(x: Shape) -> list[int]:
    """Axes that are no batch."""
    return [i for i, d in enumerate(x.dims) if not isinstance(d, Batch)]


def axis(rng: Random, x: Shape) -> int:
    found = rng.choice(positions(x))
    return rng.choice([found, found - x.rank])


def cut(rng: Random, x: Shape) -> tuple[int, int, int]:
    """An axis, and its size as a product of two."""
    at = rng.choice(positions(x))
    size = x.dims[at]
    assert isinstance(size, int)
    part = rng.choice(divisors(size))
    return at, part, size // part


def reshaped(rng: Random, x: Shape) -> str:
    at, one, other = cut(rng, x)
    dims: list[Any] = [rng.choice([-1, "x.shape[0]"]), *x.dims[1:]]
    dims[at : at + 1] = [one, other]
    if len(dims) > 3 and rng.random() < 0.5:
        first = rng.randint(1, len(dims) - 2)
        dims[first : first + 2] = [dims[first] * dims[first + 1]]
    return f"reshape(x, {', '.join(map(str, dims))})"


def indexed(rng: Random, x: Shape) -> str:
    entries: list[str] = [":"]
    for size in x.sizes:
        a = rng.randint(0, size - 1)
        choices = [":", ":", f"{a}", f"{a}:", f":{size - a}", f"-{size}:", "::2", "none, :", f"{a}:{a + 1}"]
        entries.append(rng.choice(choices))
    if rng.random() < 0.2:
        entries[-1] = "..."
    return f"x[{', '.join(entries)}]"


def convolved(rng: Random, x: Shape) -> str:
    groups = rng.choice(divisors(x.dims[1]))
    out, kernel = groups * rng.randint(1, 3), rng.randint(1, 3)
    shape = ", ".join(map(str, (out, x.channels // groups, *(kernel for _ in x.spatial))))
    bias = rng.choice(["", f", zeros({out})"])
    return f"conv(x, ones({shape}) * 0.1{bias}, padding={rng.randint(0, 1)}, stride={rng.randint(1, 2)}, groups={groups})"


def multiplied(rng: Random, x: Shape) -> str:
    if x.rank == 2 or rng.random() < 0.4:
        return f"x @ ones({x.features}, {rng.randint(1, 5)})"
    return rng.choice(["x @ transpose(x, -1, -2)", "matmul(x, transpose(x, -2, -1))"])


def einsum(rng: Random, x: Shape) -> str:
    letters = "bchwdefgij"[: x.rank]
    if rng.random() < 0.5:
        return f"einsum('{letters}, {letters[-1]} k -> {letters[:-1]} k', x, ones({x.features}, 3))"
    kept = "".join(["b", *rng.sample(letters[1:], rng.randint(1, x.rank - 1))])
    return f"einsum('{letters}, {letters} -> {kept}', x, x * 0.5)"


def masked(rng: Random, x: Shape) -> str:
    options = ["", ", is_causal=true", ", scale=0.5", f", zeros({x.dims[-2]}, {x.dims[-2]})"] if isinstance(x.dims[-2], int) else [""]
    return f"attention(x, x * 0.5, x{rng.choice(options)})"


def padded(rng: Random, x: Shape) -> str:
    mode = rng.choice(["constant", "constant", "reflect", "replicate", "circular"])
    return f"pad(x, [{', '.join(str(rng.randint(0, 1)) for _ in x.spatial for _ in 'lr')}], mode='{mode}')"


def resized(rng: Random, x: Shape) -> str:
    mode = rng.choice(["nearest", "area", {1: "linear", 2: "bilinear", 3: "trilinear"}.get(len(x.spatial), "nearest")])
    to = rng.choice(["scale_factor=2", f"size=[{', '.join(str(rng.randint(1, 6)) for _ in x.spatial)}]", "scale_factor=0.5"])
    return f"interpolate(x, {to}, mode='{mode}')"


def normed(rng: Random, x: Shape) -> str:
    c = x.dims[1]
    tail = rng.choice(["", f", ones({c}), zeros({c})"])
    return f"batch_norm(x, zeros({c}), ones({c}){tail}, eps=0.001)"


def layer_normed(rng: Random, x: Shape) -> str:
    sizes = ", ".join(map(str, x.sizes[-rng.randint(1, len(x.sizes)) :]))
    return f"{rng.choice(['layer_norm', 'rms_norm'])}(x, [{sizes}], ones({sizes}))"


def squeezed(rng: Random, x: Shape) -> str:
    at = axis(rng, x)
    return f"squeeze(mean(x, {at}, keepdim=true), {at})"


PATTERNS: dict[str, Callable[[Random, Shape], str]] = {
    "reshape": reshaped,
    "[]": indexed,
    "conv": convolved,
    "matmul": multiplied,
    "@": multiplied,
    "einsum": einsum,
    "attention": masked,
    "pad": padded,
    "interpolate": resized,
    "batch_norm": normed,
    "layer_norm": layer_normed,
    "rms_norm": layer_normed,
    "group_norm": lambda r, x: f"group_norm(x, {1 if x.sizes[-1] == 1 else r.choice(divisors(x.dims[1]))})",
    "squeeze": squeezed,
    "linear": lambda r, x: f"linear(x, ones({(n := r.randint(1, 5))}, {x.features}) * 0.1{r.choice(['', f', ones({n})'])})",
    "unfold": lambda r, x: f"unfold(x, {r.randint(1, 3)}, padding=1, stride={r.randint(1, 2)})",
    "unflatten": lambda r, x: "unflatten(x, {}, [{}, {}])".format(*cut(r, x)),
    "expand": lambda r, x: (
        f"expand(mean(x, {(a := r.choice(positions(x)))}, keepdim=true), "
        + ", ".join(["x.shape[0]", *(str(r.choice([-1, d]) if i + 1 != a else r.randint(1, 4)) for i, d in enumerate(x.dims[1:]))])
        + ")"
    ),
    "repeat": lambda r, x: f"repeat(x, 1, {', '.join(str(r.choice([1, 1, 2])) for _ in x.dims[1:])})",
    "permute": lambda r, x: f"permute(x, 0, {', '.join(map(str, r.sample(range(1, x.rank), x.rank - 1)))})",
    "flip": lambda r, x: f"flip(x, [{axis(r, x)}])",
    "roll": lambda r, x: f"roll(x, {r.randint(-2, 2)}, {axis(r, x)})",
    "chunk": lambda r, x: f"cat(chunk(x, 2, {(a := axis(r, x))}), {a})",
    "split": lambda r, x: f"split(x, {r.randint(1, 2)}, {axis(r, x)})[0]",
    "unbind": lambda r, x: f"unbind(x, {axis(r, x)})[0]",
    "stack": lambda r, x: f"stack([x, x * 2], {r.randint(1, x.rank)})",
    "cat": lambda r, x: f"cat([x, -x, x], {axis(r, x)})",
    "masked_fill": lambda r, x: "masked_fill(x, x < 0, -1.0)",
    "where": lambda r, x: r.choice(["where(x > 0, x, 0.0)", "where(x < 0.5, x * 2, x)"]),
    "meshgrid": lambda r, x: f"x * meshgrid([arange({x.dims[-2] if x.rank > 2 else 1}), arange({x.features})])[{r.randint(0, 1)}]",
    "arange": lambda r, x: f"x + arange({x.features})",
    "zeros": lambda r, x: f"x + zeros({x.dims[1]}, {', '.join('1' for _ in x.dims[2:])})".replace(", )", ")"),
    "ones": lambda r, x: f"x * ones({', '.join(map(str, x.sizes))})",
    "full": lambda r, x: f"x * full([{', '.join(map(str, x.sizes))}], 0.5)",
    "eye": lambda r, x: f"x @ eye({x.features})" if x.rank > 2 else f"x + sum(eye({x.features}), 0)",
    "rel_pos_index": lambda r, x: f"x + sum(rel_pos_index({r.randint(1, 3)}, {r.randint(1, 3)}) * 1.0)",
    "tril": lambda r, x: f"x * sum(tril(ones({x.features}, {x.features})), 0)",
    "triu": lambda r, x: f"x * sum(triu(ones({x.features}, {x.features}), {r.randint(-1, 1)}), 0)",
    "one_hot": lambda r, x: f"one_hot(argmax(x, {(a := r.choice(positions(x)))}), {x.dims[a]}) * 0.5",
}


def by_fields(rng: Random, word: str, x: Shape) -> str:
    """A call of a function, its arguments from its fields."""
    if word in OPERATORS:
        return f"x {word} {rng.choice(['0.5', '2', 'x', '(1 + abs(x))'])}"
    function: type[Function] = BY_NAME[word]
    given: list[str] = []
    for name, field in function.model_fields.items():
        kind = function.kinds()[name]
        if not field.is_required() and (kind is Kind.TENSOR or (rng.random() < 0.5 and kind not in (Kind.AXIS, Kind.AXES))):
            continue
        text = _argument(rng, kind, field.annotation, x, bool(given))
        given.append(text if field.is_required() else f"{name}={text}")
    return f"{word}({', '.join(given)})"


def _argument(rng: Random, kind: Kind, annotation: Any, x: Shape, later: bool) -> str:
    if kind is Kind.TENSOR:
        return rng.choice(["x * 0.5", "-x", "x"]) if later else "x"
    if kind is Kind.TENSORS:
        return "[x, x]"
    if kind is Kind.AXIS:
        return str(axis(rng, x))
    if kind is Kind.AXES:
        return str(rng.choice([axis(rng, x), rng.sample(positions(x), rng.randint(1, min(2, len(positions(x)))))]))
    value = typed(rng, annotation)
    return f"'{value}'" if isinstance(value, str) else str(list(value) if isinstance(value, tuple) else value).lower()


def one(rng: Random, x: Shape) -> tuple[str, str]:
    """A function by chance, and a call of it on `x`."""
    word = rng.choice(FUNCTIONS)
    pattern = PATTERNS.get(word)
    return word, pattern(rng, x) if pattern is not None else by_fields(rng, word, x)


def value(text: str, known: Known) -> Traced:
    """The result of a formula as floats; what does not fit is refused. An integer or boolean result is made a float by `* 1.0`."""
    found = formula(text, **{name: traced(shape) for name, shape in known.items()})
    if not isinstance(found, Traced) or found.said.rank < 2 or not found.said.batched or found.said.numel > LARGEST:
        raise Refused("AD0000", "a network cannot go on from it")
    if any(isinstance(d, Batch) for d in found.said.dims[1:]):
        raise Refused("AD0000", "the batch stands elsewhere")
    return found


def steps(rng: Random, x: Shape, known: Known) -> tuple[str, list[str]]:
    """A formula of one or a few functions, some of them on lines of their own."""
    functions: list[str] = []
    lines: list[str] = []
    last = "x"
    scope = {**known, "x": x}
    for turn in range(rng.choice([1, 1, 2, 3])):
        name, text = one(rng, scope["x"])
        found = value(text, scope)
        if not found.tensors[0].is_floating_point():
            text = f"({text}) * 1.0"
            found = value(text, scope)
        alike = [other for other, shape in scope.items() if shape.dims == found.said.dims and other != "x"]
        if alike and rng.random() < 0.5:
            text = f"{rng.choice(alike)} {rng.choice('+-*')} ({text})"
            found = value(text, scope)
        functions.append(name)
        label = rng.choice(["x", f"t{turn}"])
        lines += [f"{label} = {text}"] if label == "x" else [f"{label} = {text}", f"x = {label}"]
        last = text
        scope |= {label: found.said, "x": found.said}
    kept = lines[: -1 if lines[-1] == f"x = {last}" else -2]
    return "\n".join([*kept, last]), functions


def drawn(rng: Random, x: Shape, known: Known) -> tuple[str, list[str], Shape]:
    """A formula over `x` and the tensors known, the functions in it, and the shape of its result. Raises `Refused` after some tries."""
    for _ in range(TRIES):
        try:
            text, functions = steps(rng, x, known)
            return text, functions, value(text, {**known, "x": x}).said
        except (Refused, ValidationError, ZeroDivisionError):
            continue
    raise Refused("AD0000", f"no formula of {x} was found")
