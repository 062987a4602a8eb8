"""The dashboard as a gateway serves it, in Chromium: the claims that the mock is held to as well."""

import os
import pathlib
import subprocess

import pytest
from gateway import BUILD, token
from senders import Pcm

RUN = pathlib.Path(__file__).with_name("run")


def speak(gateway, bearer=None):
    sender = Pcm(gateway, "call-1", bearer=bearer, agent={"id": "a1", "name": "Ann"})
    sender.say(agent=[(1, 1500), (0, 3500)], customer=[(0, 2000), (4, 2000), (0, 1000)])
    sender.stop()
    assert sender.receive()["type"] == "started"
    assert sender.receive() == {"type": "stopped"}


@pytest.mark.browser
def test_the_dashboard_against_a_push_api_that_says_what_it_is_told():
    done = subprocess.run([RUN, BUILD], capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.browser
@pytest.mark.parametrize("is_dev", [True, False])
def test_the_dashboard_of_a_gateway(make_gateway, is_dev):
    gateway = make_gateway(is_dev=is_dev, config={"calls": {"grace_s": 1, "drain_s": 5}})
    speak(gateway, bearer=None if is_dev else token("calls:ingest"))
    environment = {**os.environ, "SIDETONE_WEB_URL": f"http://127.0.0.1:{gateway.port}/"}
    if not is_dev:
        environment["SIDETONE_WEB_TOKEN"] = token()
    done = subprocess.run([RUN, BUILD, "served.spec.mjs"], env=environment, capture_output=True,
                          text=True, timeout=180)
    assert done.returncode == 0, done.stdout + done.stderr
