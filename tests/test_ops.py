"""Every operation against torch: its examples, its tensors and their first values, its costs, its words."""

from __future__ import annotations

from collections.abc import Callable
from math import prod, sqrt

import pytest
import torch
from opcalls import compare, module, operation, run
from torch import nn

from archdsl.backends.torch.asmade import as_made
from archdsl.diagnostics import CODES, Refused
from archdsl.ops import BY_NAME, OPS, Op, checks
from archdsl.ops.base import Example, Init
from archdsl.ops.foreign_names import FOREIGN_ARGUMENTS, FOREIGN_NAMES
from archdsl.shapes import Batch, Shape

EXAMPLES = [example for op in OPS for example in op.examples]
SELF = {"attention": 3}
"""operations of several tensors, and of how many"""


def inputs_of(op: Op, example: Example) -> tuple[Shape, ...]:
    return (Shape.example(*example.input),) * SELF.get(op.name, 1)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.call)
def test_example(example: Example) -> None:
    op = operation(example.call)
    inputs = inputs_of(op, example)
    compare(op, *inputs)
    assert op.results(inputs)[0].sizes == example.output
    assert op.says().startswith(op.name)
    op.reach(inputs)


def test_names() -> None:
    assert len(BY_NAME) == len(OPS)
    assert all(op.__doc__ and op.source and op.family and op.examples for op in OPS)


def test_every_activation_of_torch_is_there() -> None:
    torchs = set(nn.modules.activation.__all__) - {"MultiheadAttention", "Softmax2d"}
    assert {FOREIGN_NAMES[name] for name in torchs} <= set(BY_NAME)


def test_foreign_names_are_ours() -> None:
    elsewhere = {"separable_conv", "seq", "add", "mul", "concat"}
    assert set(FOREIGN_NAMES.values()) <= set(BY_NAME) | elsewhere
    fields = {name for op in OPS for name in op.model_fields}
    assert {ours for ours in FOREIGN_ARGUMENTS.values() if ours} <= fields
    assert not set(FOREIGN_ARGUMENTS) & fields


def test_codes_are_in_the_table() -> None:
    assert {value for value in vars(checks).values() if isinstance(value, str) and value.startswith("AD")} <= set(CODES)


INITIALISERS: dict[str, Callable[..., torch.Tensor]] = {
    "kaiming_uniform": nn.init.kaiming_uniform_,
    "xavier_uniform": nn.init.xavier_uniform_,
    "uniform": nn.init.uniform_,
    "normal": nn.init.normal_,
    "zeros": nn.init.zeros_,
    "ones": nn.init.ones_,
    "constant": lambda t, value: nn.init.constant_(t, value),
}


def initialised(init: Init, shape: tuple[int, ...]) -> torch.Tensor:
    return INITIALISERS[init.function](torch.empty(shape), **dict(init.arguments))


@pytest.mark.parametrize(
    "call",
    [
        "conv 96 3 groups=2",
        "conv_transpose 96 3 groups=2",
        "linear 400",
        "embedding 300 40",
        "prelu 32 init=0.1",
        "batch_norm",
        "layer_norm",
        "multihead_attention 4",
    ],
)
def test_first_values_are_torchs(call: str) -> None:
    op = operation(call)
    x = Shape.example(64, 32) if "attention" in call else Shape.example(300) if "linear" in call else Shape.example(32, 8, 8)
    made = module(op.module((x,)))
    for spec in op.declared((x,)):
        ours, torchs = initialised(spec.init, spec.shape), made.state_dict()[spec.name].float()
        spread = float(torchs.std()) if torchs.numel() > 1 else 0.0
        assert ours.mean().item() == pytest.approx(torchs.mean().item(), abs=8 * spread / sqrt(prod(spec.shape)) + 1e-6)
        assert spread < 1e-6 or ours.std().item() == pytest.approx(spread, rel=0.3)
        assert spread < 1e-6 or ours.abs().max().item() == pytest.approx(torchs.abs().max().item(), rel=0.4)


@pytest.mark.parametrize(
    ("call", "input", "said"),
    [
        ("conv 8 7 padding=0", (3, 4, 4), "kernel 7 is larger than the padded input 4: (4 + 0 − 7) / 1 + 1 = −2"),
        ("conv 8 4", (3, 8, 8), "(4 − 1) / 2 = 1.5 is no padding"),
        ("conv 64 groups=4", (30, 8, 8), "30 / 4 leaves 2"),
        ("conv 30 groups=4", (8, 8, 8), "30 / 4 leaves 2"),
        ("conv 8 9 padding_mode=reflect", (3, 4, 4), "under 4, the size"),
        ("conv 8 [3, 3, 3]", (3, 32, 32), "3 numbers where 3×32×32 has 2 sizes"),
        ("conv 8 1x7", (3, 100), "2 numbers where 3×100 has 1 size"),
        ("conv 8", (3072,), "found 3072 features"),
        ("conv_transpose 8 3 padding=40", (3, 32, 32), "(32 − 1) · 1 − 80 + 2 + 1 = −46"),
        ("conv_transpose 8 3 stride=2 output_padding=2", (3, 32, 32), "under 2, the stride"),
        ("max_pool 2 padding=2", (3, 32, 32), "at most 1, half of the kernel 2"),
        ("max_pool 2", (8, 1, 1), "⌊(1 + 0 − 2) / 2⌋ + 1 = 0"),
        ("pixel_shuffle 2", (3, 8, 8), "3 / 4 leaves 3"),
        ("pixel_shuffle 2", (8, 100), "8×100 has no height and width"),
        ("linear 10", (8, 32, 32), "8×32×32 is an image"),
        ("group_norm 4", (6, 8, 8), "6 / 4 leaves 2"),
        ("instance_norm", (6, 1, 1), "one value"),
        ("softmax", (6, 8), "along which axis"),
        ("glu", (7,), "7 / 2 leaves 1"),
        ("prelu 5", (8, 4, 4), "each of the 8 channels"),
        ("dropout2d", (8,), "4 axes"),
        ("flatten 3 1", (3, 8, 8), "axis 3"),
        ("flatten 5", (3, 8, 8), "no axis 5"),
        ("unflatten 1 [2, 5]", (12,), "2 · 5 = 10, but the axis has 12"),
        ("unflatten 1 [5, -1]", (12,), "12 / 5 leaves 2"),
        ("permute [0, 1, 1, 2]", (3, 8, 8), "[3] is missing"),
        ("split 3", (8, 4), "8 / 3 leaves 2"),
        ("split [3, 4]", (8, 4), "3 + 4 = 7, the axis has 8"),
        ("split 2 dim=0", (8, 4), "the batch"),
        ("reduce mean [2, 2]", (8, 4, 4), "each axis once"),
        ("pad 4 mode=reflect", (3, 4, 4), "under 4"),
        ("pad [1, 2, 3]", (3, 4, 4), "3 numbers"),
        ("pad size=3", (3, 4, 4), "cannot be padded to 3"),
        ("pad", (3, 4, 4), "none is given"),
        ("pad 1 size=8", (3, 4, 4), "exclude each other"),
        ("crop 2", (3, 4, 4), "4 − 2 − 2 = 0"),
        ("upsample 0.1", (3, 4, 4), "nothing is left"),
        ("upsample 2 mode=trilinear", (3, 4, 4), "is for 3 sizes"),
        ("upsample 2 align_corners=true", (3, 4, 4), "belongs to"),
        ('rearrange "b c h w -> b (h w"', (3, 8, 8), "the bracket stays open"),
        ('rearrange "c h w -> (h w) c"', (3, 8, 8), "3 axes are written at the left of `c h w -> (h w) c`, the tensor has 4"),
        ('rearrange "b (c k) h w -> b c k h w" k=2', (3, 8, 8), "3 / 2 leaves 1"),
        ('rearrange "b (c k) h -> b c k h"', (4, 8), "the lengths of `c` and `k` are open"),
        ('rearrange "b c h -> b c"', (4, 8), "`h` stands on one side only"),
        ('rearrange "b c c -> b c c"', (4, 8), "a second time"),
        ('rearrange "b c h -> b h c" k=2', (4, 8), "no such axis"),
        ('rearrange "b c h=b h c"', (4, 8), "expected one `->`"),
        ("multihead_attention 3", (16, 64), "64 / 3 leaves 1"),
        ("multihead_attention 4", (16, 8, 8), "length and features"),
        ("attention", (16, 64), "takes 3 tensors, one flows in"),
        ("torch GELUU", (8,), "no layer `GELUU`"),
        ("torch GELU aproximate=tanh", (8,), "aproximate"),
        ("torch os.system", (8,), "found `os.system`"),
        ("torch Sequential", (8,), "no layer `Sequential`"),
        ("torch LazyLinear 8", (8,), "no layer `LazyLinear`"),
        ("torch Linear 7 8", (9,), "does not take"),
        ("torch Linear 7 8 device=cuda", (7,), "no argument of a spec"),
    ],
)
def test_refused(call: str, input: tuple[int, ...], said: str) -> None:
    op = operation(call)
    with pytest.raises(Refused) as refused:
        op.results((Shape.example(*input),))
    assert said in refused.value.message
    assert refused.value.code in CODES
    arguments = {*type(op).model_fields, *(op.model_extra or {}), None}
    assert refused.value.argument in arguments


def test_suggestions() -> None:
    for call, found in (("torch GELUU", "`GELU`"), ("torch GELU aproximate=tanh", "`approximate`")):
        with pytest.raises(Refused) as refused:
            operation(call).results((Shape.example(8),))
        assert refused.value.help is not None
        assert found in refused.value.help


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ("conv 64 7 stride=2", "conv 64 7×7 /2"),
        ("conv 64 1x7 dilation=2 groups=32", "conv 64 1×7 d=2 g=32"),
        ("conv 64 2 padding=0", "conv 64 2×2 p=0"),
        ("max_pool 3 2", "max_pool 3×3 /2"),
        ("leaky_relu 0.1", "leaky_relu 0.1"),
        ("softplus threshold=5.0", "softplus threshold=5.0"),
        ("dropout 0.5", "dropout 0.5"),
        ("torch Hardtanh -2 2", "torch Hardtanh -2 2"),
    ],
)
def test_says(call: str, says: str) -> None:
    assert operation(call).says() == says


def test_order_of_axes() -> None:
    image = Shape.example(8, 6, 5)
    last = operation("permute [0, 2, 3, 1]").results((image,))[0]
    assert last.order == (0, 2, 3, 1)
    assert operation("linear 3").results((last,))[0].order == (0, 2, 3, 1)
    assert operation("layer_norm").results((last,))[0] == last
    assert operation("permute [0, 3, 1, 2]").results((last,))[0].order is None
    assert operation("flatten 1 2").results((image,))[0].order == ()
    assert operation("flatten 2").results((image,))[0].order is None
    assert operation("reduce mean 2").results((image,))[0] == Shape.example(8, 5)
    assert operation("reduce mean 1").results((last,))[0].order == (0, 2, 1)
    tokens = operation("embedding 10 4").results((Shape.example(6),))[0]
    assert operation("linear 3").results((tokens,))[0].sizes == (6, 3)


def test_the_batch_folds_and_unfolds() -> None:
    x = Shape.example(8, 14, 14)
    fold = operation('rearrange "b c (i p) (j q) -> (b i j) (p q) c" p=7 q=7')
    windows = fold.results((x,))[0]
    assert windows.dims == (Batch(4), 49, 8)
    compare(fold, x)
    compare(operation("multihead_attention 2"), windows)
    compare(operation('rearrange "(b i j) (p q) c -> b c (i p) (j q)" i=2 j=2 p=7 q=7'), windows)
    compare(operation("unflatten 0 [-1, 4]"), windows)
    compare(operation("flatten 0 1"), x)


def test_like() -> None:
    x, like = Shape.example(4, 8, 9), Shape.example(7, 12, 14)
    for name in ("pad", "upsample"):
        op = BY_NAME[name](like=like)
        compare(op, x, like)
        assert op.results((x, like))[0].sizes == (4, 12, 14)
    compare(BY_NAME["crop"](like=x), like, x)
    with pytest.raises(Refused, match="smaller"):
        BY_NAME["pad"](like=x).results((like, x))


def test_attention_to_others() -> None:
    tokens = Shape((Batch(), 6, 32), ())
    compare(BY_NAME["multihead_attention"](heads=4), tokens, Shape((Batch(), 9, 32), ()), Shape((Batch(), 9, 32), ()))
    compare(BY_NAME["multihead_attention"](heads=4, bias=False), tokens, Shape((Batch(), 9, 20), ()), Shape((Batch(), 9, 12), ()))
    query, key, value = Shape((Batch(2), 4, 6, 8)), Shape((Batch(2), 4, 9, 8)), Shape((Batch(2), 4, 9, 5))
    compare(BY_NAME["attention"](), query, key, value)
    with pytest.raises(Refused, match="9 keys, 6 values"):
        BY_NAME["attention"]().results((query, key, query))


def test_recurrent_layers_give_their_output() -> None:
    op = operation("torch LSTM 16 8 batch_first=true")
    assert op.results((Shape((Batch(), 12, 16), ()),))[0].dims == (Batch(), 12, 8)
    assert run(op, module(op.module((Shape.example(12, 16),))), (Shape.example(12, 16),))[0].shape == (2, 12, 8)


def test_a_given_shape_is_believed() -> None:
    assert operation("torch Conv2d 3 8 3 shape=[8, 6, 6]").results((Shape.example(3, 8, 8),))[0].sizes == (8, 6, 6)


def test_foreign_layers_start_as_torch_makes_them() -> None:
    op = operation("torch LSTM 16 64 batch_first=true")
    bound = 1 / sqrt(64)
    for spec in op.declared((Shape((Batch(), 12, 16), ()),)):
        arguments = {name: str(value) for name, value in spec.init.arguments}
        found = torch.empty(spec.shape)
        as_made(**arguments)(found, torch.Generator().manual_seed(3))
        assert found.abs().max().item() <= bound
        assert found.std().item() == pytest.approx(bound / sqrt(3), rel=0.15)


def test_a_foreign_layer_takes_several_tensors() -> None:
    import archdsl

    spec = {"input": {"a": [4], "b": [5]}, "body": {"m": {"torch": "Bilinear", "arguments": [4, 5, 6], "from": ["a", "b"]}}}
    model = archdsl.build(spec).eval()
    a, b = torch.ones(2, 4), torch.ones(2, 5)
    assert torch.equal(model(a, b), torch.nn.functional.bilinear(a, b, model.m.weight, model.m.bias))
    errors = archdsl.check({"input": {"a": [4], "b": [4]}, "body": {"m": {"torch": "GELU", "from": ["a", "b"]}}})
    assert [d.code for d in errors if d.severity == "error"] == ["AD2135"]
