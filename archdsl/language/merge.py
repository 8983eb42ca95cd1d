"""What a document becomes by another that extends it, and by a variant that is chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from archdsl.diagnostics import Diagnostic, Edit, Label
from archdsl.diagnostics.suggest import did_you_mean, nearest
from archdsl.language.document import Document, Entries, Entry, Variant
from archdsl.language.nodes import Scalar

Report = Callable[[Diagnostic], None]


def with_variant(document: Document, name: str) -> Document:
    """The document with a variant's settings after those it has."""
    return replace(document, variant=None, chosen=name, settings=(*document.settings, *settings_of(document.variants, name)))


def settings_of(variants: Mapping[str, Variant], name: str) -> tuple[Entries, ...]:
    """The settings of a variant after those of the one that it builds on; a circle ends where it closes."""
    chain: list[str] = []
    wanted: str | None = name
    while wanted is not None and wanted in variants and wanted not in chain:
        chain.append(wanted)
        like = variants[wanted].like
        wanted = like.text if like else None
    return tuple(variants[name].settings for name in reversed(chain))


def settings_in_order(document: Document, more: Entries | None = None) -> dict[str, Entry]:
    """What is set after the declared defaults, the last one counts: the file's own variant, what extends it, the caller."""
    variant = () if document.variant is None else settings_of(document.variants, document.variant.text)
    return {name: entry for settings in (*variant, *document.settings, more or {}) for name, entry in settings.items()}


def extended(base: Document, own: Document, inherits: bool, report: Report) -> Document:
    """`own` on top of `base` (section 5 of the language). `inherits` tells that `own` has no body and takes that of `base`."""
    known = base.main.params
    values = {name: entry for name, entry in own.main.params.items() if name in known}
    new = {name: entry for name, entry in own.main.params.items() if name not in known}
    if inherits:
        for key, _ in new.values():
            report(_unknown_parameter(key, known, f"`{base.source.name}`", "AD2309"))
        new = {}
    below = base.main
    main = replace(
        own.main,
        body=below.body if inherits else own.main.body,
        inputs=below.inputs if inherits and own.main.inputs is None else own.main.inputs,
        params={**known, **new},
        require=tuple({key.text: (key, text) for key, text in (*below.require, *own.main.require)}.values()),
        let={**below.let, **own.main.let},
        tensors=own.main.tensors or below.tensors,
        outputs=below.outputs if own.main.outputs is None else own.main.outputs,
        lost=below.lost | own.main.lost,
    )
    return replace(
        own,
        main=main,
        input=base.input if own.input is None else own.input,
        blocks={**base.blocks, **own.blocks},
        imports={**base.imports, **own.imports},
        networks={**base.networks, **own.networks},
        variants={**base.variants, **own.variants},
        variant=base.variant,
        chosen=base.chosen,
        settings=(*base.settings, values) if values else base.settings,
        extended=inherits,
        defaults=_merged_defaults(base, own),
        legend={**base.legend, **own.legend},
        init=base.init if own.init is None else own.init,
        weights=own.weights.over(base.weights),
        train=base.train if own.train is None else own.train,
        partial=base.partial or own.partial,
    )


def check_variants(document: Document, own: Mapping[str, Variant], report: Report) -> None:
    """Reports what is wrong with a file's own variants, chosen or not: unknown names and parameters, circles."""
    in_circle: set[str] = set()
    for name, variant in own.items():
        if variant.like is not None and variant.like.text not in document.variants:
            report(unknown_variant(document, variant.like))
        if name not in in_circle and (circle := _circle(document.variants, name)):
            in_circle.update(circle)
            places = tuple(Label(like.span, "here") for n in circle[1:] if (like := document.variants[n].like))
            span = (variant.like or variant.key).span
            message = f"variants build on each other in a circle: {' → '.join((*circle, name))}"
            report(Diagnostic("AD2307", "error", message, span, places, help="remove one `like`"))
        for key, _ in variant.settings.values():
            if key.text not in document.main.params:
                report(_unknown_parameter(key, document.main.params, "this spec", "AD2306"))


def check_published(document: Document, report: Report) -> None:
    """Reports parameters that published weights imply and the spec does not have."""
    for weights in (document.weights, *document.weights.variants.values()):
        for key, _ in weights.params.values():
            if key.text not in document.main.params:
                report(_unknown_parameter(key, document.main.params, "this spec", "AD2310"))


def unknown_variant(document: Document, variant: Scalar) -> Diagnostic:
    """The fault for a variant that is not there."""
    name, names = variant.text, list(document.variants)
    if not names:
        return Diagnostic("AD2304", "error", f"no variant `{name}`: `{document.source.name}` has no variants", variant.span)
    help = "; ".join(filter(None, (did_you_mean(name, names), f"the variants are {' '.join(names[:40])}")))
    return Diagnostic("AD2304", "error", f"`{document.source.name}` has no variant `{name}`", variant.span, help=help)


def _unknown_parameter(key: Scalar, known: Entries, where: str, code: str) -> Diagnostic:
    found = nearest(key.text, known)
    there = f"the parameters are {' '.join(known)}" if known else "there are none"
    help = did_you_mean(key.text, known) or there
    edit = Edit(key.span, found, "maybe") if found else None
    labels = (Label(known[found][0].span, "declared here"),) if found else ()
    return Diagnostic(code, "error", f"{where} has no parameter `{key.text}`", key.span, labels, help=help, edit=edit)


def _circle(variants: Mapping[str, Variant], name: str) -> tuple[str, ...]:
    """The variants from `name` back to itself, empty if `like` does not lead there."""
    seen = [name]
    while (like := variants[seen[-1]].like) is not None and like.text in variants:
        if like.text == name:
            return tuple(seen)
        if like.text in seen:
            return ()
        seen.append(like.text)
    return ()


def _merged_defaults(base: Document, own: Document) -> dict[str, tuple[Scalar, Entries]]:
    merged = dict(base.defaults)
    for name, (key, arguments) in own.defaults.items():
        merged[name] = (key, {**merged[name][1], **arguments} if name in merged else arguments)
    return merged
