"""Code actions: the edits that faults offer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archdsl.diagnostics import Diagnostic, Edit
from archdsl.diagnostics.edits import safe
from archdsl.lsp.checked import Checked
from archdsl.lsp.view import View


@dataclass(frozen=True, slots=True)
class Action:
    """Edits with a title; `fixes` is the fault that they mend, `preferred` tells that nothing else could have been meant."""

    title: str
    edits: tuple[Edit, ...]
    fixes: Diagnostic | None = None
    preferred: bool = False


def quick_fixes(view: View, said: Checked | None, start: int, end: int) -> list[Action]:
    """The fixes of the faults that stand between two places; those of an older text are not offered."""
    if said is None or said.source.text != view.source.text:
        return []
    found = []
    for diagnostic in said.diagnostics:
        edit = diagnostic.edit
        if edit is None or edit.span.source is not said.source or diagnostic.span.start > end or diagnostic.span.end < start:
            continue
        found.append(Action(_title(edit), (edit,), diagnostic, edit.grade == "safe"))
    return found


def fix_all(view: View, said: Checked | None) -> Action | None:
    """All safe fixes of a file that can be made together."""
    if said is None or said.source.text != view.source.text:
        return None
    chosen: Sequence[Diagnostic] = safe(d for d in said.diagnostics if d.edit is not None and d.edit.span.source is said.source)
    edits = tuple(diagnostic.edit for diagnostic in chosen if diagnostic.edit is not None)
    return Action(f"Make {len(edits)} safe fix{'es' if len(edits) > 1 else ''}", edits) if edits else None


def _title(edit: Edit) -> str:
    """What an edit does."""
    old, new = (" ".join(text.split()) for text in (edit.span.text, edit.text))
    if not new:
        return f"Remove `{old}`"
    return f"Replace `{old}` by `{new}`" if old else f"Insert `{new}`"
