// Numbers and names as people read them.

import type { Call } from "./model.js";
import type { Label, Role, Severity, Trend } from "./protocol.js";

/** 7:05, 1:02:09. */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const tail = String(seconds % 60).padStart(2, "0");
  const minutes = Math.floor(seconds / 60) % 60;
  const hours = Math.floor(seconds / 3600);
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}

/** 14:05, of this machine's clock. */
export function timeOfDay(unixMs: number): string {
  return new Date(unixMs).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
}

/** PT7M5S, for the datetime attribute. */
export function isoDuration(ms: number): string {
  return `PT${Math.max(0, Math.floor(ms / 1000))}S`;
}

/** +0.42, −0.30, 0.00. */
export function signed(value: number): string {
  const digits = Math.abs(value).toFixed(2);
  if (digits === "0.00") return digits;
  return (value < 0 ? "−" : "+") + digits;
}

export const roleNames: Record<Role, string> = {
  agent: "Agent",
  customer: "Customer",
  unknown: "Speaker",
};

export const severityNames: Record<Severity, string> = {
  none: "None",
  low: "Low",
  medium: "Medium",
  high: "High",
  critical: "Critical",
};

export const labelNames: Record<Label, string> = {
  positive: "Positive",
  negative: "Negative",
  neutral: "Neutral",
  mixed: "Mixed",
};

export const trendNames: Record<Trend, string> = { up: "rising", down: "falling", flat: "steady" };

export const endNames: Record<string, string> = {
  stopped: "Ended",
  lost: "Connection lost",
  error: "Ended by an error",
  shutdown: "Ended by a shutdown",
};

export function agentName(call: Call): string {
  return call.agent.name || call.agent.id || "Unknown agent";
}

export function callerName(call: Call): string {
  return call.caller || "Unknown caller";
}

export function callDurationMs(call: Call, nowUnixMs: number): number {
  if (call.ended) return call.ended.durationMs;
  return call.startedUnixMs > 0 ? nowUnixMs - call.startedUnixMs : call.mediaMs;
}

/** A piece of a segment's text; the unsure ones are marked. */
export interface Piece {
  text: string;
  confidence: number | null;
}

const sureFrom = 0.5;

/** Cuts a text at the words that the engine was not sure of; spelling and spaces stay the text's. */
export function unsurePieces(
  text: string,
  words: readonly { text: string; confidence: number | null }[],
): Piece[] {
  const pieces: Piece[] = [];
  let done = 0;
  let from = 0;
  for (const word of words) {
    const at = word.text ? text.indexOf(word.text, from) : -1;
    if (at < 0) continue;
    from = at + word.text.length;
    if (word.confidence === null || word.confidence >= sureFrom) continue;
    if (at > done) pieces.push({ text: text.slice(done, at), confidence: null });
    pieces.push({ text: word.text, confidence: word.confidence });
    done = from;
  }
  if (done < text.length) pieces.push({ text: text.slice(done), confidence: null });
  return pieces;
}

/** 12 → "12 calls", 1 → "1 call". */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
}
