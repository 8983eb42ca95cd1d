"""Every block of the standard library: its example runs, and it is what the reference implementation is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from references import classics
from timm.layers import ScaledStdConv2d
from torch import Tensor, nn
from torchvision.models.convnext import CNBlock
from torchvision.models.densenet import _Transition
from torchvision.models.googlenet import BasicConv2d, Inception
from torchvision.models.mobilenetv2 import InvertedResidual
from torchvision.models.resnet import BasicBlock, Bottleneck
from torchvision.models.shufflenetv2 import InvertedResidual as ShuffleUnit
from torchvision.models.squeezenet import Fire
from torchvision.models.swin_transformer import ShiftedWindowAttention, ShiftedWindowAttentionV2
from torchvision.models.vision_transformer import EncoderBlock
from torchvision.ops import Conv2dNormActivation, SqueezeExcitation

import archdsl

LIBRARY = {path.stem: yaml.safe_load(path.read_text()) for path in sorted((Path(archdsl.__file__).parent / "stdlib").glob("*.yaml"))}

PROMISED = """
conv_norm_act separable_conv basic bottleneck pre_basic pre_bottleneck dense dense_layer transition
squeeze_excite channel_attention spatial_attention cbam eca inverted_residual fire inception ghost shuffle
convnext transformer window_attention unet_down unet_up causal_conv scaled_std_conv
"""


def projection(channels: int, out: int, stride: int) -> nn.Module:
    return nn.Sequential(nn.Conv2d(channels, out, 1, stride, bias=False), nn.BatchNorm2d(out))


REFERENCES: list[tuple[str, tuple[int, ...], Callable[[], nn.Module]]] = [
    ("conv_norm_act 8", (4, 9, 9), lambda: Conv2dNormActivation(4, 8)),
    ("conv_norm_act 8 5 stride=2 act=silu", (4, 9, 9), lambda: Conv2dNormActivation(4, 8, 5, 2, activation_layer=nn.SiLU)),
    (
        "conv_norm_act 8 dilation=2 norm=none act=none",
        (4, 9, 9),
        lambda: Conv2dNormActivation(4, 8, dilation=2, norm_layer=None, activation_layer=None),
    ),
    ("conv_norm_act 8 1 groups=2 act=none", (4, 9, 9), lambda: Conv2dNormActivation(4, 8, 1, groups=2, activation_layer=None)),
    ("basic_conv 8 1", (4, 9, 9), lambda: BasicConv2d(4, 8, kernel_size=1)),
    ("scaled_std_conv 8", (4, 9, 9), lambda: ScaledStdConv2d(4, 8, 3, eps=1e-5)),
    ("scaled_std_conv 8 5 stride=2 dilation=2 groups=2 eps=1e-6 padding=3", (4, 9, 9), partial(ScaledStdConv2d, 4, 8, 5, 2, 3, 2, 2)),
    ("separable_conv 8 5 stride=2", (4, 9, 9), lambda: classics.SeparableConv(4, 8, 5, 2)),
    ("basic 8", (8, 6, 6), lambda: BasicBlock(8, 8)),
    ("basic 16 stride=2", (8, 6, 6), lambda: BasicBlock(8, 16, 2, projection(8, 16, 2))),
    ("bottleneck 4", (16, 6, 6), lambda: Bottleneck(16, 4)),
    ("bottleneck 8 stride=2", (16, 6, 6), lambda: Bottleneck(16, 8, 2, projection(16, 32, 2))),
    ("bottleneck 8 groups=2 width=16", (32, 6, 6), lambda: Bottleneck(32, 8, groups=2, base_width=64)),
    ("pre_basic 8", (8, 6, 6), lambda: classics.PreActBlock(8, 8, 1)),
    ("pre_basic 16 stride=2", (8, 6, 6), lambda: classics.PreActBlock(8, 16, 2)),
    ("pre_bottleneck 4", (16, 6, 6), lambda: classics.PreActBottleneck(16, 4, 1)),
    ("pre_bottleneck 8 stride=2", (16, 6, 6), lambda: classics.PreActBottleneck(16, 8, 2)),
    ("dense_layer 4", (8, 6, 6), lambda: classics.DenseLayer(8, 4)),
    ("dense 4 layers=3", (8, 6, 6), lambda: classics.Dense(8, 4, 3)),
    ("dense 4", (8, 6, 6), lambda: classics.Dense(8, 4, 6)),
    ("transition", (8, 6, 6), lambda: classics.Transition(8, 4)),
    ("squeeze_excite", (32, 6, 6), lambda: SqueezeExcitation(32, 2)),
    ("squeeze_excite 8 act=silu scale=hardsigmoid", (32, 6, 6), lambda: SqueezeExcitation(32, 8, nn.SiLU, nn.Hardsigmoid)),
    ("channel_attention", (32, 6, 6), lambda: classics.ChannelAttention(32, 2)),
    ("spatial_attention", (32, 6, 6), lambda: classics.SpatialAttention()),
    ("spatial_attention 3", (32, 6, 6), lambda: classics.SpatialAttention(3)),
    ("cbam", (32, 6, 6), lambda: classics.Cbam(32, 2)),
    ("eca", (32, 6, 6), lambda: classics.Eca(32)),
    ("eca", (256, 6, 6), lambda: classics.Eca(256)),
    ("inverted_residual 8", (8, 6, 6), lambda: InvertedResidual(8, 8, 1, 6)),
    ("inverted_residual 12 stride=2 expand=1", (8, 6, 6), lambda: InvertedResidual(8, 12, 2, 1)),
    ("fire 4 8", (8, 6, 6), lambda: Fire(8, 4, 8, 8)),
    ("fire 4 8 6", (8, 6, 6), lambda: Fire(8, 4, 8, 6)),
    ("inception 4 3 5 2 6 7", (8, 6, 6), lambda: Inception(8, 4, 3, 5, 2, 6, 7)),
    ("ghost 10", (8, 6, 6), lambda: classics.GhostModule(8, 10)),
    ("ghost 9", (8, 6, 6), lambda: classics.GhostModule(8, 9)),
    ("shuffle", (8, 6, 6), lambda: ShuffleUnit(8, 8, 1)),
    ("shuffle 16 stride=2", (8, 6, 6), lambda: ShuffleUnit(8, 16, 2)),
    ("convnext", (8, 9, 9), lambda: CNBlock(8, 1e-6, 0.0)),
    ("convnext 0.5 scale=0.1", (8, 9, 9), lambda: CNBlock(8, 0.1, 0.5)),
    ("transformer 2", (5, 8), lambda: EncoderBlock(2, 8, 32, 0.0, 0.0)),
    ("transformer 4 hidden=12 dropout=0.1", (5, 8), lambda: EncoderBlock(4, 8, 12, 0.1, 0.0)),
    ("window_attention 2 window=4", (8, 12, 16), lambda: ShiftedWindowAttention(16, [4, 4], [0, 0], 2)),
    ("window_attention 2 window=4 shift=2", (8, 12, 16), lambda: ShiftedWindowAttention(16, [4, 4], [2, 2], 2)),
    ("window_attention 2 window=4 shift=2", (7, 10, 16), lambda: ShiftedWindowAttention(16, [4, 4], [2, 2], 2)),
    ("window_attention 2 window=4 shift=2 cosine=true", (7, 10, 16), lambda: ShiftedWindowAttentionV2(16, [4, 4], [2, 2], 2)),
    ("window_attention 2 window=4 shift=2", (4, 10, 16), lambda: ShiftedWindowAttention(16, [4, 4], [2, 2], 2)),
    ("double_conv 8", (4, 6, 6), lambda: classics.DoubleConv(4, 8)),
    ("unet_down 8", (4, 6, 6), lambda: classics.Down(4, 8)),
    ("causal_conv 8 dilation=2", (4, 20), lambda: classics.CausalConv(4, 8, 3, 2)),
    ("causal_conv 8 1", (4, 20), lambda: classics.CausalConv(4, 8, 1, 1)),
]


def alone(call: Any, shapes: Any) -> archdsl.Network:
    """A network that is one call, its children at the top."""
    return archdsl.load({"input": shapes, "body": [call if isinstance(call, dict) else f"{call} inline=true"]})


def compare(net: archdsl.Network, theirs: nn.Module, examples: Iterable[Tensor], modes: tuple[bool, ...] = (True, False)) -> None:
    torch.manual_seed(0)
    for key, tensor in theirs.state_dict().items():
        if tensor.is_floating_point() and tensor.ndim == 1:
            nn.init.uniform_(tensor, *((0.5, 1.5) if key.endswith(("running_var", "weight")) else (-0.2, 0.2)))
    ours = net.build(seed=0)
    shapes = {key: (tensor.shape, tensor.dtype) for key, tensor in ours.state_dict().items()}
    assert shapes == {key: (tensor.shape, tensor.dtype) for key, tensor in theirs.state_dict().items()}
    ours.load_state_dict(theirs.state_dict(), strict=True)
    for training in modes:
        results = []
        for model in (ours.train(training), theirs.train(training)):
            torch.manual_seed(1)
            results.append(model(*[example.clone() for example in examples]))
        assert torch.equal(*results)
        assert results[0].shape[1:] == next(iter(net.graph.root.outputs)).shape.sizes


def test_the_library_has_what_the_language_promises() -> None:
    assert set(PROMISED.split()) <= set(LIBRARY)


@pytest.mark.parametrize("name", LIBRARY)
def test_blocks_say_what_they_are(name: str) -> None:
    block = LIBRARY[name]
    assert block["description"].endswith(".")
    assert block["source"]
    assert block["example"]["use"].split()[0] == name


@pytest.mark.parametrize("name", LIBRARY)
def test_examples_run(name: str) -> None:
    example = LIBRARY[name]["example"]
    net = archdsl.load({"input": example["input"], "body": [example["use"]]})
    assert [str(found) for found in net.diagnostics] == []
    model = net.build(seed=0)
    result = model(*[torch.randn(2, *shape.sizes) for shape in net.graph.inputs.values()])
    assert result.shape[1:] == net.graph.root.outputs[0].shape.sizes
    result.sum().backward()
    assert all(parameter.grad is not None for parameter in model.parameters())


@pytest.mark.parametrize("name", LIBRARY)
def test_blocks_have_a_reference(name: str) -> None:
    assert name == "unet_up" or any(call.split()[0] == name for call, _, _ in REFERENCES)


@pytest.mark.parametrize(("call", "shape", "reference"), REFERENCES, ids=[f"{call} of {shape}" for call, shape, _ in REFERENCES])
def test_blocks_are_what_the_reference_is(call: str, shape: tuple[int, ...], reference: Callable[[], nn.Module]) -> None:
    compare(alone(call, list(shape)), reference(), [torch.randn(2, *shape)])


@pytest.mark.parametrize("side", [12, 13])
def test_paths_join_at_even_and_odd_sizes(side: int) -> None:
    shapes = {"deep": [8, 6, 6], "skip": [4, side, side]}
    net = archdsl.load({"input": shapes, "body": [{"unet_up": 4, "from": ["deep", "skip"], "inline": True}]})
    compare(net, classics.Up(8, 4, 4), [torch.randn(2, *shape) for shape in shapes.values()])


def test_transition_is_torchvisions_under_other_names() -> None:
    theirs = _Transition(8, 4).eval()
    ours = alone("transition", [8, 6, 6]).build(seed=0).eval()
    ours.load_state_dict(dict(zip(ours.state_dict(), theirs.state_dict().values(), strict=True)))
    x = torch.randn(2, 8, 6, 6)
    assert torch.equal(ours(x), theirs(x))


def test_convolutions_have_a_bias_only_without_a_norm() -> None:
    assert "0.bias" not in alone("conv_norm_act 8", [4, 8, 8]).build().state_dict()
    assert "0.bias" in alone("conv_norm_act 8 norm=none", [4, 8, 8]).build().state_dict()


def test_ghost_takes_an_unequal_ratio() -> None:
    assert alone("ghost 10 ratio=3", [4, 8, 8]).graph.root.outputs[0].shape.sizes == (10, 8, 8)
