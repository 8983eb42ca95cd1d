"""One entry of the reference: what an operation, a function or a block is and takes, with examples."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument: what it takes in words, its default ("" where it must be given), what it is."""

    name: str
    takes: str
    default: str
    text: str


@dataclass(frozen=True, slots=True)
class Example:
    """A call that runs: what it takes and gives, its tensors, how the numbers come about; of a block the spec and its layers."""

    call: str
    input: str
    output: str
    tensors: str = ""
    sums: tuple[str, ...] = ()
    spec: str = ""
    layers: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """What there is to say of one name. `text` is Markdown, `definition` the YAML of a block, `code` the Python of a function."""

    name: str
    group: str
    signature: str
    text: str
    arguments: tuple[Argument, ...]
    examples: tuple[Example, ...]
    source: str
    definition: str = ""
    code: str = ""

    @property
    def summary(self) -> str:
        """The first paragraph, in one line."""
        return " ".join(self.text.split("\n\n")[0].split())


def sizes(shape: tuple[int, ...]) -> str:
    """A shape without the batch.

    >>> sizes((64, 8, 8)), sizes(())
    ('64×8×8', 'a scalar')
    """
    return "×".join(map(str, shape)) or "a scalar"


