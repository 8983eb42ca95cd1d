"""One spec of a stranger, taken through everything that archdsl does with text, within the time and memory that it may cost."""

from __future__ import annotations

import resource
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from importlib import import_module

from archdsl import pipeline
from archdsl.analyses.explained import explain
from archdsl.backends import explanation
from archdsl.codegen import allow, generate
from archdsl.diagnostics import Diagnostic, Fault, SpecError
from archdsl.diagnostics.collect import distinct
from archdsl.diagnostics.edits import applied, safe
from archdsl.elaborate.trace import Trace
from archdsl.language.formatter import formatted
from archdsl.language.source import source_of_bytes
from archdsl.limits import DEFAULT
from archdsl.network import Network, network_of
from archdsl.request import Request

SECONDS = 2.0
"""of CPU time that checking one spec may take"""
MEGABYTES = 512
"""of memory that checking one spec may take"""
LIMITS = replace(DEFAULT, calls=10_000)
"""fewer layers than else: each of a right network takes 30 to 80 µs, and only what is refused must be answered at once"""
FORMATS = ("full", "concise", "json", "sarif", "github")
SAMPLE = 5
"""one spec of so many goes further than `check`"""


class TooLong(BaseException):
    """A spec took more CPU time than it may. No `except Exception` of what runs takes it for its own."""


def check(name: str, data: bytes, seed: int = 0) -> str:
    """What `archdsl check` says of some bytes, in one of the formats. Raises what archdsl raises beside its own faults, and `TooLong`."""
    try:
        source = source_of_bytes(data, name, LIMITS)
        outcomes = list(pipeline.check(Request(source, limits=LIMITS)))
    except Fault as fault:
        outcomes = [pipeline.Outcome(None, (fault.diagnostic,))]
    for outcome in outcomes:
        wrong = any(d.severity == "error" for d in outcome.diagnostics)
        assert (outcome.graph is None) == wrong, "neither a network nor an error, or both"
    return said(distinct(d for outcome in outcomes for d in outcome.diagnostics), seed)


def said(diagnostics: Sequence[Diagnostic], seed: int = 0) -> str:
    """Faults as one of the printers prints them."""
    text = import_module(f"archdsl.diagnostics.{FORMATS[seed % len(FORMATS)]}").render(diagnostics)
    assert isinstance(text, str)
    return text


def further(name: str, data: bytes) -> None:
    """Format and mend some bytes; summarise, explain, draw and emit the network if they are one. Raises as `check` does."""
    try:
        source = source_of_bytes(data, name, LIMITS)
    except Fault:
        return
    with suppress(Fault, SpecError):
        formatted(source, LIMITS)
    trace: Trace = {}
    outcome = pipeline.run(Request(source, limits=LIMITS), trace)
    edits = [d.edit for d in safe(d for d in outcome.diagnostics if d.span.source is source) if d.edit is not None]
    if edits:
        check(name, applied(source.text, edits).encode("utf-8", "surrogatepass"))
    if outcome.graph is not None:
        shown(network_of(outcome), trace)


def shown(network: Network, trace: Trace) -> None:
    """All that is printed of a network."""
    for format in ("text", "markdown", "json", "csv"):
        network.summary(format=format)
    for format in ("dot", "mmd"):
        network.draw(format=format)
    first = next((call.name for call in network.graph.root.calls if call.name is not None), None)
    explanation.render(explain(network.graph, trace, first or "", None))
    allow.check(generate(network.graph).module)
    network.to_python()


@contextmanager
def bounded(seconds: float = SECONDS, megabytes: int = MEGABYTES) -> Iterator[None]:
    """What runs within gets no more memory and no more CPU time; raises `MemoryError` or `TooLong`."""
    with open("/proc/self/statm", encoding="ascii") as file:
        size = int(file.read().split()[0]) * resource.getpagesize()
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    before = signal.signal(signal.SIGPROF, _stop)
    resource.setrlimit(resource.RLIMIT_AS, (size + megabytes * 2**20, hard))
    signal.setitimer(signal.ITIMER_PROF, 2 * seconds)
    start = time.process_time()
    try:
        yield
        took = time.process_time() - start
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    if took > seconds:
        raise TooLong(f"{took:.1f} s")


def _stop(*_: object) -> None:
    raise TooLong("stopped: far too long")


def _timed(step: Callable[[], object]) -> None:
    """Run a step within bounds; what took too long once more, since then it was perhaps the machine."""
    try:
        with bounded():
            step()
    except TooLong:
        with bounded():
            step()


def failure(name: str, data: bytes, seed: int) -> str:
    """What went wrong with some bytes, "" if nothing did."""
    steps: list[Callable[[], object]] = [lambda: check(name, data, seed)]
    steps += [lambda: further(name, data)] if seed % SAMPLE == 0 else []
    try:
        for step in steps:
            _timed(step)
    except (Exception, TooLong) as error:
        command = f"python tests/damage.py {seed}"
        return f"seed {seed} ({command}): {type(error).__name__}: {error}\n{name}\n{data.decode('utf-8', 'backslashreplace')}"
    return ""
