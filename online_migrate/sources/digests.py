"""What the file of a revision says, as a digest that comments, layout and its docstring do not change."""

import ast
from hashlib import sha256
from pathlib import Path


def digest(path: Path) -> str:
    """Return the SHA-256, in hexadecimal, of a Python file's code; of its bytes where it is none.

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
    return sha256(ast.unparse(tree).encode()).hexdigest()
