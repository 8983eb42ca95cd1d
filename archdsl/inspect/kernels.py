"""The kernels of a convolution as small images."""

from __future__ import annotations

from typing import Unpack

from matplotlib.figure import Figure
from torch import Tensor, nn

from archdsl.inspect.layers import chosen, not_so, some
from archdsl.inspect.mosaic import Section, Tile, mosaic
from archdsl.inspect.view import Buildable, How, Pixels, built

ROWS, COLUMNS = 4, 4
WIDTH = 3.4
"""inches, as a column of a paper is wide"""
RGB = 3
Convolution = nn.Conv1d | nn.Conv2d | nn.Conv3d | nn.ConvTranspose1d | nn.ConvTranspose2d | nn.ConvTranspose3d


def filters(
    network: Buildable | nn.Module,
    layer: str | None = None,
    *,
    kernels: int | None = None,
    rows: int = ROWS,
    columns: int = COLUMNS,
    channel: int = 0,
    **how: Unpack[How],
) -> Figure:
    """The first kernels of a convolution, `rows` of `columns` unless `kernels` says how many; of the first one unless `layer` names one.

    All are scaled by the layer's least and largest weight to 0..1: in colour where there are three input channels, else in grey what
    `channel` of the input is weighted with. A kernel of one axis is drawn channels × positions, of a volume the slice in the middle is.
    `how` is as in `features`. Raises `SpecError`.
    """
    model, title, _ = built(network, **how)
    name, weight = _convolution(model, layer)
    if not 0 <= channel < weight.shape[1]:
        raise not_so(name, f"`{name}` has no input channel {channel}: it has {weight.shape[1]}, counted from 0")
    shown = pictures(weight, channel)[: kernels or rows * columns]
    tiles = [Tile(pixels, f"kernel {i}", "gray", 0.0, 1.0) for i, pixels in enumerate(shown)]
    aspect = max(0.2, min(2.0, shown[0].shape[0] / shown[0].shape[1]))
    section = Section(name, _note(weight, channel, len(shown)), tiles, columns, aspect)
    return mosaic(title, [section], WIDTH * max(1.0, columns / COLUMNS))[0]


def pictures(weight: Tensor, channel: int) -> list[Pixels]:
    """Each kernel of a weight, out×in×positions, as an image of 0 to 1: height×width, ×3 where three channels flow in."""
    values = weight.detach().double().cpu()
    low, high = values.min(), values.max()
    values = (values - low) / (high - low).clamp_min(1e-12)
    if values.dim() == 3:
        return list(values.numpy())
    flat = values[:, :, values.shape[2] // 2] if values.dim() == 5 else values
    return list(flat.permute(0, 2, 3, 1).numpy() if flat.shape[1] == RGB else flat[:, channel].numpy())


def _note(weight: Tensor, channel: int, count: int) -> str:
    """What the weight is, and what of it is shown."""
    sizes = "×".join(map(str, weight.shape[2:]))
    parts = [f"{len(weight)} kernels {weight.shape[1]}×{sizes}"]
    parts += [f"the first {count}"] if count < len(weight) else []
    parts += [f"input channel {channel}"] if weight.dim() > 3 and weight.shape[1] not in (1, RGB) else []
    parts += [f"slice {weight.shape[2] // 2} of {weight.shape[2]}"] if weight.dim() == 5 else []
    return ", ".join(parts)


def _convolution(model: nn.Module, layer: str | None) -> tuple[str, Tensor]:
    """A convolution's name and weight. Raises `SpecError` where there is none."""
    every = {name: module for name, module in model.named_modules() if isinstance(module, Convolution)}
    if not every:
        raise not_so(layer or "", "the network has no convolution")
    if layer is None:
        name = next(iter(every))
        return name, _by_output(every[name])
    names = chosen(model, layer)
    inside = [name for name in every if name.startswith(f"{layer}.")]
    if len(names) > 1 or names[0] not in every:
        called = f"there are {len(names)} layers like `{layer}`" if len(names) > 1 else f"`{layer}` is no convolution"
        convolutions = [name for name in names if name in every] or inside or list(every)
        raise not_so(layer, f"{called}, and the kernels of one are shown", f"convolutions are {some(convolutions)}")
    return names[0], _by_output(every[names[0]])


def _by_output(module: Convolution) -> Tensor:
    """The weight as out×in×positions, which a transposed convolution has the other way round in each of its groups."""
    weight = module.weight.detach()
    if not module.transposed:
        return weight
    into, out, *positions = weight.shape
    groups = module.groups
    return weight.reshape(groups, into // groups, out, *positions).transpose(1, 2).reshape(groups * out, into // groups, *positions)
