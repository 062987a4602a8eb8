// AssemblyAI's own client against the simulator: assemblyai_sdk.mjs URL key|token VALUE

import { chunks, load, samples, tell } from "./sdk.mjs";

const { StreamingTranscriber } = load("assemblyai");
const [websocketBaseUrl, kind, value] = process.argv.slice(2);
const rateHz = 8000;

const transcriber = new StreamingTranscriber({
  websocketBaseUrl: `${websocketBaseUrl}/v3/ws`,
  ...(kind === "token" ? { token: value } : { apiKey: value }),
  sampleRate: rateHz,
  encoding: "pcm_s16le",
  formatTurns: true,
  speechModel: "universal-streaming-english",
  keytermsPrompt: ["Sidetone"],
  connectTimeout: 5000,
  maxConnectionRetries: 0,
});
transcriber.on("open", tell);
transcriber.on("turn", tell);
transcriber.on("error", (error) => tell({ type: "sdk-error", code: error.code, message: String(error.message) }));
transcriber.on("close", (code, reason) => tell({ type: "sdk-close", code, reason }));

try {
  await transcriber.connect();
  const values = samples([[0, 500], [1, 1800], [0, 700], [2, 1600]], rateHz);
  for (const chunk of chunks(values, rateHz, 100)) transcriber.sendAudio(chunk);
  transcriber.keepAlive();
  transcriber.forceEndpoint();
  await transcriber.close();
} catch (error) {
  tell({ type: "sdk-refused", code: error.code, message: String(error.message) });
}
process.exit(0);
