"""The page docs/recipes.md: the keys of a recipe and all their words, as the tables of archdsl/recipe/ have them."""

from __future__ import annotations

from collections.abc import Iterator

from archdsl.language.words import TRAIN
from archdsl.recipe import Recipe
from archdsl.recipe.data import DATA, DataSet
from archdsl.recipe.files import shipped
from archdsl.recipe.model import kind_of
from archdsl.recipe.tables import TABLES
from archdsl.recipe.words import Table, Word
from archdsl.reference.markdown import table

INTRO = """A recipe says how a network is trained. It stands under `train` of a spec:

```yaml
input: [1, 32, 32]
body: [conv 16 stride=2, relu, conv 32 stride=2, relu, global_avg_pool, flatten, linear 10]
train:
  data: digits
  transforms: [resize 32]
  epochs: 20
  optimizer: adamw 0.002
  schedule: cosine warmup=1
```

or in a file of its own, with the same keys at the top, which is then given by `--recipe FILE`:

```yml
data: image_folder photos
transforms:
  - random_resized_crop 224
  - random_horizontal_flip
  - normalize (0.485, 0.456, 0.406) (0.229, 0.224, 0.225)
eval_transforms:
  - resize 256
  - center_crop 224
  - normalize (0.485, 0.456, 0.406) (0.229, 0.224, 0.225)
optimizer: {sgd: 0.1, momentum: 0.9, nesterov: true, weight_decay: 1e-4}
schedule: step 30
```

Every key has a default. `--with KEY=VALUE` sets one for a run, over what the recipe says; a value is written as it is in the file:
`--with epochs=5 --with 'optimizer=sgd 0.1'`. `archdsl check` reads the recipe of a spec, too, and all its faults are answered at once.

A word is called as an operation is: positional arguments in the order of the tables below, then `name=value`, split at spaces outside
brackets; or as a mapping, `{sgd: 0.1, momentum: 0.9}`. Where the tables show no default, the argument must be given. Values are
expressions (`1 / 255`, `(0.9, 0.999)`); lists may be written in brackets of either kind. In flow style (`[…]`, `{…}`) text with a comma
is quoted, as everywhere in YAML.

`2 epochs` and `500 steps` are stretches of a run; a number alone counts epochs.

`data: module:function` calls a function of your own, which stands on Python's path, with the arguments that are written behind it. A spec
cannot say it, since reading a spec runs no code; a recipe's file and `--with` can.
"""


def recipes() -> str:
    """The whole page, but for the line that says who makes it."""
    return "\n".join([INTRO, *_shipped(), *_keys(), *(part for key in TABLES for part in _words(key, TABLES[key]))])


def _shipped() -> Iterator[str]:
    yield "Recipes that come with archdsl are given by their names, as `--recipe cifar10`:\n"
    for name, path in shipped().items():
        yield f"### {name}\n\n```yml\n{path.read_text(encoding='utf-8')}```\n"


def _keys() -> Iterator[str]:
    yield "## Keys\n"
    rows = [(f"`{key}`", f"{told[:1].upper()}{told[1:]}.", _takes(key), _default(key)) for key, told in TRAIN.items()]
    yield table(("key", "what it is", "takes", "default"), rows) + "\n"


def _takes(key: str) -> str:
    kind = kind_of(key)
    if not isinstance(kind, Table):
        return str(kind.says).replace("a number of epochs or steps, as", "as")
    noun = "list of transforms" if key.endswith("transforms") else kind.noun
    return f"a [{noun}](#{_anchor(kind)})" if noun[0] not in "aeiou" else f"an [{noun}](#{_anchor(kind)})"


def _anchor(kind: Table) -> str:
    return kind.plural.replace(" ", "-")


def _default(key: str) -> str:
    value = getattr(Recipe(), key)
    return "" if value is None or value == () else f"`{str(value).lower()}`"


def _words(key: str, words: Table) -> Iterator[str]:
    yield f"## {words.plural.capitalize()}\n"
    chosen = [f"`{argument}` is one of {', '.join(found)}" for argument, found in words.choices().items()]
    if words.words is DATA:
        yield table(("word", "examples", "image", "classes"), [_data_row(name, DATA[name]) for name in DATA]) + "\n"
        yield f"{'; '.join(chosen)}. `held_out` is the share that is kept for evaluation, where a set has no part for it.\n"
        return
    titles = ("word", "what it is", "class") if any(word.target for word in words.words.values()) else ("word", "what it is")
    yield table(titles, [_row(name, word)[: len(titles)] for name, word in words.words.items()]) + "\n"
    if chosen:
        yield f"{'; '.join(chosen)}.\n"
    if key == "transforms":
        random = ", ".join(f"`{name}`" for name, word in words.words.items() if getattr(word, "random", False))
        yield f"Random, and so left out of evaluation unless `eval_transforms` says otherwise: {random}.\n"


def _row(name: str, word: Word) -> tuple[str, ...]:
    return f"`{word.shown(name)}`", word.says, f"`{word.target.rpartition('.')[2]}`"


def _data_row(name: str, word: DataSet) -> tuple[str, ...]:
    shape = "" if word.shape is None else "×".join(map(str, word.shape))
    return f"`{word.shown(name)}`", word.says, shape, "" if word.classes is None else str(word.classes)
