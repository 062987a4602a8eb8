"""Starts the recorder (tests/tools/siprec_recorder.c) and reads what it tells."""
import json
import os
import pathlib
import queue
import subprocess
import threading

BUILD = pathlib.Path(os.environ.get("SIDETONE_BUILD", "build"))


class Recorder:
    def __init__(self, *options):
        self.process = subprocess.Popen(
            [BUILD / "tests/tools/siprec_recorder", *map(str, options)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.ports = json.loads(self.process.stdout.readline())
        self.events, self.log = queue.Queue(), []
        self.threads = [threading.Thread(target=self.read_events, daemon=True),
                        threading.Thread(target=self.read_log, daemon=True)]
        for thread in self.threads:
            thread.start()

    def read_events(self):
        for line in self.process.stdout:
            self.events.put(json.loads(line))

    def read_log(self):
        for line in self.process.stderr:
            self.log.append(line)

    def wait(self, event, timeout=20):
        """The next event of that name; others before it are passed over."""
        while True:
            told = self.events.get(timeout=timeout)
            if told["event"] == event:
                return told

    def rest(self):
        """What was told and not waited for."""
        events = []
        while not self.events.empty():
            events.append(self.events.get())
        return events

    def stop(self):
        self.process.terminate()
        code = self.process.wait(20)
        for thread in self.threads:
            thread.join(5)
        return code
