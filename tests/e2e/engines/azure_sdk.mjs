// Microsoft's own client against the simulator: azure_sdk.mjs URL KEY RATE_HZ [token | LANGUAGE,LANGUAGE…]

import { chunks, load, samples, sleep, tell } from "./sdk.mjs";

const sdk = load("microsoft-cognitiveservices-speech-sdk");
const [url, key, rate, kind] = process.argv.slice(2);
const rateHz = Number(rate);

const languages = kind?.includes(",") ? kind.split(",") : undefined;
const endpoint = new URL(url + (languages ? "/stt/speech/universal/v2" : "/speech/recognition/conversation/cognitiveservices/v1"));
const config = kind === "token" ? sdk.SpeechConfig.fromEndpoint(endpoint) : sdk.SpeechConfig.fromEndpoint(endpoint, key);
if (kind === "token") config.authorizationToken = key;
if (languages) config.setProperty(sdk.PropertyId.SpeechServiceConnection_LanguageIdMode, "Continuous");
else config.speechRecognitionLanguage = "en-US";
config.outputFormat = sdk.OutputFormat.Detailed;
config.requestWordLevelTimestamps();

const stream = sdk.AudioInputStream.createPushStream(sdk.AudioStreamFormat.getWaveFormatPCM(rateHz, 16, 1));
const audio = sdk.AudioConfig.fromStreamInput(stream);
const recognizer = languages
  ? sdk.SpeechRecognizer.FromConfig(config, sdk.AutoDetectSourceLanguageConfig.fromLanguages(languages), audio)
  : new sdk.SpeechRecognizer(config, audio);
const phrases = sdk.PhraseListGrammar.fromRecognizer(recognizer);
phrases.addPhrases(["Sidetone", "Ann O'Neil"]);

const ended = new Promise((resolve) => {
  const show = (type) => (_, event) => {
    const { reason, text, offset, duration, json, language } = event.result;
    tell({ type, reason: sdk.ResultReason[reason], text, offset, duration, language, json: JSON.parse(json) });
  };
  recognizer.recognizing = show("recognizing");
  recognizer.recognized = show("recognized");
  recognizer.canceled = (_, event) => {
    tell({ type: "canceled", reason: sdk.CancellationReason[event.reason], code: sdk.CancellationErrorCode[event.errorCode], details: event.errorDetails });
    resolve();
  };
  recognizer.sessionStopped = () => {
    tell({ type: "stopped" });
    resolve();
  };
});
recognizer.startContinuousRecognitionAsync(undefined, (error) => tell({ type: "error", error: String(error) }));
for (const chunk of chunks(samples([[0, 500], [1, 1800], [0, 700], [44, 1500], [0, 500], [7, 1000]], rateHz), rateHz, 100)) {
  stream.write(chunk.buffer.slice(chunk.byteOffset, chunk.byteOffset + chunk.byteLength));
  await sleep(25); // what is on its way while a turn ends, its client mixes up
}
stream.close();
await Promise.race([ended, sleep(20_000)]);
process.exit(0);
