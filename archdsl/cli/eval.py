"""`archdsl eval`: how good a network is on the test data of a recipe."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from archdsl.cli.learned import Answer, Device, Learned, answering, columns
from archdsl.cli.options import Input, Limit, Options, Root, Set, SpecArgument, Variant
from archdsl.cli.progress import busy
from archdsl.cli.show import checked
from archdsl.cli.train import DataRoot, Recipe, With
from archdsl.diagnostics.text import escaped

if TYPE_CHECKING:
    from archdsl.training.verdict import ClassScore, Verdict

LISTED, SHOWN = 100, 20
"""classes up to which all are printed; the least accurate that are of more"""
MATRIX = 100
"""classes up to which JSON has the whole confusion matrix"""


def eval(
    spec: SpecArgument,
    weights: Learned,
    set: Set,
    input: Input,
    limit: Limit,
    override: With,
    recipe: Recipe = None,
    data_root: DataRoot = None,
    device: Device = "auto",
    pairs: Annotated[int, typer.Option("--pairs", min=0, metavar="N", help="Pairs of confused classes that are listed.")] = 10,
    format: Annotated[Answer, typer.Option("--format", help="How the scores are printed.")] = Answer.text,
    variant: Variant = None,
    root: Root = None,
) -> None:
    """Evaluate a trained network on the test data of its recipe: loss, accuracy, top-5, each class, the most confused classes."""
    network = checked(Options(set, variant, input, root, limit), spec)
    with busy("evaluating"), answering():
        verdict = network.evaluate(weights, recipe, override, data_root=data_root, device=device)
    told = _json(network.name, weights, verdict, pairs) if format is Answer.json else _text(verdict, pairs)
    _warn(verdict)
    print(told)


def _warn(verdict: Verdict) -> None:
    """What should be known of the data, on standard error."""
    import sys

    from archdsl.cli.answers import answer

    answer(verdict.warnings, "full", sys.stderr)
    for name, reason in verdict.unreadable.items():
        print(f"left out: {escaped(name)}: {escaped(reason)}", file=sys.stderr)


def _text(verdict: Verdict, pairs: int) -> str:
    scores = verdict.scores
    shares = {"accuracy": scores.accuracy, "top-5": scores.top5}
    rows = [("examples", f"{scores.examples:,}"), ("loss", f"{scores.loss:.4f}")]
    parts = [columns([*rows, *((name, f"{share:.2%}") for name, share in shares.items() if share is not None)])]
    if len(verdict.labels):
        parts += [_classes(verdict.by_class()), _confused(verdict, pairs)]
    return "\n\n".join(filter(None, parts))


def _classes(found: tuple[ClassScore, ...]) -> str:
    """Each class; of many the least accurate."""
    shown = found if len(found) <= LISTED else sorted((one for one in found if one.examples), key=lambda one: one.accuracy or 0)[:SHOWN]
    rows = [("class", "mostly taken for", "examples", "accuracy")]
    rows += [(escaped(one.name), escaped(one.mistaken), f"{one.examples:,}", _share(one.accuracy)) for one in shown]
    more = f"\nthe {len(shown)} least accurate of {len(found):,} classes; `--format json` has all" if len(shown) < len(found) else ""
    return columns(rows, 2) + more


def _confused(verdict: Verdict, count: int) -> str:
    found = verdict.confused(count)
    rows = [("true", "guessed", "examples", "of the class")]
    rows += [(escaped(one.true), escaped(one.guessed), f"{one.count:,}", _share(one.count / one.examples)) for one in found]
    return columns(rows, 2) if found else ""


def _share(share: float | None) -> str:
    return "" if share is None else f"{share:.2%}"


def _json(name: str, weights: str, verdict: Verdict, pairs: int) -> str:
    scores, classes = verdict.scores, verdict.by_class()
    facts = {
        "network": name,
        "weights": weights,
        "examples": scores.examples,
        "loss": scores.loss,
        "accuracy": scores.accuracy,
        "top5": scores.top5,
        "classes": [
            {"name": one.name, "examples": one.examples, "right": one.right, "accuracy": one.accuracy, "mistaken": one.mistaken or None}
            for one in classes
        ],
        "confused": [
            {"true": one.true, "guessed": one.guessed, "count": one.count, "examples": one.examples} for one in verdict.confused(pairs)
        ],
        "confusion": verdict.confusion().tolist() if 0 < len(classes) <= MATRIX else None,
        "unreadable": dict(verdict.unreadable),
    }
    return json.dumps(facts, ensure_ascii=False, indent=2)
