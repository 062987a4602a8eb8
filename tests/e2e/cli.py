"""The command line as a user has it: programs run to their end, or on a terminal of their own."""
import fcntl
import os
import pty
import struct
import subprocess
import termios
import threading
import time
import wave

import speech
from gateway import BINARY, SANITIZERS


def environment(**changes):
    """Ours, without what would change a verb's defaults; a sanitizer's report is an exit of 99."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("SIDETONE_")}
    return {**clean, **SANITIZERS, **changes}


def run(*arguments, env=None, **options):
    """A verb's end. LeakSanitizer itself may fall over what threads kept for themselves: then not with that."""
    def once(**changes):
        return subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True, timeout=90,
                              env=environment(**(env or {}), **changes), **options)

    done = once()
    if "LeakSanitizer has encountered a fatal error" in done.stderr:
        done = once(LSAN_OPTIONS="use_tls=0")
    return done


def write_wav(path, *channels, rate_hz=8000, voice=speech):
    """Channels as lists of (sentence, ms)."""
    voices = [voice.samples(channel, rate_hz) for channel in channels]
    values = speech.interleave(*voices) if len(voices) == 2 else voices[0]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(voices))
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(speech.l16(values))
    return path


class Background:
    """A verb that runs while the test does something else; its output as it comes."""

    def __init__(self, *arguments, env=None):
        self.process = subprocess.Popen([BINARY, *map(str, arguments)], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True,
                                        env=environment(**(env or {})))
        self.out, self.err = [], []
        self.threads = [threading.Thread(target=self.read, args=pair, daemon=True) for pair in
                        ((self.process.stdout, self.out), (self.process.stderr, self.err))]
        for thread in self.threads:
            thread.start()

    @staticmethod
    def read(stream, lines):
        for line in stream:
            lines.append(line.rstrip("\n"))

    def until(self, condition, seconds=30):
        end = time.monotonic() + seconds
        while not condition(self.out):
            assert time.monotonic() < end, (self.out, self.err)
            time.sleep(0.02)

    def wait(self, seconds=60):
        code = self.process.wait(seconds)
        for thread in self.threads:
            thread.join()
        return code


class Terminal:
    """A verb on a pseudo-terminal. `screens` says which of its streams are that terminal; the
    others are pipes."""

    def __init__(self, *arguments, env=None, columns=100, rows=30):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.process = subprocess.Popen(
            [BINARY, *map(str, arguments)], stdin=slave, stdout=slave, stderr=slave,
            start_new_session=True,
            env=environment(**{"TERM": "xterm", "LC_ALL": "C.UTF-8", **(env or {})}))
        os.close(slave)
        self.data = b""
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        while True:
            try:
                data = os.read(self.master, 65536)
            except OSError:
                return
            if not data:
                return
            self.data += data

    def text(self):
        return self.data.decode(errors="replace")

    def until(self, words, seconds=30):
        end = time.monotonic() + seconds
        while words not in self.text():
            assert time.monotonic() < end, self.text()
            time.sleep(0.02)

    def wait(self, seconds=60):
        code = self.process.wait(seconds)
        self.thread.join(5)
        os.close(self.master)
        return code

    def rows(self, columns=100):
        """What the screen shows in the end, for the few controls that the verbs use."""
        screen, row = [""], 0
        text = self.text().replace("\r\n", "\n")
        at = 0
        column = 0
        while at < len(text):
            if text.startswith("\x1b[", at):
                end = at + 2
                while not text[end].isalpha():
                    end += 1
                count, kind = text[at + 2:end], text[end]
                if kind == "A":
                    row = max(0, row - int(count or 1))
                elif kind == "J":
                    screen[row] = screen[row][:column]
                    del screen[row + 1:]
                elif kind == "K":
                    screen[row] = screen[row][:column]
                else:
                    assert kind == "m", f"unexpected control {text[at:end + 1]!r}"
                at = end + 1
                continue
            character = text[at]
            at += 1
            if character == "\r":
                column = 0
            elif character == "\n":
                row, column = row + 1, 0
                if row == len(screen):
                    screen.append("")
            else:
                assert character.isprintable(), f"unexpected character {character!r}"
                if column == columns:
                    row, column = row + 1, 0
                    if row == len(screen):
                        screen.append("")
                line = screen[row].ljust(column)
                screen[row] = line[:column] + character + line[column + 1:]
                column += 1
        return screen
