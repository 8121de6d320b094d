"""What may a text say? Words, and in its braces a few functions whose arguments are constants.

Nothing else can print a number: no filter, no sum, no condition, no variable of its own.
"""

from __future__ import annotations

import re

from jinja2 import Environment, TemplateError, nodes

from regional_econ._base.errors import TextError
from regional_econ._base.text import Lang

NAMES = ("focal", "outcome", "own")
_CALL, _NAME, _LEVEL = "\ue100", "\ue101", "\ue102"
_POSITIONS = {"num": 1, "share": 1, "year": 1, "plural": 2, "label": 1, "region": 1, "lit": 1}
_OPTIONS = {"num": ("unit", "digits"), "share": ("digits",)}
_CONFIDENCE = re.compile(r"50|80|90|95")
_LITERAL = re.compile(
    r"(19|20)\d\d([-–/]((19|20)\d\d|\d\d))?"  # years
    r"|[A-Z]+-?\d+[A-Z]?"  # claims and methods: C06, CR1S
    r"|(Table|Таблица|Oslo) \d{1,2}|Осло-\d"
    r"|v20\d{6}"  # the edition of a data set
    rf"|{_CONFIDENCE.pattern}"
)
_NAME_IN_WORDS = re.compile(r"[A-Z]+-?\d+[A-Z]?|R²|Осло-\d")
_AROUND_WORDS = "()[]«»“”\"',;:.!?…"
_LEVELS = re.compile(rf"{_LEVEL}(?:,? (?:и |and )?{_LEVEL})*\s?%")
_TOUCHED = re.compile(rf"[\w{_CALL}-{_LEVEL}][.,]?[{_NAME}{_LEVEL}]|[{_NAME}{_LEVEL}][.,]?[\w{_CALL}-{_LEVEL}]")
_PARSER = Environment()


def check_template(key: str, source: str, lang: Lang) -> None:
    """Refuse a text that could print a number without a result.

    Raises
    ------
    TextError : names the text, the language and what is wrong.

    Examples
    --------
    >>> check_template("demo", "Wear fell to {{ num('a.b') }} in {{ lit('2022') }}.", "en")
    """
    place = f"text {key}, {lang}"
    try:
        body = _PARSER.parse(source).body if "{" in source else [nodes.Output([nodes.TemplateData(source)])]
    except TemplateError as error:
        raise TextError(f"cannot fill the text: {error}", where=place, advice="Mend the text") from error
    skeleton = "".join(_skeleton(part, place) for block in body for part in _parts(block, place))
    for word in skeleton.split():
        bare = word.strip(_AROUND_WORDS)
        if any(map(str.isnumeric, bare)) and not _NAME_IN_WORDS.fullmatch(bare):
            raise _refused(f"the number {bare!r} has no result id", place)
    if _TOUCHED.search(skeleton):
        raise _refused("a name with digits touches a word or a number", place)
    if _LEVEL in _LEVELS.sub("", skeleton):
        raise _refused("a confidence level stands without its % sign", place)


def literal(text: str) -> str:
    """Return a name that holds digits but is no result: a year, a claim's id, "Table 1", a confidence level.

    Raises
    ------
    TextError : anything that could be a result.

    Examples
    --------
    >>> literal("2006–2022"), literal("CR1S"), literal("Table 1"), literal("95")
    ('2006–2022', 'CR1S', 'Table 1', '95')
    """
    if not _LITERAL.fullmatch(text):
        raise TextError(f"{text!r} is not a year, id or level", advice="Numbers come from results: use num()")
    return text


def _parts(block: nodes.Node, place: str) -> list[nodes.Expr]:
    if not isinstance(block, nodes.Output):
        raise _refused("a text has no {% %}", place)
    return block.nodes


def _skeleton(part: nodes.Expr, place: str) -> str:
    """Return plain words as they are and a sign for each call."""
    if isinstance(part, nodes.TemplateData):
        return part.data
    name = _called(part, place)
    if name != "lit":
        return _CALL
    text = _constant(part)
    if not isinstance(text, str):
        raise _refused("lit() takes one text in quotes", place)
    return _LEVEL if _CONFIDENCE.fullmatch(literal(text)) else _NAME


def _called(part: nodes.Expr, place: str) -> str:
    """Return the name of the function that an expression calls as it may be called."""
    if not isinstance(part, nodes.Call) or not isinstance(part.node, nodes.Name) or part.node.name not in _POSITIONS:
        raise _refused(f"only {', '.join(_POSITIONS)} may stand in braces", place)
    name = part.node.name
    ids = len(part.args) == _POSITIONS[name] and all(_is_id(argument) for argument in part.args)
    options = all(_is_option(name, option) for option in part.kwargs)
    if not ids or not options or part.dyn_args is not None or part.dyn_kwargs is not None:
        raise _refused(f"{name}() is not called as it may be", place)
    return name


def _is_id(argument: nodes.Expr) -> bool:
    """Tell whether an argument is a text, a name such as focal, a year, or these joined by ~."""
    match argument:
        case nodes.Const(value=value):
            return isinstance(value, str)
        case nodes.Name(name=name):
            return name in NAMES
        case nodes.Concat(nodes=parts):
            return all(_is_id(part) for part in parts)
        case nodes.Call(node=nodes.Name(name="year"), args=[inner], kwargs=[], dyn_args=None, dyn_kwargs=None):
            return _is_id(inner)
    return False


def _is_option(function: str, option: nodes.Keyword) -> bool:
    if option.key not in _OPTIONS.get(function, ()) or not isinstance(option.value, nodes.Const):
        return False
    value = option.value.value
    return isinstance(value, bool) if option.key == "unit" else type(value) is int and value >= 0


def _constant(part: nodes.Expr) -> object:
    match part:
        case nodes.Call(args=[nodes.Const(value=value)]):
            return value
    return None


def _refused(what: str, place: str) -> TextError:
    return TextError(
        what,
        where=place,
        advice="Write {{ num('result.key') }}, or {{ lit('2022') }} for a year, an id or a level",
    )
