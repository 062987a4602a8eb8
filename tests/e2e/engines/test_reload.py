"""What engines were set up with outlives the configuration that said it."""
import signal
import time

import pytest

from calls import engine_config, run_call
from services import NO_AWS, SERVICES
from subscriber import Subscriber


def wait_for_reload(gateway, count):
    end = time.monotonic() + 15
    while gateway.log().count("reloaded: ") < count:
        assert time.monotonic() < end, gateway.log()
        time.sleep(0.05)


@pytest.mark.parametrize("name", SERVICES)
def test_calls_after_a_reload_are_heard(name, make_gateway):
    service = SERVICES[name]
    simulator = service.start()
    gateway = make_gateway(config=engine_config(service.engine("it", service.url(simulator))),
                           environment=NO_AWS)
    for count in (1, 2):
        gateway.process.send_signal(signal.SIGHUP)
        wait_for_reload(gateway, count)
        subscriber = Subscriber(gateway.ws("/v1/events"))
        assert run_call(gateway, subscriber)
        subscriber.ws.close()
    simulator.close()
