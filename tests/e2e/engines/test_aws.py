"""Our client of Amazon Transcribe, through a gateway."""
import ssl
import time

import pytest

from aws import KEY_ID, REGION, SECRET, Simulator
from aws_services import Services
from calls import AGENT, AGENT_WORDS, CUSTOMER, CUSTOMER_WORDS
from certificates import Authority
from senders import Pcm
from subscriber import Subscriber

LONG_TOKEN = "/+=" * 500
TYPES = pytest.mark.parametrize("type", ["aws", "aws_call_analytics"])
TRANSPORTS = pytest.mark.parametrize("transport", ["http2", "websocket"])


@pytest.fixture
def aws():
    simulator = Simulator()
    yield simulator
    simulator.close()


@pytest.fixture
def clean_environment(tmp_path):
    """Without AWS's own variables and files of whoever runs this."""
    return {"AWS_CONFIG_FILE": str(tmp_path / "none"), "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
            "AWS_EC2_METADATA_DISABLED": "true", "AWS_REGION": "", "AWS_DEFAULT_REGION": "", "AWS_PROFILE": "",
            "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_SESSION_TOKEN": ""}


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def aws_tls(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue())
    context.set_alpn_protocols(["h2", "http/1.1"])
    simulator = Simulator(context)
    yield simulator
    simulator.close()


@pytest.fixture
def start_on(make_gateway, clean_environment):
    """A gateway whose route uses that simulator, and its subscriber."""
    def run(aws, transport="http2", environment=None, parameters=(), **remote):
        settings = {"name": "aws", "type": "aws", "url": aws.url(transport), "region": REGION,
                    "key": f"{KEY_ID}:{SECRET}", "parameters": [f"transport={transport}", *parameters], **remote}
        gateway = make_gateway(
            config={"engines": {"remote": [settings]},
                    "tenants": [{"name": "default", "routes": [{"name": "default", "engines": ["aws"]}]}]},
            environment={**clean_environment, **(environment or {})})
        return gateway, Subscriber(gateway.ws("/v1/events"))
    return run


@pytest.fixture
def start(aws, start_on):
    return lambda *arguments, **options: start_on(aws, *arguments, **options)


def run_call(gateway, subscriber, agent=tuple(AGENT), customer=tuple(CUSTOMER), rate_hz=8000):
    sender = Pcm(gateway, "call-1", rate_hz=rate_hz)
    sender.say(agent=agent, customer=customer)
    sender.stop()
    subscriber.until("call.ended", timeout=60)
    sender.close()
    assert SECRET not in gateway.log() and LONG_TOKEN not in gateway.log()
    return finals(subscriber)


def is_whole(segments):
    return words(segments, "agent") == AGENT_WORDS and words(segments, "customer") == CUSTOMER_WORDS


def finals(subscriber):
    return [m["segment"] for m in subscriber.of_type("transcript.final")]


def words(segments, role):
    """The ledger: every word of a role, in order."""
    text = " ".join(s["text"] for s in sorted(segments, key=lambda s: s["id"]) if s["role"] == role)
    return text.lower().replace(".", "").split()


@TYPES
@TRANSPORTS
@pytest.mark.parametrize("rate_hz", [8000, 16000])
def test_a_call_is_heard_whole_and_in_order(start, aws, type, transport, rate_hz):
    gateway, subscriber = start(transport, type=type)
    segments = run_call(gateway, subscriber, rate_hz=rate_hz)
    assert is_whole(segments)
    said = [s for s in segments if s["role"] == "agent"]
    assert said[0]["text"] == "thank you for calling how can i help."
    assert [w["text"] for w in said[0]["words"]] == said[0]["text"].split()
    assert said[0]["word_times"] == "measured" and said[0]["confidence"] == 0.9
    assert abs(said[1]["start_ms"] - 6000) <= 80 and abs(said[1]["end_ms"] - 8000) <= 80
    assert subscriber.of_type("transcript.partial")
    assert aws.complaints == []
    assert {s.parameters["sample-rate"] for s in aws.streams} == {str(rate_hz)}
    assert len(aws.streams) == 1 and aws.streams[0].channels == 2


def test_the_roles_are_told_first(start, aws):
    gateway, subscriber = start(type="aws_call_analytics", parameters=[
        "output-location=s3://bucket/calls/", "data-access-role-arn=arn:aws:iam::1:role/r"])
    assert is_whole(run_call(gateway, subscriber))
    configuration = aws.streams[0].configuration
    assert {d["ParticipantRole"] for d in configuration["ChannelDefinitions"]} == {"AGENT", "CUSTOMER"}
    assert configuration["PostCallAnalyticsSettings"] == {
        "OutputLocation": "s3://bucket/calls/", "DataAccessRoleArn": "arn:aws:iam::1:role/r"}
    assert aws.complaints == []


@TRANSPORTS
def test_over_tls(aws_tls, start_on, authority, transport):
    gateway, subscriber = start_on(aws_tls, transport, ca_file=str(authority.certificate))
    assert is_whole(run_call(gateway, subscriber))
    assert aws_tls.complaints == []


@TRANSPORTS
def test_a_certificate_nobody_trusts(aws_tls, start_on, transport):
    gateway, subscriber = start_on(aws_tls, transport)
    sender = Pcm(gateway, "call-1")
    sender.say(agent=[(1, 1000)])
    degraded = subscriber.until("stt.degraded")
    assert "certificate" in degraded["reason"]
    sender.close()


@TRANSPORTS
def test_what_it_is_asked_for(start, aws, transport):
    gateway, subscriber = start(transport, model="my-model", parameters=[
        "vocabulary-name=names", "vocabulary-filter-name=oaths", "vocabulary-filter-method=mask",
        "partial-results-stability=high", "session-id=call", "session-resume-window=30",
        "content-identification-type=PII", "pii-entity-types=PIN,NAME"])
    assert is_whole(run_call(gateway, subscriber))
    for stream in aws.streams:
        assert stream.parameters == {
            "media-encoding": "pcm", "sample-rate": "8000", "language-code": "en-US",
            "language-model-name": "my-model", "vocabulary-name": "names", "vocabulary-filter-name": "oaths",
            "vocabulary-filter-method": "mask", "partial-results-stability": "high",
            "enable-partial-results-stabilization": "true", "session-resume-window": "30",
            "content-identification-type": "PII", "pii-entity-types": "PIN,NAME",
            "enable-channel-identification": "true", "number-of-channels": "2",
            "session-id": stream.parameters["session-id"]}
    assert len({stream.parameters["session-id"] for stream in aws.streams}) == 1
    assert aws.complaints == []


@TYPES
def test_it_finds_out_the_language(start, aws, type):
    gateway, subscriber = start(type=type, parameters=["identify-language=true", "language-options=en-US,es-US",
                                            "preferred-language=en-US"])
    segments = run_call(gateway, subscriber)
    assert is_whole(segments)
    assert {(s["text"].split()[0], s["language"]) for s in segments} == {("thank", "en-US"), ("i", "es-US")}
    assert "language-code" not in aws.streams[0].parameters and aws.complaints == []


def test_unfinished_words_are_withheld_where_it_redacts(start, aws):
    gateway, subscriber = start(parameters=["content-redaction-type=PII"])
    assert is_whole(run_call(gateway, subscriber))
    assert not subscriber.of_type("transcript.partial")


@TYPES
@pytest.mark.parametrize("fault", ["duplicate", "out_of_order", "contradict"])
def test_odd_results_cost_no_word(start, aws, type, fault):
    aws.set_fault(fault)
    gateway, subscriber = start(type=type)
    assert is_whole(run_call(gateway, subscriber))


@TRANSPORTS
@pytest.mark.parametrize("fault", ["refuse", "throttled", "server_error", "cut_mid_word",
                                   "malformed", "oversized", "clock_back"])
def test_after_a_fault_the_audio_is_heard_again(start, aws, transport, fault):
    aws.set_fault(fault, streams=1)
    gateway, subscriber = start(transport)
    assert is_whole(run_call(gateway, subscriber))
    assert aws.complaints == []


@TRANSPORTS
def test_a_refusal_is_told_and_not_tried_again_and_again(start, aws, transport):
    aws.set_fault("forbidden")
    gateway, subscriber = start(transport)
    assert run_call(gateway, subscriber) == []
    assert "transcribe:StartStreamTranscription" in subscriber.of_type("stt.degraded")[0]["reason"]
    assert len(aws.requests) <= 4


EXCEPTIONS = [("BadRequestException", "Your request timed out because no new audio was received", "no audio came"),
              ("ConflictException", "another", "session id"), ("LimitExceededException", "", "limit of streams"),
              ("InternalFailureException", "", "failure of its own"),
              ("ServiceUnavailableException", "", "not available"), ("AnotherException", "", "AnotherException")]


@TRANSPORTS
@pytest.mark.parametrize("name, message, told", EXCEPTIONS)
def test_an_exception_is_told_and_got_over(start, aws, transport, name, message, told):
    aws.exception = (name, message, 1000, 1)
    gateway, subscriber = start(transport)
    assert is_whole(run_call(gateway, subscriber))
    degraded = subscriber.of_type("stt.degraded")
    assert not degraded or told in degraded[0]["reason"]


def test_a_clock_that_is_wrong(start, aws):
    aws.clock_s = 3600
    gateway, subscriber = start()
    assert is_whole(run_call(gateway, subscriber))
    assert aws.complaints == []


# ---- credentials ----

@pytest.fixture
def services(aws):
    made = Services(aws.keys)
    yield made
    made.close()


def heard(aws, start, transport="http2", **options):
    gateway, subscriber = start(transport, key="", **options)
    assert is_whole(run_call(gateway, subscriber))
    assert "temporary/secret" not in gateway.log() and "token/" not in gateway.log()
    assert aws.complaints == []


@TRANSPORTS
def test_keys_of_the_environment(start, aws, transport):
    aws.keys.add("ASIAENV", "env/secret", LONG_TOKEN)
    heard(aws, start, transport, region="", environment={
        "AWS_ACCESS_KEY_ID": "ASIAENV", "AWS_SECRET_ACCESS_KEY": "env/secret", "AWS_SESSION_TOKEN": LONG_TOKEN,
        "AWS_REGION": REGION})


def test_keys_and_region_of_a_profile(start, aws, tmp_path):
    (tmp_path / "config").write_text(f"[default]\nregion = eu-west-1\n[profile work]\nregion = {REGION}\n")
    (tmp_path / "credentials").write_text(
        f"[default]\naws_access_key_id = x\naws_secret_access_key = y\n"
        f"[work]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n")
    heard(aws, start, region="", parameters=["profile=work"], environment={
        "AWS_CONFIG_FILE": str(tmp_path / "config"), "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials")})


def test_a_role_of_a_profile(start, aws, services, tmp_path):
    services.role_keys.add("AKIABASE", "base/secret")
    (tmp_path / "config").write_text("[profile agent]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = base\n"
                                     "[profile base]\naws_access_key_id=AKIABASE\naws_secret_access_key=base/secret\n")
    heard(aws, start, environment={"AWS_CONFIG_FILE": str(tmp_path / "config"), "AWS_PROFILE": "agent",
                                   "AWS_ENDPOINT_URL_STS": services.url})
    assert services.asked == ["AssumeRole"] and services.complaints == []


@pytest.mark.parametrize("is_xml", [False, True])
def test_a_role_by_web_identity(start, aws, services, tmp_path, is_xml):
    services.is_xml = is_xml
    (tmp_path / "identity").write_text("a.web.identity\n")
    heard(aws, start, environment={
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(tmp_path / "identity"), "AWS_ROLE_ARN": "arn:aws:iam::1:role/r",
        "AWS_ENDPOINT_URL_STS": services.url})
    assert services.asked == ["AssumeRoleWithWebIdentity"] and services.complaints == []


def test_a_containers_role(start, aws, services):
    heard(aws, start, environment={"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{services.url}/container",
                                   "AWS_CONTAINER_AUTHORIZATION_TOKEN": "container secret"})
    assert services.asked == ["container"] and services.complaints == []


def test_an_instances_role(start, aws, services):
    heard(aws, start, environment={"AWS_EC2_METADATA_DISABLED": "false",
                                   "AWS_EC2_METADATA_SERVICE_ENDPOINT": services.url})
    assert services.asked == ["token", "role ", "role gateway-role"] and services.complaints == []


def test_credentials_are_renewed_before_they_expire(start, aws, services):
    services.lifetime_s = 4
    gateway, subscriber = start(key="", environment={
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{services.url}/container",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": "container secret"})
    until = time.monotonic() + 20
    while services.given < 3:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert is_whole(run_call(gateway, subscriber))
    assert aws.complaints == []


@TRANSPORTS
def test_credentials_that_expire_in_mid_call(start, aws, services, transport):
    aws.set_fault("credentials_expire", streams=1)
    heard(aws, start, transport, environment={
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{services.url}/container",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": "container secret"})
    assert services.asked == ["container", "container"]
    assert len(aws.streams) >= 2


def test_no_credentials(start, aws):
    gateway, subscriber = start(key="")
    sender = Pcm(gateway, "call-1")
    sender.say(agent=[(1, 1000)])
    subscriber.until("stt.degraded")
    sender.close()
    assert aws.requests == []
