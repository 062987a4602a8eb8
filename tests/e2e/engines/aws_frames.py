"""application/vnd.amazon.eventstream, and AWS's signatures as the service checks them; independent of ours."""
import binascii
import datetime
import hashlib
import hmac
import struct
import urllib.parse
import zlib

EMPTY_HASH = hashlib.sha256(b"").hexdigest()
TYPES = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
HEADERS_MAX_BYTES = 128 * 1024
PAYLOAD_MAX_BYTES = 16 * 1024 * 1024


class BadFrame(Exception):
    pass


class BadSignature(Exception):
    """args[0]: the exception's name."""


# ---- frames ----

def encode(headers, payload):
    """headers: name → text, bytes, or int (a timestamp in ms)."""
    block = b""
    for name, value in headers.items():
        block += bytes([len(name)]) + name.encode()
        if isinstance(value, int):
            block += b"\x08" + struct.pack(">q", value)
        else:
            data = value.encode() if isinstance(value, str) else value
            block += (b"\x07" if isinstance(value, str) else b"\x06") + struct.pack(">H", len(data)) + data
    prelude = struct.pack(">II", 16 + len(block) + len(payload), len(block))
    prelude += struct.pack(">I", zlib.crc32(prelude))
    whole = prelude + block + payload
    return whole + struct.pack(">I", zlib.crc32(whole))


def decode_headers(block):
    headers, at = {}, 0
    while at < len(block):
        size = block[at]
        name = block[at + 1:at + 1 + size].decode()
        kind = block[at + 1 + size]
        at += 2 + size
        if kind in (6, 7):
            length, = struct.unpack_from(">H", block, at)
            value = block[at + 2:at + 2 + length]
            value = value.decode() if kind == 7 else value
            at += 2 + length
        else:
            length = TYPES[kind]
            value = block[at:at + length]
            value = kind == 0 if kind < 2 else int.from_bytes(value, "big", signed=True)
            at += length
        if not size or name in headers:
            raise BadFrame("header names are there and not repeated")
        headers[name] = value
    return headers


class Frames:
    """Cuts a stream of bytes into frames."""

    def __init__(self):
        self.data = b""

    def put(self, data):
        self.data += data
        while len(self.data) >= 12:
            whole, headers, crc = struct.unpack(">III", self.data[:12])
            if zlib.crc32(self.data[:8]) != crc:
                raise BadFrame("prelude checksum")
            if headers > HEADERS_MAX_BYTES or whole - headers - 16 > PAYLOAD_MAX_BYTES or whole < headers + 16:
                raise BadFrame("lengths")
            if len(self.data) < whole:
                return
            frame, self.data = self.data[:whole], self.data[whole:]
            if zlib.crc32(frame[:-4]) != struct.unpack(">I", frame[-4:])[0]:
                raise BadFrame("message checksum")
            yield decode_headers(frame[12:12 + headers]), frame[12 + headers:-4]


# ---- signatures ----

def sha256(data):
    return hashlib.sha256(data).hexdigest()


def _hmac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def signing_key(secret, date, region, service):
    return _hmac(_hmac(_hmac(_hmac(b"AWS4" + secret.encode(), date), region), service), "aws4_request")


def _check_time(text, now):
    at = datetime.datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc).timestamp()
    if abs(at - now) > 300:
        raise BadSignature("InvalidSignatureException", "Signature expired")
    return at


class Keys:
    """What the service knows of who may call it: id → (secret, token or None, expiry or None)."""

    def __init__(self, region="us-east-1", service="transcribe"):
        self.known, self.region, self.service = {}, region, service

    def add(self, key_id, secret, token=None, expires=None):
        self.known[key_id] = (secret, token, expires)

    def find(self, key_id, token, now):
        if key_id not in self.known:
            raise BadSignature("UnrecognizedClientException", "The security token included in the request is invalid.")
        secret, wanted, expires = self.known[key_id]
        if wanted != token:
            raise BadSignature("UnrecognizedClientException", "The security token included in the request is invalid.")
        if expires and now > expires:
            raise BadSignature("ExpiredTokenException", "The security token included in the request is expired")
        return secret

    def _check(self, method, path, query, headers, names, payload_hash, credential, time, signature, secret):
        key_id, date, region, service, end = credential.split("/")
        if (region, service, end) != (self.region, self.service, "aws4_request") or not time.startswith(date):
            raise BadSignature("InvalidSignatureException", "Credential should be scoped to a valid region")
        if names != sorted(names):
            raise BadSignature("InvalidSignatureException", "signed headers are not in order")
        text = "\n".join([method, urllib.parse.quote(path), query,
                          *(f"{name}:{' '.join(headers[name].split())}" for name in names), "",
                          ";".join(names), payload_hash])
        scope = f"{date}/{region}/{service}/aws4_request"
        to_sign = "\n".join(["AWS4-HMAC-SHA256", time, scope, sha256(text.encode())])
        key = signing_key(secret, date, region, service)
        if not hmac.compare_digest(_hmac(key, to_sign).hex(), signature):
            raise BadSignature("InvalidSignatureException",
                               "The request signature we calculated does not match the signature you provided.")
        return Chain(key, scope, signature)

    def check_headers(self, method, path, headers, now, body=None):
        """A request signed in its Authorization header; gives the chain of its chunks."""
        authorization = headers.get("authorization", "")
        if not authorization.startswith("AWS4-HMAC-SHA256 "):
            raise BadSignature("MissingAuthenticationTokenException", "Missing Authentication Token")
        fields = dict(part.strip().split("=", 1) for part in authorization[17:].split(","))
        names = fields["SignedHeaders"].split(";")
        for name in ("x-amz-date", *(name for name in headers if name.startswith("x-amzn-transcribe-")),
                     *(["x-amz-security-token"] if "x-amz-security-token" in headers else [])):
            if name not in names:
                raise BadSignature("InvalidSignatureException", f"{name} is not signed")
        if "host" not in names and ":authority" not in names:
            raise BadSignature("InvalidSignatureException", "the host is not signed")
        _check_time(headers["x-amz-date"], now)
        secret = self.find(fields["Credential"].split("/")[0], headers.get("x-amz-security-token"), now)
        payload_hash = headers.get("x-amz-content-sha256", EMPTY_HASH if body is None else sha256(body))
        both = {**headers, "host": headers.get("host", headers.get(":authority")),
                ":authority": headers.get(":authority", headers.get("host"))}
        return self._check(method, path, "", both, names, payload_hash, fields["Credential"],
                           headers["x-amz-date"], fields["Signature"], secret)

    def check_query(self, path, query_text, host, now):
        """A presigned URL; gives its parameters, those of the signature left out."""
        pairs = urllib.parse.parse_qsl(query_text, keep_blank_values=True, strict_parsing=True)
        query = dict(pairs)
        if len(query) != len(pairs):
            raise BadSignature("InvalidSignatureException", "a parameter is given twice")
        time = query["X-Amz-Date"]
        at = _check_time(time, now)
        if int(query["X-Amz-Expires"]) > 300 or now > at + int(query["X-Amz-Expires"]):
            raise BadSignature("InvalidSignatureException", "Signature expired")
        if query["X-Amz-Algorithm"] != "AWS4-HMAC-SHA256":
            raise BadSignature("IncompleteSignatureException", "algorithm")
        secret = self.find(query["X-Amz-Credential"].split("/")[0], query.get("X-Amz-Security-Token"), now)
        canonical = "&".join(sorted(f"{urllib.parse.quote(k, safe='-_.~')}={urllib.parse.quote(v, safe='-_.~')}"
                                    for k, v in pairs if k != "X-Amz-Signature"))
        self._check("GET", path, canonical, {"host": host}, query["X-Amz-SignedHeaders"].split(";"), EMPTY_HASH,
                    query["X-Amz-Credential"], time, query["X-Amz-Signature"], secret)
        return {k: v for k, v in pairs if not k.startswith("X-Amz-") and k != "x-amz-user-agent"}


class Chain:
    """The signatures of a stream's chunks, each over the one before."""

    def __init__(self, key, scope, signature):
        self.key, self.scope, self.previous = key, scope, signature

    def check(self, headers, payload, now):
        date = headers[":date"]
        if abs(date / 1000 - now) > 300:
            raise BadSignature("InvalidSignatureException", "Signature expired")
        time = datetime.datetime.fromtimestamp(date // 1000, datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        date_header = b"\x05:date\x08" + struct.pack(">q", date)
        to_sign = "\n".join(["AWS4-HMAC-SHA256-PAYLOAD", time, self.scope, self.previous, sha256(date_header),
                             sha256(payload)])
        wanted = _hmac(self.key, to_sign)
        if not hmac.compare_digest(wanted, headers[":chunk-signature"]):
            raise BadSignature("InvalidSignatureException", "a chunk's signature does not match")
        self.previous = binascii.hexlify(wanted).decode()
