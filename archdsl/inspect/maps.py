"""Feature maps: what the channels of a layer make of an image."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Unpack

from matplotlib.figure import Figure
from torch import Tensor, nn

from archdsl.inspect.layers import chosen, not_so, some
from archdsl.inspect.mosaic import Section, Tile, mosaic
from archdsl.inspect.view import Buildable, How, Picture, Pixels, view
from archdsl.inspect.watch import outputs

ROWS, COLUMNS = 4, 8
WIDTH = 7.2
"""inches, as a page of a paper has between its margins"""
LOWEST, HIGHEST = 0.25, 2.0
"""the flattest and the highest tile, as height by width"""


def features(
    network: Buildable | nn.Module,
    image: Picture,
    layers: str | Iterable[str],
    *,
    channels: int | None = None,
    rows: int = ROWS,
    columns: int = COLUMNS,
    **how: Unpack[How],
) -> Figure:
    """A grid of the first feature maps of each layer, each coloured from its own least (dark) to its own largest value (bright).

    They stand in `rows` of `columns`, unless `channels` says how many they are.
    `layers` are dotted names, or patterns: `*` stands for any characters but a dot, `**` for any; what such a pattern finds and gives no
    maps is left out. Maps of one axis are drawn as lines, of those with three axes the slice in the middle is. `how` is for a network of
    ours: `weights` (else `seed`), `partial`, and `mean` and `std` for images from files. Raises `SpecError`.
    """
    seen = view(network, image, **how)
    found = outputs(seen.model, seen.x[:1], chosen(seen.model, layers))
    named = {layers} if isinstance(layers, str) else set(layers)
    maps = {layer: found[layer][0] for layer in chosen(seen.model, layers) if layer in found and found[layer].dim() in (3, 4, 5)}
    for layer in chosen(seen.model, layers):
        if layer not in maps and (layer in named or not maps):
            raise _without_maps(seen.model, seen.x[:1], layer, found.get(layer))
    return mosaic(seen.title, [_section(layer, tensor, channels or rows * columns, columns) for layer, tensor in maps.items()], WIDTH)[0]


def _section(layer: str, maps: Tensor, channels: int, columns: int) -> Section:
    count = min(channels, len(maps))
    sizes = "×".join(map(str, maps.shape))
    some = f", the first {count}" if count < len(maps) else ""
    slice = f", slice {maps.shape[1] // 2} of {maps.shape[1]}" if maps.dim() == 4 else ""
    tiles = [Tile(drawn(maps[i]), f"channel {i}") for i in range(count)]
    pixels = tiles[0].pixels
    aspect = 0.6 if pixels.ndim == 1 else min(max(pixels.shape[0] / pixels.shape[1], LOWEST), HIGHEST)
    return Section(layer, f"{sizes}{some}{slice}", tiles, columns, aspect)


def drawn(map: Tensor) -> Pixels:
    """A map as it can be drawn: a line, an image, or of a volume the slice in the middle."""
    pixels: Pixels = (map[len(map) // 2] if map.dim() == 3 else map).detach().double().cpu().numpy()
    return pixels


def _without_maps(model: nn.Module, x: Tensor, layer: str, tensor: Tensor | None) -> Exception:
    if tensor is None:
        return not_so(layer, f"`{layer}` does not run, so that it gives no maps")
    every = outputs(model, x, chosen(model, "**"))
    others = [name for name, found in every.items() if found.dim() in (3, 4, 5)]
    sizes = "×".join(map(str, tensor.shape[1:])) or "one number"
    help = f"layers with maps are {some(others)}" if others else "no layer of the network gives maps"
    return not_so(layer, f"`{layer}` gives {sizes}: a feature map needs a channel and positions", help)
