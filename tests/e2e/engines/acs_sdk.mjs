// Azure's own parser on messages, one JSON text a line on standard input.

import { createInterface } from "node:readline";
import { load, tell } from "./sdk.mjs";

const { StreamingData } = load("@azure/communication-call-automation");

for await (const line of createInterface({ input: process.stdin })) {
  const parsed = StreamingData.parse(line);
  tell({ kind: StreamingData.getStreamingKind(), ...parsed });
}
