"""
A Docker image of the Python that runs this, for which no registry is needed.

The interpreter is in it at its own place, C{sys.executable}, with its standard library, all libraries that these need,
and those packages that are asked for.  Blocking, so call it in a thread.  Not here: finding a daemon.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from arvgate.cli.file_tree import FileTree, libraries_of
from arvgate.errors import EngineFailed

if TYPE_CHECKING:
    from docker import DockerClient

__all__ = ["import_image", "import_interpreter", "interpreter_tree"]

_IMPORT_SECONDS: Final = 60

#: Directories that a program without a screen does not need: of any package, and of the standard library.
_TESTS: Final = frozenset(("test", "tests"))
_LEFT_OUT: Final = frozenset(
    (*_TESTS, "idlelib", "tkinter", "turtledemo", "ensurepip", "lib2to3", "site-packages", "dist-packages")
)
#: Compiled for python -O.
_OPTIMISED: Final = (".opt-1.pyc", ".opt-2.pyc")

#: Prints where the packages are that the modules in argv[2:] come from and use.
_PLACES: Final = """
import importlib, json, sys
sys.path[:] = json.loads(sys.argv[1])
for name in sys.argv[2:]:
    importlib.import_module(name)
places = set()
for name in {name.partition(".")[0] for name in list(sys.modules)} - sys.stdlib_module_names - {"__main__"}:
    module = sys.modules.get(name)
    file = getattr(module, "__file__", None)
    places.update(getattr(module, "__path__", [file] if file else []))
json.dump(sorted(places), sys.stdout)
"""


def interpreter_tree(modules: Sequence[str] = (), paths: Iterable[Path] = ()) -> FileTree:
    """
    The files of such an image.

    @param modules: importable here; the packages that they come from and use are included, without their
        tests.
    @param paths: further files and directories.
    @raise EngineFailed: they could not be found out.
    """
    tree = FileTree()
    tree.directory("/tmp", 0o1777)
    for place in ("/sbin", "/root", "/etc"):  # Docker mounts its init below the first
        tree.directory(place)
    tree.text("/etc/passwd", "root:x:0:0:root:/root:/sbin/nologin\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n")
    tree.text("/etc/group", "root:x:0:\nnogroup:x:65534:\n")
    try:
        for executable in _executables():
            tree.add(executable)
        library = Path(os.__file__).parent
        tree.add(library, _of_no_use)
        for package in _packages(modules):
            tree.add(package, _only_for_tests)
        for path in paths:
            tree.add(path)
        for name in libraries_of([Path(sys.executable).resolve(), *tree.libraries()]):
            tree.add(name)
            if name.name == "libc.so.6" and (threads := name.with_name("libgcc_s.so.1")).exists():
                tree.add(threads)  # loaded by name when a thread ends
        cache = Path("/etc/ld.so.cache")  # by which the loader finds them again
        if cache.exists():
            tree.add(cache)
    except OSError as error:
        raise EngineFailed("The files of the Python interpreter cannot be read.", detail=str(error)) from None
    return tree


def import_interpreter(client: DockerClient, tag: str, modules: Sequence[str] = (), paths: Iterable[Path] = ()) -> None:
    """
    Make the image C{tag} of this interpreter.

    @param modules: as for L{interpreter_tree}; C{paths} likewise.
    @raise EngineFailed: it could not be made.
    """
    search = dict.fromkeys(str(path.parent) for path in _executables())
    changes = [f"ENV PATH={':'.join(search)}:/bin", f"CMD {json.dumps([sys.executable])}"]
    import_image(client, tag, interpreter_tree(modules, paths), changes)


def import_image(client: DockerClient, tag: str, tree: FileTree, changes: Sequence[str]) -> None:
    """
    Make the image C{tag} of some files.

    @param changes: as lines of a Dockerfile.
    @raise EngineFailed: the daemon did not take it.
    """
    from docker.errors import DockerException
    from requests import RequestException

    repository, _, version = tag.partition(":")
    try:
        client.api.import_image_from_stream(
            tree.archive(), repository=repository, tag=version or "latest", changes=list(changes)
        )
        client.images.get(tag)
    except (DockerException, RequestException, OSError) as error:
        raise EngineFailed(f"Docker did not take the image {tag}.", detail=str(error)) from None


def _executables() -> Sequence[Path]:
    """The interpreter by its names here, and what makes a virtual environment one."""
    if not sys.executable:
        raise EngineFailed("This Python interpreter does not know its own place.")
    own = Path(sys.executable)
    named = [own.with_name(name) for name in ("python", "python3", own.name)]
    found = [path for path in dict.fromkeys(named) if path.exists() and path.resolve() == own.resolve()]
    settings = Path(sys.prefix, "pyvenv.cfg")
    return [*found, own.resolve(), *([settings] if settings.exists() else [])]


def _packages(modules: Sequence[str]) -> Sequence[Path]:
    """Directories, or files, of the packages that modules come from and use."""
    if not modules:
        return []
    command = [sys.executable, "-c", _PLACES, json.dumps([os.path.abspath(entry) for entry in sys.path]), *modules]
    try:
        told = subprocess.run(
            command, capture_output=True, timeout=_IMPORT_SECONDS, stdin=subprocess.DEVNULL, check=True
        )
    except subprocess.SubprocessError as error:
        raise EngineFailed(f"Python cannot import {', '.join(modules)}.", detail=str(error)) from None
    return [Path(place) for place in json.loads(told.stdout)]


def _only_for_tests(path: Path) -> bool:
    return path.name in _TESTS or path.name.endswith(_OPTIMISED)


def _of_no_use(path: Path) -> bool:
    return (
        path.name in _LEFT_OUT
        or path.name.startswith("config-")  # for those who link with Python
        or path.name.endswith((*_OPTIMISED, ".a"))
    )
