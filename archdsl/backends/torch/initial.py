"""First values of parameters and buffers, as the manifest says. Pieces have seeds of their own, so that they are drawn side by side."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.nn import init

from archdsl.backends.torch.asmade import as_made
from archdsl.codegen import Entry
from archdsl.ops.base import Init

PIECE = 2**20
"""elements that one generator draws; it decides the numbers, so it stays as it is"""
SPREAD = 0x9E3779B97F4A7C15
"""2⁶⁴ over the golden ratio, which sends neighbouring numbers far apart"""
OFTEN = 0.5
"""how likely a normal number must be inside the bounds to be drawn again when it is not"""

Draw = Callable[[Tensor, Generator], Any]


def initialise(model: nn.Module, entries: Sequence[Entry], seed: int | None) -> None:
    """Give every tensor of a module, made without its first values, those that its entry names.

    Raises `AssertionError` where module and manifest disagree, which is a bug of archdsl.
    """
    tensors = dict([*model.named_parameters(remove_duplicate=False), *model.named_buffers(remove_duplicate=False)])
    assert tensors.keys() == {entry.key for entry in entries}, tensors.keys() ^ {entry.key for entry in entries}
    if any(tensor.is_meta for tensor in tensors.values()):
        return
    base = int(torch.randint(2**62, (), dtype=torch.int64)) if seed is None else seed
    jobs: list[tuple[Draw, Tensor, int]] = []
    for entry in entries:
        if entry.init is None:
            continue
        tensor = tensors[entry.key].detach()
        assert tensor.shape == entry.spec.shape, f"{entry.key}: {tuple(tensor.shape)} is not {entry.spec.shape}"
        if entry.init.function in CONSTANTS:
            tensor.fill_(CONSTANTS[entry.init.function](**dict(entry.init.arguments)))
            continue
        draw, pieces = _drawing(entry.init, tensor)
        jobs += [(draw, piece, _mixed(base, len(jobs) + i)) for i, piece in enumerate(pieces)]
    _run(jobs)


def _run(jobs: Sequence[tuple[Draw, Tensor, int]]) -> None:
    """Draw all pieces, on as many threads as torch itself would use."""
    threads = min(torch.get_num_threads(), len(jobs))
    if threads < 2 or jobs[0][1].device.type != "cpu":
        for job in jobs:
            _draw(job)
        return
    inference = torch.is_inference_mode_enabled()  # threads do not know of it
    draw = torch.inference_mode(inference)(_draw)
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(draw, sorted(jobs, key=lambda job: -job[1].numel())))


def _draw(job: tuple[Draw, Tensor, int]) -> None:
    draw, tensor, seed = job
    draw(tensor, Generator(tensor.device).manual_seed(seed))


def _mixed(base: int, index: int) -> int:
    """The seed of a piece: 32 bits, which is what torch's generator takes on the CPU, different for each piece of a network."""
    return (((base * SPREAD) & (2**64 - 1)) >> 32 ^ (index * SPREAD & (2**64 - 1)) >> 32) & (2**32 - 1)


def _drawing(given: Init, tensor: Tensor) -> tuple[Draw, Sequence[Tensor]]:
    """How to draw a tensor, and the pieces to draw: parts of it where elements are drawn one by one, else all of it."""
    arguments = dict(given.arguments)
    if given.function in WHOLE:
        return WHOLE[given.function](**arguments), [tensor]
    draw = ELEMENTWISE[given.function](tensor, **arguments)
    return draw, _pieces(tensor.view(-1))


def _pieces(flat: Tensor) -> list[Tensor]:
    return [flat[start : start + PIECE] for start in range(0, flat.numel(), PIECE)]


def _fan(tensor: Tensor, mode: str) -> int:
    """Inputs or outputs of one element of a weight, axis 0 being the outputs. Source: torch.nn.init."""
    if tensor.dim() < 2:
        return tensor.numel()
    return tensor.numel() // tensor.size(0 if mode == "fan_in" else 1)


def _normal(tensor: Tensor, std: float = 1.0, mean: float = 0.0) -> Draw:
    return lambda piece, generator: piece.normal_(mean, std, generator=generator)


def _uniform(tensor: Tensor, a: float = 0.0, b: float = 1.0) -> Draw:
    return lambda piece, generator: piece.uniform_(a, b, generator=generator)


def _trunc_normal(tensor: Tensor, std: float = 1.0, mean: float = 0.0, a: float = -2.0, b: float = 2.0) -> Draw:
    inside = (math.erf((b - mean) / std / math.sqrt(2)) - math.erf((a - mean) / std / math.sqrt(2))) / 2
    if inside < OFTEN:
        return lambda piece, generator: init.trunc_normal_(piece, mean, std, a, b, generator=generator)

    def draw(piece: Tensor, generator: Generator) -> None:
        """Draw again what falls outside: the same distribution as torch's, which inverts the error function, in a tenth of the time."""
        piece.normal_(mean, std, generator=generator)
        while inside < 1 and bool((outside := (piece < a) | (piece > b)).any()):
            again = torch.empty(int(outside.sum()), dtype=piece.dtype, device=piece.device)
            piece[outside] = again.normal_(mean, std, generator=generator)

    return draw


def _kaiming(tensor: Tensor, mode: str, nonlinearity: Any, a: float) -> float:
    return init.calculate_gain(nonlinearity, a) / math.sqrt(_fan(tensor, mode))


def _kaiming_normal(tensor: Tensor, mode: str = "fan_in", nonlinearity: str = "relu", a: float = 0.0) -> Draw:
    return _normal(tensor, _kaiming(tensor, mode, nonlinearity, a))


def _kaiming_uniform(tensor: Tensor, mode: str = "fan_in", nonlinearity: str = "relu", a: float = 0.0) -> Draw:
    bound = math.sqrt(3.0) * _kaiming(tensor, mode, nonlinearity, a)
    return _uniform(tensor, -bound, bound)


def _xavier(tensor: Tensor, gain: float) -> float:
    return gain * math.sqrt(2.0 / (_fan(tensor, "fan_in") + _fan(tensor, "fan_out")))


def _xavier_normal(tensor: Tensor, gain: float = 1.0) -> Draw:
    return _normal(tensor, _xavier(tensor, gain))


def _xavier_uniform(tensor: Tensor, gain: float = 1.0) -> Draw:
    bound = math.sqrt(3.0) * _xavier(tensor, gain)
    return _uniform(tensor, -bound, bound)


def _orthogonal(gain: float = 1.0) -> Draw:
    return lambda tensor, generator: init.orthogonal_(tensor, gain, generator=generator)


def _dirac(groups: int = 1) -> Draw:
    return lambda tensor, generator: init.dirac_(tensor, groups)


CONSTANTS: dict[str, Callable[..., Any]] = {"zeros": lambda: 0, "ones": lambda: 1, "constant": lambda value: value}
ELEMENTWISE: dict[str, Callable[..., Draw]] = {
    "normal": _normal,
    "uniform": _uniform,
    "trunc_normal": _trunc_normal,
    "kaiming_normal": _kaiming_normal,
    "kaiming_uniform": _kaiming_uniform,
    "xavier_normal": _xavier_normal,
    "xavier_uniform": _xavier_uniform,
}
WHOLE: dict[str, Callable[..., Draw]] = {"orthogonal": _orthogonal, "dirac": _dirac, "as_made": as_made}
