"""rtpengine's control protocol, NG: dictionaries in bencode over UDP."""
import os
import socket


def encode(value):
    if isinstance(value, dict):
        return b"d" + b"".join(encode(key) + encode(value[key]) for key in sorted(value)) + b"e"
    if isinstance(value, list):
        return b"l" + b"".join(map(encode, value)) + b"e"
    if isinstance(value, int):
        return b"i%de" % value
    data = value.encode()
    return b"%d:%s" % (len(data), data)


def decode(data, at=0):
    """(value, where it ends)"""
    kind = data[at:at + 1]
    if kind == b"i":
        end = data.index(b"e", at)
        return int(data[at + 1:end]), end + 1
    if kind in b"ld":
        values, at = [], at + 1
        while data[at:at + 1] != b"e":
            value, at = decode(data, at)
            values.append(value)
        return (values if kind == b"l" else dict(zip(values[::2], values[1::2]))), at + 1
    colon = data.index(b":", at)
    end = colon + 1 + int(data[at:colon])
    return data[colon + 1:end].decode(), end


class Control:
    def __init__(self, port):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(("127.0.0.1", port))

    def ask(self, command, timeout=10, **more):
        """Keys have - for _."""
        cookie = os.urandom(6).hex().encode()
        request = {"command": command, **{key.replace("_", "-"): more[key] for key in more}}
        self.socket.settimeout(timeout)
        self.socket.send(cookie + b" " + encode(request))
        while True:
            mark, _, data = self.socket.recv(65536).partition(b" ")
            if mark == cookie:
                break
        answer = decode(data)[0]
        assert answer["result"] in ("ok", "pong"), (request, answer)
        return answer
