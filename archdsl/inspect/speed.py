"""How fast a built network runs, and with how much memory: eager, with channels last, compiled, in bfloat16."""

from __future__ import annotations

import ctypes
import gc
import logging
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from archdsl.graph import Graph
from archdsl.shapes import Batch

logging.getLogger("torch.utils.cpp_extension").setLevel(logging.ERROR)  # the timer would say that there is no GPU
from torch.utils.benchmark import Timer  # noqa: E402

WAYS = ("eager", "channels_last", "bf16", "compiled")
STATUS, REFERENCES = Path("/proc/self/status"), Path("/proc/self/clear_refs")


@dataclass(frozen=True)
class Speed:
    """One way to run a network on one size of batch: median seconds of a forward pass and the quartiles, and the bytes that it needs beside
    the weights at its peak (`None` where the system does not tell)."""

    way: str
    batch: int
    seconds: float
    lower: float
    upper: float
    runs: int
    memory: int | None

    @property
    def images_per_second(self) -> float:
        return self.batch / self.seconds


def surroundings(device: torch.device) -> str:
    """What the times depend on beside the network."""
    where = torch.cuda.get_device_name(device) if device.type == "cuda" else f"{device.type}, {torch.get_num_threads()} threads"
    return f"{where}, torch {torch.__version__}"


def speeds(
    graph: Graph, model: nn.Module, *, batches: Sequence[int] = (1, 32), ways: Sequence[str] = WAYS, seconds: float = 1.0
) -> Iterator[Speed]:
    """Time forward passes in eval mode without gradients, on the model's device, `seconds` for each way and size of batch.

    `channels_last` is for networks whose first input is an image (C×H×W). Raises `ValueError` for an unknown way.
    """
    for way in ways:
        if way not in WAYS:
            raise ValueError(f"`{way}` is no way to run a network: {', '.join(WAYS)}")
        if way == "channels_last" and len(next(iter(graph.inputs.values())).dims) != 4:
            continue
        for batch in batches:
            with torch.inference_mode():
                yield _speed(way, batch, *_prepared(graph, model, way, batch), seconds)
        torch.compiler.reset()


def _prepared(graph: Graph, model: nn.Module, way: str, batch: int) -> tuple[Callable[..., Any], tuple[Tensor, ...]]:
    """The network as it is run one way, and what flows in."""
    own = deepcopy(model).eval()
    device = next((p.device for p in own.parameters()), torch.device("cpu"))
    inputs = tuple(torch.rand(_sizes(shape.dims, batch), device=device) for shape in graph.inputs.values())
    match way:
        case "channels_last":
            own = own.to(memory_format=torch.channels_last)
            inputs = tuple(x.contiguous(memory_format=torch.channels_last) if x.dim() == 4 else x for x in inputs)
        case "bf16":
            own, inputs = own.to(torch.bfloat16), tuple(x.to(torch.bfloat16) for x in inputs)
        case "compiled":
            return torch.compile(own), inputs
    return own, inputs


def _speed(way: str, batch: int, run: Callable[..., Any], inputs: tuple[Tensor, ...], seconds: float) -> Speed:
    run(*inputs)  # compiles, and chooses kernels
    timed = Timer("run(*inputs)", globals={"run": run, "inputs": inputs}, num_threads=torch.get_num_threads()).blocked_autorange(
        min_run_time=seconds
    )
    times = torch.tensor(timed.times, dtype=torch.float64)
    lower, middle, upper = times.quantile(torch.tensor([0.25, 0.5, 0.75], dtype=torch.float64)).tolist()
    return Speed(way, batch, middle, lower, upper, timed.number_per_run * len(timed.times), _memory(lambda: run(*inputs), inputs[0].device))


def _memory(run: Callable[[], object], device: torch.device) -> int | None:
    """The most bytes that a call needs beyond what was there before."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        run()
        torch.cuda.synchronize(device)
        return torch.cuda.max_memory_allocated(device) - before
    try:
        ctypes.CDLL(None).malloc_trim(0)  # glibc: what is free goes back to the system, so that taking it again shows
        REFERENCES.write_text("5")  # Linux: the peak begins anew
    except (OSError, AttributeError):
        return None
    before = _status("VmRSS")
    run()
    return max(_status("VmHWM") - before, 0)


def _status(name: str) -> int:
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1]) * 1024


def _sizes(dims: Sequence[int | Batch], batch: int) -> tuple[int, ...]:
    return tuple(dim.factor * batch if isinstance(dim, Batch) else dim for dim in dims)
