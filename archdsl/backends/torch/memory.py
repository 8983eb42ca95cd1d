"""What building takes against what the device has free: more than that is refused before any of it is taken."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from math import prod
from pathlib import Path

import torch

from archdsl.diagnostics import Fault, Span, SpecError
from archdsl.elaborate.budgets import BYTES, amount, heaviest
from archdsl.graph import Graph, Level, keys
from archdsl.limits import Limits

ROOT = Path("/sys/fs/cgroup")
GROUPS = (("", "memory.max", "memory.current"), ("memory", "memory.limit_in_bytes", "memory.usage_in_bytes"))
"""of each version of control groups: its folder, and the files that hold what may be taken and what is"""


def check_memory(graph: Graph, limits: Limits, device: str | torch.device, examples: int = 0) -> None:
    """Hold parameters and buffers, and the largest step of a run with so many examples, against the limit `memory`.

    Raises `SpecError` (AD5018) where they need more; what a device has free is not known of every kind.
    """
    place = torch.device(device)
    allowed = limits.memory or free(place)
    kept = sum(_bytes(spec.dtype) * prod(spec.shape) for _, spec in keys(graph.root))
    step, at = max(_steps(graph.root), key=lambda pair: pair[0], default=(0, graph.root.span))
    step *= examples
    if allowed is None or place.type == "meta" or kept + step <= allowed:
        return
    whose = "" if limits.memory else f", what is free on {place}"
    span, labels, notes = (at, (), (f"{amount(step)} here",)) if step > kept else heaviest(graph.root)
    most = f"to run one layer with {examples} examples" if step > kept else f"for {graph.parameters:,} parameters"
    message = f"building takes {amount(kept + step)}, most of it {most}; the limit `memory` is {amount(allowed)}{whose}"
    help = f"`check`, `summary` and `draw` need none of it; raise it with `--limit memory={kept + step}`"
    raise SpecError((Fault("AD5018", span, message, labels=labels, notes=notes, help=help).diagnostic,))


def free(device: torch.device) -> int | None:
    """Bytes that a device has free; `None` where it does not tell.

    >>> free(torch.device("meta"))
    """
    if device.type == "cuda":
        unused = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return torch.cuda.mem_get_info(device)[0] + unused
    return min(_free_of_host(), default=None) if device.type == "cpu" else None


def _free_of_host() -> Iterator[int]:
    """What Linux has available, and what each of our control groups leaves; elsewhere all the memory there is."""
    available = re.search(r"^MemAvailable: +(\d+) kB$", _text(Path("/proc/meminfo")), re.MULTILINE)
    if available is not None:
        yield int(available[1]) * 1024
    elif "SC_PHYS_PAGES" in getattr(os, "sysconf_names", ()):
        yield os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    for kind, most, used in GROUPS:
        own = re.search(rf"^\d+:{kind}:/(.*)$", _text(Path("/proc/self/cgroup")), re.MULTILINE)
        folder = ROOT / kind / (own[1] if own is not None else "")
        for group in (folder, *folder.parents):
            bound, taken = _text(group / most).strip(), _text(group / used).strip()
            cached = re.search(r"^inactive_file (\d+)$", _text(group / "memory.stat"), re.MULTILINE)
            if bound.isdigit() and taken.isdigit():
                yield max(0, int(bound) - int(taken) + int(cached[1] if cached is not None else 0))


def _text(path: Path) -> str:
    """What a file of the system says; "" where it is not there."""
    try:
        return path.read_text()
    except OSError:
        return ""


def _bytes(dtype: str) -> int:
    found: torch.dtype = getattr(torch, dtype)
    return found.itemsize


def _steps(root: Level) -> Iterator[tuple[int, Span]]:
    """The bytes that each call reads and writes for one example, in single precision, and where it is written."""
    levels, seen = [root], {root}
    while levels:
        for call in levels.pop().calls:
            yield BYTES * sum(value.shape.numel for value in {*call.inputs, *call.outputs}), call.span
            if isinstance(call.target, Level) and call.target not in seen:
                seen.add(call.target)
                levels.append(call.target)
