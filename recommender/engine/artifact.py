"""A night's arrays in one .npz file that numpy can open, with a manifest of checksums inside. No pickle."""

import contextlib
import hashlib
import io
import json
import os
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import DamagedArtifact, InvalidInput

FORMAT = 1
MANIFEST = "manifest.json"
Arrays = dict[str, NDArray[Any]]

# All errors that reading an altered zip, its manifest or one of its arrays may raise.
_DAMAGE = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    EOFError,
    NotImplementedError,
    RuntimeError,
)


def save(
    path: Path, kind: str, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any] | None = None
) -> None:
    """Write `arrays` and `meta` (plain JSON) to `path` atomically: a reader sees the old or the new file.

    A missing folder is created. Raises InvalidInput for an array of Python objects and for `meta` that JSON
    cannot represent.
    """
    manifest: dict[str, Any] = {"format": FORMAT, "kind": kind, "meta": dict(meta or {}), "sha256": {}}
    members = {f"{name}.npy": _packed(name, array) for name, array in arrays.items()}
    manifest["sha256"] = {name: hashlib.sha256(content).hexdigest() for name, content in members.items()}
    try:
        members[MANIFEST] = json.dumps(manifest, allow_nan=False).encode()
    except (TypeError, ValueError) as error:
        raise InvalidInput("The notes of an artifact must be plain JSON.") from error
    _replace(path, members)


def load(path: Path, kind: str) -> tuple[Arrays, dict[str, Any]]:
    """The (arrays, meta) that `save` wrote; the arrays are read-only.

    Raises DamagedArtifact if the file is missing, truncated, altered, or of another kind or format.
    """
    try:
        with zipfile.ZipFile(path) as file:
            manifest = json.loads(file.read(MANIFEST))
            arrays = {name: _unpacked(file.read(name), digest) for name, digest in manifest["sha256"].items()}
            stored_kind, version, meta = manifest["kind"], manifest["format"], manifest["meta"]
    except FileNotFoundError as error:
        raise DamagedArtifact(f"There is no model file {path.name}.") from error
    except (OSError, *_DAMAGE) as error:
        raise DamagedArtifact(f"The model file {path.name} is damaged: make it again.") from error
    if (stored_kind, version) != (kind, FORMAT):
        raise DamagedArtifact(
            f"The model file {path.name} is {stored_kind} (format {version}), not {kind} (format {FORMAT})."
        )
    return {name.removesuffix(".npy"): array for name, array in arrays.items()}, meta


def _packed(name: str, array: NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    try:
        np.lib.format.write_array(buffer, np.asanyarray(array), allow_pickle=False)
    except ValueError as error:
        raise InvalidInput(f"The array {name} holds Python objects, which are not saved.") from error
    return buffer.getvalue()


def _unpacked(content: bytes, digest: str) -> NDArray[Any]:
    if hashlib.sha256(content).hexdigest() != digest:
        raise ValueError("checksum")
    array: NDArray[Any] = np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)
    array.setflags(write=False)
    return array


def _replace(path: Path, members: Mapping[str, bytes]) -> None:
    """Write a temporary file beside the target, fsync it, rename it, and fsync the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as raw:
            with zipfile.ZipFile(raw, "w", zipfile.ZIP_STORED) as file:
                for name, content in members.items():
                    file.writestr(name, content)
            raw.flush()
            os.fsync(raw.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
