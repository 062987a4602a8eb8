"""baresip, a telephone that nobody here wrote: calls once, plays a file, has keys pressed, and hangs up."""
import glob
import socket
import subprocess
import time

from sipp import free_port

CONFIG = """\
module_path {modules}
module g711.so
module g722.so
module opus.so
module aufile.so
module srtp.so
module account.so
module cons.so
module_app menu.so
cons_listen 127.0.0.1:{console}
sip_listen 127.0.0.1:0
audio_source aufile,{sound}
audio_player aufile,{folder}/heard.wav
opus_stereo no
opus_sprop_stereo no
"""
PRESS_S, RELEASE = 0.1, b"\x04"


class Baresip:
    def __init__(self, folder, name, sound, target, codec, seconds, more=""):
        folder.mkdir()
        [modules] = glob.glob("/usr/lib/*/baresip/modules") + glob.glob("/usr/lib/baresip/modules")
        self.console = ("127.0.0.1", free_port())
        (folder / "config").write_text(CONFIG.format(modules=modules, sound=sound, folder=folder,
                                                     console=self.console[1]))
        (folder / "accounts").write_text(
            f"<sip:{name}@127.0.0.1>;regint=0;audio_codecs={codec}{more}\n")
        self.process = subprocess.Popen(
            ["baresip", "-f", folder, "-e", f"/dial {target}", "-t", str(seconds)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def press(self, key):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as keyboard:
            keyboard.sendto(key.encode(), self.console)
            time.sleep(PRESS_S)
            keyboard.sendto(RELEASE, self.console)

    def wait(self):
        """All that it said."""
        said, _ = self.process.communicate(timeout=40)
        return said
