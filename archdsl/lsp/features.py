"""What the editor may ask for: each request turned into one call and its answer into the protocol's types."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from archdsl.elaborate.library import library_block, library_names
from archdsl.lsp import symbols
from archdsl.lsp.actions import fix_all, quick_fixes
from archdsl.lsp.completion import completions
from archdsl.lsp.convert import FIX_ALL
from archdsl.lsp.definition import definition, references
from archdsl.lsp.documentation import operation
from archdsl.lsp.faults import shown
from archdsl.lsp.formatting import format_edits
from archdsl.lsp.hints import hints
from archdsl.lsp.hover import hover
from archdsl.lsp.rename import NoRename, prepared, renamed
from archdsl.lsp.server import REQUEST_FAILED, Server
from archdsl.lsp.specs import is_spec
from archdsl.ops import BY_NAME


def warm() -> None:
    """Load what the first completion shows, and take all that is loaded away from what the garbage collector goes through."""
    for name in library_names():
        library_block(name)
    for name in BY_NAME:
        operation(name)
    gc.collect()
    gc.freeze()


def _hover(server: Server, params: lsp.HoverParams) -> lsp.Hover | None:
    seen = server.seen(params.text_document.uri, params.position)
    if seen is None:
        return None
    view, converter = seen
    found = hover(view, converter.offset(params.position))
    return None if found is None else converter.hover(found)


def _hints(server: Server, params: lsp.InlayHintParams) -> list[lsp.InlayHint]:
    seen = server.seen(params.text_document.uri)
    if seen is None:
        return []
    view, converter = seen
    found = hints(view, converter.offset(params.range.start), converter.offset(params.range.end))
    return [converter.hint(hint) for hint in found]


def _complete(server: Server, params: lsp.CompletionParams) -> lsp.CompletionList | None:
    uri = params.text_document.uri
    converter = server.converter(uri)
    if converter is None:
        return None
    last = server.session.documents[uri].outline
    found = completions(converter.source, converter.offset(params.position), server.session.outlined, last)
    return lsp.CompletionList(False, [converter.candidate(candidate) for candidate in found])


def _define(server: Server, params: lsp.DefinitionParams) -> lsp.Location | None:
    seen = server.seen(params.text_document.uri, params.position)
    if seen is None:
        return None
    view, converter = seen
    span = definition(view, converter.offset(params.position))
    if span is not None and span.source is view.outline.source:
        moved = view.forward(span.start, span.end)
        return None if moved is None else lsp.Location(params.text_document.uri, converter.range(*moved))
    return None if span is None else converter.location(span)


def _refer(server: Server, params: lsp.ReferenceParams) -> list[lsp.Location]:
    seen = server.seen(params.text_document.uri)
    if seen is None:
        return []
    view, converter = seen
    found = references(view, converter.offset(params.position))
    places = [view.forward(span.start, span.end) for span in found]
    return [lsp.Location(params.text_document.uri, converter.range(*place)) for place in places if place is not None]


def _prepare(server: Server, params: lsp.PrepareRenameParams) -> lsp.PrepareRenamePlaceholder | None:
    seen = server.seen(params.text_document.uri)
    if seen is None:
        return None
    view, converter = seen
    try:
        found = prepared(view, converter.offset(params.position))
    except NoRename as refused:
        raise _failed(refused) from None
    span = found.mention.span
    return lsp.PrepareRenamePlaceholder(converter.range(span.start, span.end), found.definition.name)


async def rename(server: Server, params: lsp.RenameParams) -> lsp.WorkspaceEdit | None:
    """Rename a name; the spec is checked before and after, beside other answers."""
    uri = params.text_document.uri
    seen = server.seen(uri)
    if seen is None:
        return None
    view, converter = seen
    try:
        edits = await server.beside(renamed, view, converter.offset(params.position), params.new_name, server.checker(uri))
    except NoRename as refused:
        raise _failed(refused) from None
    return lsp.WorkspaceEdit(changes={uri: converter.edits(edits)})


def _failed(refused: NoRename) -> JsonRpcException:
    return JsonRpcException(f"This cannot be renamed: {refused}.", REQUEST_FAILED)


def _act(server: Server, params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
    uri = params.text_document.uri
    seen = server.seen(uri)
    if seen is None:
        return []
    view, converter = seen
    said = server.session.documents[uri].said
    wanted = [str(getattr(kind, "value", kind)) for kind in params.context.only or ()]
    actions = []
    if said is not None and _asked(lsp.CodeActionKind.QuickFix.value, wanted):
        faults = {fault.found: converter.diagnostic(fault) for fault in shown(said)}
        for action in quick_fixes(view, said, converter.offset(params.range.start), converter.offset(params.range.end)):
            fixed = [faults[action.fixes]] if action.fixes is not None else []
            actions.append(converter.action(action, lsp.CodeActionKind.QuickFix.value, fixed))
    everything = fix_all(view, said) if _asked(FIX_ALL, wanted) else None
    return actions if everything is None else [*actions, converter.action(everything, FIX_ALL, [])]


def _asked(kind: str, wanted: list[str]) -> bool:
    """Whether a kind of action is one that the editor wants; kinds stand for those that begin with them."""
    return not wanted or any(kind == word or kind.startswith(f"{word}.") for word in wanted)


def _symbols(server: Server, params: lsp.DocumentSymbolParams) -> list[lsp.DocumentSymbol]:
    seen = server.seen(params.text_document.uri)
    if seen is None:
        return []
    view, converter = seen
    return [symbol for found in symbols.symbols(view) if (symbol := converter.symbol(found, view)) is not None]


def _format(server: Server, params: lsp.DocumentFormattingParams) -> list[lsp.TextEdit]:
    uri = params.text_document.uri
    converter, document = server.converter(uri), server.session.documents.get(uri)
    if converter is None or document is None or not (document.spec or is_spec(document.source.text, document.language)):
        return []
    return converter.edits(format_edits(document.source))


FEATURES: dict[str, tuple[Callable[[Server, Any], Any], Any]] = {
    lsp.SHUTDOWN: (Server.end, None),
    lsp.TEXT_DOCUMENT_DID_OPEN: (Server.opened, None),
    lsp.TEXT_DOCUMENT_DID_CHANGE: (Server.changed, None),
    lsp.TEXT_DOCUMENT_DID_CLOSE: (Server.closed, None),
    lsp.TEXT_DOCUMENT_HOVER: (_hover, None),
    lsp.TEXT_DOCUMENT_INLAY_HINT: (_hints, None),
    lsp.TEXT_DOCUMENT_COMPLETION: (_complete, lsp.CompletionOptions(trigger_characters=["=", ".", "/"])),
    lsp.TEXT_DOCUMENT_DEFINITION: (_define, None),
    lsp.TEXT_DOCUMENT_REFERENCES: (_refer, None),
    lsp.TEXT_DOCUMENT_PREPARE_RENAME: (_prepare, None),
    lsp.TEXT_DOCUMENT_CODE_ACTION: (_act, lsp.CodeActionOptions([lsp.CodeActionKind.QuickFix, FIX_ALL])),
    lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL: (_symbols, None),
    lsp.TEXT_DOCUMENT_FORMATTING: (_format, None),
}
"""by the protocol's name: the answer, and what the editor is told of it"""
