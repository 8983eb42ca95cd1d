"""The zoo: the specs that come with archdsl, by bare name, and what is known of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = (Path(__file__).parent / "specs").resolve()
TABLE = Path(__file__).parent / "zoo.json"


@dataclass(frozen=True, slots=True)
class Entry:
    """A network of the zoo: sizes of one example, parameters, multiply-accumulates of one example, published top-1 accuracy on ImageNet
    in percent and where it was published, both absent for networks without one.

    >>> entries()["resnet18"].params
    11689512
    """

    name: str
    input: str
    params: int
    macs: int
    top1: float | None = None
    source: str = ""


def path(name: str) -> Path | None:
    """The file of a network of the zoo, or of one of its families (`family/resnet`); `None` for a name that is not there.

    >>> path("resnet18").name, path("resnet19")
    ('resnet18.yaml', None)
    """
    found = FOLDER / f"{name}.yaml"
    return found if name.removeprefix("family/").isidentifier() and found.is_file() else None


def names() -> list[str]:
    """The names of all networks of the zoo."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


@cache
def entries() -> dict[str, Entry]:
    """All networks by name, as `make docs` last computed them."""
    import json

    return {row["name"]: Entry(**row) for row in json.loads(TABLE.read_text(encoding="utf-8"))}
