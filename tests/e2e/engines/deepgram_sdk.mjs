// Deepgram's own client against the simulator: deepgram_sdk.mjs URL KEY CHANNELS

import { chunks, load, samples, sleep, tell } from "./sdk.mjs";

const { DeepgramClient } = load("@deepgram/sdk");
const [url, apiKey, channels] = process.argv.slice(2);
const rateHz = 8000;

const client = new DeepgramClient({
  apiKey,
  environment: { base: url, production: url, agent: url, agentRest: url },
});
const live = await client.listen.v1.createConnection({
  model: "nova-3",
  language: "en-US",
  encoding: "linear16",
  sample_rate: rateHz,
  channels: Number(channels),
  multichannel: channels === "2" ? "true" : "false",
  interim_results: "true",
  punctuate: "true",
  utterance_end_ms: 1000,
  keyterm: "Sidetone",
  reconnectAttempts: 1,
});

const closed = new Promise((resolve) => {
  live.on("message", tell);
  live.on("error", (error) => {
    tell({ type: "sdk-error", message: String(error.message) });
    resolve();
  });
  live.on("close", (event) => {
    tell({ type: "sdk-close", code: event.code });
    resolve();
  });
});
live.connect();
await Promise.race([live.waitForOpen().catch((error) => tell({ type: "sdk-error", message: String(error) })), closed]);

if (live.socket.readyState === 1) {
  const left = samples([[0, 500], [1, 1800], [0, 700]], rateHz);
  const right = samples([[0, 1500], [2, 1500]], rateHz);
  const both = channels === "2" ? Int16Array.from({ length: 2 * left.length }, (_, i) => (i % 2 ? right : left)[i >> 1]) : left;
  for (const chunk of chunks(both, rateHz * Number(channels), 100)) live.sendMedia(chunk);
  live.sendKeepAlive({ type: "KeepAlive" });
  live.sendFinalize({ type: "Finalize" });
  live.sendCloseStream({ type: "CloseStream" });
}
await Promise.race([closed, sleep(10_000)]);
process.exit(0);
