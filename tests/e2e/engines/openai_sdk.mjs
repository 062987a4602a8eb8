// OpenAI's own client against the simulator: openai_sdk.mjs URL KEY

import { chunks, load, samples, sleep, tell } from "./sdk.mjs";

const { OpenAI } = load("openai");
const { OpenAIRealtimeWS } = load("openai/realtime/ws");
const [url, apiKey] = process.argv.slice(2);
const rateHz = 24000;

const client = new OpenAI({ apiKey, baseURL: `${url.replace("wss", "https")}/v1` });
const session = new OpenAIRealtimeWS({ model: "gpt-4o-transcribe" }, client);
let completed = 0;
const over = new Promise((resolve) => {
  session.on("event", (event) => {
    tell(event);
    if (event.type.endsWith("transcription.completed") && ++completed === 2) resolve();
  });
  session.on("error", (error) => {
    tell({ type: "sdk-error", code: error.error?.code, message: String(error.message) });
    if (!error.error) resolve();
  });
});

session.socket.on("open", () => {
  session.send({
    type: "session.update",
    session: {
      type: "transcription",
      audio: {
        input: {
          format: { type: "audio/pcm", rate: rateHz },
          transcription: { model: "gpt-4o-transcribe", language: "en", prompt: "Sidetone" },
          turn_detection: { type: "server_vad", threshold: 0.5, prefix_padding_ms: 300, silence_duration_ms: 500 },
        },
      },
    },
  });
  const values = samples([[0, 500], [1, 1800], [0, 700], [2, 1600]], rateHz);
  for (const chunk of chunks(values, rateHz, 100))
    session.send({ type: "input_audio_buffer.append", audio: chunk.toString("base64") });
  session.send({ type: "input_audio_buffer.commit" });
});
await Promise.race([over, sleep(10_000)]);
process.exit(0);
