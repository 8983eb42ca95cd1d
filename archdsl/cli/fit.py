"""`archdsl fit`: settings of a spec's own parameters that meet a budget."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from archdsl import pipeline
from archdsl.analyses.units import human, memory
from archdsl.cli.amounts import amount
from archdsl.cli.answers import CommandError
from archdsl.cli.options import Input, Limit, Options, Root, Set, SpecArgument, Variant, many, one
from archdsl.cli.progress import busy
from archdsl.network import network_of

if TYPE_CHECKING:
    from archdsl.fit import Candidate, Number, Search, Setting

Vary = Annotated[list[str], many("--vary", "NAME[=LOW..HIGH]", "A parameter to vary, all that matter unless told; a list by a factor.")]
Tried = Annotated[int, typer.Option("--candidates", min=9, metavar="N", help="Settings that the search covers.")]
Shown = Annotated[int, typer.Option("--top", min=1, metavar="N", help="Settings that are printed.")]


def fit(
    spec: SpecArgument,
    set: Set,
    input: Input,
    limit: Limit,
    vary: Vary,
    macs: Annotated[str | None, one("--macs", "N", "At most so many multiply-accumulates of one example, as 600M.")] = None,
    params: Annotated[str | None, one("--params", "N", "At most so many parameters, as 5M.")] = None,
    memory: Annotated[str | None, one("--memory", "BYTES", "At most so many bytes of parameters and activations, as 100M.")] = None,
    variant: Variant = None,
    root: Root = None,
    candidates: Tried = 10_000,
    top: Shown = 5,
) -> None:
    """Search a spec's own numbers (widths, depths, …) for settings within a budget, by the cost model alone.

    Prints those near the budget, the least changed first, ready to be given to other commands.
    """
    from archdsl.fit import Budget, search

    budget = Budget(amount("--macs", macs), amount("--params", params), amount("--memory", memory))
    if budget == Budget():
        raise CommandError("say what to meet: --macs 600M, --params 5M or --memory 100M")
    outcome = pipeline.run(Options(set, variant, input, root, limit).request(spec))
    network_of(outcome)
    ranges = dict(_range(text) for text in vary)
    with busy("searching"):
        try:
            found = search(outcome, budget, ranges, candidates)
        except ValueError as error:
            raise CommandError(str(error)) from None
        best = found.candidates()
    print("\n".join([*_head(found), *(_line(c, found) for c in best[:top])]))
    if not best:
        raise CommandError("no candidate is within the budget: widen a range, as `--vary width=4..64`", code=1)


def _range(text: str) -> tuple[str, tuple[Number, Number] | None]:
    name, equals, limits = text.partition("=")
    numbers = re.fullmatch(r"([0-9.]+?)\.\.([0-9.]+)", limits)
    try:
        low, high = (_number(word) for word in numbers.groups()) if numbers else (0, 0)
    except ValueError:
        low = high = 0
    if not name or (equals and not 0 < low < high):
        raise CommandError(f"`--vary {text}`: the form is NAME or NAME=LOW..HIGH, as width=16..256")
    return name, (low, high) if equals else None


def _number(word: str) -> Number:
    return int(word) if word.isdigit() else float(word)


def _head(found: Search) -> Iterator[str]:
    for knob in found.knobs:
        tried = f"{len(knob.values)} values from {knob.values[0]} to {knob.values[-1]}"
        yield f"{knob.name}: {knob.own} in the spec, {tried}"
    yield f"{found.grid:,} candidates, {found.tried:,} networks elaborated"
    yield ""


def _line(candidate: Candidate, found: Search) -> str:
    cost = candidate.cost
    changed = [f"--set {_quoted(name, value)}" for name, value in candidate.settings.items()]
    total = memory(4 * cost.parameters + cost.activation_bytes)
    return f"{human(cost.macs):>8} MACs  {human(cost.parameters):>8} parameters  {total:>10}  {' '.join(changed)}"


def _quoted(name: str, value: Setting) -> str:
    return f'"{name}={value}"' if isinstance(value, list) else f"{name}={value}"
