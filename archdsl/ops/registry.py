"""Tables of declared classes. A class is imported when it is first asked for: what a spec does not use costs nothing."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, Generic, TypeVar

D = TypeVar("D")


class Registry(Mapping[str, type[D]], Generic[D]):
    """Classes of one package by the word that a spec writes, in the order of the documentation. `places` says `file.Class` for each.

    >>> Registry("archdsl.ops", {"conv": "conv.Conv"})["conv"].name
    'conv'
    """

    def __init__(self, package: str, places: Mapping[str, str]) -> None:
        self._package, self._places = package, places
        self._classes: dict[str, type[D]] = {}

    def __getitem__(self, name: str) -> type[D]:
        if name not in self._classes:
            file, kind = self._places[name].split(".")
            self._classes[name] = _attribute(import_module(f"{self._package}.{file}"), kind)
        return self._classes[name]

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def _attribute(module: object, name: str) -> Any:
    return getattr(module, name)
