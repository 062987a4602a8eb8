// Finds the vendors' own packages, and tells a test what they said: a JSON object a line.

import { createRequire } from "node:module";
import { join } from "node:path";

export const load = createRequire(join(process.env.SIDETONE_ENGINE_SDKS, "here.js"));

export const tell = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);

export const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// speech.py's sentences: [[sentence, milliseconds], …] as 16-bit samples.
export function samples(parts, rateHz) {
  return Int16Array.from(
    parts.flatMap(([sentence, milliseconds]) =>
      new Array((rateHz * milliseconds) / 1000).fill(sentence * 600)));
}

// Buffers of so many milliseconds each.
export function* chunks(values, rateHz, milliseconds) {
  const step = (rateHz * milliseconds) / 1000;
  for (let at = 0; at < values.length; at += step) {
    const part = values.slice(at, at + step);
    yield Buffer.from(part.buffer, part.byteOffset, part.byteLength);
  }
}
