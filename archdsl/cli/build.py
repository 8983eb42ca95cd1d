"""`archdsl build`: the network made for real, run once, compared with what was inferred, and saved."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archdsl.cli.options import Input, Limit, Options, Out, Partial, Root, Set, SpecArgument, Variant, Weights
from archdsl.cli.output import check_target, replacing, write
from archdsl.cli.placed import placed
from archdsl.cli.progress import busy
from archdsl.cli.show import checked

if TYPE_CHECKING:
    import torch
    from torch import nn

    from archdsl.network import Network
    from archdsl.weights import Report

SUFFIXES = (".safetensors", ".pt2", ".py")


def build(
    spec: SpecArgument,
    set: Set,
    input: Input,
    limit: Limit,
    output: Out = None,
    variant: Variant = None,
    root: Root = None,
    weights: Weights = None,
    partial: Partial = False,
    seed: Annotated[int | None, typer.Option("--seed", metavar="N", help="Seed of the initialisation.", show_default=False)] = None,
    device: Annotated[str, typer.Option("--device", help="Where to build.")] = "cpu",
) -> None:
    """Build the network in PyTorch, run it once, confirm what was inferred, and print its table.

    -o saves the weights (.safetensors), the exported program (.pt2) or the source (.py).
    """
    if output is not None:
        check_target(output, SUFFIXES, spec)
    network = checked(Options(set, variant, input, root, limit), spec).for_weights(weights)
    if output is not None and output.suffix == SUFFIXES[0]:
        import_module("safetensors.torch")  # what is missing is told before the work
    place = placed(device)
    _check_memory(network, place)
    with busy(f"building {network.name}"):
        model = network.build(device=place, seed=seed)
    report = None if weights is None else _loaded(network, model, weights, partial)
    print(network.summary())
    if report is not None:
        print(report)
    with busy("running it once"):
        print(_confirmed(network, model))
    if output is not None:
        with busy(f"writing {output}"):
            _save(network, model, output)


def _check_memory(network: Network, device: torch.device) -> None:
    """Raises `SpecError` where the network and its one run take more than the device has free."""
    from archdsl.backends.torch.memory import check_memory
    from archdsl.inspect.trial import EXAMPLES

    check_memory(network.graph, network.request.limits, device, EXAMPLES)


def _loaded(network: Network, model: nn.Module, weights: str, partial: bool) -> Report:
    """What became of each key of the weights."""
    with busy(f"loading {weights}"):
        return network.load_weights(model, weights, partial=partial)


def _confirmed(network: Network, model: nn.Module) -> str:
    """A line that says the real network is the inferred one. Raises where it is not: that is a bug of ours."""
    from archdsl.inspect.trial import disagreements

    faults = disagreements(network.graph, model)
    if faults:
        raise AssertionError(f"the built network is not the inferred one: {'; '.join(faults)}")
    return f"built and run once: {network.shapes}, {network.parameters:,} parameters, as inferred"


def _save(network: Network, model: nn.Module, path: Path) -> None:
    if path.suffix == ".py":
        write(path, network.to_python())
        return
    with replacing(path) as temporary:
        if path.suffix == ".pt2":
            from archdsl.inspect.trial import export

            export(network.graph, model, temporary)
        else:
            from archdsl.weights import save

            save(model, temporary)
