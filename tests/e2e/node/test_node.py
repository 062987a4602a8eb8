"""The push and ingest contracts by an independent JavaScript client: npm's ws, node's own fetch."""
import os
import pathlib
import shutil
import subprocess

import pytest

from gateway import ROOT, token

HERE = pathlib.Path(__file__).parent


def find_node():
    private = ROOT / ".sidetone" / "bin" / "node"
    node = str(private) if private.exists() else shutil.which("node")
    assert node, "no node: deploy/test installs one"
    return node


@pytest.mark.parametrize("is_dev", [True, False])
def test_a_javascript_client(make_gateway, is_dev):
    gateway = make_gateway(is_dev=is_dev)
    environment = {**os.environ, "SIDETONE_TEST_URL": f"http://127.0.0.1:{gateway.port}"}
    if not is_dev:
        environment["SIDETONE_TEST_READ_TOKEN"] = token("calls:read", ttl=600)
        environment["SIDETONE_TEST_INGEST_TOKEN"] = token("calls:ingest", ttl=600)
    done = subprocess.run([find_node(), "--test", "--test-reporter=spec", HERE / "push.spec.mjs"],
                          env=environment, capture_output=True, text=True, timeout=150)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "skipped 0" in done.stdout and "pass 0" not in done.stdout, done.stdout
