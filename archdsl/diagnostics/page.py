"""A page for each code: what is wrong, a spec that is, and how it is right. One Markdown file each, in `pages/`."""

from __future__ import annotations

from pathlib import Path

from archdsl.diagnostics.codes import CODES

FOLDER = Path(__file__).parent / "pages"


def page(code: str) -> str:
    """What there is to say of a code, as Markdown. Raises `KeyError` for one that does not exist.

    Blocks marked `yaml wrong` are answered with the code, `yaml` are right; `sh` blocks are the command where it is not
    `archdsl check net.yaml`. A first line `# PATH` names the file that a block is.

    >>> page("AD2006").splitlines()[0]
    'AD2006: An unknown operation or block'
    """
    title = f"{code}: {CODES[code]}"
    return f"{title}\n\n{(FOLDER / f'{code}.md').read_text(encoding='utf-8')}"
