"""What a YAML error means in the user's words. libyaml says where it stopped; the text around says why."""

from __future__ import annotations

import re

from archdsl.diagnostics import Edit, Fault, Label, Source, Span
from archdsl.language.traps import FREE_TEXT, as_pair, quote

LONGEST = 1_000
"""characters of a line that is looked at for a second colon"""
CLOSERS = {"[": "]", "{": "}"}
TABLES = frozenset(("params", "let", "require", "tensors", "defaults", "legend", "blocks", "variants", "import", "expect", "weights"))
"""keys whose values are mappings, and no calls"""
MARK = re.compile(r"\$\{\s*([A-Za-z_]\w*)\s*\}|\{\{\s*([A-Za-z_]\w*)\s*\}\}")


def explain(source: Source, problem: str, index: int, context: int) -> Fault:
    """The fault behind libyaml's `problem` at `index`; `context` is where the construct began."""
    text = source.text
    index, context = min(index, len(text)), min(context, len(text))
    for rule in RULES:
        fault = rule(source, problem, index, context)
        if fault is not None:
            return fault
    return Fault("AD1119", _at(source, index), f"this is no YAML: {problem}")


def _at(source: Source, start: int, length: int = 1) -> Span:
    return Span(source, start, min(start + length, len(source.text)))


def _bounds(source: Source, index: int) -> tuple[int, str]:
    """Where the line of a character starts, and its text."""
    line, column = source.position(index)
    return index - column + 1, source.line(line)


def _brackets(text: str) -> tuple[list[tuple[int, str]], int | None]:
    """Brackets and quotes that stay open, outermost first, and the first closing bracket that fits none."""
    stack: list[tuple[int, str]] = []
    fresh = True  # whether a token may begin here
    i = 0
    while i < len(text):
        char = text[i]
        if char == "#" and (i == 0 or text[i - 1].isspace()):
            i = min((j for c in "\r\n" if (j := text.find(c, i)) >= 0), default=len(text))
            continue
        if fresh and char in "\"'":
            pattern = r'"(?:[^"\\]|\\.)*"' if char == '"' else r"'(?:[^']|'')*'"
            closed = re.compile(pattern, re.DOTALL).match(text, i)
            if closed is None:
                return [*stack, (i, char)], None
            i, fresh = closed.end(), False
            continue
        if char in "[{" and (stack or fresh):
            stack.append((i, char))
        elif char in "]}" and (stack or fresh):
            if not stack or CLOSERS[stack[-1][1]] != char:
                return stack, i
            stack.pop()
        blank = char.isspace() and (fresh or (i > 0 and text[i - 1] in ":-?,[{"))
        fresh = char in "\r\n" or blank or (bool(stack) and char in "[{,:?")
        i += 1
    return stack, None


def _unclosed(source: Source, problem: str, index: int, context: int) -> Fault | None:
    stack, surplus = _brackets(source.text)
    if not stack and source.text[index : index + 1] in ("]", "}"):
        surplus = index
    if surplus is not None and surplus <= index:
        span = _at(source, surplus)
        if not stack:
            return Fault("AD1103", span, f"this `{span.text}` closes nothing", help="remove it, or open it before")
        opened, char = stack[-1]
        closer = CLOSERS[char]
        if any(CLOSERS[outer] == span.text for _, outer in stack):
            labels = (Label(span, "before this"),)
            return Fault("AD1103", _at(source, opened), f"this `{char}` is never closed", labels=labels, help=f"close it with `{closer}`")
        labels = (Label(_at(source, opened), f"this `{char}` needs `{closer}`"),)
        if source.text[surplus + 1 :].lstrip()[:1] == closer:
            return Fault("AD1103", span, f"this `{span.text}` closes nothing", labels=labels, help="remove it")
        return Fault("AD1103", span, f"`{char}` is closed by `{span.text}`", labels=labels, help=f"write `{closer}`")
    if not stack or surplus is not None or stack[-1][0] > index:
        return None
    return _open(source, *stack[-1])


def _open(source: Source, opened: int, char: str) -> Fault:
    """A bracket or quote that is never closed."""
    span = _at(source, opened)
    if char in "\"'":
        return Fault("AD1103", span, "this quote is never closed", help=f"close it with `{char}`")
    start, line = _bounds(source, opened)
    comment = re.compile(r"\s#").search(line, opened - start)
    notes: tuple[str, ...] = ()
    closer = CLOSERS[char]
    if comment and closer in line[comment.start() :]:
        notes = (f"` #` begins a comment, so `{line[comment.start() + 1 :]}` is not read",)
    return Fault("AD1103", span, f"this `{char}` is never closed", notes=notes, help=f"close it with `{closer}`")


def _tab(source: Source, problem: str, index: int, context: int) -> Fault | None:
    start, line = _bounds(source, index)
    indent = line[: len(line) - len(line.lstrip())]
    if "\t" not in indent and source.text[index : index + 1] == "\t":
        span = _at(source, index)
        return Fault("AD1101", span, "a tab where spaces stand", help="write spaces", edit=Edit(span, " ", "safe"))
    if "\t" not in indent:
        return None
    at = start + indent.index("\t")
    # The edit takes the lines below along that are indented by tabs too.
    number = source.position(index)[0]
    last = number
    while last < len(source.starts) and source.line(last + 1).startswith("\t"):
        last += 1
    end_line = source.line(last)
    end = source.starts[last - 1] + len(end_line) - len(end_line.lstrip())
    region = source.text[at:end]
    unit = " " * min((len(spaces) for spaces in re.findall(r"^( +)\S", source.text, re.MULTILINE)), default=2)
    mended = re.sub(r"(^|[\r\n])([ \t]+)", lambda m: m.group(1) + m.group(2).replace("\t", unit), region)
    edit = Edit(Span(source, at, end), mended, "safe")
    return Fault("AD1101", _at(source, at), "a tab as indentation", help="indent with spaces", edit=edit)


def _mark(source: Source, problem: str, index: int, context: int) -> Fault | None:
    """`conv ${width}` or `conv {{width}}` in flow style."""
    starts = [_bounds(source, at)[0] for at in (index, context)]
    found = (m for start in starts for m in MARK.finditer(source.text, start) if any(m.start() <= at <= m.end() for at in (index, context)))
    marked = next(found, None)
    if marked is None:
        return None
    span = Span(source, marked.start(), marked.end())
    name = marked.group(1) or marked.group(2)
    return Fault("AD1107", span, f"parameters bear no mark: `{span.text}`", help=f"write `{name}`", edit=Edit(span, name, "safe"))


def _split_by_bracket(source: Source, problem: str, index: int, context: int) -> Fault | None:
    """`[conv dims[0] 4]`: in flow style a bracket ends a text."""
    text = source.text
    bracket = index if text[index : index + 1] in ("[", "{") else max(text.rfind(c, 0, index) for c in "[{")
    around = _brackets(text[: max(bracket, 0)])[0]
    if "expected ','" not in problem and "\n" in text[bracket:index]:
        return None
    if not around or around[-1][1] not in CLOSERS:
        return None
    start = _text_start(text, bracket)
    if start == bracket or text[start] in "[{\"'":
        return None
    end = bracket
    depth = sum((c in "[{(") - (c in ")}]") for c in text[start:bracket])
    while end < len(text) and text[end] not in "\r\n" and (depth or text[end] not in ",]}"):
        depth += (text[end] in "[{(") - (text[end] in ")}]")
        end += 1
    span = Span(source, start, start + len(text[start:end].rstrip()))
    line_start, line = _bounds(source, start)
    if span.end > line_start + len(line):
        return None
    quoted = line[: start - line_start] + quote(span.text) + line[span.end - line_start :]
    help = f"quote it: `{quoted.strip()}`"
    if pair := as_pair(span.text):
        help += f"; or write `{pair}`"
    balanced = all(span.text.count(opening) == span.text.count(closing) for opening, closing in (*CLOSERS.items(), "()"))
    edit = Edit(span, quote(span.text), "safe" if balanced else "maybe")
    return Fault("AD1108", span, f"the bracket ends the unquoted text `{span.text}`", help=help, edit=edit)


def _text_start(text: str, bracket: int) -> int:
    """Where the text begins that a bracket of flow style ends: after the comma, colon or bracket before it."""
    start, depth = bracket, 0
    comma: int | None = None
    while start > 0 and text[start - 1] not in "\r\n" and (depth or text[start - 1] not in "[{"):
        start -= 1
        depth += (text[start] in ")]}") - (text[start] in "([{" and depth > 0)
        if text[start] == "(" and not depth:
            comma = None
        elif text[start] == "," and not depth and comma is None:
            comma = start + 1
    line = text[start:bracket]
    loop = re.match(r"(?:.*[,\s])?for: +", line)
    if loop is not None and re.fullmatch(r"[\w\s,()]* in .*", line[loop.end() :]):
        return start + loop.end()
    start = start if comma is None else comma
    colon = text.rfind(": ", start, bracket)
    start = colon + 2 if colon >= 0 else start
    while start < bracket and text[start].isspace():
        start += 1
    return start


def _first_character(source: Source, problem: str, index: int, context: int) -> Fault | None:
    char = source.text[index : index + 1]
    nameless = "expected alphabetic" in problem  # an anchor or alias without a name
    if "cannot start any token" not in problem and not nameless:
        return None
    at = context if nameless else index
    start, line = _bounds(source, at)
    rest = re.compile(r"(`[^`]*`|(?:[^,\]}#:]|:(?=\S))+)").match(line, at - start)
    end = at + (len(rest.group().rstrip()) if rest else 1)
    span, char = _at(source, at), source.text[at : at + 1]
    whole = Span(source, at, max(end, at + 1))
    replacement = quote(whole.text.strip("`") or whole.text)
    free = re.match(r"\s*(?:- +)*(?:name|description|source): *$", line[: at - start])
    edit = Edit(whole, replacement, "safe" if free else "maybe")
    return Fault("AD1106", span, f"`{char}` cannot begin unquoted text", help=f"quote it: `{replacement}`", edit=edit)


def _second_colon(source: Source, problem: str, index: int, context: int) -> Fault | None:
    start, line = _bounds(source, index)
    if "mapping values are not allowed" not in problem or len(line) > LONGEST:
        return None
    found = re.match(r"\s*(?:- +)*([\w{][\w.{}+-]*): +((\S.*?)(?: +([\w.]+))?): *(.*)", line[: len(line.split(" #")[0])])
    if found is None or index - start != found.end(2):
        return None
    name, before, value, second, rest = found.groups()
    message = "a second colon in one line"
    if name in FREE_TEXT:
        text = Span(source, start + found.start(2), start + found.end())
        quoted = quote(text.text.rstrip())
        return Fault("AD1121", _at(source, index), message, help=f"quote it: `{name}: {quoted}`", edit=Edit(text, quoted, "safe"))
    if second:
        help = f"each key has a line of its own, or braces: `{{{name}: {value}, {second}: {rest or '…'}}}`"
        return Fault("AD1121", _at(source, index), message, help=help)
    call = f"`{name}: {before} {rest}` or " if name not in TABLES and re.fullmatch(r"[\w.]+", rest) else ""
    return Fault("AD1121", _at(source, index), message, help=f"write {call}`{name}: {{{before}: {rest or '…'}}}`")


def _space(source: Source, problem: str, index: int, context: int) -> Fault | None:
    """A line without a colon, most often one whose space is missing."""
    if "could not find expected ':'" not in problem and "mapping values are not allowed" not in problem:
        return None
    number = source.position(context if "could not find" in problem else index)[0]
    if fault := _dash(source, number):
        return fault
    # The text that the error stands at may have begun lines above: it folded.
    while number > 1 and re.match(r"\s*[\w.{}+-]+:(?: |$)", source.line(number)):
        number -= 1
        if source.line(number).strip() and not source.line(number).lstrip().startswith("#"):
            break
    start, line = source.starts[number - 1], source.line(number)
    if spaceless := re.match(r"\s*(?:- +)*[A-Za-z_][\w.]*(:)(?=[^\s:/])", line):
        at = _at(source, start + spaceless.start(1))
        return Fault(
            "AD1104",
            at,
            "a space is missing after the colon",
            help=f"write `{_spaced(line, spaceless.end(1))}`",
            edit=Edit(at, ": ", "safe"),
        )
    if fault := _dash(source, number):
        return fault
    word = line.strip()
    if word and ": " not in word and not word.endswith(":"):
        span = _at(source, start + len(line) - len(line.lstrip()), len(word))
        key, _, value = word[:80].partition(" ")
        return Fault("AD1104", span, f"keys stand here, and `{word[:40]}` has no colon", help=f"write `{key}: {value.strip() or '…'}`")
    return None


def _dash(source: Source, number: int) -> Fault | None:
    """A line whose dash lacks a space."""
    line = source.line(number)
    spaceless = re.match(r"\s*(-)(?=[A-Za-z_\[{])", line)
    if spaceless is None:
        return None
    at = _at(source, source.starts[number - 1] + spaceless.start(1))
    help = f"write `{_spaced(line, spaceless.end(1))}`"
    return Fault("AD1105", at, "a space is missing after the dash", help=help, edit=Edit(at, "- ", "safe"))


def _spaced(line: str, at: int) -> str:
    return f"{line[:at]} {line[at:]}".strip()


def _empty_part(source: Source, problem: str, index: int, context: int) -> Fault | None:
    if "node content" not in problem:
        return None
    char = source.text[index : index + 1]
    return Fault(
        "AD1110", _at(source, index), f"nothing stands before this `{char}`" if char else "something is missing here", help="remove it"
    )


def _escape(source: Source, problem: str, index: int, context: int) -> Fault | None:
    at = source.text.rfind("\\", 0, index + 1)
    if at < 0 or not ("escape" in problem or "hexdecimal" in problem):
        return None
    if "Unicode character escape" in problem:
        return _half(source, at)
    help = "in single quotes a backslash stands for itself; in double quotes it is written `\\\\`"
    return Fault("AD1119", _at(source, at, 2), f"`{source.text[at : at + 2]}` is no escape", help=help)


def _half(source: Source, at: int) -> Fault:
    """An escape that names no character: half of one, as JSON writes two, or a number beyond the last."""
    span = _at(source, at, {"x": 4, "u": 6}.get(source.text[at + 1], 10))
    if not re.fullmatch(r"\\(u|U0000)[dD][89a-fA-F]..", span.text):
        return Fault("AD1023", span, f"`{span.text}` is no character: the last is `\\U0010ffff`", help="remove it")
    pair = re.compile(r"\\u[dD][89abAB]..\\u[dD][c-fC-F]..").match(source.text, at)
    if pair is None:
        return Fault("AD1023", span, f"`{span.text}` is half a character (a lone surrogate)", help="remove it")
    high, low = int(pair[0][2:6], 16), int(pair[0][8:], 16)
    char = chr(0x10000 + (high - 0xD800) * 0x400 + low - 0xDC00)
    whole = _at(source, at, len(pair[0]))
    message = f"`{whole.text}` is one character in two halves, as JSON writes it"
    return Fault("AD1023", whole, message, help=f"write `{char}`, or `\\U{ord(char):08x}`", edit=Edit(whole, char, "safe"))


def _ended(source: Source, problem: str, index: int, context: int) -> Fault | None:
    """Text behind a quote or bracket that ends the value."""
    before = source.text[:index].rstrip(" ")
    if before[-1:] not in ('"', "'", "]", "}") or source.text[index : index + 1] in ("", "\r", "\n"):
        return None
    if before[-1] in "]}":
        help = "put a comma between two values, or quote the whole if it is one text"
        return Fault("AD1119", _at(source, len(before) - 1), f"this `{before[-1]}` ends the value, and more text follows", help=help)
    opened = _brackets(before[:-1])[0]
    if opened and opened[-1][1] == before[-1] and "\n" in source.text[opened[-1][0] : index]:
        label = Label(_at(source, len(before) - 1), "it ends here")
        help = f"close it with `{before[-1]}` on its line"
        return Fault("AD1103", _at(source, opened[-1][0]), "this quote is never closed", labels=(label,), help=help)
    help = "quote the whole value, or none of it"
    if before[-1] == "'" and before[-2:-1].isalnum() and source.text[index].isalnum() and index == len(before):
        help = "an apostrophe inside single quotes is written twice, `''`; or write the value in double quotes"
    return Fault("AD1119", _at(source, len(before) - 1), "this quote ends the value, and more text follows", help=help)


def _indent(source: Source, problem: str, index: int, context: int) -> Fault | None:
    if "expected key" not in problem and "block end" not in problem and "'-' indicator" not in problem and "not allowed" not in problem:
        return None
    start, line = _bounds(source, index)
    indent = len(line) - len(line.lstrip(" "))
    if "not allowed" not in problem and index > start + indent:
        return None
    kind, list_item = ("list", True) if line.lstrip().startswith("-") else ("mapping", False)
    number = source.position(index)[0]
    for above in range(number - 1, 0, -1):
        other = source.line(above)
        other_indent = len(other) - len(other.lstrip(" "))
        if not other.strip() or other.lstrip().startswith("#") or other.lstrip().startswith("-") != list_item or other_indent == indent:
            continue
        span = Span(source, start, start + max(indent, 1))
        label = Label(
            Span(source, source.starts[above - 1], source.starts[above - 1] + max(other_indent, 1)), f"indented by {other_indent}"
        )
        message = f"indented by {indent}, where its {kind} is indented by {other_indent}"
        return Fault("AD1102", span, message, labels=(label,), help=f"indent by {other_indent}: `{' ' * other_indent}{line.strip()[:60]}`")
    if list_item:
        return Fault(
            "AD1102", _at(source, start + indent), "a list item where keys stand", help="write a key, or indent the list under its key"
        )
    return None


def _left_open(source: Source, problem: str, index: int, context: int) -> Fault | None:
    """A bracket of a line above, where further ones are open or closed by others below."""
    stack, _ = _brackets(source.text[:index])
    if not stack or "did not find expected ','" not in problem or stack[-1][0] >= _bounds(source, index)[0]:
        return None
    return _open(source, *stack[-1])


def _document(source: Source, problem: str, index: int, context: int) -> Fault | None:
    if "directive" in problem or "incompatible YAML" in problem:
        start, line = _bounds(source, context or index)
        return Fault("AD1114", _at(source, start, len(line)), "a directive; only `%YAML 1.2` may stand here", help="remove the line")
    if "document start" in problem:
        stands = "text after the end of the document" if "..." in source.text[:index] else "text after the spec"
        return Fault(
            "AD1113", _at(source, index), stands, help="a spec is one mapping or one list; indent what belongs to it, or remove this"
        )
    if "tag" in problem:
        return Fault("AD1116", _at(source, context), "a tag; a spec holds none, and nothing it names is looked up or run", help="remove it")
    return None


RULES = (
    _escape, _unclosed, _tab, _mark, _split_by_bracket, _first_character, _second_colon, _space, _empty_part, _ended, _indent, _left_open,
    _document,
)  # fmt: skip
"""tried in order; the first that recognises the fault explains it"""
