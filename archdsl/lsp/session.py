"""The documents that an editor holds open, and what is known of each. Knows nothing of the protocol."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from archdsl.diagnostics import Source
from archdsl.limits import DEFAULT
from archdsl.lsp.checked import Checked, Held, checked
from archdsl.lsp.outline import Outline, outline
from archdsl.lsp.view import View


@dataclass(eq=False)
class Open:
    """One open document. `outline` is that of the last text of which one could be made, `said` the last check that ended, `network` the
    last check that found a network."""

    source: Source
    version: int | None
    language: str | None = None
    spec: bool = False
    """whether its text was a spec at some time"""
    outline: Outline | None = None
    said: Checked | None = None
    network: Checked | None = None
    read: Source | None = None
    """the text of which an outline was last tried"""


@dataclass
class Session:
    """All open documents by their address. `root` is the folder that imports may not leave, each file's own unless told."""

    root: Path | None = None
    documents: dict[str, Open] = field(default_factory=dict)

    def open(self, uri: str, name: str, text: str, version: int | None, language: str | None) -> None:
        """Hold a new document."""
        self.documents[uri] = Open(Source(name, text), version, language)

    def held(self) -> Held:
        """The texts that are open now, by real path."""
        return {os.path.realpath(document.source.name): document.source.text for document in self.documents.values()}.get

    def outlined(self, source: Source, focus: int | None = None) -> Outline | None:
        """The outline of a text, or of what matters at one place of it."""
        return outline(source, DEFAULT, self.root, self.held(), focus)

    def checked(self, source: Source, held: Held) -> Checked:
        """Check a text against the files that were open at some moment."""
        return checked(source, self.root, held)

    def done(self, document: Open, said: Checked) -> None:
        """Remember what a check found."""
        document.said = said
        if said.built:
            document.network = said
            document.outline = document.outline or self.outlined(said.source)

    def view(self, uri: str, focus: int | None = None) -> View | None:
        """What is known of a document now, or of one place in it; `None` while nothing of it could be read yet."""
        document = self.documents.get(uri)
        if document is None:
            return None
        known = document.outline
        if document.read is not document.source:
            known = self.outlined(document.source, focus) or known
        if focus is None:
            document.outline, document.read = known, document.source
        return None if known is None else View(document.source, known, document.network)

    def resting_on(self, name: str) -> list[str]:
        """The open documents that were checked with some file."""
        path = os.path.realpath(name)
        return [uri for uri, document in self.documents.items() if document.said is not None and path in document.said.asked]
