"""Projects with the plugins that do most to a run, from the registry: warm runs say what cold ones say."""

from __future__ import annotations

import subprocess
import venv
from collections.abc import Mapping
from pathlib import Path

import pytest
from filelock import FileLock

from autogpt.feedback.bubblewrap import can_layer, why_not
from autogpt.feedback.warm_runner import WarmRunner
from autogpt.stop import Stop
from tests.feedback.projects import MakeProject

pytestmark = [
    pytest.mark.skipif(bool(why_not("")) or not can_layer("/tmp"), reason="warm runs need bubblewrap and overlayfs"),
    pytest.mark.timeout(600),  # the first one installs the plugins
]

PLUGINS = Path(__file__).with_name("plugins.txt")
CACHE = Path(__file__).parents[2] / ".cache" / "plugins"


@pytest.fixture(scope="session")
def plugins_python() -> Path:
    """An interpreter with the plugins, made once and kept; another list makes another."""
    python, stamp, wanted = CACHE / "venv" / "bin" / "python", CACHE / "venv" / "plugins.txt", PLUGINS.read_text()
    CACHE.mkdir(parents=True, exist_ok=True)
    with FileLock(CACHE / "lock"):
        if not stamp.exists() or stamp.read_text() != wanted:
            venv.create(CACHE / "venv", with_pip=True, clear=True)
            pip = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", str(PLUGINS)]
            subprocess.run(pip, check=True)
            stamp.write_text(wanted)
    return python


DJANGO = {
    "pytest.ini": "[pytest]\nDJANGO_SETTINGS_MODULE = site_settings\npython_files = tests.py\n",
    "site_settings.py": (
        "SECRET_KEY = 'x'\nUSE_TZ = True\nROOT_URLCONF = 'shop.urls'\nINSTALLED_APPS = ['shop']\n"
        "DEFAULT_AUTO_FIELD = 'django.db.models.AutoField'\n"
        "DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': ':memory:'}}\n"
    ),
    "shop/__init__.py": "",
    "shop/models.py": (
        "from django.db import models\n\n\nclass Item(models.Model):\n    price = models.IntegerField()\n\n"
        "    @property\n    def doubled(self):\n        return self.price * 3\n"
    ),
    "shop/urls.py": (
        "from django.http import JsonResponse\nfrom django.urls import path\n\nfrom shop.models import Item\n\n"
        "urlpatterns = [path('items/', lambda request: JsonResponse({'count': Item.objects.count()}))]\n"
    ),
    "shop/tests.py": (
        "import pytest\nfrom django.test import TestCase\n\nfrom shop.models import Item\n\n\n"
        "@pytest.mark.django_db\ndef test_doubled():\n"
        "    assert Item.objects.create(price=2).doubled == 4\n\n\n"
        "@pytest.mark.django_db\ndef test_view(client):\n    Item.objects.create(price=1)\n"
        "    assert client.get('/items/').json() == {'count': 1}\n\n\n"
        "class ItemTest(TestCase):\n    def test_empty(self):\n        self.assertEqual(Item.objects.count(), 0)\n\n\n"
        "def test_closed():\n    with pytest.raises(RuntimeError):\n        Item.objects.count()\n"
    ),
}
CALC = {"calc.py": "def add(a, b):\n    return a - b\n", "conftest.py": ""}
PROJECTS: dict[str, tuple[Mapping[str, str], Mapping[str, str]]] = {
    # files of the project, and the change that mends it
    "django": (DJANGO, {"shop/models.py": DJANGO["shop/models.py"].replace("* 3", "* 2")}),
    "asyncio": (
        {
            **CALC,
            "pytest.ini": "[pytest]\nasyncio_mode = auto\n",
            "test_calc.py": (
                "import asyncio\n\nimport pytest\n\nfrom calc import add\n\n\n@pytest.fixture\nasync def two():\n"
                "    await asyncio.sleep(0)\n    return 2\n\n\nasync def test_add(two):\n"
                "    assert add(two, await asyncio.to_thread(int, '3')) == 5\n\n\n"
                "async def test_loop():\n    assert asyncio.get_running_loop().is_running()\n"
            ),
        },
        {"calc.py": "def add(a, b):\n    return a + b\n"},
    ),
    "xdist": (
        {
            **CALC,
            "pytest.ini": "[pytest]\naddopts = -n 2 --dist loadfile\n",
            "test_calc.py": (
                "from calc import add\n\n\ndef test_add(worker_id):\n    assert add(2, 3) == 5\n\n\n"
                "def test_zero():\n    assert add(2, 0) == 2\n"
            ),
        },
        {"calc.py": "def add(a, b):\n    return a + b\n"},
    ),
    "cov": (
        {
            **CALC,
            "pytest.ini": "[pytest]\naddopts = --cov=calc --cov-fail-under=100\n",
            "test_calc.py": (
                "import sys\n\nfrom calc import add\n\n\ndef test_add(cov):\n    assert add(2, 3) == 5\n\n\n"
                "def test_zero():\n    assert add(2, 0) == 2\n    assert 'unused' not in sys.modules\n"
            ),
        },
        {"calc.py": "def add(a, b):\n    return a + b\n\n\ndef unused():\n    return 1\n"},
    ),
    "hypothesis": (
        {
            **CALC,
            "test_calc.py": (
                "from hypothesis import given, strategies as st\n\nfrom calc import add\n\n\n"
                "@given(st.integers(), st.integers())\ndef test_both(a, b):\n    assert add(a, b) == add(b, a)\n\n\n"
                "@given(st.integers())\ndef test_zero(a):\n    assert add(a, 0) == a\n"
            ),
        },
        {"calc.py": "def add(a, b):\n    return a + b\n"},
    ),
}


@pytest.mark.parametrize("name", PROJECTS)
def test_warm_says_what_cold_says(project: MakeProject, plugins_python: Path, name: str) -> None:
    """Broken, mended and broken again: every test has the same outcome, asked for as a whole and by its file."""
    files, mended = PROJECTS[name]
    made = project(files, python=str(plugins_python))
    runner = made.runner()
    assert isinstance(runner, WarmRunner)
    broken = {path: files[path] for path in mended}
    try:
        for change, count in ((broken, 1), (mended, 0), (broken, 1)):
            made.write(change)
            cold = runner.run(made.tree, None, timeout=120, stop=Stop(), fresh=True)
            for tests in (None, list(cold.outcomes)):
                warm = runner.run(made.tree, tests, timeout=120, stop=Stop())
                assert {id: one.outcome for id, one in warm.outcomes.items()} == {
                    id: one.outcome for id, one in cold.outcomes.items()
                }
            assert len(cold.outcomes) >= 2 and len(cold.failing()) == count and not cold.problem
        assert runner.warm_runs == 6, runner.remarks()
    finally:
        runner.close()
