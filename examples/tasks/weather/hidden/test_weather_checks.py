"""The application as a visitor sees it."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

PROJECT = os.path.dirname(os.path.abspath(__file__))


@pytest.fixture(scope="module")
def address():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-m", "weather", "--port", str(port)], cwd=PROJECT)
    try:
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert server.poll() is None, "the server ended by itself"
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait()


def get(url):
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_the_page_asks_for_a_city(address):
    status, page = get(f"{address}/")
    assert status == 200 and "<form" in page and "city" in page


def test_the_forecast_has_three_days(address):
    status, text = get(f"{address}/api/forecast?city=Berlin")
    days = json.loads(text)
    assert status == 200 and len(days) == 3
    assert all(day["high"] >= day["low"] and day["summary"] for day in days)


def test_an_unknown_city_is_not_found(address):
    assert get(f"{address}/api/forecast?city=Atlantis")[0] == 404


def test_what_a_visitor_types_is_text(address):
    assert "<script>alert" not in get(f"{address}/?city=%3Cscript%3Ealert(1)%3C/script%3E")[1]


def test_it_says_how_to_run_it():
    with open(os.path.join(PROJECT, "README.md"), encoding="utf-8") as file:
        assert "python -m weather" in file.read()
