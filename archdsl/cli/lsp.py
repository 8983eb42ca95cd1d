"""`archdsl lsp`: the language server."""

from __future__ import annotations

import typer

from archdsl.cli.options import Root


def lsp(root: Root = None) -> None:
    """Serve an editor: diagnostics, hover, shapes beside the layers, completion, rename and fixes, over standard input and output.

    An editor starts this; docs/editors.md says how.
    """
    from archdsl.lsp.server import serve

    raise typer.Exit(serve(root))
