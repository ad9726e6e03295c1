"""A digest of code, for files that are valid only with the code that wrote them."""

import hashlib
from pathlib import Path

ENGINE = Path(__file__).resolve().parent


def code_fingerprint(*folders: Path) -> str:
    """16 hexadecimal digits that change with any Python file in these folders."""
    digest = hashlib.sha256()
    for path in sorted(path for folder in folders for path in folder.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
