"""A checked network: its graph, and what can be made of it. Shapes are known; torch is not needed until `build`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from archdsl.diagnostics import Diagnostic, Refused, Source, Span, SpecError
from archdsl.diagnostics.text import escaped
from archdsl.graph import Graph, keys, values
from archdsl.language.nodes import Node
from archdsl.language.published import Published
from archdsl.pipeline import Outcome, run
from archdsl.request import Input, Request, input_of_values, settings_of_text, settings_of_values

if TYPE_CHECKING:
    import torch
    from torch import nn

    from archdsl.recipe import Recipe
    from archdsl.training.predict import Prediction
    from archdsl.training.verdict import Verdict
    from archdsl.weights import Report

PICTURES = ("svg", "png", "pdf", "dot", "mmd")


def load(request: Request) -> Network:
    """The checked network of a request. Raises `SpecError` with every fault."""
    return network_of(run(request))


def network_of(outcome: Outcome) -> Network:
    """The network that came of a request. Raises `SpecError` with every fault where none did."""
    if outcome.graph is None or outcome.request is None:
        raise SpecError(outcome.diagnostics)
    published = outcome.document.weights.of(outcome.variant) if outcome.document is not None else Published()
    train = outcome.document.train if outcome.document is not None else None
    return Network(outcome.graph, outcome.request, outcome.diagnostics, published, train)


@dataclass(frozen=True, eq=False, repr=False)
class Network:
    """What `archdsl.load` gives. `diagnostics` holds warnings and notes.

    >>> import archdsl
    >>> net = archdsl.load("name: small\\ninput: [3, 32, 32]\\nbody: [conv 16, relu]\\n")
    >>> net
    <Network small: 448 parameters, 3×32×32 → 16×32×32>
    """

    graph: Graph
    request: Request
    diagnostics: tuple[Diagnostic, ...] = ()
    published: Published = field(default_factory=Published)
    train: Node | None = None

    @property
    def name(self) -> str:
        return self.graph.name

    @property
    def parameters(self) -> int:
        """Elements of all parameters, each counted once."""
        return self.graph.parameters

    @cached_property
    def macs(self) -> int:
        """Multiply-accumulates of one example, as torch's FlopCounterMode would count two operations each."""
        from archdsl.analyses.costs import costs

        return costs(self.graph).total.macs

    def summary(self, depth: int | None = None, format: str = "text") -> str:
        """The table of layers: name, output shape, parameters, multiply-accumulates."""
        from archdsl.backends.table import render

        return render(self.graph, depth, format)

    def draw(self, path: str | os.PathLike[str] | None = None, *, format: str | None = None, **options: Any) -> str | bytes:
        """The drawing, also written to `path`, whose suffix chooses the format: svg, png, pdf, dot or mmd (Mermaid).

        `depth` and `expand` (paths of levels) choose what is opened, `theme` is `light` or `dark`, `direction` `TB` or `LR`.
        Raises `SpecError` where Graphviz's program `dot` is missing (dot and mmd do without), `ValueError` for another format.
        """
        from archdsl.backends import graphviz, mermaid

        chosen = format or ("svg" if path is None else Path(path).suffix.removeprefix("."))
        if chosen not in PICTURES:
            raise ValueError(f"{chosen!r} is no format of a drawing: {', '.join(PICTURES)}")
        backend = mermaid.render if chosen == "mmd" else partial(graphviz.draw, format=cast(graphviz.Format, chosen))
        try:
            picture = backend(self.graph, limits=self.request.limits, **options)
        except Refused as refused:
            level = refused.argument
            source = Source(f"drawing of {self.name}", "") if level is None else Source("--expand", level)
            at = Span(source, 0, len(source.text))
            raise SpecError((Diagnostic(refused.code, "error", refused.message, at, (), refused.notes, refused.help),)) from None
        if path is not None:
            Path(path).write_bytes(picture.encode("utf-8") if isinstance(picture, str) else picture)
        return picture

    def to_python(self) -> str:
        """The network as a Python module that needs nothing but torch."""
        from archdsl.backends.python import render

        return render(self.graph)

    def build(
        self,
        *,
        device: str | torch.device = "cpu",
        dtype: torch.dtype | None = None,
        weights: str | os.PathLike[str] | None = None,
        seed: int | None = None,
        partial: bool = False,
    ) -> nn.Module:
        """The network as an `nn.Module`, initialised, or with weights loaded by their keys.

        `weights` are a file, `published` (those that the spec names under `weights`), or `torchvision:IMAGENET1K_V1` and the like.
        `partial` loads the weights that fit and leaves the others as initialised. Raises `SpecError` where weights do not fit, and where
        the network takes more memory than the device has free.
        """
        from archdsl.backends.torch import build
        from archdsl.backends.torch.memory import check_memory

        network = self.for_weights(weights)
        check_memory(network.graph, network.request.limits, device)
        model = build(network.graph, device=device, dtype=dtype, seed=seed)
        if weights is not None:
            network.load_weights(model, weights, partial=partial)
        return model

    def for_weights(self, weights: str | os.PathLike[str] | None) -> Network:
        """The network that weights are for: published ones may imply parameters of the spec, where the caller says nothing else."""
        implied = self.published.params if _is_published(weights) else {}
        given = self.request.settings or {}
        return self if implied.keys() <= given.keys() else load(replace(self.request, settings={**implied, **given}))

    def load_weights(self, model: nn.Module, weights: str | os.PathLike[str], *, partial: bool = False) -> Report:
        """Load weights into a module built from this network, and tell what became of each key. Raises `SpecError`, as `build` does."""
        from archdsl.weights import fetch, load

        if not _is_published(weights):
            return load(model, weights, self.graph, partial=partial)
        path = fetch(str(weights), self.name, self.published)
        return load(model, path, self.graph, partial=partial, rename=self.published.rename)

    def recipe(self, file: str | os.PathLike[str] | None = None, overrides: Sequence[str] | Mapping[str, object] = ()) -> Recipe:
        """How it is trained: by `train` of its spec, or by a recipe's file (or the name of a shipped one) in its place.

        `overrides` are other values for keys of the recipe, `["epochs=5"]` or `{"epochs": 5}`. Raises `SpecError` with every fault.

        >>> import archdsl
        >>> net = archdsl.load("input: [1, 8, 8]\\nbody: [flatten, linear 10]\\ntrain: {optimizer: sgd 0.1}\\n")
        >>> str(net.recipe().optimizer), net.recipe("cifar10", ["epochs=5"]).epochs
        ('sgd 0.1', 5)
        """
        from archdsl.recipe.files import recipe_of

        entries = settings_of_values(overrides) if isinstance(overrides, Mapping) else settings_of_text(overrides, "--with", "epochs=5")
        return recipe_of(self.train, file, entries, self.request.limits)

    def evaluate(
        self,
        weights: str | os.PathLike[str] | None,
        recipe: str | os.PathLike[str] | None = None,
        overrides: Sequence[str] | Mapping[str, object] = (),
        *,
        data_root: str | os.PathLike[str] | None = None,
        device: str = "auto",
        worst: int = 0,
    ) -> Verdict:
        """What the network, with weights, makes of the test data of a recipe; the guesses with the `worst` losses are kept.

        `weights` are as for `build`, `recipe` and `overrides` as for `recipe`. Raises `SpecError` for what does not fit, `NoDevice`.
        """
        from archdsl.backends.torch.devices import device_of
        from archdsl.training.verdict import fitting, judge

        network, place = self.for_weights(weights), device_of(device)
        told = network.recipe(recipe, overrides)
        data = fitting(network.graph, told, None if data_root is None else Path(data_root))
        return judge(network.build(device=place, weights=weights), network.graph, told, data, place, worst)

    def predict(
        self,
        weights: str | os.PathLike[str] | None,
        images: Sequence[str | os.PathLike[str]],
        recipe: str | os.PathLike[str] | None = None,
        overrides: Sequence[str] | Mapping[str, object] = (),
        *,
        top: int = 5,
        classes: Sequence[str] = (),
        device: str = "auto",
    ) -> list[Prediction]:
        """The likeliest classes of each image's file, read as a recipe's evaluation reads images, or as torchvision's weights say.

        `classes` are names in the place of those that are known. An image that cannot be read has `faults`. Raises `SpecError` for what
        does not fit, `ValueError` for a network that does not tell classes of images, `NoDevice`.
        """
        from archdsl.backends.torch.devices import device_of
        from archdsl.training.names import class_names
        from archdsl.training.predict import predictions, preparation
        from archdsl.training.session import for_evaluation

        network, place = self.for_weights(weights), device_of(device)
        told = network.recipe(recipe, overrides)
        spoken = self.train is not None and not str(weights).startswith("torchvision:")
        own = told if spoken or recipe is not None or overrides else None
        names = class_names(network.graph, weights, own, classes)
        prepare = preparation(network.graph, None if own is None else for_evaluation(own), weights)
        model = network.build(device=place, weights=weights)
        return list(predictions(model, images, prepare, names, told, place, top))

    def at(self, input: Input) -> Network:
        """The same spec at another input, with the same parameters.

        Raises `SpecError` where a layer does not fit, and `ValueError` naming the parameter whose shape would change.
        """
        other = load(replace(self.request, input=input_of_values(input)))
        here = {key: spec.shape for key, spec in keys(self.graph.root) if not spec.buffer}
        there = {key: spec.shape for key, spec in keys(other.graph.root) if not spec.buffer}
        for key in [*here, *there]:
            if here.get(key) != there.get(key):
                raise ValueError(f"at this input `{key}` would be {_sizes(there.get(key))}; it is {_sizes(here.get(key))}")
        return other

    def _repr_html_(self) -> str:
        from html import escape

        try:
            picture = self.draw(format="svg")
        except SpecError:
            picture = ""
        return f"{picture if isinstance(picture, str) else picture.decode()}<pre>{escape(self.summary())}</pre>"

    @property
    def shapes(self) -> str:
        """What flows in and what comes out, for one example: `3×224×224 → 1000`."""
        inputs = ", ".join(str(shape) for shape in self.graph.inputs.values())
        return f"{inputs} → {', '.join(str(value.shape) for value in values(self.graph.eval))}"

    def __repr__(self) -> str:
        return f"<Network {escaped(self.name)}: {self.parameters:,} parameters, {self.shapes}>"


def _is_published(weights: str | os.PathLike[str] | None) -> bool:
    return isinstance(weights, str) and (weights == "published" or weights.startswith("torchvision:"))


def _sizes(shape: tuple[int, ...] | None) -> str:
    return "missing" if shape is None else "×".join(map(str, shape)) or "a scalar"
