"""Every service there is a simulator of, looked at alike: what a test of all of them goes through."""
import dataclasses

import assemblyai
import aws
import azure
import deepgram
import openai
import vosk_server

NO_AWS = {"AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
          "AWS_EC2_METADATA_DISABLED": "true", "AWS_REGION": "", "AWS_DEFAULT_REGION": "", "AWS_PROFILE": "",
          "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_SESSION_TOKEN": ""}


@dataclasses.dataclass
class Service:
    type: str
    make: type
    key: str = ""
    transport: str = ""       # of those that have two
    streams_per_call: int = 2  # one for each channel, or one for both
    says_when: bool = True     # to come again after too many requests

    def start(self, tls=None):
        return self.make(tls)

    def url(self, simulator):
        return simulator.url(self.transport) if self.transport else simulator.url

    def elsewhere(self, port, host="127.0.0.1", is_tls=False):
        scheme = "http" if self.transport == "http2" else "ws"
        return f"{scheme}{'s' if is_tls else ''}://{host}:{port}"

    def engine(self, name, url, **settings):
        """Its entry in `engines.remote`."""
        own = {"name": name, "type": self.type, "url": url, "key": self.key, **settings}
        if self.transport:
            own["region"] = aws.REGION
            own["parameters"] = [*own.get("parameters", ()), f"transport={self.transport}"]
        return own


AWS_KEY = f"{aws.KEY_ID}:{aws.SECRET}"
SERVICES = {
    "vosk": Service("vosk", vosk_server.VoskServer),
    "deepgram": Service("deepgram", deepgram.Deepgram, deepgram.KEY, streams_per_call=1),
    "assemblyai": Service("assemblyai", assemblyai.AssemblyAI, assemblyai.KEY, says_when=False),
    "openai": Service("openai", openai.OpenAI, openai.KEY),
    "azure": Service("azure", azure.Azure, azure.KEY),
    "aws-http2": Service("aws", aws.Simulator, AWS_KEY, "http2", 1),
    "aws-websocket": Service("aws", aws.Simulator, AWS_KEY, "websocket", 1, says_when=False),
    "aws_call_analytics": Service("aws_call_analytics", aws.Simulator, AWS_KEY, "http2", 1),
}
