"""Import paths into the workspace that were passed over when the parent started, because it cannot see them.

Runs inside the project's interpreter: Python 3.8 and newer, the standard library only. `site` reads the lines of `.pth`
files of the installed packages at the start and keeps those that exist; an editable install is such a line.
"""

import os
import site
import sys


class PathFiles:
    """The lines of the `.pth` files, in order, each with its folder; `site` appends what it finds."""

    def __init__(self, toplevel):
        self.lines = []
        for folder in _site_folders():
            for name in _path_files(folder):
                for line in _lines(os.path.join(folder, name)):
                    path = os.path.abspath(os.path.join(folder, line))
                    self.lines.append((folder, path, path == toplevel or path.startswith(toplevel + os.sep)))

    def complete(self):
        """Put those that exist now where `site` would have: behind what came before them."""
        places = {}
        for folder, path, is_ours in self.lines:
            if folder not in sys.path:
                continue
            place = places.get(folder, sys.path.index(folder))
            if path in sys.path:
                place = max(place, sys.path.index(path))
            elif is_ours and os.path.exists(path):
                place += 1
                sys.path.insert(place, path)
            places[folder] = place


def _site_folders():
    folders = list(getattr(site, "getsitepackages", list)())
    if site.ENABLE_USER_SITE:
        folders.append(site.getusersitepackages())
    return [folder for folder in folders if folder in sys.path]


def _path_files(folder):
    try:
        return sorted(name for name in os.listdir(folder) if name.endswith(".pth") and not name.startswith("."))
    except OSError:
        return []


def _lines(file):
    try:
        with open(file, encoding="utf-8") as opened:
            lines = [line.strip() for line in opened]
    except (OSError, UnicodeDecodeError):
        return []
    return [line for line in lines if line and not line.startswith(("#", "import ", "import\t"))]
