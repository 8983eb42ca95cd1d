"""What one run is asked for, whoever asks: a source, a variant, parameters, an input, limits.

Command line and Python calls both become a `Request`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TypeVar

from archdsl.diagnostics import Diagnostic, Fault, Source, Span, SpecError
from archdsl.diagnostics.suggest import nearest
from archdsl.language import nodes
from archdsl.language.document import Entries, Entry
from archdsl.language.nodes import Node, Scalar
from archdsl.limits import DEFAULT, Limits

Spec = str | os.PathLike[str] | Mapping[str, object] | Sequence[object]
"""a path, YAML text, or the spec as a mapping or list"""
Input = Sequence[int] | Mapping[str, Sequence[int]]


@dataclass(frozen=True, eq=False)
class Request:
    """One run. `settings` and `input` come after what the file says; `root` is the folder that imports may not leave.

    `opened` has the texts of files that an editor holds.
    """

    source: Source
    variant: Scalar | None = None
    settings: Entries | None = None
    input: Node | None = None
    root: Path | None = None
    limits: Limits = DEFAULT
    opened: Callable[[str], str | None] | None = None


def read_spec(spec: Spec, limits: Limits = DEFAULT) -> Source:
    """The text of a spec: of a file, of a network of the zoo, or as given.

    Text is what has a line break or is a list or mapping; anything else is a path, or a bare name where there is no such file.

    >>> read_spec("[conv 8, relu]").text
    '[conv 8, relu]'
    >>> read_spec([{"conv": 8}, "relu"]).text
    '- conv: 8\\n- relu\\n'

    Raises `Fault` for a file that cannot be read.
    """
    from archdsl.language.source import source_of_bytes
    from archdsl.language.writer import to_yaml

    if isinstance(spec, os.PathLike):
        return read_file(spec, limits)
    if not isinstance(spec, str):
        return Source("<spec>", to_yaml(spec))
    if "\n" in spec or spec.lstrip().startswith(("[", "{")):
        return source_of_bytes(spec.encode("utf-8", "surrogatepass"), "<text>", limits)
    return read_file(spec, limits)


def read_file(path: str | os.PathLike[str], limits: Limits) -> Source:
    """The text of a file, or of a network of the zoo by its bare name. Raises `Fault`."""
    from archdsl import zoo
    from archdsl.language.source import load_source

    name = os.fspath(path)
    try:
        return load_source((None if os.path.isfile(name) else zoo.path(name)) or path, limits)
    except Fault as fault:
        said = fault.diagnostic
        unsure = said.code == "AD1001" and name.isidentifier() and not os.path.isfile(f"{name}.yaml")
        found = nearest(name, zoo.names()) if unsure else None
        if found is None:
            raise
        raise Fault(said.code, said.span, said.message, help=f"did you mean `{found}` of the zoo?") from None


def settings_of_text(texts: Sequence[str], option: str = "--set", example: str = "width=64") -> Entries:
    """What an option of the command line sets: `name=value`, read as the same text in the file would be. Raises `SpecError`."""
    return dict(_each(lambda text: _typed(text, option, example), texts))


def settings_of_values(params: Mapping[str, object]) -> Entries:
    """Parameters as Python values. Raises `TypeError` for what YAML has no form for."""
    from archdsl.language.writer import to_yaml

    return dict(_setting(Source("params", to_yaml({name: value}))) for name, value in params.items())


def input_of_text(texts: Sequence[str]) -> Node | None:
    """`3x64x64`, or `a=3x8x8` for each of several inputs. Raises `SpecError`, `Fault`."""
    if not texts:
        return None
    pairs = _each(lambda text: _input(Source("--input", text)), texts)
    if len(pairs) == 1 and pairs[0][0] is None:
        return pairs[0][1]
    named: dict[str, tuple[Scalar, Node]] = {}
    for key, node in pairs:
        if key is None or key.text in named:
            message = f"`{key.text}` is given twice" if key else "several inputs have a name each, and this one has none"
            words = " ".join(f"--input {letter}={shape.span.text}" for letter, (_, shape) in zip("abcdefgh", pairs, strict=False))
            raise Fault("AD6003", key.span if key else node.span, message, help=f"write the names that the spec gives them, as `{words}`")
        named[key.text] = key, node
    return nodes.Mapping(tuple(named.values()), pairs[0][1].span)


def input_of_values(sizes: Input | None) -> Node | None:
    """Sizes without the batch as Python values, `[3, 64, 64]` or `{"a": [3, 8, 8]}`. Raises `Fault`."""
    if sizes is None:
        return None
    if isinstance(sizes, Mapping):
        return input_of_text([f"{name}={'x'.join(map(str, shape))}" for name, shape in sizes.items()])
    return input_of_text(["x".join(map(str, sizes))])


def limits_of_text(texts: Sequence[str]) -> Limits:
    """Limits raised or lowered by `name=number`. Raises `SpecError`.

    >>> limits_of_text(["layers=10"]).layers
    10
    """
    return replace(DEFAULT, **dict(_each(lambda text: _limit(Source("--limit", text)), texts)))


def variant_of_text(name: str | None) -> Scalar | None:
    """The name of a variant as a node that messages can point at."""
    return None if name is None else Scalar(name, whole(Source("--variant", name)))


def whole(source: Source) -> Span:
    """All characters of a source."""
    return Span(source, 0, len(source.text))


T = TypeVar("T")


def _each(read: Callable[[str], T], texts: Sequence[str]) -> list[T]:
    """What each of several texts of one option says. Raises `SpecError` with the faults of all."""
    found, faults = [], []
    for text in texts:
        try:
            found.append(read(text))
        except Fault as fault:
            faults.append(fault.diagnostic)
        except SpecError as error:
            faults += error.diagnostics
    if faults:
        raise SpecError(tuple(faults))
    return found


def _typed(text: str, option: str, example: str) -> tuple[str, Entry]:
    """The setting that `name=value` spells."""
    name, equals, value = (part.strip() for part in text.partition("="))
    if equals and name and value:
        return _setting(Source(option, f"{name}: {value}"))
    other = re.fullmatch(r"(\w+)\s*[:\s]\s*(\S+)", text)
    usual, _, number = example.partition("=")
    shown = f"{other[1]}={other[2]}" if other else f"{name if name.isidentifier() else usual}={number}"
    help = f"{'write' if other else 'for example'} `{option} {shown}`"
    raise Fault("AD6001", whole(Source(option, text)), f"`{text}` sets nothing: the form is `name=value`", help=help)


def _setting(source: Source) -> tuple[str, Entry]:
    """The one entry of a mapping in YAML."""
    from archdsl.language.reader import read

    faults: list[Diagnostic] = []
    node = read(source, DEFAULT, faults.append)
    if any(fault.severity == "error" for fault in faults):
        raise SpecError(tuple(faults))
    if not isinstance(node, nodes.Mapping) or len(node.entries) != 1:
        raise Fault("AD6001", whole(source), "a setting is one name and one value", help="for example `--set width=64`")
    return node.entries[0][0].text, node.entries[0]


def _input(source: Source) -> tuple[Scalar | None, Node]:
    name, equals, sizes = source.text.rpartition("=")
    span = whole(source)
    start = len(name) + len(equals)
    words = sizes.split("x")
    if not all(word.isascii() and word.isdigit() and int(word[:20]) > 0 for word in words) or (equals and not name):
        numbers = re.findall("[0-9]+", sizes)
        meant = "x".join(numbers) if len(numbers) > 1 and all(int(number[:20]) for number in numbers) else "3x224x224"
        named = f"{name}=" if name.isidentifier() else ""
        help = f"write `--input {named}{meant}`" + ("" if named else ", or `--input a=3x8x8` for a named input")
        message = f"`{source.text}` is no input: sizes of at least 1, an `x` between them"
        raise Fault("AD6002", span.part(start, len(source.text)), message, help=help)
    sizes_span = span.part(start, len(source.text))
    scalars = []
    for word in words:
        scalars.append(Scalar(word, span.part(start, start + len(word))))
        start += len(word) + 1
    key = Scalar(name, span.part(0, len(name))) if equals else None
    return key, nodes.Sequence(tuple(scalars), sizes_span)


def _limit(source: Source) -> tuple[str, int]:
    name, _, value = source.text.partition("=")
    names = [field.name for field in fields(Limits)]
    span = whole(source)
    if name not in names:
        found = nearest(name, names)
        hint = f"did you mean `{found}`? " if found else ""
        raise Fault("AD6004", span.part(0, len(name)), f"there is no limit `{name}`", help=f"{hint}the limits are {', '.join(names)}")
    larger = 2 * getattr(DEFAULT, name) or DEFAULT.bytes
    if not value:
        help = f"for example `--limit {name}={larger}`"
        raise Fault("AD6004", span, f"the limit `{name}` is given no number", help=help)
    if not (value.isascii() and value.isdigit() and len(value) < 20):
        message = f"a limit is a whole number, found `{value}`"
        meant = re.fullmatch(r"([1-9])e([0-9]{1,2})", value)
        number = int(meant[1]) * 10 ** int(meant[2]) if meant else larger
        raise Fault("AD6004", span.part(len(name) + 1, len(source.text)), message, help=f"write `--limit {name}={number}`")
    return name, int(value)
