"""The fault of a word that is no operation and no block: what it most likely was meant to be."""

from __future__ import annotations

from archdsl.diagnostics import Fault
from archdsl.diagnostics.suggest import is_sure, nearest
from archdsl.elaborate.parameters import describe
from archdsl.elaborate.run import Run
from archdsl.elaborate.scope import Context
from archdsl.language.calls import replaced
from archdsl.language.items import CALLS, WIRING, Item
from archdsl.language.nodes import Scalar
from archdsl.ops import BY_NAME
from archdsl.ops.foreign_names import FOREIGN_NAMES

MODULES = ("torch.", "nn.", "keras.", "layers.")
LETTERS = 40
"""of a word that is shown whole"""


def unknown(run: Run, item: Item, context: Context) -> Fault:
    """A word that calls nothing. Guards first: a value, a foreign name, a letter of another alphabet, a slip, an argument, a child."""
    word, span = item.head.text, item.head.span
    scope = context.scope.find(word)
    if scope is not None:
        value = scope.names[word]
        help = f"a text names an item where the parameter says so: `{word}: item`" if isinstance(value, str) else None
        help = f"did you mean `conv {word}`?" if isinstance(value, int) and not isinstance(value, bool) else help
        return Fault("AD2005", span, f"`{word}` is {describe(value)}, no operation or block", help=help)
    plain = word
    for module in MODULES:
        plain = plain.removeprefix(module)
    if plain in FOREIGN_NAMES:
        ours = FOREIGN_NAMES[plain]
        help = f"write `{ours}`, without input sizes"
        edit = replaced(span, word, ours, "safe" if _is_same(plain, ours, item) else "maybe")
        return Fault("AD2006", span, f"`{word}` is called `{ours}` here", help=help, edit=edit)
    head = word.partition(" ")[0]
    known = callable_words(run, context)
    if head != word and head in known:
        help = f"write `{word}` without `use`, or the arguments beside it: `{{use: {head}, …}}`"
        return Fault("AD2006", span, f"`use` takes a name, found the call `{word[:LETTERS]}`", help=help)
    message = f"unknown operation or block `{word[:LETTERS]}{'…' if len(word) > LETTERS else ''}`"
    near = nearest(word, known)
    if near is not None:
        notes = tuple(filter(None, (_other_alphabet(word),)))
        edit = replaced(span, word, near, "safe" if near not in _own(context) and is_sure(word, known) else "maybe")
        return Fault("AD2006", span, message, help=f"did you mean `{near}`?", notes=notes, edit=edit)
    return Fault("AD2006", span, message, help=_argument(word, item) or _child(item, known) or _token(word, context))


def callable_words(run: Run, context: Context) -> list[str]:
    """Every word that an item may begin with."""
    return [*BY_NAME, *_own(context), *run.library_names, *WIRING, *CALLS]


def _own(context: Context) -> list[str]:
    """The words that the file gives a meaning."""
    document = context.scope.file.document
    return [*document.blocks, *document.imports, *document.networks]


def _is_same(foreign: str, ours: str, item: Item) -> bool:
    """Whether our operation does with these arguments what the foreign one would: the sizes and defaults of others differ."""
    kind = BY_NAME.get(ours)
    if kind is None or item.keywords or foreign.startswith("Global"):
        return False
    return not item.positional or kind.family in ("pool", "activation")


def _other_alphabet(word: str) -> str | None:
    """A letter that only looks like one of a to z."""
    if word.isascii() or len(word) > LETTERS:
        return None
    import unicodedata

    letter = next(c for c in word if not c.isascii())
    return f"U+{ord(letter):04X} ({unicodedata.name(letter, 'without a name').lower()}) stands among Latin letters"


def _argument(word: str, item: Item) -> str | None:
    """An argument of operations, where the operation should stand."""
    owners = [name for name, kind in BY_NAME.items() if word in kind.model_fields]
    if not owners:
        return None
    operation = next((key.text for key, _ in item.keywords if key.text in BY_NAME), None)
    if operation is not None:
        return f"`{word}` is an argument of `{operation}`; the operation comes first"
    return f"`{word}` is an argument of {', '.join(f'`{name}`' for name in owners[:4])}, no operation; the operation comes first"


def _child(item: Item, known: list[str]) -> str | None:
    """The name of a child, where an item should stand."""
    main = item.positional[0] if item.positional else None
    word = main.text.split(" ")[0] if isinstance(main, Scalar) and main.text else ""
    if word not in known:
        return None
    return f"children with names stand in `seq:` or `do:`, as `{{seq: {{{item.head.text}: {word}}}}}`"


def _token(word: str, context: Context) -> str | None:
    """A short word may be meant as a token."""
    if word.isdigit():
        return f"a number is a layer in a list only: did you mean `- conv {word}`?"
    if len(word) > 2:
        return None
    tokens = dict.fromkeys([*context.scope.file.document.legend, "int", "M", "A"])
    if word in tokens:
        return f"`{word}` is a token only as a word of a list, without quotes: `[{word}, relu]`"
    return f"`{word}` is no operation, block or token; the tokens are {', '.join(tokens)}"
