"""What a document becomes by another that extends it, and by a variant that is chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from archdsl.diagnostics import Diagnostic, Edit, Fault, Label
from archdsl.diagnostics.suggest import did_you_mean, nearest
from archdsl.language.document import Document, Entries, Entry, Variant
from archdsl.language.nodes import Scalar

Report = Callable[[Diagnostic], None]


def with_variant(document: Document, variant: Scalar) -> Document:
    """The document with a variant's settings after those it has."""
    return replace(document, variant=None, chosen=variant, settings=(*document.settings, *settings_of(document.variants, variant.text)))


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
            report(unknown_parameter(key, known, base.source.name).diagnostic)
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
            report(unknown_variant(document, variant.like).diagnostic)
        if name not in in_circle and (circle := _circle(document.variants, name)):
            in_circle.update(circle)
            places = tuple(Label(like.span, "here") for n in circle[1:] if (like := document.variants[n].like))
            span = (variant.like or variant.key).span
            alone = f"the variant `{name}` builds on itself"
            message = f"variants build on each other in a circle: {' → '.join((*circle, name))}" if len(circle) > 1 else alone
            report(Diagnostic("AD2307", "error", message, span, places, help="take one `like` away"))
        for key, _ in variant.settings.values():
            if key.text not in document.main.params:
                report(unknown_parameter(key, document.main.params, document.source.name).diagnostic)


def check_published(document: Document, report: Report) -> None:
    """Reports parameters of published weights that the spec does not have."""
    for weights in (document.weights, *document.weights.variants.values()):
        for key, _ in weights.params.values():
            if key.text not in document.main.params:
                report(unknown_parameter(key, document.main.params, document.source.name).diagnostic)


def unknown_variant(document: Document, variant: Scalar) -> Fault:
    """The fault for a variant that is not there."""
    name, names = variant.text, list(document.variants)
    there = f"the variants are {', '.join(names[:40])}" if names else "it has no variants"
    help = " ".join(filter(None, (did_you_mean(name, names), there)))
    near = nearest(name, names)
    edit = Edit(variant.span, near, "maybe") if near else None
    return Fault("AD2304", variant.span, f"`{document.source.name}` has no variant `{name}`", help=help, edit=edit)


def unknown_parameter(key: Scalar, known: Entries, owner: str) -> Fault:
    """The fault for a parameter that is set and not there; `owner` is the file that lacks it."""
    near = nearest(key.text, known)
    there = f"the parameters are {', '.join(list(known)[:40])}" if known else "it has no parameters"
    edit = Edit(key.span, near, "maybe") if near else None
    labels = (Label(known[near][0].span, "declared here"),) if near else ()
    help = " ".join(filter(None, (did_you_mean(key.text, known), there)))
    return Fault("AD2306", key.span, f"`{owner}` has no parameter `{key.text}`", labels=labels, help=help, edit=edit)


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
