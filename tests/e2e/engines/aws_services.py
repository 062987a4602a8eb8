"""Where AWS credentials come from besides files: a container's endpoint, an instance's metadata, the token service."""
import datetime
import json
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aws_frames import BadSignature, Keys


class Services:
    """All three on one port. Each time they are asked they give other keys, which `keys` (of a simulator of
    Transcribe) then knows."""

    def __init__(self, keys, lifetime_s=3600):
        self.keys, self.lifetime_s = keys, lifetime_s
        self.asked, self.complaints = [], []
        self.given = 0
        self.role_keys = Keys(service="sts")
        self.is_xml = False
        self.refuses = False
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def make(self, token_name="Token"):
        self.given += 1
        key_id, secret, token = f"ASIATEMPORARY{self.given}", f"temporary/secret{self.given}", f"token/{self.given}+=" * 60
        expires = time.time() + self.lifetime_s
        self.keys.add(key_id, secret, token, expires)
        at = datetime.datetime.fromtimestamp(expires, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {"AccessKeyId": key_id, "SecretAccessKey": secret, token_name: token, "Expiration": at}

    def handler(services):
        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *arguments):
                pass

            def answer(self, status, body):
                body = (body if isinstance(body, str) else json.dumps(body)).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_PUT(self):
                services.asked.append("token")
                if self.path != "/latest/api/token" or not self.headers["X-aws-ec2-metadata-token-ttl-seconds"]:
                    services.complaints.append(f"PUT {self.path}")
                self.answer(200, "session-token==")

            def do_GET(self):
                if self.path.startswith("/latest/meta-data/iam/security-credentials/"):
                    if self.headers["X-aws-ec2-metadata-token"] != "session-token==":
                        services.complaints.append("metadata without a token")
                    role = self.path.rsplit("/", 1)[1]
                    services.asked.append(f"role {role}")
                    self.answer(200, {"Code": "Success", **services.make()} if role else "gateway-role\n")
                elif self.path == "/container":
                    services.asked.append("container")
                    if self.headers["Authorization"] != "container secret":
                        services.complaints.append("container without authorization")
                    self.answer(500 if services.refuses else 200, {} if services.refuses else services.make())
                else:
                    self.answer(404, {})

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                form = dict(urllib.parse.parse_qsl(body.decode()))
                services.asked.append(form["Action"])
                if form["Action"] == "AssumeRole":
                    try:
                        headers = {name.lower(): value for name, value in self.headers.items()}
                        services.role_keys.check_headers("POST", "/", headers, time.time(), body)
                    except BadSignature as error:
                        services.complaints.append(str(error))
                elif form.get("WebIdentityToken") != "a.web.identity":
                    self.answer(400, {"Error": {"Code": "InvalidIdentityToken", "Message": "no"}})
                    return
                if not form["RoleArn"].startswith("arn:aws:iam::") or not form["RoleSessionName"]:
                    services.complaints.append("role")
                made = services.make("SessionToken")
                if services.is_xml:
                    fields = "".join(f"<{name}>{value}</{name}>" for name, value in made.items())
                    self.answer(200, f"<R><Credentials>{fields}</Credentials></R>")
                else:
                    made["Expiration"] = time.time() + services.lifetime_s
                    self.answer(200, {f"{form['Action']}Response": {f"{form['Action']}Result": {"Credentials": made}}})

        return Handler
