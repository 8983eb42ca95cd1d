"""`archdsl inspect`: pictures of what a built network does, and has learnt."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from archdsl.cli.answers import CommandError
from archdsl.cli.options import Input, Limit, Options, Out, Partial, Root, Set, SpecArgument, Variant, Weights, many, one
from archdsl.cli.output import check_target, replacing
from archdsl.cli.progress import busy
from archdsl.cli.show import Table, checked

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SUFFIXES = (".png", ".svg", ".pdf")
PATTERN = "as layer1.0.conv1, or with * for any characters but dots, ** for any; may be repeated."
Image = Annotated[Path, typer.Option("--image", metavar="FILE", help="An image; it is scaled and cut to what the network takes.")]
Images = Annotated[list[Path], typer.Option("--image", metavar="FILE", help="An image; may be repeated.")]
Layers = Annotated[list[str], typer.Option("--layer", metavar="PATH", help=f"A layer, {PATTERN}")]
Every = Annotated[list[str], many("--layer", "PATH", f"A layer, {PATTERN} All that have none inside unless told.")]
Last = Annotated[list[str], many("--layer", "PATH", f"A layer, {PATTERN} The last with height and width unless told.")]
Convolution = Annotated[str | None, one("--layer", "PATH", "A convolution; the first unless told.")]
Seed = Annotated[int, typer.Option("--seed", metavar="N", help="Seed of the initialisation, where there are no weights.")]
Mean = Annotated[str | None, one("--mean", "NUMBERS", "Taken from values of 0 to 1: 0.5, or 0.49,0.48,0.45; ImageNet's for colour images.")]
Std = Annotated[str | None, one("--std", "NUMBERS", "What values are divided by then.")]
Rows = Annotated[int, typer.Option("--rows", min=1, max=64, metavar="N", help="Rows of the grid.")]
Columns = Annotated[int, typer.Option("--columns", min=1, max=64, metavar="N", help="Columns of the grid.")]
Channels = Annotated[int | None, typer.Option("--channels", min=1, metavar="N", help="How many are shown; as many as the grid holds.")]
Kernels = Annotated[int | None, typer.Option("--kernels", min=1, metavar="N", help="How many are shown; as many as the grid holds.")]
Channel = Annotated[int, typer.Option("--channel", min=0, metavar="N", help="The input channel that is shown in grey.")]
Class = Annotated[
    int | None, typer.Option("--class", metavar="N", help="The class, counted from 0; the highest score unless told.")
]

inspect = typer.Typer(help="Look into a network: feature maps, kernels, statistics, saliency, receptive fields.", no_args_is_help=True)


@inspect.command()
def features(
    spec: SpecArgument,
    image: Image,
    layer: Layers,
    set: Set,
    input: Input,
    limit: Limit,
    output: Out = None,
    weights: Weights = None,
    partial: Partial = False,
    seed: Seed = 0,
    channels: Channels = None,
    rows: Rows = 4,
    columns: Columns = 8,
    mean: Mean = None,
    std: Std = None,
    variant: Variant = None,
    root: Root = None,
) -> None:
    """Draw the feature maps of layers, each in its own range from dark to bright: the first 32 channels unless told."""
    how = {"weights": weights, "partial": partial, "seed": seed, **_normalised(mean, std)}
    options = Options(set, variant, input, root, limit)
    _draw("features", output, options, spec, image, layer, channels=channels, rows=rows, columns=columns, **how)


@inspect.command()
def filters(
    spec: SpecArgument,
    set: Set,
    input: Input,
    limit: Limit,
    layer: Convolution = None,
    output: Out = None,
    weights: Weights = None,
    partial: Partial = False,
    seed: Seed = 0,
    kernels: Kernels = None,
    rows: Rows = 4,
    columns: Columns = 4,
    channel: Channel = 0,
    variant: Variant = None,
    root: Root = None,
) -> None:
    """Draw the kernels of a convolution, scaled to 0..1: in colour where three channels flow in, else one of the channels in grey."""
    how = {"weights": weights, "partial": partial, "seed": seed}
    options = Options(set, variant, input, root, limit)
    _draw("filters", output, options, spec, layer, kernels=kernels, rows=rows, columns=columns, channel=channel, **how)


@inspect.command()
def activations(
    spec: SpecArgument,
    image: Images,
    layer: Every,
    set: Set,
    input: Input,
    limit: Limit,
    output: Out = None,
    weights: Weights = None,
    partial: Partial = False,
    seed: Seed = 0,
    mean: Mean = None,
    std: Std = None,
    format: Annotated[Table, typer.Option("--format", help="How the table is printed.")] = Table.text,
    variant: Variant = None,
    root: Root = None,
) -> None:
    """Print mean, spread, range, zeros and dead channels of what each layer gives, over one or several images; -o draws them."""
    from archdsl.cli.activations import FORMS

    if output is not None:
        check_target(output, SUFFIXES, spec)
        import_module("matplotlib")
    network = checked(Options(set, variant, input, root, limit), spec)
    how: Any = {"weights": weights, "partial": partial, "seed": seed, **_normalised(mean, std)}
    with busy("looking"):
        from archdsl.inspect.stats import gathered

        title, rows = gathered(network, image, layer or None, **how)
    print(FORMS[format](title, rows), end="")
    if output is not None:
        from archdsl.inspect.charts import chart

        _write(chart(title, rows), output)


@inspect.command()
def saliency(
    spec: SpecArgument,
    image: Image,
    layer: Last,
    set: Set,
    input: Input,
    limit: Limit,
    target: Class = None,
    output: Out = None,
    weights: Weights = None,
    partial: Partial = False,
    seed: Seed = 0,
    mean: Mean = None,
    std: Std = None,
    variant: Variant = None,
    root: Root = None,
) -> None:
    """Draw where a layer finds what speaks for a class (Grad-CAM) over the image."""
    how = {"weights": weights, "partial": partial, "seed": seed, **_normalised(mean, std)}
    _draw("saliency", output, Options(set, variant, input, root, limit), spec, image, layer or None, target=target, **how)


@inspect.command()
def receptive(
    spec: SpecArgument,
    image: Image,
    layer: Layers,
    set: Set,
    input: Input,
    limit: Limit,
    output: Out = None,
    weights: Weights = None,
    partial: Partial = False,
    seed: Seed = 0,
    mean: Mean = None,
    std: Std = None,
    variant: Variant = None,
    root: Root = None,
) -> None:
    """Draw what the middle position of a layer can see of the image, by theory, and what it does see, by its gradient."""
    how = {"weights": weights, "partial": partial, "seed": seed, **_normalised(mean, std)}
    _draw("receptive", output, Options(set, variant, input, root, limit), spec, image, layer, **how)


def _draw(word: str, output: Path | None, options: Options, spec: str, *given: Any, **how: Any) -> None:
    """Make one of the figures and write it. What is wrong with the place, or missing, is said before any work."""
    if output is None:
        raise CommandError(f"say where to draw to: `archdsl inspect {word} {spec} … -o {word}.png`")
    check_target(output, SUFFIXES, spec)
    import_module("matplotlib")
    network = checked(options, spec)
    with busy("looking"):
        figure = getattr(import_module("archdsl.inspect"), word)(network, *given, **how)
    _write(figure, output)


def _write(figure: Figure, path: Path) -> None:
    from archdsl.inspect.mosaic import save

    with busy(f"writing {path}"), replacing(path) as temporary:
        save(figure, temporary)


def _normalised(mean: str | None, std: str | None) -> dict[str, list[float] | None]:
    return {"mean": _numbers("--mean", mean), "std": _numbers("--std", std)}


def _numbers(option: str, text: str | None) -> list[float] | None:
    try:
        return None if text is None else [float(part) for part in text.split(",")]
    except ValueError:
        wanted = f"numbers are wanted, with commas between them: `{option} 0.5` or `{option} 0.5,0.5,0.5`"
        raise CommandError(f"`{option} {text}`: {wanted}") from None
