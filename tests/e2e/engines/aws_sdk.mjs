// AWS's own client: aws_sdk.mjs URL http2|websocket standard|analytics KEY_ID SECRET [parameters as JSON]

import { chunks, load, samples, sleep, tell } from "./sdk.mjs";

const sdk = load("@aws-sdk/client-transcribe-streaming");
const [url, transport, operation, accessKeyId, secretAccessKey, parameters = "{}"] = process.argv.slice(2);
const RATE_HZ = 8000;
const STEP_MS = 100;

// What the package's build for browsers has in place of Node's.
function inTheBrowser() {
  const { WebSocket } = load("ws");
  globalThis.WebSocket = class extends WebSocket {
    constructor(address) { // it knows wss:// alone
      super(address.replace("wss:", new URL(url).protocol));
    }
  };
  const { WebSocketFetchHandler } = load("@aws-sdk/middleware-websocket");
  const { eventStreamPayloadHandler } = load("@aws-sdk/middleware-sdk-transcribe-streaming");
  return {
    requestHandler: new WebSocketFetchHandler(),
    eventStreamPayloadHandlerProvider: () => eventStreamPayloadHandler,
  };
}

function bothChannels() {
  const agent = samples([[1, 1800], [0, 3000]], RATE_HZ);
  const customer = samples([[0, 2000], [4, 2000], [0, 800]], RATE_HZ);
  return Int16Array.from({ length: 2 * agent.length }, (_, i) => (i % 2 ? agent : customer)[i >> 1]);
}

async function* audio() {
  const isAnalytics = operation === "analytics";
  const isStereo = isAnalytics || JSON.parse(parameters).NumberOfChannels === 2;
  if (isAnalytics)
    yield { ConfigurationEvent: { ChannelDefinitions: [{ ChannelId: 0, ParticipantRole: "CUSTOMER" },
                                                       { ChannelId: 1, ParticipantRole: "AGENT" }] } };
  const values = isStereo ? bothChannels() : samples([[1, 1800], [0, 400], [4, 2000], [0, 400]], RATE_HZ);
  for (const AudioChunk of chunks(values, RATE_HZ * (isStereo ? 2 : 1), STEP_MS)) {
    yield { AudioEvent: { AudioChunk } };
    await sleep(10);
  }
  if (transport === "websocket") {
    yield { AudioEvent: { AudioChunk: new Uint8Array(0) } };
    await sleep(500); // the client closes as soon as this ends
  }
}

const client = new sdk.TranscribeStreamingClient({
  region: "us-east-1", endpoint: url, credentials: { accessKeyId, secretAccessKey }, maxAttempts: 1,
  ...(transport === "websocket" ? inTheBrowser() : {}),
});
// It puts the service's own port behind any host name.
if (transport === "websocket")
  client.middlewareStack.addRelativeTo((next) => (args) => {
    args.request.hostname = new URL(url).hostname;
    args.request.headers.host = new URL(url).host;
    return next(args);
  }, { name: "ownPort", relation: "after", toMiddleware: "websocketPortMiddleware" });

const Command = operation === "analytics" ? sdk.StartCallAnalyticsStreamTranscriptionCommand
                                          : sdk.StartStreamTranscriptionCommand;
try {
  const answer = await client.send(new Command({
    LanguageCode: "en-US", MediaSampleRateHertz: RATE_HZ, MediaEncoding: "pcm", AudioStream: audio(),
    ...JSON.parse(parameters),
  }));
  tell({ session: answer.SessionId ?? null, rate: answer.MediaSampleRateHertz ?? null });
  const events = answer.CallAnalyticsTranscriptResultStream ?? answer.TranscriptResultStream;
  for await (const event of events)
    tell(event);
} catch (error) {
  tell({ error: error.name, message: error.message });
}
client.destroy();
process.exit(0);
