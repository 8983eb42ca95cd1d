"""The page docs/zoo.md and its drawings, from the specs, archdsl/zoo.json and what `make zoo` measured last."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import chart
import yaml
from kinds import DRAWN, KINDS

import archdsl
from archdsl import zoo
from archdsl.analyses.units import human
from archdsl.reference.markdown import table

DOCS = Path(__file__).parent
RECORD = DOCS / "zoo_check.json"
IMAGES = DOCS / "images" / "zoo"
UNKNOWN = "–"

HEAD = """{count} networks come with archdsl, each a YAML file of a few lines, each compared with an implementation that is not ours.
`archdsl zoo` lists them, `archdsl zoo resnet50` prints a spec. Every command takes a bare name: `archdsl draw resnet50 -o resnet50.svg`.

- *lines* are those of the spec, without comments and blank lines; `{example}`, of resnet50, counts the spec and the family that it extends.
  The {torchvision} networks of torchvision take {lines} lines with their {families} families, {average:.1f} a network.
- *MACs* are multiply-accumulates for one example of the size under *input*.
- *top-1* is the accuracy on ImageNet in percent that was published with the weights that are named, or in a paper. They were trained by
  different recipes, and some have seen more than ImageNet: the plot shows what was reached, not what an architecture is worth.

<picture>
<source media="(prefers-color-scheme: dark)" srcset="images/zoo/accuracy-dark.svg">
<img src="images/zoo/accuracy.svg" alt="Parameters against top-1 accuracy on ImageNet, by family" width="100%">
</picture>
"""

CHECKED = """Each network is built from its spec and compared with the reference. First the keys: names, shapes and types of all parameters
and buffers. Then, with the same random values in all of them, loaded strictly both ways, the outputs in evaluation mode for random examples
of the size below. The largest difference of any two values is taken in double precision; 0 says that all outputs are equal bit by bit.
`make zoo` measures this table, and compares multiply-accumulates, gradients and first values, too.
"""


@dataclass(frozen=True)
class Spec:
    """A file of the zoo."""

    name: str
    description: str
    source: str
    extends: str
    lines: int


@cache
def spec(name: str) -> Spec:
    path = zoo.path(name)
    assert path is not None, name
    text = path.read_text(encoding="utf-8")
    found = yaml.safe_load(text)
    lines = sum(bool(line.strip()) and not line.strip().startswith("#") for line in text.splitlines())
    family = found.get("extends", "").removesuffix(".yaml")
    return Spec(name, found.get("description", ""), found.get("source", ""), family, lines)


def page() -> str:
    """The whole page."""
    names, families = members()
    lines = sum(spec(name).lines for name in [*names, *families])
    head = HEAD.format(
        example=_lines("resnet50"),
        count=len(zoo.names()),
        torchvision=len(names),
        lines=lines,
        families=len(families),
        average=lines / len(names),
    )
    parts = ["# The zoo\n", head, "## The networks of torchvision\n"]
    for title, own in groupings().items():
        parts += _section(title, own, _of_all(own[0], spec(own[0]).extends))
    parts.append("## Beyond torchvision\n")
    for title, own in KINDS.items():
        parts += _section(title, own)
    return "\n".join(filter(None, [*parts, *_checked()]))


@cache
def members() -> tuple[list[str], list[str]]:
    """The networks of torchvision, and the families that they extend."""
    beyond = {name for names in KINDS.values() for name in names}
    names = [name for name in zoo.names() if name not in beyond]
    return names, sorted({spec(name).extends for name in names} - {""})


def groupings() -> dict[str, list[str]]:
    """The networks of torchvision by what they extend, from small to large; those that extend nothing stand alone."""
    groups: dict[str, list[str]] = {}
    for name in sorted(members()[0], key=lambda name: zoo.entries()[name].params):
        groups.setdefault((spec(name).extends or name).removeprefix("family/"), []).append(name)
    return dict(sorted(groups.items()))


def _section(title: str, names: list[str], told: str = "") -> Iterator[str]:
    """A heading, what is said of all the networks under it, their table, the drawings."""
    head = ("network", "what it is", "parameters", "MACs", "input", "top-1", "source of the accuracy", "lines")
    yield f"### {title}\n"
    yield told
    yield table(head, map(_row, names)) + "\n"
    yield "\n".join(map(_figure, [name for name in names if name in DRAWN])) + "\n"


def _of_all(name: str, family: str) -> str:
    """What a family is, or a network that has none."""
    return f"{_sentence(spec(family))} The family is [{family}](../specs/{family}.yaml).\n" if family else f"{_sentence(spec(name))}\n"


def _sentence(of: Spec) -> str:
    return f"{of.description} *{linked(of.source)}.*" if of.source else of.description


def _row(name: str) -> tuple[str, ...]:
    known = zoo.entries()[name]
    accuracy = UNKNOWN if known.top1 is None else f"{known.top1:.1f}"
    told = "" if name in members()[0] else _sentence(spec(name))
    return (_link(name), told, human(known.params), human(known.macs, 3), known.input, accuracy, linked(known.source), _lines(name))


def _lines(name: str) -> str:
    own = spec(name)
    return f"{own.lines} + {spec(own.extends).lines}" if own.extends else f"{own.lines}"


def _link(name: str) -> str:
    return f"[{name}](../specs/{name}.yaml)"


def linked(source: str) -> str:
    """A source with its addresses as links.

    >>> linked("Pelee, https://arxiv.org/abs/1804.06882, figure 1")
    'Pelee, [arXiv 1804.06882](https://arxiv.org/abs/1804.06882), figure 1'
    """
    short = source.replace("https://arxiv.org/abs/", "arXiv ")
    short = re.sub(r"arXiv (\d+\.\d+)", r"[arXiv \1](https://arxiv.org/abs/\1)", short)
    return re.sub(r"github\.com/[\w-]+/[\w-]+", r"[\g<0>](https://\g<0>)", short)


def _figure(name: str) -> str:
    return f'<a href="images/zoo/{name}.svg"><img src="images/zoo/{name}.svg" alt="The drawing of {name}" height="420"></a>'


def _checked() -> Iterator[str]:
    """The table of the last run of `make zoo`."""
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    versions = ", ".join(f"{name} {version}" for name, version in record["versions"].items())
    yield "## Compared with other implementations\n"
    yield CHECKED
    yield f"Run on {record['date']} with {versions}. {_verdict(record['networks'])}\n"
    head = ("model", "lines of spec", "parameters", "keys equal", "largest output difference", "input of the run", "against")
    yield table(head, (_compared(name, record["networks"].get(name, {})) for name in zoo.names())) + "\n"


def _verdict(rows: dict[str, dict[str, object]]) -> str:
    equal = sum(row.get("difference") == 0 and row["keys"] == row["equal"] for row in rows.values())
    return f"Of {len(zoo.names())} networks, {equal} were equal in all keys and bit by bit in all outputs."


def _compared(name: str, row: dict[str, object]) -> tuple[str, ...]:
    lines = _lines(name)
    if "equal" not in row:
        return (_link(name), lines, UNKNOWN, "not run", "not run", UNKNOWN, UNKNOWN)
    difference = "not run" if row.get("difference") is None else f"{row['difference']:.3g}"
    against = str(row["against"]).replace("references", "by hand")
    return (_link(name), lines, f"{row['parameters']:,}", f"{row['equal']} of {row['keys']}", difference, str(row["input"]), against)


def pictures() -> Iterable[tuple[str, str]]:
    """The files of docs/images/zoo/ by name: the plot for light and dark pages, and the drawings."""
    for file, theme in (("accuracy.svg", chart.LIGHT), ("accuracy-dark.svg", chart.DARK)):
        yield file, chart.drawn(zoo.entries().values(), theme)
    for name, depth in DRAWN.items():
        yield f"{name}.svg", str(archdsl.draw(zoo.path(name) or name, drawing={} if depth is None else {"depth": depth}))
