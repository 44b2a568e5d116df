"""Small changes to the source of a module, each of which a test should notice.

Words are left alone: docstrings, messages of errors and warnings, formatted text and annotations. So are
the fields of classes, and tolerances (floats below a millionth), where another value is another way to the
same number.
"""

from __future__ import annotations

import ast
import copy
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

OTHER = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Pow: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.MatMult: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.And: ast.Or,
    ast.Or: ast.And,
}
BOUNDARY = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
OPPOSITE = {
    ast.Lt: ast.GtE,
    ast.LtE: ast.Gt,
    ast.Gt: ast.LtE,
    ast.GtE: ast.Lt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
PAIRS = ("min max", "minimum maximum", "any all", "log log1p", "exp expm1", "ceil floor", "cdf sf", "ppf isf")
NAMES = {a: b for pair in PAIRS for a, b in (pair.split(), reversed(pair.split()))}
TOLERANCE = 1e-6
WORDS = ("remedy", "stacklevel", "strict")  # keywords that no number depends on


@dataclass(frozen=True, slots=True)
class CodeMutant:
    """One change of one expression: `node` and `variant` say which, the rest says it to a reader."""

    module: str
    function: str
    line: int
    code: str
    was: str
    becomes: str
    again: int
    node: int
    variant: int

    @property
    def key(self) -> tuple[str, ...]:
        """What stays the same while other lines of the file move."""
        return (self.module, self.function, self.code, self.was, self.becomes, str(self.again))


def mutants(path: Path, module: str) -> list[CodeMutant]:
    """Return every change of a module, in the order of its lines."""
    text = path.read_text(encoding="utf-8")
    lines, seen, found = text.splitlines(), Counter(), []
    for number, (node, function) in enumerate(nodes(ast.parse(text))):
        for variant, other in enumerate(variants(node)):
            says = (lines[node.lineno - 1].strip(), *_said(node, other))
            again = seen[function, says]
            seen[function, says] += 1
            found.append(CodeMutant(module, function, node.lineno, *says, again, number, variant))
    return found


def _said(node: ast.AST, other: ast.AST) -> tuple[str, str]:
    if isinstance(node, ast.Call) and isinstance(other, ast.Call):
        for keyword in node.keywords:
            if keyword not in other.keywords:
                return f"{keyword.arg}={ast.unparse(keyword.value)}", "left out"
    return ast.unparse(node), ast.unparse(other)


def mutated(text: str, mutant: CodeMutant) -> ast.Module:
    """Return the module with the change in it; every line stays where it was."""
    tree = ast.parse(text)
    target = next(node for number, (node, _) in enumerate(nodes(tree)) if number == mutant.node)
    other = list(variants(target))[mutant.variant]
    for parent in ast.walk(tree):
        for field, value in ast.iter_fields(parent):
            if value is target:
                setattr(parent, field, other)
            elif isinstance(value, list) and any(each is target for each in value):
                setattr(parent, field, [other if each is target else each for each in value])
    return ast.fix_missing_locations(tree)


def nodes(tree: ast.AST, function: str = "") -> Iterator[tuple[ast.AST, str]]:
    """Yield what may be changed, with the name of the function around it ("" where there is none)."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.AnnAssign) and child.value is not None:
            child = child.value
        if isinstance(child, (ast.FunctionDef, ast.ClassDef)):
            name = f"{function}.{child.name}".strip(".")
            for default in [*child.args.defaults, *child.args.kw_defaults] if _is_function(child) else []:
                if default is not None:
                    yield from ((node, name) for node, _ in nodes(ast.Expr(default)))
            methods = [each for each in child.body if _is_function(each)]
            body = child.body if _is_function(child) else methods
            yield from nodes(ast.Module(body=body, type_ignores=[]), name)
        elif not _is_words(child):
            if hasattr(child, "lineno"):
                yield child, function
            yield from nodes(child, function)


def _is_function(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef)


def _is_words(node: ast.AST) -> bool:
    """Say whether nothing below is computed with."""
    if isinstance(node, (ast.Raise, ast.JoinedStr, ast.AnnAssign, ast.arguments, ast.Import, ast.ImportFrom)):
        return True
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return True
    if isinstance(node, ast.keyword):
        return node.arg in WORDS
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        return name == "warn" or name.endswith(("Error", "Warning"))
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def variants(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what could stand in the place of a node."""
    match node:
        case ast.BinOp(left=left, op=op, right=right):
            if type(op) in OTHER and not any(_is_text(side) for side in (left, right)):
                yield _with(node, op=OTHER[type(op)]())
        case ast.AugAssign(op=op) | ast.BoolOp(op=op) if type(op) in OTHER:
            yield _with(node, op=OTHER[type(op)]())
        case ast.UnaryOp(op=ast.USub() | ast.Not() | ast.Invert(), operand=operand):
            yield operand
        case ast.Compare(ops=[op]):
            yield from (
                _with(node, ops=[kind[type(op)]()]) for kind in (BOUNDARY, OPPOSITE) if type(op) in kind
            )
        case ast.Constant(value=bool() as value):
            yield _with(node, value=not value)
        case ast.Constant(value=int() as value):
            yield _with(node, value=value + 1)
        case ast.Constant(value=float() as value) if value == 0 or abs(value) >= TOLERANCE:
            yield _with(node, value=1.1 * value or 1.0)
        case ast.Call():
            yield from _calls(node)
        case ast.Return(value=ast.Tuple(elts=parts)):
            for i in range(len(parts) - 1):
                if ast.unparse(parts[i]) == ast.unparse(parts[i + 1]):
                    continue
                swapped = [*parts[:i], parts[i + 1], parts[i], *parts[i + 2 :]]
                yield _with(node, value=ast.Tuple(elts=swapped, ctx=ast.Load()))
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
            if not isinstance(test, (ast.Compare, ast.UnaryOp, ast.BoolOp)):
                yield _with(node, test=ast.UnaryOp(op=ast.Not(), operand=test))
        case ast.Break():
            yield ast.copy_location(ast.Continue(), node)
        case ast.Continue():
            yield ast.copy_location(ast.Break(), node)


def _calls(node: ast.Call) -> Iterator[ast.AST]:
    for i, keyword in enumerate(node.keywords):
        if keyword.arg and keyword.arg not in WORDS:
            yield _with(node, keywords=node.keywords[:i] + node.keywords[i + 1 :])
    if isinstance(node.func, ast.Attribute) and node.func.attr in NAMES:
        yield _with(node, func=_with(node.func, attr=NAMES[node.func.attr]))
    if isinstance(node.func, ast.Name) and node.func.id in NAMES:
        yield _with(node, func=_with(node.func, id=NAMES[node.func.id]))


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _with(node: ast.AST, **fields: object) -> ast.AST:
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


def sample(found: list[CodeMutant], most: int, seed: int) -> list[CodeMutant]:
    """Draw up to `most` mutants, in turns from every function; a larger sample holds the smaller one."""
    drawn = defaultdict(list)
    for each in random.Random(seed).sample(found, len(found)):
        drawn[each.function].append(each)
    turns = [each for turn in zip_longest(*drawn.values()) for each in turn if each is not None]
    return sorted(turns[: most or None], key=lambda each: (each.line, each.node, each.variant))
