"""Silence and pressed keys by GStreamer's rtpdtmfsrc, whose keys are events that only a program can send:
gst_keys.py PORT KEYS. By ctypes, since Python's own binding of GStreamer is no package of PyPI."""
import ctypes
import sys
import time

G_TYPE_INT, G_TYPE_BOOLEAN = (ctypes.c_size_t(n << 2) for n in (6, 5))
CUSTOM_UPSTREAM = 270 << 8 | 1
STATE_NULL, STATE_PLAYING = 1, 4
PRESS_S, PAUSE_S = 0.15, 0.2

gst = ctypes.CDLL("libgstreamer-1.0.so.0")
for name in ("gst_parse_launch", "gst_structure_new", "gst_event_new_custom"):
    getattr(gst, name).restype = ctypes.c_void_p


def number(value):
    return G_TYPE_INT, ctypes.c_int(value)


def send(pipeline, key, starts):
    """An event of the named type 1, as RTP (method 1)."""
    fields = {"type": number(1), "number": number("0123456789*#".index(key)),
              "volume": number(10), "method": number(1),
              "start": (G_TYPE_BOOLEAN, ctypes.c_int(starts))}
    words = [word for field, pair in fields.items() for word in (field.encode(), *pair)]
    structure = gst.gst_structure_new(b"dtmf-event", *words, ctypes.c_void_p(None))
    event = gst.gst_event_new_custom(ctypes.c_int(CUSTOM_UPSTREAM), ctypes.c_void_p(structure))
    assert gst.gst_element_send_event(pipeline, ctypes.c_void_p(event))


def main(port, keys):
    gst.gst_init(None, None)
    line = (f"rtpdtmfmux name=mux ssrc=7 timestamp-offset=0 ! udpsink host=127.0.0.1 port={port} async=false "
            "audiotestsrc is-live=true wave=silence ! audio/x-raw,rate=8000 ! mulawenc ! rtppcmupay ssrc=7 timestamp-offset=0 max-ptime=20000000 ! "
            "mux.sink_0 rtpdtmfsrc pt=101 ssrc=7 timestamp-offset=0 ! mux.priority_sink_0")
    error = ctypes.c_void_p()
    pipeline = ctypes.c_void_p(gst.gst_parse_launch(line.encode(), ctypes.byref(error)))
    assert pipeline and not error, line
    gst.gst_element_set_state(pipeline, STATE_PLAYING)
    time.sleep(0.5)
    for key in keys:
        for starts, wait_s in ((1, PRESS_S), (0, PAUSE_S)):
            send(pipeline, key, starts)
            time.sleep(wait_s)
    time.sleep(0.3)
    gst.gst_element_set_state(pipeline, STATE_NULL)


main(*sys.argv[1:])
