"""Where published weights of a network are, and how their keys are called there: what `weights` of a spec says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from archdsl.language.nodes import Node, Scalar

PART = r"\{([^{}]*)\}"
"""a part of a pattern, `{name}`"""


@dataclass(frozen=True, slots=True)
class Rename:
    """Keys of one form under another name: each `{part}` of the pattern stands for one or more characters, the fewest that fit.

    >>> Rename.of("{layer}.norm.{i}.{tensor}", "{layer}.norm{i}.{tensor}").apply("block1.norm.2.weight")
    'block1.norm2.weight'
    """

    texts: tuple[str, ...]
    """what stands before, between and after the parts"""
    parts: tuple[str, ...]
    replacement: str

    @classmethod
    def of(cls, pattern: str, replacement: str) -> Rename:
        pieces = re.split(PART, pattern)
        return cls(tuple(pieces[0::2]), tuple(pieces[1::2]), replacement)

    def apply(self, key: str) -> str | None:
        """The new name of a key, `None` for one that does not have the form. Takes time linear in the key's length."""
        if not key.startswith(self.texts[0]):
            return None
        found, at = {}, len(self.texts[0])
        for name, text in zip(self.parts, self.texts[1:], strict=True):
            last = text is self.texts[-1] and name == self.parts[-1]
            end = len(key) - len(text) if last and key.endswith(text) else key.find(text, at + 1)
            if end <= at:
                return None
            found[name], at = key[at:end], end + len(text)
        return re.sub(PART, lambda part: found[part[1]], self.replacement) if at == len(key) else None


@dataclass(frozen=True, eq=False)
class Published:
    """Published weights of one network: the file, its SHA-256, how keys are renamed, parameters of the spec that the weights imply."""

    url: Scalar | None = None
    sha256: Scalar | None = None
    rename: Mapping[str, tuple[Scalar, Rename]] = field(default_factory=dict)
    params: Mapping[str, tuple[Scalar, Node]] = field(default_factory=dict)
    variants: Mapping[str, Published] = field(default_factory=dict)

    def over(self, base: Published) -> Published:
        """These on top of others: what is said here counts, renamings and parameters are merged."""
        return Published(
            self.url or base.url,
            self.sha256 if self.url or self.sha256 else base.sha256,
            {**base.rename, **self.rename},
            {**base.params, **self.params},
            {**base.variants, **self.variants},
        )

    def of(self, variant: str) -> Published:
        """Those of a family's variant."""
        own = self.variants.get(variant)
        return self if own is None else own.over(replace(self, variants={}))
