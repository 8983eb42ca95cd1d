"""The formulas that torchvision's networks need, compared number by number with torchvision's own code."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from formulas import Traced, formula, given, traced
from torchvision.models.googlenet import GoogLeNet
from torchvision.models.maxvit import RelativePositionalMultiHeadAttention, WindowDepartition, WindowPartition, _get_relative_position_index
from torchvision.models.shufflenetv2 import channel_shuffle
from torchvision.models.swin_transformer import PatchMerging, ShiftedWindowAttention, ShiftedWindowAttentionV2

from archdsl.shapes import Batch, Shape

WINDOWS = """
x = pad(x, [0, 0, 0, ww * gw - w, 0, wh * gh - h])
x = roll(x, [-sh, -sw], [1, 2])
x = reshape(x, -1, gh, wh, gw, ww, c)
x = reshape(permute(x, 0, 1, 3, 2, 4, 5), -1, wh * ww, c)
qkv = reshape(linear(x, qkv_weight, qkv_bias), -1, wh * ww, 3, heads, c // heads)
q, k, v = unbind(permute(qkv, 2, 0, 3, 1, 4))
"""
BIAS = """
bias = reshape(table[rel_pos_index(wh, ww)], wh * ww, wh * ww, -1)
bias = unsqueeze(permute(bias, 2, 0, 1), 0)
"""
MASK = """
rows = cat([zeros(gh * wh - wh), ones(wh - sh), full([sh], 2.0)])
cols = cat([zeros(gw * ww - ww), ones(ww - sw), full([sw], 2.0)])
region = rows[:, None] * 3 + cols[None, :]
region = reshape(permute(reshape(region, gh, wh, gw, ww), 0, 2, 1, 3), gh * gw, wh * ww)
mask = where(region[:, None, :] != region[:, :, None], -100.0, 0.0)
scores = reshape(scores, -1, gh * gw, heads, wh * ww, wh * ww) + unsqueeze(unsqueeze(mask, 1), 0)
scores = reshape(scores, -1, heads, wh * ww, wh * ww)
"""
BACK = """
y = reshape(transpose(softmax(scores, -1) @ v, 1, 2), -1, wh * ww, c)
y = reshape(linear(y, proj_weight, proj_bias), -1, gh, gw, wh, ww, c)
y = reshape(permute(y, 0, 1, 3, 2, 4, 5), -1, gh * wh, gw * ww, c)
roll(y, [sh, sw], [1, 2])[:, :h, :w, :]
"""
PLAIN = f"{WINDOWS}{BIAS}scores = q * (c // heads) ** -0.5 @ transpose(k, -2, -1) + bias\n"
COSINE = f"""{WINDOWS}{BIAS}
scores = normalize(q, dim=-1) @ transpose(normalize(k, dim=-1), -2, -1)
scores = scores * exp(clamp(logit_scale, max=4.605170185988092)) + 16 * sigmoid(bias)
"""


def agree(found: Traced, wanted: Any, *inputs: Traced) -> None:
    """Numbers equal to what torchvision's code gives, for each batch size."""
    for i, tensor in enumerate(found.tensors):
        torch.testing.assert_close(tensor, wanted(*(x.tensors[i] for x in inputs)))


@pytest.mark.parametrize("shift", [0, 2])
@pytest.mark.parametrize("sizes", [(8, 12), (7, 9)])
def test_swin(sizes: tuple[int, int], shift: int) -> None:
    h, w = sizes
    layer = ShiftedWindowAttention(12, [4, 4], [shift, shift], 3).eval()
    x = traced(Shape.example(h, w, 12))
    text = f"{PLAIN}{MASK if shift else ''}{BACK}"
    found = formula(text, x=x, table=given(layer.relative_position_bias_table.data), **attention_names(layer, h, w, shift))
    assert found.said.dims == x.said.dims
    agree(found, lambda t: layer(t).detach(), x)


@pytest.mark.parametrize("shift", [0, 2])
def test_swin_v2(shift: int) -> None:
    layer = ShiftedWindowAttentionV2(12, [4, 4], [shift, shift], 3).eval()
    x = traced(Shape.example(8, 8, 12))
    table = layer.cpb_mlp(layer.relative_coords_table).view(-1, 3)
    names = attention_names(layer, 8, 8, shift) | {"table": given(table.detach()), "logit_scale": given(layer.logit_scale.data)}
    agree(formula(f"{COSINE}{MASK if shift else ''}{BACK}", x=x, **names), lambda t: layer(t).detach(), x)


def attention_names(layer: ShiftedWindowAttention, h: int, w: int, shift: int) -> dict[str, Any]:
    tensors = {"qkv_weight": layer.qkv.weight, "qkv_bias": layer.qkv.bias, "proj_weight": layer.proj.weight, "proj_bias": layer.proj.bias}
    sizes = {"h": h, "w": w, "wh": 4, "ww": 4, "gh": -(-h // 4), "gw": -(-w // 4), "sh": shift, "sw": shift, "c": 12, "heads": 3}
    return {name: given(t.data) for name, t in tensors.items()} | sizes


def test_swin_v2_table() -> None:
    layer = ShiftedWindowAttentionV2(12, [4, 6], [0, 0], 3)
    found = formula(
        """
        y, x = meshgrid([arange(-3, 4) / 3, arange(-5, 6) / 5])
        t = stack([y, x], -1)[None] * 8
        sign(t) * log2(abs(t) + 1.0) / 3.0
        """.replace("\n        ", "\n")
    )
    agree(found, lambda: layer.relative_coords_table)


def test_swin_merges_patches() -> None:
    layer = PatchMerging(6).eval()
    x = traced(Shape.example(7, 8, 6))
    found = formula(
        "x = pad(x, [0, 0, 0, 0, 0, 1])\n"
        "x = cat([x[..., 0::2, 0::2, :], x[..., 1::2, 0::2, :], x[..., 0::2, 1::2, :], x[..., 1::2, 1::2, :]], -1)\n"
        "linear(layer_norm(x, [24], gain, bias), weight)",
        x=x,
        weight=given(layer.reduction.weight.data),
        gain=given(layer.norm.weight.data),
        bias=given(layer.norm.bias.data),
    )
    agree(found, lambda t: layer(t).detach(), x)


@pytest.mark.parametrize(("h", "w"), [(1, 1), (7, 7), (2, 5)])
def test_relative_positions(h: int, w: int) -> None:
    swin = ShiftedWindowAttention(4, [h, w], [0, 0], 1)
    agree(formula(f"rel_pos_index({h}, {w})"), lambda: swin.relative_position_index)
    agree(formula(f"reshape(rel_pos_index({h}, {w}), {h * w}, {h * w})"), lambda: _get_relative_position_index(h, w))


def test_maxvit_attention() -> None:
    layer = RelativePositionalMultiHeadAttention(12, 4, 16).eval()
    x = traced(Shape.example(5, 16, 12))
    found = formula(
        "q, k, v = chunk(linear(x, weight, bias), 3, -1)\n"
        "q = permute(reshape(q, x.shape[0], 5, 16, 3, 4), 0, 1, 3, 2, 4)\n"
        "k = permute(reshape(k, x.shape[0], 5, 16, 3, 4), 0, 1, 3, 2, 4) * 12 ** -0.5\n"
        "v = permute(reshape(v, x.shape[0], 5, 16, 3, 4), 0, 1, 3, 2, 4)\n"
        "index = reshape(rel_pos_index(4, 4), 16, 16)\n"
        "pos = unsqueeze(permute(reshape(table[flatten(index)], 16, 16, -1), 2, 0, 1), 0)\n"
        "scores = softmax(einsum('B G H I D, B G H J D -> B G H I J', q, k) + pos, -1)\n"
        "y = einsum('B G H I J, B G H J D -> B G H I D', scores, v)\n"
        "linear(reshape(permute(y, 0, 1, 3, 2, 4), x.shape[0], 5, 16, 12), merge, merge_bias)",
        x=x,
        weight=given(layer.to_qkv.weight.data),
        bias=given(layer.to_qkv.bias.data),
        table=given(layer.relative_position_bias_table.data),
        merge=given(layer.merge.weight.data),
        merge_bias=given(layer.merge.bias.data),
    )
    agree(found, lambda t: layer(t).detach(), x)


def test_maxvit_partition() -> None:
    x = traced(Shape.example(3, 8, 12))
    windows = formula("reshape(permute(reshape(x, -1, 3, 2, 4, 3, 4), 0, 2, 4, 3, 5, 1), -1, 6, 16, 3)", x=x)
    agree(windows, lambda t: WindowPartition()(t, 4), x)
    assert formula("transpose(x, -2, -3)", x=windows).said.dims == (Batch(), 16, 6, 3)
    back = formula("reshape(permute(reshape(x, -1, 2, 3, 4, 4, 3), 0, 5, 1, 3, 2, 4), -1, 3, 8, 12)", x=windows)
    agree(back, lambda t: WindowDepartition()(t, 4, 2, 3), windows)


def test_shufflenet() -> None:
    x = traced(Shape.example(6, 4, 4))
    found = formula("reshape(transpose(reshape(x, -1, 2, 3, 4, 4), 1, 2), -1, 6, 4, 4)", x=x)
    agree(found, lambda t: channel_shuffle(t, 2), x)
    assert [t.said for t in formula("chunk(x, 2, 1)", x=x)] == [Shape.example(3, 4, 4)] * 2
    assert formula("mean(x, [2, 3])", x=x).said.dims == (Batch(), 6)


def test_googlenet_input() -> None:
    x = traced(Shape.example(3, 4, 4))
    found = formula(
        "r = unsqueeze(x[:, 0], 1) * (0.229 / 0.5) + (0.485 - 0.5) / 0.5\n"
        "g = unsqueeze(x[:, 1], 1) * (0.224 / 0.5) + (0.456 - 0.5) / 0.5\n"
        "b = unsqueeze(x[:, 2], 1) * (0.225 / 0.5) + (0.406 - 0.5) / 0.5\n"
        "cat([r, g, b], 1)",
        x=x,
    )
    net = GoogLeNet.__new__(GoogLeNet)
    torch.nn.Module.__init__(net)
    net.transform_input = True
    agree(found, net._transform_input, x)


def test_vit_tokens() -> None:
    x, token, positions = traced(Shape.example(6, 2, 3)), traced(Shape((1, 1, 6))), traced(Shape((1, 7, 6)))
    tokens = formula("permute(reshape(x, x.shape[0], 6, -1), 0, 2, 1)", x=x)
    found = formula("cat([expand(t, x.shape[0], -1, -1), x], 1) + p", x=tokens, t=token, p=positions)
    assert found.said.dims == (Batch(), 7, 6)
    assert formula("x[:, 0]", x=found).said.dims == (Batch(), 6)
    agree(found, lambda t, c, p: torch.cat([c.expand(len(t), -1, -1), t.flatten(2).transpose(1, 2)], 1) + p, x, token, positions)


def test_convnext_scale() -> None:
    x, scale = traced(Shape.example(6, 2, 3)), traced(Shape((6, 1, 1)))
    agree(formula("s * permute(permute(x, 0, 2, 3, 1), 0, 3, 1, 2)", x=x, s=scale), lambda t, s: s * t, x, scale)


def test_formulas_of_timm() -> None:
    """Global response norm (ConvNeXt V2), weight standardisation (NFNet), talking heads (CaiT), pooling attention (GCNet)."""
    x, weight = traced(Shape.example(4, 4, 6)), traced(Shape((8, 6, 3, 3)))
    grn = formula("n = norm(x, 2, [1, 2], keepdim=true)\nn / (mean(n, -1, keepdim=true) + 1e-6)", x=x)
    assert grn.said.dims == (Batch(), 1, 1, 6)
    standard = formula("reshape(batch_norm(reshape(w, 1, 8, -1), none, none, training=true, momentum=0.0, eps=1e-6), 8, 6, 3, 3)", w=weight)
    image = formula("conv(permute(x, 0, 3, 1, 2), w, padding=1)", x=x, w=standard)
    assert image.said.dims == (Batch(), 8, 4, 4)
    heads = formula("einsum('b h i j, h g -> b g i j', x, m)", x=image, m=traced(Shape((8, 5))))
    assert heads.said.dims == (Batch(), 5, 4, 4)
    context = formula("matmul(reshape(x, -1, 1, 8, 16), unsqueeze(softmax(reshape(x[:, :1], -1, 1, 16), 2), -1))", x=image)
    assert context.said.dims == (Batch(), 1, 8, 1)
