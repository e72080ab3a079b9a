"""What a notebook can be told: its cell tagged `parameters`, read without running it.

The cell holds annotated literals, one per line, each with a trailing comment. papermill only warns about a
misspelt name and its own inspection loses `list[str] | None` and defaults that contain "=", hence `ast`.
"""

import ast
import io
import json
import math
import re
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from salesaudit.errors import UserError, nearest

TAG = "parameters"
SIMPLE = {"str": str, "int": int, "float": float, "bool": bool, "None": type(None)}
WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}

SHARES = re.compile(r"fdr|.*_(level|probability|quantile|share|rate)")
AMOUNTS = re.compile(r".*_(days|hours|minutes|minor|major|norm)")
"""Names that say what a number may be: between 0 and 1, or not below 0."""


@dataclass(frozen=True)
class Parameter:
    """One parameter of a notebook.

    Attributes
    ----------
    name : str
    annotation : str
        Its type as written: "float", "list[str] | None"; found from the default where it is not written.
    default : object
        A literal.
    help : str
        The trailing comment.
    """

    name: str
    annotation: str
    default: Any
    help: str = ""

    def __str__(self) -> str:
        text = f"{self.name}: {self.annotation} = {self.default!r}"
        return f"{text}  # {self.help}" if self.help else text


def declared(path: Path) -> dict[str, Parameter]:
    """Return the parameters of a notebook by name, in the order of the cell; empty where there is no such cell.

    Raises
    ------
    UserError
        The file is no notebook, or a line of the cell is not `name: type = literal`.
    """
    try:
        cells = json.loads(Path(path).read_text(encoding="utf-8"))["cells"]
    except (ValueError, KeyError, TypeError) as error:
        raise UserError("this is not a notebook", value=str(error), where=str(path)) from None
    for cell in cells:
        if TAG in cell.get("metadata", {}).get("tags", ()):
            return _read("".join(cell["source"]), where=f"{path}, parameters cell")
    return {}


def _read(source: str, *, where: str) -> dict[str, Parameter]:
    try:
        statements = ast.parse(source).body
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (SyntaxError, tokenize.TokenError) as error:
        raise UserError("the cell is not plain Python", value=str(error), where=where) from None
    comments = {t.start[0]: t.string.lstrip("# ").rstrip() for t in tokens if t.type == tokenize.COMMENT}
    found = {}
    for statement in statements:
        parameter = _parameter(statement, comments, where=f"{where}, line {statement.lineno}")
        found[parameter.name] = parameter
    return found


def _parameter(statement: ast.stmt, comments: Mapping[int, str], *, where: str) -> Parameter:
    match statement:
        case ast.AnnAssign(target=ast.Name(id=name), annotation=kind, value=ast.expr() as value):
            annotation = kind.value if isinstance(kind, ast.Constant) and isinstance(kind.value, str) else None
            annotation = annotation or ast.unparse(kind)
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            annotation = None
        case _:
            raise UserError(
                "this line does not declare a parameter",
                value=ast.unparse(statement),
                allowed="name: type = literal  # what it is",
                where=where,
            )
    try:
        default = ast.literal_eval(value)
    except ValueError:
        raise UserError("the default is not a literal", value=ast.unparse(value), where=where) from None
    parameter = Parameter(name, annotation or _kind_of(default), default, comments.get(statement.end_lineno, ""))
    if problem := _problem(parameter.annotation, default):
        raise UserError(f"the default of {name} {problem}", value=default, where=where)
    return parameter


def _kind_of(default: Any) -> str:
    """Return the annotation that a bare default stands for; `Any` where it says nothing."""
    if default is None:
        return "Any"
    if isinstance(default, list):
        kinds = {_kind_of(item) for item in default}
        return f"list[{kinds.pop()}]" if len(kinds) == 1 else "list[Any]"
    return type(default).__name__


def checked(
    declared: Mapping[str, Parameter], given: Mapping[str, Any], *, where: str, as_text: bool = False
) -> dict[str, Any]:
    """Return the given values as plain types that papermill can pass on: dates as ISO text.

    Parameters
    ----------
    declared : mapping
        From `declared`.
    given : mapping
        Name -> value.
    where : str
        Whose values these are, for the message.
    as_text : bool
        The values come from the command line and are converted to the declared type.

    Raises
    ------
    UserError
        An unknown name, a wrong type or an impossible number, with the nearest right name and what the notebook takes.
    """
    values = {}
    for name, value in given.items():
        if name not in declared:
            raise unknown_parameter(name, declared, where=where)
        annotation = declared[name].annotation
        plain = _from_text(annotation, value) if as_text else _plain(value)
        if problem := _problem(annotation, plain) or _out_of_range(name, plain):
            raise UserError(f"parameter {name} {problem}", value=value, allowed=str(declared[name]), where=where)
        values[name] = plain
    return values


def unknown_parameter(name: str, declared: Mapping[str, Parameter], *, where: str) -> UserError:
    """Return the error for a name that no notebook declares."""
    guess = nearest(name, declared)
    takes = "\n".join(f"    {parameter}" for parameter in declared.values())
    return UserError(
        "unknown parameter",
        value=name,
        allowed=f"\n{takes}" if declared else "none: the notebook declares no parameters",
        where=where,
        fix=f"did you mean {guess!r}?" if guess else None,
    )


def _plain(value: Any) -> Any:
    """Turn the dates of TOML into ISO text, at any depth."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    return [_plain(v) for v in value] if isinstance(value, list | tuple) else value


def _from_text(annotation: str, text: str) -> Any:
    """Convert what was typed to the first alternative of the type that takes it; else leave it as it is."""
    last = ("str", "Any")  # they take anything
    for kind in sorted(_alternatives(annotation), key=lambda k: 0 if k == "None" else 2 if k in last else 1):
        value = _one_from_text(kind, text.strip())
        if not _problem(kind, value):
            return value
    return text


def _one_from_text(kind: str, text: str) -> Any:
    if kind == "None":
        return None if text.lower() in ("none", "null", "") else text
    if kind == "bool":
        return WORDS.get(text.lower(), text)
    if kind in ("int", "float"):
        try:
            return SIMPLE[kind](text)
        except ValueError:
            return text
    if kind in ("str", "date"):
        return text
    if text[:1] in ("[", "{"):
        try:
            return ast.literal_eval(text)
        except (ValueError, SyntaxError):
            return text
    base, inner = _split(kind)
    parts = [part.strip() for part in text.split(",") if part.strip()]
    return [_from_text(inner, part) for part in parts] if base == "list" else text


def _alternatives(annotation: str) -> list[str]:
    """Return the members of a union, in the order written."""

    def members(node: ast.expr) -> list[ast.expr]:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            return members(node.left) + members(node.right)
        return [node]

    return [ast.unparse(node) for node in members(ast.parse(annotation, mode="eval").body)]


def _split(kind: str) -> tuple[str, str]:
    """Return "list", "str" for "list[str]" and "dict", "float" for "dict[str, float]"."""
    node = ast.parse(kind, mode="eval").body
    if not isinstance(node, ast.Subscript):
        return kind, "Any"
    inner = node.slice.elts[-1] if isinstance(node.slice, ast.Tuple) else node.slice
    return ast.unparse(node.value), ast.unparse(inner)


def _problem(annotation: str, value: Any) -> str | None:
    """Return why a value does not fit a type, or None when it does."""
    if any(_fits(kind, value) for kind in _alternatives(annotation)):
        return None
    wanted = annotation.replace("date", "date as YYYY-MM-DD")
    return f"must be {wanted}, but this is {type(value).__name__}"


def _out_of_range(name: str, value: Any) -> str | None:
    """Return why a number cannot be what its name says, or None when it can."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if SHARES.fullmatch(name) and not 0 < value < 1:
        return "must lie between 0 and 1"
    return "must not be below 0" if AMOUNTS.fullmatch(name) and value < 0 else None


def _fits(kind: str, value: Any) -> bool:
    base, inner = _split(kind)
    if base == "Any":
        return True
    if base == "date":
        return isinstance(value, str) and _is_day(value)
    if base == "list":
        return isinstance(value, list) and all(_problem(inner, item) is None for item in value)
    if base == "dict":
        return isinstance(value, dict) and all(_problem(inner, item) is None for item in value.values())
    if isinstance(value, bool):  # a bool is an int to Python, never to a reader of client.toml
        return base == "bool"
    if base == "float":
        return isinstance(value, int | float) and math.isfinite(value)
    return isinstance(value, SIMPLE.get(base, ()))


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
