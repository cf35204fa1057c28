"""Where files and tests are: as the host names them, and whether what was imported is the copy that is tested.

Runs inside the project's interpreter: Python 3.8 and newer, the standard library only.
"""
# pathlib is slower at every start, and the oldest interpreters are to read this too:
# ruff: noqa: PTH100, PTH113, PTH118

import os
import sys


class Places:
    """Names of files and tests as the host knows them: relative to the workspace, with `/`."""

    def __init__(self, workspace):
        self.workspace = os.path.realpath(workspace)
        self._relative = {}

    def inside(self, path):
        """The path relative to the workspace, or None for one outside of it or in an installed package."""
        if str(path).startswith("<"):  # code that is in no file, such as the import system's
            return None
        real = os.path.realpath(str(path))
        if not real.startswith(self.workspace + os.sep):
            return None
        relative = real[len(self.workspace) + 1 :].replace(os.sep, "/")
        return None if "site-packages/" in relative or "/node_modules/" in "/" + relative else relative

    def seems_inside(self, path):
        """Whether it is reached through the workspace, though a link in it may lead out."""
        return os.path.abspath(path).startswith(self.workspace + os.sep) and "site-packages" not in path

    def test_id(self, node):
        path = getattr(node, "path", None) or getattr(node, "fspath", None)
        _, separator, rest = node.nodeid.partition("::")
        if path is None:
            return node.nodeid
        return self.relative(str(path)) + separator + rest

    def relative(self, path):
        """The path from the workspace on; asked for many tests of one file."""
        known = self._relative.get(path)
        if known is None:
            known = os.path.relpath(os.path.realpath(path), self.workspace).replace(os.sep, "/")
            self._relative[path] = known
        return known


def relocate(old, new):
    """Make imports that lead into the workspace lead into the copy that is tested instead.

    Editable installs put the workspace on `sys.path` (a `.pth` file) or map names to places (a finder: `MAPPING` of
    setuptools, `_redirections` of hatch and others).
    """

    def moved(path):
        text = str(path)
        if text == old or text.startswith(old + os.sep):
            rest = text[len(old) :]
            if "site-packages" not in rest and os.path.exists(new + rest):
                return new + rest
        return path

    sys.path[:] = [moved(entry) for entry in sys.path]
    for finder in list(sys.meta_path):
        module = sys.modules.get(getattr(finder, "__module__", ""), None)
        for holder, name in ((module, "MAPPING"), (module, "NAMESPACES"), (finder, "_redirections")):
            mapping = getattr(holder, name, None)
            if isinstance(mapping, dict):
                for key, value in list(mapping.items()):
                    mapping[key] = [moved(one) for one in value] if isinstance(value, list) else moved(value)
    sys.path_importer_cache.clear()


def names_of(id):
    """What a test may be asked for by: its id, the id without parameters, its class, its file, a folder around it."""
    path, separator, rest = id.partition("::")
    yield id
    bare = rest.partition("[")[0]
    while bare:
        yield path + separator + bare
        bare = bare.rpartition("::")[0]
    while path:
        yield path
        path = path.rpartition("/")[0]


def strays(places, names, moved=None):
    """Modules of the workspace that were loaded from somewhere else, as (name, file).

    `names` are the top-level ones of the workspace with the folders where they are; `moved` is where it was and is now.
    """
    found = []
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if moved and isinstance(file, str) and _is_left_behind(file, *moved):
            found.append((name, file))
            continue
        if name.partition(".")[0] not in names:
            continue
        if not isinstance(file, str) or places.inside(file) is not None or places.seems_inside(file):
            continue
        tail = name.replace(".", "/")
        for base in names[name.partition(".")[0]]:
            folder = os.path.join(places.workspace, base, tail)
            if os.path.isfile(folder + ".py") or os.path.isfile(os.path.join(folder, "__init__.py")):
                found.append((name, file))
                break
    return found[:20]


def _is_left_behind(file, old, new):
    """Whether it lies in the workspace itself although the copy has one of its own, no link to what is borrowed."""
    if not file.startswith(old + os.sep) or "site-packages" in file:
        return False
    counterpart = new + file[len(old) :]
    return os.path.isfile(counterpart) and os.path.realpath(counterpart).startswith(os.path.realpath(new) + os.sep)
