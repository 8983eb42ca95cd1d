"""Files → one `Document`: `extends` and `variant` merged, imports loaded. Nothing outside the root is opened, and no file is read twice."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from archdsl.diagnostics import Diagnostic, Fault, Label, Source, Span
from archdsl.language.document import Block, Document, Entry
from archdsl.language.merge import check_published, check_variants, extended, unknown_variant, with_variant
from archdsl.language.nodes import Node, Scalar, Sequence
from archdsl.language.reader import EXAMPLE, read
from archdsl.language.source import load_source, missing_hint
from archdsl.language.syntax import FileKeys, Gaps, block, block_of, keys_of, warn_word
from archdsl.language.weights import published_of
from archdsl.limits import Limits

Report = Callable[[Diagnostic], None]
Chain = tuple[tuple[str, Span | None], ...]
"""the files that are being loaded, by real path, each with the place that names it"""
Opened = Callable[[str], str | None]
"""the text of a file that someone holds open, by real path, in place of what the disk has"""


def load(
    source: Source, limits: Limits, *, root: Path | None, report: Report, variant: Scalar | None = None, opened: Opened | None = None
) -> Document | None:
    """The document of a spec with all that it extends and imports; `None` where it could not be made. Every fault goes to `report`.

    Files are looked for beside the one that names them and stay inside `root`, by default the folder of `source`. `variant` is one that the
    caller chooses; it stands in for the file's own `variant`. `opened` is asked for the text of every other file first.
    """
    loader = _Loader(limits, _inside(source, root), report, opened)
    return loader.document(source, _alone(source), variant)


def sketch(source: Source, node: Node, limits: Limits, *, root: Path | None, opened: Opened | None = None) -> Document | None:
    """The document that a text is, as far as it goes: it may lack a body, and what it extends may be missing. For editors."""
    loader = _Loader(limits, _inside(source, root), lambda diagnostic: None, opened, lenient=True)
    return loader.made(source, node, _alone(source), None, True)


def _inside(source: Source, root: Path | None) -> str:
    return os.path.realpath(root or Path(source.name).parent)


def _alone(source: Source) -> Chain:
    return ((os.path.realpath(source.name), None),)


@dataclass
class _Loader:
    limits: Limits
    root: str
    report: Report
    opened: Opened | None = None
    lenient: bool = False
    loaded: dict[tuple[str, bool], Document | None] = field(default_factory=dict)
    begun: set[str] = field(default_factory=set)

    def fault(self, code: str, span: Span, message: str, help: str | None = None, labels: tuple[Label, ...] = ()) -> None:
        self.report(Diagnostic(code, "error", message, span, labels, help=help))

    def document(self, source: Source, chain: Chain, variant: Scalar | None = None, library: bool = False) -> Document | None:
        """The document of one file, the last of `chain`. A library may lack a body."""
        node = read(source, self.limits, self.report)
        return None if node is None else self.made(source, node, chain, variant, library)

    def made(self, source: Source, node: Node, chain: Chain, variant: Scalar | None, library: bool) -> Document | None:
        """The document that a file's text is."""
        if isinstance(node, Scalar):
            self.fault("AD1201", node.span, f"found the text `{node.text[:40]}`; a spec is a mapping or a list", EXAMPLE)
            return None
        if isinstance(node, Sequence):
            return self.choose(Document(source, Block(_stem(source), node.span, node), name=_stem(source)), variant)
        keys, gaps = keys_of(FileKeys, node, "a spec", self.report)
        if keys.extends is not None:
            return self.extending(source, node, keys, gaps, chain, variant)
        if keys.body is None and not gaps.partial and not library:
            help = "layers stand in `body: […]`"
            if len(chain) > 1 and keys.blocks:
                help += f"; for its blocks alone write `import: [{os.path.basename(source.name)}]`"
            self.fault("AD1203", node.span, "the spec has no `body`", help)
        if keys.body is None and not library:
            return None
        if len(keys.variants) > self.limits.variants:
            self.many(keys)
            return None
        document = self.own(source, node, keys, gaps, chain)
        check_variants(document, document.variants, self.report)
        check_published(document, self.report)
        if keys.variant is not None and keys.variant.text not in document.variants:
            self.report(unknown_variant(document, keys.variant).diagnostic)
        return self.choose(document, variant)

    def extending(self, source: Source, node: Node, keys: FileKeys, gaps: Gaps, chain: Chain, variant: Scalar | None) -> Document | None:
        """The document of a file that starts from another."""
        assert keys.extends is not None
        if len(keys.variants) > self.limits.variants:
            self.many(keys)
            return None
        own = self.own(source, node, keys, gaps, chain)
        base = self.other(keys.extends, source, chain, library=keys.body is not None)
        if base is None:
            return own if self.lenient else None
        base = replace(base, variants={**base.variants, **own.variants})
        picked = self.choose(base, variant or keys.variant)
        if picked is None and not self.lenient:
            return None
        picked = picked or base
        document = extended(picked, own, keys.body is None, self.report)
        check_variants(document, own.variants, self.report)
        check_published(document, self.report)
        return document

    def many(self, keys: FileKeys) -> None:
        count, most = len(keys.variants), self.limits.variants
        place = list(keys.variants.values())[most].key.span
        self.fault("AD5017", place, f"{count:,} variants; the limit `variants` is {most:,}", f"raise it with `--limit variants={count}`")

    def choose(self, document: Document, variant: Scalar | None) -> Document | None:
        if variant is None or variant.text in document.variants:
            return document if variant is None else with_variant(document, variant)
        self.report(unknown_variant(document, variant).diagnostic)
        return None

    def own(self, source: Source, node: Node, keys: FileKeys, gaps: Gaps, chain: Chain) -> Document:
        """What one file says itself."""
        warn_word("name", keys.name, self.report)
        made = {name: block_of(name, value, self.report, key.span) for name, (key, value) in keys.blocks.items()}
        imports, networks, missing = self.imports(keys, source, chain)
        lost = gaps.lost.union(missing.lost, (name for name, found in made.items() if found is None))
        name = keys.name.text if keys.name else _stem(source)
        return Document(
            source,
            block(name, node.span, keys, Sequence((), node.span) if keys.body is None else keys.body, lost),
            name=name,
            description=keys.description.text if keys.description else "",
            origin=keys.source.text if keys.source else "",
            input=keys.input,
            blocks={name: found for name, found in made.items() if found is not None},
            imports=imports,
            networks=networks,
            variants=keys.variants,
            variant=keys.variant if keys.extends is None else None,
            defaults=keys.defaults,
            legend=keys.legend,
            init=keys.init,
            weights=published_of(keys.weights, keys.variants, self.report),
            expect=keys.expect,
            train=keys.train,
            partial=gaps.partial or missing.partial,
        )

    def imports(
        self, keys: FileKeys, source: Source, chain: Chain
    ) -> tuple[Mapping[str, tuple[Document, Block]], Mapping[str, tuple[Entry, Document]], Gaps]:
        """The blocks of imported files, whole specs under a name, and what could not be read of either."""
        blocks: dict[str, tuple[Document, Block]] = {}
        lost: set[str] = set()
        partial = False
        networks: dict[str, tuple[Entry, Document]] = {}
        for key, path in keys.imports:
            document = self.other(path, source, chain, library=key is None)
            if document is None:
                lost.update(() if key is None else (key.text,))
                partial = partial or key is None
                continue
            if key is None:
                lost |= document.main.lost
                partial = partial or document.partial
            else:
                networks[key.text] = ((key, path), document)
                continue
            clashes: dict[Document, list[str]] = {}
            for name, found in document.blocks.items():
                first, _ = blocks.setdefault(name, (document, found))
                if first is not document and name not in keys.blocks:
                    clashes.setdefault(first, []).append(name)
            for first, names in clashes.items():
                self.clash(names, path, first, document)
        for name, ((key, _), _) in networks.items():
            if name in keys.blocks:
                label = Label(keys.blocks[name][0].span, "the block is here")
                self.fault("AD2305", key.span, f"`{name}` is an imported spec and a block", "rename one of them", (label,))
        return blocks, networks, Gaps(frozenset(lost), partial)

    def clash(self, names: list[str], path: Scalar, first: Document, second: Document) -> None:
        places = [(d, d.blocks[name]) for name in names for d in (first, second)]
        labels = tuple(Label(block.place or block.span, f"in `{d.source.name}`") for d, block in places)
        words = " and ".join(f"a block `{name}`" for name in names)
        them = "it" if len(names) == 1 else "them"
        help = f"define {them} here under `blocks`, or rename {them} in one of the files"
        self.fault("AD2305", path.span, f"both `{first.source.name}` and `{second.source.name}` have {words}", help, labels)

    def other(self, path: Scalar, source: Source, chain: Chain, *, library: bool) -> Document | None:
        """The document of a file that `source` names at `path`; a file that was loaded before is not read again."""
        text = path.text
        if "://" in text or os.path.isabs(text) or text.startswith("~") or "\0" in text or not text:
            self.fault("AD2302", path.span, f"`{text}` is no path relative to this file", _relative(text, self.root, source))
            return None
        target = os.path.normpath(Path(source.name).parent / text)
        real = os.path.realpath(target)
        if os.path.commonpath((real, self.root)) != self.root:
            message = f"`{text}` leads out of the folder `{self.root}`; it was not opened"
            self.fault("AD2302", path.span, message, "move the file into it, or name a wider folder with `--root`")
            return None
        if real in (name for name, _ in chain):
            self.circle(path, real, (*chain, (real, path.span)))
            return None
        if len(chain) > self.limits.import_depth:
            message = f"files that name each other {len(chain)} deep; the limit `import_depth` is {self.limits.import_depth}"
            self.fault("AD5006", path.span, message, f"raise it with `--limit import_depth={len(chain)}`")
            return None
        if (real, library) not in self.loaded:
            self.loaded[real, library] = self.fresh(path, target, (*chain, (real, path.span)), library)
        return self.loaded[real, library]

    def fresh(self, path: Scalar, target: str, chain: Chain, library: bool) -> Document | None:
        self.begun.add(chain[-1][0])
        count = len(self.begun)
        if count > self.limits.imports:
            message = f"this is file number {count} that is extended or imported; the limit `imports` is {self.limits.imports}"
            self.fault("AD5005", path.span, message, f"raise it with `--limit imports={count}`")
            return None
        held = None if self.opened is None else self.opened(chain[-1][0])
        try:
            source = load_source(target, self.limits, imported_from=path.span) if held is None else Source(target, held, path.span)
            return self.document(source, chain, library=library)
        except Fault as fault:
            found = fault.diagnostic
            if found.code in ("AD1001", "AD1002", "AD1003", "AD1004"):
                help = missing_hint(Path(target)) if found.code == "AD1001" else found.help
                found = Diagnostic("AD2301", "error", found.message, path.span, help=help)
            self.report(found)
            return None

    def circle(self, path: Scalar, real: str, chain: Chain) -> None:
        start = next(i for i, (name, _) in enumerate(chain) if name == real)
        steps = [os.path.basename(name) for name, _ in chain[start:]]
        labels = tuple(Label(place, f"names `{os.path.basename(name)}`") for name, place in chain[start + 1 : -1] if place is not None)
        if len(steps) == 2:
            self.fault("AD2303", path.span, f"`{steps[0]}` names itself", "name another file, or take the line away")
            return
        message = f"files that name each other in a circle: {' → '.join(steps)}"
        self.fault("AD2303", path.span, message, "move what both need into a file of its own, which names neither", labels)


def _relative(text: str, root: str, source: Source) -> str:
    """How a path is written that is an address or begins at the root of the machine."""
    if "://" in text:
        return "load the file into this folder, and write its name"
    if os.path.isabs(text) and os.path.commonpath((os.path.realpath(text), root)) == root:
        return f"write `{os.path.relpath(os.path.realpath(text), os.path.dirname(os.path.realpath(source.name)))}`"
    return "a path starts at the folder of the file that it stands in, as `blocks/own.yaml`"


def _stem(source: Source) -> str:
    return Path(source.name).stem.strip("<>")
