#!/usr/bin/env python3
"""Holds the include table: which room may include whose headers. includes.py SOURCE_ROOT"""
import pathlib
import re
import sys

NOUNS = {"alert", "frame", "audio_second", "segment", "finding", "measures", "issues", "summary", "language",
         "profanity", "question", "script", "topic", "transcript_format", "pii_entity", "event",
         "message", "call_facts", "vendor_finding", "media_quality"}
HEADERS = {
    "core": {"err", "mem", "prefetch", "buf", "json_writer", "json_scan", "base64", "log", "loop", "post",
             "queue", "pool", "metrics", "ort", "worker_pool", "random", "reader", "token", "jwks", "spelling", "certificate",
             "config", "digest_auth", "document", "file", "utf8"},
    "audio": {"codec", "timeline", "resample", "framer", "level", "seconds", "wav"},
    "rtp": {"rtp_conceal", "rtp_dtmf", "rtp_packet", "rtp_payload", "rtp_quality", "rtp_receiver", "rtp_reorder", "rtp_rtcp", "rtp_sdp", "rtp_skew", "rtp_srtp", "rtp_stream",
            "rtp_encoder", "rtp_impair", "rtp_offer", "rtp_press", "rtp_sender"},
    "siprec": {"siprec"},
    "net": {"net", "request", "udp", "wire"},
    "media": {"media"},
    "ingest": {"ingest"},
    "stt": {"stt", "engine", "moonshine"},
    "analytics": {"alerts", "analysis", "embedder", "rule_scripts", "rules", "characteristics", "sentiment",
                  "pii", "profanity_list"},
    "push": {"hub"},
    "transcript": {"transcript"},
    "call": {"call", "call_engines", "review", "rtp_session", "rule_store"},
    "telephony": {"siprec_calls", "siprec_server"},
    "http": {"api"},
    "web": {"web"},
}
LOW = ["core"]
MIDDLE = ["core", "audio", "rtp", "net", "media", "ingest", "stt", "analytics", "push", "transcript"]
ROOMS = {
    "core": ["core"],
    "audio": ["core", "audio"],
    "rtp": ["core", "rtp"],
    "siprec": ["core", "rtp", "siprec"],
    "net": ["core", "net"],
    "media": ["core", "rtp", "net", "media"],
    # Payload encodings are named by the audio room's table.
    "ingest": ["core", "ingest"],
    "stt": ["core", "stt"],
    "analytics": ["core", "analytics"],
    "push": ["core", "push"],
    "transcript": ["core", "transcript"],
    "call": MIDDLE + ["call"],
    "telephony": ["core", "rtp", "siprec", "net", "ingest", "call", "telephony"],
    "http": MIDDLE + ["call", "http", "web"],
    "web": ["core", "web"],
    "cli": MIDDLE + ["call", "http", "rtp", "siprec", "telephony", "web"],
}
# Inside a room: which folder may include whose headers; the room's own files may include them all.
FOLDERS = {
    "analytics": {
        "text": [],
        "meaning": ["text"],
        "phrases": ["text"],
        "measures": ["text"],
        "issues": ["meaning", "text"],
        "pii": ["text"],
        "rules": ["meaning", "phrases", "text"],
    },
}
# Audio is held as it came, and made what the engine wants when that hears it.
EXTRA = {"ingest": {"codec"}, "rtp": {"codec"}, "stt": {"codec", "resample"}}
THIRD_PARTY = {
    "uv.h": {"core", "net"},
    "libwebsockets.h": {"net"},
    "nghttp2/nghttp2.h": {"net"},
    "openssl/": {"core", "net", "ingest", "siprec", "stt", "cli"},
    "osipparser2/": {"siprec", "cli"},
    "expat.h": {"siprec"},
    "curl/curl.h": {"stt"},
    "zlib.h": {"stt"},
    "jansson.h": {"core", "ingest", "stt", "analytics", "push", "transcript", "call",
                  "http", "cli"},
    "cyaml/cyaml.h": {"core"},
    "yaml.h": {"core"},
    "jwt.h": {"core"},
    "speex/": {"audio", "stt"},
    "opus.h": {"rtp"},
    "spandsp.h": {"rtp"},
    "srtp2/": {"rtp"},
    "pocketsphinx": {"stt"},
    "sphinxbase/": {"stt"},
    "utf8proc.h": {"analytics"},
    "dlfcn.h": {"core"},
}
OWNER = {header: room for room, headers in HEADERS.items() for header in headers}


def allowed(room):
    headers = set(NOUNS) | EXTRA.get(room, set())
    for other in ROOMS[room]:
        headers |= HEADERS.get(other, set())
    return headers


def may_enter(room, folder, included):
    """Whether a file of the folder (of the room itself: any name else) may include a header."""
    folders = FOLDERS.get(room, {})
    there = included.rpartition("/")[0]
    return folder not in folders or there in ("", folder) or there in folders[folder]


def check_line(room, line, folder, room_folder):
    ours = re.match(r'#include "sidetone/(\w+)\.h"', line)
    if ours:
        name = ours.group(1)
        if name not in OWNER and name not in NOUNS:
            return f"{name}.h belongs to no room: add it to this table"
        if name not in allowed(room):
            return f"{room} may not include {name}.h of {OWNER.get(name)}"
    own = re.match(r'#include "(?!sidetone/)([\w/.]+)"', line)
    if own and not may_enter(room, folder.name, own.group(1)):
        return f"{folder.name} may not include {own.group(1)}"
    if own and room_folder not in (folder / own.group(1)).resolve().parents:
        return "reaches out of its room"
    theirs = re.match(r"#include <([\w/.]+)>", line)
    if theirs:
        for prefix, rooms in THIRD_PARTY.items():
            if theirs.group(1).startswith(prefix) and room not in rooms:
                return f"{room} may not include <{theirs.group(1)}>"
    return None


def main(root):
    problems, files = [], 0
    for path in sorted((root / "src").rglob("*.[ch]")):
        room = path.relative_to(root / "src").parts[0]
        room_folder = (root / "src" / room).resolve()
        files += 1
        for number, line in enumerate(path.read_text().splitlines(), 1):
            problem = check_line(room, line, path.parent, room_folder)
            if problem:
                problems.append(f"{path.relative_to(root)}:{number}: {problem}")
    for path in sorted((root / "include/sidetone").glob("*.h")):
        files += 1
        if path.stem not in OWNER and path.stem not in NOUNS:
            problems.append(f"{path.relative_to(root)}: belongs to no room")
    print("\n".join(problems) or f"{files} files keep to the table")
    return bool(problems) or files == 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
