"""A recipe out of its nodes: `train` of a spec, a file of its own, values of the command line. Every fault is reported in one run."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from archdsl.diagnostics import Diagnostic, Fault
from archdsl.language import nodes
from archdsl.language.document import Entries, Entry
from archdsl.language.nodes import Node, Scalar, Sequence, is_empty
from archdsl.language.shown import written
from archdsl.language.syntax import report_strangers
from archdsl.limits import DEFAULT, Limits
from archdsl.recipe.called import Called
from archdsl.recipe.calls import called_of, code_of, parts_of
from archdsl.recipe.kinds import value_of
from archdsl.recipe.model import Recipe, kind_of
from archdsl.recipe.tables import DATA, TRANSFORM
from archdsl.recipe.verify import verify
from archdsl.recipe.words import Table

Report = Callable[[Diagnostic], None]
CODE = re.compile(r"[\w.]+:[\w.]+")
FOREIGN = {
    "batch": "batch_size", "train_batch_size": "batch_size", "minibatch_size": "batch_size", "val_batch_size": "eval_batch_size",
    "test_batch_size": "eval_batch_size", "num_epochs": "epochs", "n_epochs": "epochs", "max_epochs": "epochs", "max_steps": "steps",
    "iterations": "steps", "num_steps": "steps", "optimiser": "optimizer", "optim": "optimizer", "solver": "optimizer",
    "scheduler": "schedule", "lr_scheduler": "schedule", "lr_schedule": "schedule", "learning_rate_schedule": "schedule",
    "criterion": "loss", "loss_fn": "loss", "objective": "loss", "dataset": "data", "augmentation": "transforms",
    "augmentations": "transforms", "augment": "transforms", "transform": "transforms", "preprocessing": "transforms",
    "test_transforms": "eval_transforms", "val_transforms": "eval_transforms", "mixup_alpha": "mixup", "cutmix_alpha": "cutmix",
    "model_ema": "ema", "ema_decay": "ema", "clip": "clip_grad_norm", "grad_clip": "clip_grad_norm", "clipnorm": "clip_grad_norm",
    "gradient_clip_val": "clip_grad_norm", "max_norm": "clip_grad_norm", "accumulate_grad_batches": "accumulate",
    "gradient_accumulation_steps": "accumulate", "grad_accum": "accumulate", "amp": "precision", "dtype": "precision",
    "mixed_precision": "precision", "random_seed": "seed", "num_workers": "workers", "patience": "early_stopping",
    "check_val_every_n_epoch": "eval_every", "eval_interval": "eval_every", "val_interval": "eval_every", "save_interval": "save_every",
    "log_interval": "log_every", "log_every_n_steps": "log_every", "memory_format": "channels_last",
}  # fmt: skip
"""what other tools call the keys of a recipe"""
RATE = "the learning rate is the optimiser's: `optimizer: adamw 0.001`"
ADVICE = {
    **dict.fromkeys(("lr", "learning_rate", "base_lr"), RATE),
    **dict.fromkeys(
        ("weight_decay", "wd", "momentum", "betas"), "it is an argument of the optimiser: `optimizer: adamw 0.001 weight_decay=0.01`"
    ),
    **dict.fromkeys(
        ("warmup", "warmup_epochs", "warmup_steps", "lr_warmup_epochs"), "it is an argument of the schedule: `schedule: cosine warmup=5`"
    ),
    "label_smoothing": "it is an argument of the loss: `loss: cross_entropy label_smoothing=0.1`",
    **dict.fromkeys(("device", "gpus", "devices", "accelerator"), "it is no matter of the recipe: `archdsl train --device cuda`"),
}
"""what is said elsewhere in a recipe"""
EXAMPLES = {
    "optimiser": "adamw 0.001",
    "schedule": "cosine warmup=5",
    "loss": "cross_entropy",
    "transform": "random_crop 32 padding=4",
    "data set": "image_folder photos",
}


def read_recipe(
    node: Node | None, report: Report, *, code: bool = False, overrides: Entries | None = None, limits: Limits = DEFAULT
) -> Recipe | None:
    """The recipe that a mapping of its keys is, with values of the command line in their place; the defaults without both.

    `code` allows `data: module:function`, which a recipe of the caller's may name and a spec may not; `overrides` always may. `None` where
    there are faults, which go to `report`.

    >>> from archdsl.language.reader import read
    >>> from archdsl.diagnostics import Source
    >>> node = read(Source("recipe.yaml", "optimizer: sgd 0.1 momentum=0.9"), DEFAULT, print)
    >>> str(read_recipe(node, print).optimizer)
    'sgd 0.1 momentum=0.9'
    """
    faults: list[Diagnostic] = []

    def told(diagnostic: Diagnostic) -> None:
        faults.append(diagnostic)
        report(diagnostic)

    given = {key: (value, code) for key, value in _keys(node, told).items()}
    given |= {key: (value, True) for key, value in _typed(overrides or {}, told).items()}
    if {"epochs", "steps"} & (overrides or {}).keys():  # one of the two takes the other's place
        given = {key: one for key, one in given.items() if key not in ("epochs", "steps") or key in (overrides or {})}
    found: dict[str, Any] = {}
    for key, (value, own) in given.items():
        try:
            found[key] = _value(key, value, own, limits, told)
        except Fault as fault:
            told(fault.diagnostic)
    recipe = Recipe(**found)
    for diagnostic in verify(recipe, {key: given[key][0].span for key in found}, given.keys() - found.keys()):
        told(diagnostic)
    return None if any(fault.severity == "error" for fault in faults) else recipe


def _keys(node: Node | None, report: Report) -> dict[str, Node]:
    if node is None:
        return {}
    if not isinstance(node, nodes.Mapping):
        help = "for example `train: {data: digits, epochs: 10, optimizer: adamw 0.001}`"
        report(Diagnostic("AD1204", "error", f"a recipe is a mapping of its keys; found {written(node)}", node.span, help=help))
        return {}
    known = list(Recipe.model_fields)
    found = {key.text: value for key, value in node.entries if key.text in known}
    strangers = [entry for entry in node.entries if entry[0].text not in known]
    meant = report_strangers(strangers, known, found, "a recipe", report, FOREIGN, ADVICE)
    return {**{key: value for key, (_, value) in meant.items()}, **found}


def _typed(overrides: Mapping[str, Entry], report: Report) -> dict[str, Node]:
    """Values of the command line, each of which stands in a source of its own."""
    found: dict[str, Node] = {}
    for entry in overrides.values():
        found |= _keys(nodes.Mapping((entry,), entry[0].span), report)
    return found


def _value(key: str, node: Node, code: bool, limits: Limits, report: Report) -> object:
    kind = kind_of(key)
    if not isinstance(kind, Table):
        return value_of(node, kind, f"`{key}`", limits)
    if kind is TRANSFORM:
        return _calls(node, limits, report)
    return _call(node, kind, code, limits)


def _call(node: Node, table: Table, code: bool, limits: Limits) -> Called:
    parts = parts_of(node, f"{_article(table.noun)} {table.noun}", EXAMPLES[table.noun])
    if table is not DATA or CODE.fullmatch(parts.head.text) is None:
        return called_of(parts, table, node, limits)
    if not code:
        message = f"`{parts.head.text}` is Python code, which a spec cannot name"
        help = f"give it where training is called: `--with data={parts.head.text}`, or in a file with `--recipe`"
        raise Fault("AD4305", parts.head.span, message, help=help)
    return code_of(parts, node, limits)


def _calls(node: Node, limits: Limits, report: Report) -> tuple[Called, ...]:
    """A list of transforms; one alone is a list of it, `none` is none of them."""
    if isinstance(node, Scalar) and (is_empty(node) or node.text in ("none", "None")):
        return ()
    made: list[Called] = []
    for item in node.items if isinstance(node, Sequence) else (node,):
        try:
            made.append(_call(item, TRANSFORM, False, limits))
        except Fault as fault:
            report(fault.diagnostic)
    return tuple(made)


def _article(noun: str) -> str:
    return "an" if noun[0] in "aeiou" else "a"
