"""Paired measurements: A and B alternate in one run, each pair gives a ratio, and the median of the ratios is what counts.

Whatever slows the machine down slows both halves of a pair. Times are CPU times, torch runs on one thread.
"""

from __future__ import annotations

import gc
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).parent.parent
PACKAGES = ("torch", "torchvision", "pydantic", "PyYAML", "typer")
SHORTEST = 0.02
"""seconds that one half of a pair takes at least: shorter work is repeated within it"""


@dataclass(frozen=True)
class Row:
    """One line of the table. `ours` and `theirs` are seconds of CPU time, `low` and `high` the quartiles of the ratio."""

    question: str
    figure: float
    low: float
    high: float
    goal: float
    ours: float
    theirs: float
    pairs: int

    def cells(self) -> tuple[str, ...]:
        """The line as text."""
        spread = f"{_short(self.low)} – {_short(self.high)}"
        verdict = "met" if self.figure <= self.goal else "missed"
        times = (_time(self.ours), _time(self.theirs))
        return (self.question, _short(self.figure), spread, f"≤ {_short(self.goal)}", verdict, *times, str(self.pairs))


def pair(question: str, ours: Callable[[], object], theirs: Callable[[], object], goal: float, pairs: int = 15) -> Row:
    """Measure two pieces of work in this process."""
    timers = (_repeated(ours), _repeated(theirs))
    return _alternated(question, timers[0], timers[1], goal, pairs)


def commands(question: str, ours: Sequence[str], theirs: Sequence[str], goal: float, pairs: int = 15) -> Row:
    """Measure two commands of Python, each in a fresh process. Their bytecode is there already, as in whatever is installed."""
    timers = (lambda: child(ours), lambda: child(theirs))
    for warm in timers:
        warm()
    return _alternated(question, timers[0], timers[1], goal, pairs)


def child(words: Sequence[str]) -> float:
    """CPU seconds of one Python process."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "OMP_NUM_THREADS": "1"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *words], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def cpu(work: Callable[[], object], times: int = 1) -> float:
    """CPU seconds of one turn of some work, the mean of several."""
    gc.collect()
    start = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - start) / times


def _repeated(work: Callable[[], object]) -> Callable[[], float]:
    """A timer that repeats short work often enough to be measured."""
    work()
    times = max(1, round(SHORTEST / max(cpu(work), 1e-6)))
    return lambda: cpu(work, times)


def _alternated(question: str, ours: Callable[[], float], theirs: Callable[[], float], goal: float, pairs: int) -> Row:
    """Every other pair begins with theirs, so that neither half always comes second."""
    times = [(ours(), theirs()) if turn % 2 else (theirs(), ours())[::-1] for turn in range(pairs)]
    ratios = [a / b for a, b in times]
    low, _, high = quantiles(ratios, n=4)
    print(f"  {question}: {_short(median(ratios))}", file=sys.stderr, flush=True)
    return Row(question, median(ratios), low, high, goal, median(a for a, _ in times), median(b for _, b in times), pairs)


def machine() -> str:
    """Where the figures come from."""
    model = next((line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), platform.processor())
    found = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return f"{model or platform.machine()}, {os.cpu_count()} CPUs, Python {platform.python_version()}, {found}; CPU time, one thread"


def table(rows: Sequence[Row]) -> str:
    """All lines as a table in Markdown."""
    head = ("question", "figure", "spread", "goal", "", "archdsl", "against", "pairs")
    cells = [head, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(head))]
    lines = ["| " + " | ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)) + " |" for line in cells]
    return "\n".join([machine(), "", lines[0], "| " + " | ".join("-" * width for width in widths) + " |", *lines[1:]])


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []


def _short(number: float) -> str:
    return f"{number:.3g}" if number < 1 else f"{number:.3f}"


def _time(seconds: float) -> str:
    return f"{seconds * 1e3:.3g} ms" if seconds < 1 else f"{seconds:.2f} s"
