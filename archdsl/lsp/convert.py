"""Answers as the protocol's types: places in lines and units, kinds as its numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from lsprotocol import types as lsp

from archdsl.diagnostics import Edit, Label, Source, Span
from archdsl.diagnostics.page import FOLDER as PAGES
from archdsl.lsp.actions import Action
from archdsl.lsp.completion import Candidate
from archdsl.lsp.definition import path_of
from archdsl.lsp.faults import Shown
from archdsl.lsp.hints import Hint
from archdsl.lsp.hover import Hover
from archdsl.lsp.positions import Positions
from archdsl.lsp.symbols import Symbol
from archdsl.lsp.view import View

SEVERITIES = {
    "error": lsp.DiagnosticSeverity.Error,
    "warning": lsp.DiagnosticSeverity.Warning,
    "note": lsp.DiagnosticSeverity.Information,
}
COMPLETIONS = {
    "operation": lsp.CompletionItemKind.Function,
    "block": lsp.CompletionItemKind.Class,
    "word": lsp.CompletionItemKind.Keyword,
    "argument": lsp.CompletionItemKind.Property,
    "name": lsp.CompletionItemKind.Variable,
    "key": lsp.CompletionItemKind.Property,
    "value": lsp.CompletionItemKind.EnumMember,
    "file": lsp.CompletionItemKind.File,
    "function": lsp.CompletionItemKind.Function,
}
SYMBOLS = {
    "key": lsp.SymbolKind.Namespace,
    "parameter": lsp.SymbolKind.Property,
    "let": lsp.SymbolKind.Constant,
    "block": lsp.SymbolKind.Class,
    "child": lsp.SymbolKind.Field,
    "tensor": lsp.SymbolKind.Array,
    "token": lsp.SymbolKind.Key,
    "variant": lsp.SymbolKind.EnumMember,
    "imported spec": lsp.SymbolKind.Module,
}
FIX_ALL = f"{lsp.CodeActionKind.SourceFixAll.value}.archdsl"


class Converter:
    """Answers about one text. `uri` is its address, `encoding` what a column counts."""

    def __init__(self, uri: str, source: Source, encoding: str) -> None:
        self.uri, self.source, self.encoding = uri, source, encoding
        self.positions = Positions(source, encoding)

    def offset(self, position: lsp.Position) -> int:
        return self.positions.offset((position.line, position.character))

    def range(self, start: int, end: int, positions: Positions | None = None) -> lsp.Range:
        first, last = ((positions or self.positions).position(offset) for offset in (start, end))
        return lsp.Range(lsp.Position(*first), lsp.Position(*last))

    def location(self, span: Span) -> lsp.Location | None:
        """A place in this text or in a file; `None` for one that is in neither."""
        if span.source.text == self.source.text and span.source.name == self.source.name:
            return lsp.Location(self.uri, self.range(span.start, span.end))
        path = path_of(span.source)
        if path is None:
            return None
        text = span.source if span.source.text else Source(path, "")
        return lsp.Location(Path(path).absolute().as_uri(), self.range(span.start, span.end, Positions(text, self.encoding)))

    def diagnostic(self, shown: Shown) -> lsp.Diagnostic:
        found = shown.found
        page = PAGES / f"{found.code}.md"
        related = [lsp.DiagnosticRelatedInformation(at, label.text) for label in shown.related if (at := self._label(label)) is not None]
        return lsp.Diagnostic(
            range=self.range(shown.span.start, shown.span.end),
            message=shown.text,
            severity=SEVERITIES[found.severity],
            code=found.code,
            code_description=lsp.CodeDescription(page.as_uri()) if page.exists() else None,
            source="archdsl",
            tags=[lsp.DiagnosticTag.Unnecessary] if shown.unused else None,
            related_information=related or None,
        )

    def _label(self, label: Label) -> lsp.Location | None:
        return self.location(label.span) if label.text else None

    def hover(self, found: Hover) -> lsp.Hover:
        return lsp.Hover(markdown(found.text), self.range(found.start, found.end))

    def hint(self, found: Hint) -> lsp.InlayHint:
        position = lsp.Position(*self.positions.position(found.offset))
        return lsp.InlayHint(position, found.text, lsp.InlayHintKind.Type, tooltip=markdown(found.tooltip), padding_left=True)

    def candidate(self, found: Candidate) -> lsp.CompletionItem:
        return lsp.CompletionItem(
            label=found.label,
            kind=COMPLETIONS[found.kind],
            documentation=markdown(found.detail) if found.detail else None,
            sort_text=f"{found.rank}{found.label}",
            filter_text=found.label,
            text_edit=lsp.TextEdit(self.range(found.start, found.end), found.text or found.label),
        )

    def edits(self, edits: Iterable[Edit]) -> list[lsp.TextEdit]:
        return [lsp.TextEdit(self.range(edit.span.start, edit.span.end), edit.text) for edit in edits]

    def action(self, found: Action, kind: str, shown: Sequence[lsp.Diagnostic]) -> lsp.CodeAction:
        return lsp.CodeAction(
            title=found.title,
            kind=kind,
            diagnostics=list(shown) or None,
            is_preferred=True if found.preferred else None,
            edit=lsp.WorkspaceEdit(changes={self.uri: self.edits(found.edits)}),
        )

    def symbol(self, found: Symbol, view: View) -> lsp.DocumentSymbol | None:
        """A symbol with those inside; `None` where its lines have changed since."""
        whole = view.forward(found.span.start, found.span.end)
        name = view.forward(found.key.start, found.key.end)
        if whole is None or name is None:
            return None
        inside = [symbol for part in found.inside if (symbol := self.symbol(part, view)) is not None]
        kind = SYMBOLS[found.kind]
        return lsp.DocumentSymbol(found.name or " ", kind, self.range(*whole), self.range(*name), children=inside or None)


def markdown(text: str) -> lsp.MarkupContent:
    """A text in Markdown."""
    return lsp.MarkupContent(lsp.MarkupKind.Markdown, text)
