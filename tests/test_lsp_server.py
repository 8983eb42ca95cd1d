"""The language server through a real client: what an editor sends, and what it gets."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from editor import Editor, at
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from archdsl import pipeline
from archdsl.diagnostics import Source
from archdsl.diagnostics.collect import distinct
from archdsl.language.formatter import formatted
from archdsl.limits import DEFAULT
from archdsl.lsp.checked import checked
from archdsl.request import Request

SPECS = Path(__file__).parent.parent / "specs"
ERRORS = sorted((Path(__file__).parent / "errors").rglob("*.yaml"))
NET = """\
input: [3, 8, 8]
params: {width: 8}
body:
  stem: conv width
  act: relu
  tail: [conv (width * 2) 1, global_avg_pool, flatten, linear 10]
"""


@pytest.fixture(scope="module")
def editor() -> Iterator[Editor]:
    session = Editor()
    yield session
    assert session.close() == 0


def place(uri: str, position: lsp.Position) -> tuple[lsp.TextDocumentIdentifier, lsp.Position]:
    return lsp.TextDocumentIdentifier(uri), position


def hints_of(editor: Editor, uri: str) -> list[str]:
    """The text with the hints in it, line by line."""
    everything = editor.range(uri, 0, len(editor.texts[uri]))
    found = editor.wait(editor.client.text_document_inlay_hint_async(lsp.InlayHintParams(lsp.TextDocumentIdentifier(uri), everything)))
    text = editor.texts[uri]
    for hint in sorted(found or (), key=lambda h: (h.position.line, h.position.character), reverse=True):
        index = editor.index(uri, hint.position)
        text = f"{text[:index]} {hint.label}{text[index:]}"
    return text.splitlines()


def test_what_is_offered(editor: Editor) -> None:
    offered = editor.capabilities
    assert offered.position_encoding == "utf-16"
    for provider in ("completion", "hover", "definition", "references", "rename", "code_action", "inlay_hint", "document_symbol"):
        assert getattr(offered, f"{provider}_provider"), provider


def test_hints_of_a_shipped_spec(editor: Editor) -> None:
    uri = editor.open(SPECS / "unet.yaml")
    assert editor.diagnostics(uri) == []
    assert hints_of(editor, uri)[7] == "  inc: {double_conv: width, as: skips...} → 64×256×256"


def test_a_broken_text_keeps_the_hints_of_the_other_lines(editor: Editor, tmp_path: Path) -> None:
    uri = editor.open(tmp_path / "net.yaml", NET)
    editor.diagnostics(uri)
    editor.replace(uri, "act: relu", "act: [relu")
    assert [d.code for d in editor.diagnostics(uri)] != []
    assert hints_of(editor, uri)[3:5] == ["  stem: conv width → 8×8×8", "  act: [relu"]
    editor.replace(uri, "act: [relu", "# new\n  act: gelu")
    assert editor.diagnostics(uri) == []
    assert hints_of(editor, uri)[3:6] == ["  stem: conv width → 8×8×8", "  # new", "  act: gelu → 8×8×8"]


def test_hover(editor: Editor, tmp_path: Path) -> None:
    uri = editor.open(tmp_path / "hover.yaml", NET)
    editor.diagnostics(uri)
    found = editor.wait(editor.client.text_document_hover_async(lsp.HoverParams(*place(uri, editor.position(uri, "conv")))))
    assert found is not None
    assert isinstance(found.contents, lsp.MarkupContent)
    assert found.range is not None
    assert editor.text(uri, found.range) == "conv"
    assert "conv out kernel=3 stride=1" in found.contents.value
    assert "- `stem` 3×8×8 → 8×8×8 · 224 parameters · 13.8 KMACs" in found.contents.value


def test_completion_while_typing(editor: Editor, tmp_path: Path) -> None:
    uri = editor.open(tmp_path / "typing.yaml", NET)
    editor.replace(uri, "act: relu", "act: {conv: 8, ke")
    params = lsp.CompletionParams(*place(uri, editor.position(uri, "ke", 2)))
    found = editor.wait(editor.client.text_document_completion_async(params))
    assert isinstance(found, lsp.CompletionList)
    kernel = next(item for item in found.items if item.label == "kernel")
    assert isinstance(kernel.text_edit, lsp.TextEdit)
    assert (editor.text(uri, kernel.text_edit.range), kernel.text_edit.new_text) == ("ke", "kernel: ")


def test_definitions(editor: Editor, tmp_path: Path) -> None:
    uri = editor.open(tmp_path / "defined.yaml", NET.replace("act: relu", "act: basic width"))
    client = editor.client
    own = editor.wait(client.text_document_definition_async(lsp.DefinitionParams(*place(uri, editor.position(uri, "width * 2")))))
    assert isinstance(own, lsp.Location)
    assert (own.uri, own.range.start) == (uri, editor.position(uri, "width"))
    library = editor.wait(client.text_document_definition_async(lsp.DefinitionParams(*place(uri, editor.position(uri, "basic")))))
    assert isinstance(library, lsp.Location)
    assert library.uri.endswith("archdsl/stdlib/basic.yaml")
    params = lsp.ReferenceParams(lsp.ReferenceContext(True), *place(uri, editor.position(uri, "width")))
    places = editor.wait(client.text_document_references_async(params))
    assert [editor.text(uri, found.range) for found in places or ()] == ["width"] * 4
    family = editor.open(SPECS / "resnet18.yaml")
    file = editor.wait(client.text_document_definition_async(lsp.DefinitionParams(*place(family, editor.position(family, "family/")))))
    assert isinstance(file, lsp.Location)
    assert file.uri == (SPECS / "family" / "resnet.yaml").as_uri()


def test_rename(editor: Editor, tmp_path: Path) -> None:
    uri = editor.open(tmp_path / "renamed.yaml", NET)
    at_width = place(uri, editor.position(uri, "width"))
    prepared = editor.wait(editor.client.text_document_prepare_rename_async(lsp.PrepareRenameParams(*at_width)))
    assert isinstance(prepared, lsp.PrepareRenamePlaceholder)
    assert (editor.text(uri, prepared.range), prepared.placeholder) == ("width", "width")
    edit = editor.wait(editor.client.text_document_rename_async(lsp.RenameParams(*at_width, "channels")))
    editor.apply(uri, edit)
    assert editor.texts[uri] == NET.replace("width", "channels")
    assert editor.diagnostics(uri) == []
    with pytest.raises(JsonRpcException, match="no name of this file stands here"):
        editor.wait(editor.client.text_document_prepare_rename_async(lsp.PrepareRenameParams(*place(uri, editor.position(uri, "relu")))))
    with pytest.raises(JsonRpcException, match="`a b` is no name"):
        editor.wait(editor.client.text_document_rename_async(lsp.RenameParams(*at_width, "a b")))


def test_fixes(editor: Editor, tmp_path: Path) -> None:
    uri = editor.open(tmp_path / "fixed.yaml", NET.replace("conv width", "cnov $width").replace("relu", "relu stride=2"))
    said = editor.diagnostics(uri)
    everything = editor.range(uri, 0, len(editor.texts[uri]))
    params = lsp.CodeActionParams(lsp.TextDocumentIdentifier(uri), everything, lsp.CodeActionContext(said))
    actions = editor.wait(editor.client.text_document_code_action_async(params)) or ()
    quick = [a for a in actions if isinstance(a, lsp.CodeAction) and a.kind == "quickfix"]
    assert {(a.title, a.is_preferred) for a in quick} == {("Replace `cnov` by `conv`", True), ("Replace `$width` by `width`", True)}
    params = lsp.CodeActionParams(
        lsp.TextDocumentIdentifier(uri), everything, lsp.CodeActionContext(said, only=[lsp.CodeActionKind.SourceFixAll])
    )
    (everywhere,) = editor.wait(editor.client.text_document_code_action_async(params)) or ()
    assert isinstance(everywhere, lsp.CodeAction)
    assert everywhere.kind == "source.fixAll.archdsl"
    editor.apply(uri, everywhere.edit)
    assert "stem: conv width\n" in editor.texts[uri]
    assert [d.code for d in editor.diagnostics(uri)] == ["AD2104"]


def test_an_open_import_counts_as_the_editor_has_it(editor: Editor, tmp_path: Path) -> None:
    (tmp_path / "blocks.yaml").write_text("blocks: {mine: [conv 8]}\nbody: [mine]\n")
    uri = editor.open(tmp_path / "uses.yaml", "import: [blocks.yaml]\ninput: [3, 8, 8]\nbody: [mine]\n")
    assert editor.diagnostics(uri) == []
    blocks = editor.open(tmp_path / "blocks.yaml")
    editor.diagnostics(blocks)
    with editor.news:
        editor.said.pop(uri)
    editor.replace(blocks, "conv 8", "conv 8 kernal=9")
    (found,) = editor.diagnostics(uri)
    assert found.message.startswith("blocks.yaml:1: `conv` has no argument `kernal`")
    assert editor.text(uri, found.range) == "blocks.yaml"
    assert found.related_information is not None
    assert found.related_information[0].location.uri == blocks


def test_other_yaml_is_left_alone_until_it_is_a_spec(editor: Editor, tmp_path: Path) -> None:
    uri = editor.open(tmp_path / "workflow.yaml", "on: push\njobs: {}\n", language="yaml")
    assert editor.diagnostics(uri) == []
    editor.edit(uri, (0, len(editor.texts[uri]), "body: [cnov 8]\n"))
    assert [d.code for d in editor.diagnostics(uri)] == ["AD1211", "AD2006"]
    editor.replace(uri, "body", "bdoy")
    assert "AD1202" in [d.code for d in editor.diagnostics(uri)]


def test_formatting(editor: Editor, tmp_path: Path) -> None:
    text = "input: [3,8,8]\r\nbody:\n- conv 8   #é𝒳\n-   relu\n"
    uri = editor.open(tmp_path / "format.yaml", text)
    params = lsp.DocumentFormattingParams(lsp.TextDocumentIdentifier(uri), lsp.FormattingOptions(2, True))
    edits = editor.wait(editor.client.text_document_formatting_async(params)) or ()
    editor.apply(uri, lsp.WorkspaceEdit({uri: edits}))
    assert editor.texts[uri] == formatted(Source("", text), DEFAULT)
    assert editor.wait(editor.client.text_document_formatting_async(params)) == ()
    editor.replace(uri, "[", "[[")
    assert editor.wait(editor.client.text_document_formatting_async(params)) == ()


def test_symbols(editor: Editor, tmp_path: Path) -> None:
    uri = editor.open(tmp_path / "symbols.yaml", NET)
    params = lsp.DocumentSymbolParams(lsp.TextDocumentIdentifier(uri))
    found = editor.wait(editor.client.text_document_document_symbol_async(params)) or ()
    tree = {s.name: [child.name for child in s.children or ()] for s in found if isinstance(s, lsp.DocumentSymbol)}
    assert tree == {"input": [], "params": ["width"], "body": ["stem", "act", "tail"]}


def test_diagnostics_are_those_of_check(editor: Editor) -> None:
    for path in ERRORS[:: max(1, len(ERRORS) // 40)]:
        text = path.read_bytes().decode("utf-8", "replace")
        uri = editor.open(path, text)
        found = editor.diagnostics(uri)
        source = Source(str(path), text)
        said = distinct(tuple(d for outcome in pipeline.check(Request(source)) for d in outcome.diagnostics))
        assert sorted(str(d.code) for d in found) == sorted(d.code for d in said), path
        here = {(d.code, at(text, d.span.start), at(text, d.span.end)) for d in said if d.span.source is source}
        assert here <= {(d.code, d.range.start, d.range.end) for d in found}, path
        editor.shut(uri)


LETTERS = " \n\r\t:-[]{}'\"|#,=.x8é𝒳\u2028\x85\x0c"


def drawn(chance: random.Random, text: str) -> list[tuple[int, int, str]]:
    """A few edits, each of the text that the one before leaves. No editor points between CR and LF."""
    changes = []
    for _ in range(chance.randint(1, 3)):
        start = chance.randint(0, len(text))
        end = min(len(text), start + chance.choice((0, 0, 0, 1, 3, 10)))
        new = "".join(chance.choice(LETTERS) for _ in range(chance.randint(0, 3)))
        if all(text[i - 1 : i + 1] != "\r\n" for i in (start, end) if i):
            changes.append((start, end, new))
            text = text[:start] + new + text[end:]
    return changes


def test_any_edits_keep_the_texts_equal(editor: Editor, tmp_path: Path) -> None:
    """The server holds the text that the client has, whatever was typed, and goes on answering.

    Every letter that does not show is a fault of its own, so that places of many letters are compared.
    """
    chance, path = random.Random(4), tmp_path / "random.yaml"
    uri = editor.open(path, NET)
    for step in range(200):
        editor.edit(uri, *drawn(chance, editor.texts[uri]))
        here = place(uri, at(editor.texts[uri], chance.randint(0, len(editor.texts[uri]))))
        editor.wait(editor.client.text_document_hover_async(lsp.HoverParams(*here)))
        editor.wait(editor.client.text_document_completion_async(lsp.CompletionParams(*here)))
        if step % 20 == 19:
            source = Source(str(path), editor.texts[uri])
            said = checked(source, None).diagnostics
            assert [(d.code, d.range.start) for d in editor.diagnostics(uri)] == [(d.code, at(source.text, d.span.start)) for d in said]
    editor.edit(uri, (0, len(editor.texts[uri]), NET))
    assert editor.diagnostics(uri) == []
    assert hints_of(editor, uri)[3] == "  stem: conv width → 8×8×8"


def test_columns_in_bytes_where_the_editor_counts_them(tmp_path: Path) -> None:
    session = Editor(encodings=[lsp.PositionEncodingKind.Utf8])
    try:
        assert session.capabilities.position_encoding == "utf-8"
        uri = session.open(tmp_path / "bytes.yaml", 'input: [3, 8, 8]\nbody: [{conv: 8, name: "é𝒳"}]\n')
        (found,) = [d for d in session.diagnostics(uri) if d.code == "AD3003"]
        assert (found.range.start.character, found.range.end.character) == (24, 24 + len("é𝒳".encode()))
    finally:
        assert session.close() == 0
