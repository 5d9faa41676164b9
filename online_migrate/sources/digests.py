"""What the file of a revision says, as a digest that comments, layout and its docstring do not change.

Functions that a backfill calls for each batch are left out: one that raises is mended and called again.
"""

import ast
from hashlib import sha256
from pathlib import Path


def digest(path: Path, *, called: frozenset[str]) -> str:
    """Return the SHA-256, in hexadecimal, of a Python file's code; of its bytes where it is none.

    Args:
        called: the functions to leave out.

    Raises:
        OSError: it cannot be read.
    """
    data = path.read_bytes()
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError):
        return sha256(data).hexdigest()
    if ast.get_docstring(tree, clean=False) is not None:
        del tree.body[0]
    tree.body = [part for part in tree.body if not (isinstance(part, ast.FunctionDef) and part.name in called)]
    return sha256(ast.unparse(tree).encode()).hexdigest()
