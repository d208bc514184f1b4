"""From which cells and variables of a chapter does what a cell shows come? Found by reading the code.

Chapters are straight: they define no functions. So it is enough to follow their statements from the first to
the last, and to note for each name what it was made from.
"""

import ast
import dataclasses

import nbformat


@dataclasses.dataclass(frozen=True)
class Origin:
    """What something in a chapter depends on.

    Attributes:
        cells: The ids of the cells that made it.
        names: The variables that it was made from, and what they were made from, and so on.
    """

    cells: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    def __or__(self, other: "Origin") -> "Origin":
        return Origin(self.cells | other.cells, self.names | other.names)


def origins(notebook: nbformat.NotebookNode) -> dict[str, Origin]:
    """Where what each code cell shows comes from, found from the names that its statements bind and use.

    Imports and parameters count as nothing that a cell depends on.
    """
    bound: dict[str, Origin] = {}
    shown: dict[str, Origin] = {}
    for cell in notebook.cells:
        if cell.cell_type != "code" or {"install", "parameters"} & set(cell.metadata.get("tags", ())):
            continue
        shown[cell.id] = here = Origin(frozenset({cell.id}))
        for statement in ast.parse(cell.source).body:
            used, stored, filled = _names(statement)
            made = here
            for name in used & bound.keys():
                made |= bound[name] | Origin(names=frozenset({name}))
            # What is filled and not bound is a module, of which a function is called.
            bound |= dict.fromkeys(stored | filled & bound.keys(), made)
            if isinstance(statement, ast.Expr):
                shown[cell.id] |= made
    return shown


def _names(statement: ast.stmt) -> tuple[set[str], set[str], set[str]]:
    """The names that a statement uses as they were before it, that it binds, and that it fills."""
    nodes = list(ast.walk(statement))
    names = [node for node in nodes if isinstance(node, ast.Name)]
    targets = [node.target for node in nodes if isinstance(node, ast.comprehension)]
    # What a comprehension binds is its own.
    inner = {node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)}
    stored = {name.id for name in names if isinstance(name.ctx, ast.Store)} - inner
    loaded = {name.id for name in names if isinstance(name.ctx, ast.Load)} - inner
    # An item that is set, or a method that is called for its effect, fills what has it.
    holders = [
        node.value
        for node in nodes
        if isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store)
    ]
    calls = [node.value for node in nodes if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)]
    holders += [call.func.value for call in calls if isinstance(call.func, ast.Attribute)]
    filled = {node.id for node in holders if isinstance(node, ast.Name)}
    if isinstance(statement, ast.For):
        loop = {node.id for node in ast.walk(statement.target) if isinstance(node, ast.Name)}
        return (loaded | stored) - loop, stored, filled
    is_simple = isinstance(statement, ast.Assign | ast.AnnAssign | ast.Expr)
    return loaded if is_simple else loaded | stored, stored, filled
