"""What the measuring scripts share: an idle machine, free ports, processes that end."""
import socket
import subprocess
import time

IDLE_SHARE, IDLE_PATIENCE_S = 0.88, 60


def read_cpu_ticks():
    ticks = [int(x) for x in open("/proc/stat").readline().split()[1:9]]
    return ticks[3] + ticks[4], sum(ticks)


def wait_for_idle(patience_s=IDLE_PATIENCE_S):
    """Two seconds in which the machine did almost nothing. False when they never came."""
    give_up = time.monotonic() + patience_s
    while time.monotonic() < give_up:
        idle, total = read_cpu_ticks()
        time.sleep(2)
        idle_after, total_after = read_cpu_ticks()
        if idle_after - idle >= IDLE_SHARE * (total_after - total):
            return True
    return False


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def wait_for_port(process, port):
    give_up = time.monotonic() + 15
    while time.monotonic() < give_up:
        if process.poll() is not None:
            return False
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        except OSError:
            time.sleep(0.1)
    return False


def stop(process):
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
