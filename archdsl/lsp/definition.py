"""Go to definition, and all places that name the same."""

from __future__ import annotations

import os
from pathlib import Path

from archdsl.diagnostics import Source, Span
from archdsl.elaborate.library import FOLDER
from archdsl.lsp.slots import Callee, Slot
from archdsl.lsp.view import View


def definition(view: View, offset: int) -> Span | None:
    """Where what stands at a place is written: in this text, a file that it extends or imports, the library; or such a file itself."""
    here = view.back(offset)
    if here is None:
        return None
    mention = view.outline.mention(here)
    if mention is not None:
        return mention.definition.span
    return next((found for slot in view.outline.at(here) if (found := _of_slot(view, slot)) is not None), None)


def _of_slot(view: View, slot: Slot) -> Span | None:
    if slot.role == "path":
        path = os.path.normpath(Path(view.source.name).parent / slot.span.text)
        return Span(Source(path, ""), 0, 0) if os.path.isfile(path) else None
    if slot.role == "item":
        return None if slot.callee is None else _of_callee(slot.callee)
    named = slot.argument is not None and slot.argument.key is not None and slot.span.text == slot.argument.name
    return slot.argument.key.span if named and slot.argument is not None and slot.argument.key is not None else None


def _of_callee(callee: Callee) -> Span | None:
    """Where a block of another file or of the library stands, or an imported spec begins."""
    if callee.block is not None:
        return callee.block.span
    return None if callee.network is None else Span(callee.network.source, 0, 0)


def references(view: View, offset: int) -> list[Span]:
    """Every place of this text that names what is named at a place, its definition first."""
    here = view.back(offset)
    mention = None if here is None else view.outline.mention(here)
    if mention is None:
        return []
    own = {m.span for m in mention.definition.mentions if m.span.source is view.outline.source}
    return sorted(own, key=lambda span: (span != mention.definition.span, span.start))


def path_of(source: Source) -> str | None:
    """The file that a source is; `None` for what is no file, as text on a command line."""
    if source.name.startswith("archdsl/stdlib/"):
        return str(FOLDER / Path(source.name).name)
    return source.name if os.path.isfile(source.name) else None
