"""Shapes of tensors, and the arithmetic of windows that slide over them.

A `Shape` lists the axes of a tensor in torch's order. One of them may be the batch, an unknown number B of examples; since windowed
attention folds space into it, it carries a factor: `Batch(49)` stands for 49·B. What a person reads leaves the batch out: `64×56×56`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod


@dataclass(frozen=True, slots=True)
class Batch:
    """The batch axis: `factor` times the unknown number of examples."""

    factor: int = 1

    def __str__(self) -> str:
        return "B" if self.factor == 1 else f"{self.factor}·B"


Dim = int | Batch

SPATIAL_NAMES: dict[int, tuple[str, ...]] = {0: (), 1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}
"""names of the spatial axes, by how many there are"""


@dataclass(frozen=True, slots=True)
class Shape:
    """The axes of one tensor, in torch's order.

    `order` says where the axes stand: `None` is torch's own order (batch, channels, space), a tuple is a known permutation of it, and `()`
    is an order that reshaping made unknown. It decides only warnings and the refusal of `linear` on an image.

    >>> str(Shape.example(64, 56, 56))
    '64×56×56'
    >>> Shape.example(64, 56, 56).numel
    200704
    """

    dims: tuple[Dim, ...]
    order: tuple[int, ...] | None = None

    @classmethod
    def example(cls, *sizes: int) -> Shape:
        """A batch of examples of these sizes: `(B, *sizes)`."""
        return cls((Batch(), *sizes))

    @property
    def rank(self) -> int:
        """Number of axes, the batch counted."""
        return len(self.dims)

    @property
    def batched(self) -> bool:
        """Whether axis 0 is the batch."""
        return bool(self.dims) and isinstance(self.dims[0], Batch)

    @property
    def sizes(self) -> tuple[int, ...]:
        """The axes that are numbers, batch left out."""
        return tuple(d for d in self.dims if isinstance(d, int))

    @property
    def channels(self) -> int:
        """Size of axis 1. Only for tensors whose axis 1 is no batch."""
        dim = self.dims[1]
        assert isinstance(dim, int)
        return dim

    @property
    def spatial(self) -> tuple[int, ...]:
        """Sizes of the axes after the channels."""
        return tuple(d for d in self.dims[2:] if isinstance(d, int))

    @property
    def features(self) -> int:
        """Size of the last axis."""
        dim = self.dims[-1]
        assert isinstance(dim, int)
        return dim

    @property
    def factor(self) -> int:
        """What the batch is multiplied by; 1 for a tensor without batch."""
        return prod(d.factor for d in self.dims if isinstance(d, Batch))

    @property
    def numel(self) -> int:
        """Elements for one example."""
        return prod(self.sizes) * self.factor

    def with_channels(self, channels: int) -> Shape:
        """The same axes with `channels` at axis 1."""
        return replace(self, dims=(self.dims[0], channels, *self.dims[2:]))

    def with_spatial(self, sizes: Sequence[int]) -> Shape:
        """The same batch and channels with other spatial sizes."""
        return replace(self, dims=(*self.dims[:2], *sizes))

    def with_features(self, features: int) -> Shape:
        """The same axes with another last one."""
        return replace(self, dims=(*self.dims[:-1], features))

    def with_dims(self, dims: Sequence[Dim], order: tuple[int, ...] | None = ()) -> Shape:
        """Other axes, whose order is unknown unless told."""
        return Shape(tuple(dims), order)

    def permuted(self, axes: Sequence[int]) -> Shape:
        """The axes in another order, `axes` as torch's `permute` takes them (not negative)."""
        before = tuple(range(self.rank)) if self.order is None else self.order
        order = tuple(before[a] for a in axes) if before else ()
        return Shape(tuple(self.dims[a] for a in axes), None if order == tuple(range(self.rank)) else order)

    def __str__(self) -> str:
        if not self.dims:
            return "scalar"
        dims = self.dims[1:] if self.dims[0] == Batch() and self.rank > 1 else self.dims
        return "×".join(str(d) for d in dims)


def spread(size: int | Sequence[int], count: int) -> tuple[int, ...]:
    """One number for each of `count` axes.

    >>> spread(3, 2), spread((1, 7), 2)
    ((3, 3), (1, 7))
    """
    return (size,) * count if isinstance(size, int) else tuple(size)


def window(size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """Positions of a window that slides over one axis: `floor((n + 2p - d(k - 1) - 1) / s) + 1`.

    Source: torch.nn.Conv2d. The result may be below 1, which the caller refuses.

    >>> window(224, kernel=7, stride=2, padding=3)
    112
    """
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def window_ceil(size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """`window` with `ceil_mode`: rounded up, but a last window that would start in the right padding is dropped.

    Source: torch.nn.MaxPool2d.

    >>> window_ceil(112, kernel=3, stride=2)
    56
    """
    count = -(-(size + 2 * padding - dilation * (kernel - 1) - 1) // stride) + 1
    return count - 1 if (count - 1) * stride >= size + padding else count


def window_transposed(size: int, kernel: int, stride: int = 1, padding: int = 0, output_padding: int = 0, dilation: int = 1) -> int:
    """Size after a transposed convolution: `(n - 1)s - 2p + d(k - 1) + o + 1`.

    Source: torch.nn.ConvTranspose2d.

    >>> window_transposed(7, kernel=2, stride=2)
    14
    """
    return (size - 1) * stride - 2 * padding + dilation * (kernel - 1) + output_padding + 1
