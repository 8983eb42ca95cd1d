"""Windows that slide over an image: the refusals that convolutions and pools share."""

from __future__ import annotations

from collections.abc import Sequence

from archdsl.diagnostics import Refused
from archdsl.ops.base import Reach
from archdsl.ops.checks import EVEN, PADDING, WINDOW, minus, per_axis
from archdsl.shapes import SPATIAL_NAMES, Shape, window, window_ceil

Windows = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], tuple[int, ...]]
"""kernel, stride, padding and dilation along each spatial axis"""


def same_padding(kernel: Sequence[int], dilation: Sequence[int], stride: Sequence[int]) -> tuple[int, ...]:
    """The padding that keeps a size at stride 1: `d(k - 1) / 2` on both sides.

    >>> same_padding((3, 7), (1, 1), (1, 1))
    (1, 3)
    """
    for k, d, s in zip(kernel, dilation, stride, strict=True):
        total = d * (k - 1)
        if total % 2:
            padding = "`padding=0`, which cuts into patches" if k == s else f"`padding={total // 2}` or `padding={total // 2 + 1}`"
            factor = f"{d} · " if d > 1 else ""
            raise Refused(
                EVEN,
                f"an even kernel has no padding that keeps the size: {factor}({k} − 1) / 2 = {total / 2} is no padding",
                help=f"say {padding}, or take an odd kernel",
                argument="kernel",
            )
    return tuple(d * (k - 1) // 2 for k, d in zip(kernel, dilation, strict=True))


def slid(
    x: Shape,
    kernel: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    ceil_mode: bool = False,
) -> tuple[int, ...]:
    """Spatial sizes after a window slid over them (torch.nn.Conv2d, torch.nn.MaxPool2d)."""
    count = window_ceil if ceil_mode else window
    found = []
    names = enumerate(SPATIAL_NAMES[len(x.spatial)], 2)
    for (axis, name), n, k, s, p, d in zip(names, x.spatial, kernel, stride, padding, dilation, strict=True):
        size = count(n, k, s, p, d)
        if size < 1:
            raise Refused(
                WINDOW,
                f"{_kernel(k, d)} is larger than the padded input {n + 2 * p}: {_sum(n, k, s, p, d)} = {minus(size)}",
                notes=(f"the {name} that flows in is {n}",),
                help=_room_for((n + 2 * p - 1) // d + 1),
                argument="kernel",
                at=((0, axis),),
            )
        found.append(size)
    return tuple(found)


def unread(
    x: Shape, y: Shape, kernel: Sequence[int], stride: Sequence[int], padding: Sequence[int], dilation: Sequence[int]
) -> tuple[int, ...]:
    """Positions at the end of each spatial axis of `x` that no window reads, where `y` came out; gaps between windows do not count.

    >>> unread(Shape.example(8, 225, 224), Shape.example(8, 14, 14), (16, 16), (16, 16), (0, 0), (1, 1))
    (1, 0)
    """
    numbers = zip(x.spatial, y.spatial, kernel, stride, padding, dilation, strict=True)
    return tuple(max(0, n - ((m - 1) * s - p + max(s, d * (k - 1) + 1))) for n, m, k, s, p, d in numbers)


def sums_of_windows(
    x: Shape,
    kernel: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    ceil_mode: bool = False,
) -> dict[int, str]:
    """How the spatial sizes that `slid` gives come about, by axis."""
    write = _window_ceil if ceil_mode else _window
    numbers = zip(x.spatial, kernel, stride, padding, dilation, strict=True)
    return {axis: write(*given) for axis, given in enumerate(numbers, 2)}


def _window(n: int, k: int, s: int, p: int, d: int) -> str:
    return f"({_room(n, k, p, d)}) // {s} + 1"


def _window_ceil(n: int, k: int, s: int, p: int, d: int) -> str:
    started = -(-(n + 2 * p - d * (k - 1) - 1) // s) + 1
    dropped = " - 1" if window_ceil(n, k, s, p, d) < started else ""
    return f"ceil(({_room(n, k, p, d)}) / {s}) + 1{dropped}"


def _room(n: int, k: int, p: int, d: int) -> str:
    """Steps that a window can take."""
    return f"{n} + 2·{p} - {d}·({k} - 1) - 1"


def _room_for(kernel: int) -> str:
    """What helps where so large a kernel would fit."""
    smaller = f"write `kernel={kernel}` or less" if kernel > 1 else "take this layer away"
    return f"{smaller}, or take more padding or fewer strides before"


def _kernel(k: int, d: int) -> str:
    return f"kernel {k}" if d == 1 else f"kernel {k} with dilation {d}, which spans {d * (k - 1) + 1},"


def _sum(n: int, k: int, s: int, p: int, d: int) -> str:
    whole = (n + 2 * p - d * (k - 1) - 1) % s == 0
    left, right = ("", "") if whole else ("⌊", "⌋")
    return f"{left}({n} + {2 * p} − {d * (k - 1) + 1}) / {s}{right} + 1"


def half_padding(kernel: Sequence[int], padding: Sequence[int]) -> None:
    """Refuses a pool's padding over half its kernel, as torch does, with dilation too (torch.nn.MaxPool2d)."""
    for k, p in zip(kernel, padding, strict=True):
        if p > k // 2:
            said = f"padding {p} is too much: at most {k // 2}, half of the kernel {k}"
            raise Refused(PADDING, said, help=f"write `padding={k // 2}`, or a larger kernel", argument="padding")


def volume_holds(x: Shape, kernel: Sequence[int]) -> None:
    """Refuses what torch's mean over volumes refuses: a window larger than the input before padding (torch.nn.AvgPool3d)."""
    small = next(((axis, n, k) for axis, (n, k) in enumerate(zip(x.spatial, kernel, strict=True), 2) if n < k), None)
    if len(kernel) == 3 and small is not None:
        axis, n, k = small
        said = f"kernel {k} is larger than the input {n}; with three spatial axes padding does not count"
        raise Refused(WINDOW, said, help=_room_for(n), argument="kernel", at=((0, axis),))


def padded_by_mode(x: Shape, padding: Sequence[int], mode: str, argument: str = "padding") -> None:
    """Refuses padding that copies more of the input than there is (torch.nn.functional.pad)."""
    spare = {"reflect": 1, "circular": 0}.get(mode)
    if spare is None:
        return
    for axis, (n, p) in enumerate(zip(x.spatial, padding, strict=True), 2):
        if p > n - spare:
            most = f"under {n}, the size" if spare else f"at most {n}, the size"
            said = f"`{mode}` copies pixels of the input: padding is {p}, but must be {most}"
            raise Refused(PADDING, said, help=f"write `{argument}={n - spare}` or less", argument=argument, at=((0, axis),))


def strided(stride: int | Sequence[int] | None, kernel: tuple[int, ...], x: Shape) -> tuple[int, ...]:
    """A pool's stride: its kernel unless given."""
    return kernel if stride is None else per_axis(stride, x, "stride")


def sliding(x: Shape, kernel: int | Sequence[int], stride: int | Sequence[int], dilation: int | Sequence[int] = 1) -> Reach:
    """The reach of a window: it spans `d(k - 1) + 1` positions and moves by its stride."""
    kernels, strides, dilations = (per_axis(v, x, name) for v, name in ((kernel, "kernel"), (stride, "stride"), (dilation, "dilation")))
    return tuple((d * (k - 1) + 1, s) for k, s, d in zip(kernels, strides, dilations, strict=True))
