"""Finds every place where a cutoff meets a comparison, by following cutoffs through names, assignments and calls.

A name is a cutoff where it is called one, where it is assigned one or arithmetic on one, or where it is the parameter
of a function of ours that is called with one. A meeting is an ordered comparison, a search among sorted values, a choice of the
larger or smaller, or SQL with a comparison, any of whose operands holds a cutoff: a superset of the comparisons of an event's
time with a cutoff, whatever the event's time is called.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

CUTOFFS = frozenset({"as_of", "cutoff", "cutoffs", "until", "moment", "moments", "known_by"})
ORDERED = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
SEARCHES = frozenset({"searchsorted", "less", "less_equal", "greater", "greater_equal", "minimum", "maximum", "digitize", "clip"})
COMPARES = re.compile(r"<=|>=|<|>|\bbetween\b", re.IGNORECASE)
Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.Module


@dataclass
class Scope:
    """One function: its qualified name, and the names in it that hold a cutoff."""

    name: str
    node: Function
    held: set[str] = field(default_factory=set)

    @property
    def parameters(self) -> list[str]:
        """The names of its parameters in order."""
        if isinstance(self.node, ast.Module):
            return []
        arguments = self.node.args
        return [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]

    def own(self) -> Iterator[ast.AST]:
        """Its nodes, without those of functions inside it."""
        waiting = list(ast.iter_child_nodes(self.node))
        while waiting:
            node = waiting.pop()
            yield node
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                waiting += ast.iter_child_nodes(node)

    def holds(self, node: ast.AST) -> bool:
        """Whether an expression mentions a cutoff."""
        return any(
            (isinstance(part, ast.Name) and (part.id in CUTOFFS or part.id in self.held))
            or (isinstance(part, ast.Attribute) and part.attr in CUTOFFS)
            for part in ast.walk(node)
        )


def scopes(module: str, tree: ast.Module) -> list[Scope]:
    """Every function of a module, and the module itself."""
    found = [Scope(module, tree)]
    found += [Scope(f"{module}:{n.name}", n) for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    return found


def spread(everything: list[Scope]) -> None:
    """Follow cutoffs through assignments and calls until nothing is added."""
    by_name = defaultdict(list)
    for scope in everything:
        by_name[scope.name.rpartition(":")[2]].append(scope)
    while sum(_spread_once(scope, by_name) for scope in everything):
        pass


def _spread_once(scope: Scope, by_name: dict[str, list[Scope]]) -> bool:
    grown = False
    for node in scope.own():
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign) and node.value and _is_cutoff(scope, node.value):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            grown |= _add(scope, _names(targets))
        elif isinstance(node, ast.Call):
            grown |= _into_callee(scope, node, by_name)
    return grown


def _names(targets: Iterable[ast.AST]) -> set[str]:
    """Plain local names that are assigned to as one value; the parts of a tuple cannot be told apart and are not followed."""
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _add(scope: Scope, names: set[str]) -> bool:
    new = names - scope.held - CUTOFFS
    scope.held |= new
    return bool(new)


def _into_callee(scope: Scope, call: ast.Call, by_name: dict[str, list[Scope]]) -> bool:
    called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    grown, home = False, scope.name.partition(":")[0]
    for callee in by_name.get(called, ()):
        if called.startswith("_") and callee.name.partition(":")[0] != home:
            continue  # another module's own
        names = [name for name in callee.parameters if name not in ("self", "cls")]
        passed = {names[i] for i, value in enumerate(call.args) if i < len(names) and _is_cutoff(scope, value)}
        passed |= {word.arg for word in call.keywords if word.arg in names and _is_cutoff(scope, word.value)}
        grown |= _add(callee, passed)
    return grown


def _is_cutoff(scope: Scope, value: ast.AST) -> bool:
    """Whether a value is a cutoff, arithmetic on one, or numbers made of some; not an object or a frame that merely holds one."""
    if isinstance(value, ast.Name):
        return value.id in CUTOFFS or value.id in scope.held
    if isinstance(value, ast.Attribute):
        return value.attr in CUTOFFS
    if isinstance(value, ast.BinOp):
        return _is_cutoff(scope, value.left) or _is_cutoff(scope, value.right)
    if isinstance(value, ast.Subscript | ast.Starred):
        return _is_cutoff(scope, value.value)
    if isinstance(value, ast.IfExp):
        return _is_cutoff(scope, value.body) or _is_cutoff(scope, value.orelse)
    return isinstance(value, ast.Call) and _makes_numbers(value.func) and any(_is_cutoff(scope, part) for part in value.args)


def _makes_numbers(function: ast.expr) -> bool:
    of_numpy = isinstance(function, ast.Attribute) and ast.unparse(function.value) == "np"
    return of_numpy or (isinstance(function, ast.Name) and function.id in ("int", "float"))


def meetings(scope: Scope) -> Iterator[str]:
    """The comparisons of a function in which a cutoff takes part, as text."""
    return (ast.unparse(node) for node in scope.own() if _compares(node) and scope.holds(node))


def _compares(node: ast.AST) -> bool:
    if isinstance(node, ast.Compare):
        return any(isinstance(operator, ORDERED) for operator in node.ops)
    return _searches(node) if isinstance(node, ast.Call) else isinstance(node, ast.JoinedStr) and bool(_says(node))


def _searches(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr in SEARCHES


def _says(text: ast.JoinedStr) -> re.Match[str] | None:
    return COMPARES.search("".join(str(part.value) for part in text.values if isinstance(part, ast.Constant)))
