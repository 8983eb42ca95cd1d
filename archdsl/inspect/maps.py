"""Feature maps: what the channels of a layer make of an image."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Unpack

from matplotlib.figure import Figure
from torch import Tensor, nn

from archdsl.diagnostics import SpecError
from archdsl.inspect.layers import chosen, fitting, idle, not_so, some
from archdsl.inspect.mosaic import Section, Tile, mosaic
from archdsl.inspect.view import Buildable, How, Picture, Pixels, View, view
from archdsl.inspect.watch import outputs, sizes

ROWS, COLUMNS = 4, 8
MAPS = (3, 4, 5)
"""how many axes maps have, batch and channels counted"""
WIDTH, LEAST = 7.2, 3.4
"""inches, as a page of a paper has between its margins, and as one of two columns has"""
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
    found = outputs(seen.model, seen.x[:1], chosen(seen.model, layers), seen.graph)
    named = fitting(chosen(seen.model, layers), layers, lambda layer: _fault(seen, layer, found.get(layer)))
    count = channels or rows * columns
    across = min(columns, count, max(found[layer].shape[1] for layer in named))
    sections = [_section(layer, found[layer][0], count, across) for layer in named]
    return mosaic(seen.title, sections, max(LEAST, WIDTH * min(1.0, across / COLUMNS)))[0]


def _section(layer: str, maps: Tensor, channels: int, columns: int) -> Section:
    count = min(channels, len(maps))
    shape = "×".join(map(str, maps.shape))
    first = f", the first {count}" if count < len(maps) else ""
    slice = f", slice {maps.shape[1] // 2} of {maps.shape[1]}" if maps.dim() == 4 else ""
    tiles = [Tile(drawn(maps[i]), f"channel {i}") for i in range(count)]
    pixels = tiles[0].pixels
    aspect = 0.6 if pixels.ndim == 1 else min(max(pixels.shape[0] / pixels.shape[1], LOWEST), HIGHEST)
    return Section(layer, f"{shape}{first}{slice}", tiles, columns, aspect)


def _has_maps(tensor: Tensor) -> bool:
    """Whether a batch has channels and some axes of space, and more than one position."""
    return tensor.dim() in MAPS and tensor[0, 0].numel() > 1


def drawn(map: Tensor) -> Pixels:
    """A map as it can be drawn: a line, an image, or of a volume the slice in the middle."""
    pixels: Pixels = (map[len(map) // 2] if map.dim() == 3 else map).detach().double().cpu().numpy()
    return pixels


def _fault(seen: View, layer: str, tensor: Tensor | None) -> SpecError | None:
    """What speaks against drawing what a layer gives as maps."""
    if tensor is None:
        return idle(layer, seen.model)
    if _has_maps(tensor):
        return None
    every = outputs(seen.model, seen.x[:1], chosen(seen.model, "**"), seen.graph)
    others = [name for name, found in every.items() if _has_maps(found)]
    help = f"layers with maps are {some(others)}" if others else "no layer of the network gives maps"
    return not_so(layer, f"`{layer}` gives {sizes(tensor)}: feature maps need channels, and several positions", help)
