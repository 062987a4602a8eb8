// The push API as types: proto/push.md is the contract. Whatever a server sends is read through
// `parseMessage`, so the rest of the page never meets a field of a wrong type.

export type Role = "agent" | "customer" | "unknown";
export type Severity = "none" | "low" | "medium" | "high" | "critical";
export type Trend = "up" | "down" | "flat";
export type Label = "positive" | "negative" | "neutral" | "mixed";
export type CallStateName = "live" | "paused" | "ending" | "ended";

export interface Word {
  text: string;
  confidence: number | null;
}

export interface Segment {
  id: number;
  channel: number;
  role: Role;
  startMs: number;
  endMs: number;
  text: string;
  isUnsure: boolean;
  words: Word[];
}

export type AlertState = "raised" | "acknowledged" | "snoozed" | "cleared";

export interface Alert {
  /** Of its call. */
  id: number;
  state: AlertState;
  /** While snoozed; else 0. */
  untilUnixMs: number;
  /** "": nobody. */
  assigned: string;
  category: string;
  severity: Severity;
  count: number;
  words: string;
  segmentId: number;
  channel: number;
  role: Role;
  startMs: number;
}

export type IssueKind = "issue" | "outcome" | "action_item";

/** A sentence that says what the call is about, what came of it, or what is to be done. */
export interface Issue {
  /** Of its call; a better sentence comes under the same one. */
  id: number;
  kind: IssueKind;
  text: string;
  segmentId: number;
  channel: number;
  role: Role;
  startMs: number;
}

export interface Mood {
  rolling: number;
  trend: Trend;
  label: Label;
}

export interface MoodPoint extends Mood {
  channel: number;
  role: Role;
  endMs: number;
}

/** How one channel speaks. */
export interface Manner {
  channel: number;
  talkShare: number;
  wordsPerMinute: number;
  interruptions: number;
  loudness: number | null;
}

export interface Characteristics {
  manners: Manner[];
  nonTalkMs: number;
  nonTalkLongestMs: number;
  overlapMs: number;
  holdMs: number;
}

export type Alarm = "one_way_audio" | "clipped" | "identical_channels" | "rate_mismatch";

/** What its way here made of one channel's audio. */
export interface Line {
  channel: number;
  lossPct: number;
  jitterMs: number;
  /** Mean opinion, 1 to 4.5; null before anything came. */
  mos: number | null;
  alarms: Alarm[];
}

type Json = Record<string, unknown>;

/** An object with the type it names; `body` is unread. */
export interface Message {
  type: string;
  body: Json;
}

export function parseMessage(text: string): Message | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  return isObject(value) && typeof value.type === "string"
    ? { type: value.type, body: value }
    : null;
}

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function objectOf(value: unknown): Json {
  return isObject(value) ? value : {};
}

export function listOf(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

export function textOf(value: unknown, fallback = ""): string {
  return typeof value === "string" ? value : fallback;
}

export function numberOf(value: unknown, fallback = 0): number {
  return typeof value === "number" && Number.isFinite(value) ? value : fallback;
}

function oneOf<T extends string>(value: unknown, names: readonly T[], fallback: T): T {
  return names.includes(value as T) ? (value as T) : fallback;
}

const roles = ["agent", "customer", "unknown"] as const;
const trends = ["up", "down", "flat"] as const;
const labels = ["positive", "negative", "neutral", "mixed"] as const;
const alertStates = ["raised", "acknowledged", "snoozed", "cleared"] as const;
const issueKinds = ["issue", "outcome", "action_item"] as const;
const alarms = ["one_way_audio", "clipped", "identical_channels", "rate_mismatch"] as const;
const states = ["live", "paused", "ending", "ended"] as const;
export const severities = ["none", "low", "medium", "high", "critical"] as const;

export function roleOf(value: unknown): Role {
  return oneOf(value, roles, "unknown");
}

export function stateOf(value: unknown): CallStateName {
  return oneOf(value, states, "live");
}

export function severityRank(severity: Severity): number {
  return severities.indexOf(severity);
}

export function readSegment(json: Json): Segment {
  return {
    id: numberOf(json.id),
    channel: numberOf(json.channel),
    role: roleOf(json.role),
    startMs: numberOf(json.start_ms),
    endMs: numberOf(json.end_ms),
    text: textOf(json.text),
    isUnsure: json.unsure === true,
    words: listOf(json.words).map((word) => ({
      text: textOf(word.text),
      confidence: typeof word.confidence === "number" ? word.confidence : null,
    })),
  };
}

export function readAlert(json: Json): Alert {
  return {
    id: numberOf(json.id),
    state: oneOf(json.state, alertStates, "raised"),
    untilUnixMs: numberOf(json.until_unix_ms),
    assigned: textOf(json.assigned),
    category: textOf(json.category),
    severity: oneOf(json.severity, severities, "low"),
    count: numberOf(json.count, 1),
    words: textOf(json.words),
    segmentId: numberOf(json.segment_id, -1),
    channel: numberOf(json.channel),
    role: roleOf(json.role),
    startMs: numberOf(json.start_ms),
  };
}

export function readIssue(json: Json): Issue {
  return {
    id: numberOf(json.id),
    kind: oneOf(json.kind, issueKinds, "issue"),
    text: textOf(json.text),
    segmentId: numberOf(json.segment_id, -1),
    channel: numberOf(json.channel),
    role: roleOf(json.role),
    startMs: numberOf(json.start_ms),
  };
}

export function readMood(json: Json): Mood {
  return {
    rolling: Math.max(-1, Math.min(1, numberOf(json.rolling))),
    trend: oneOf(json.trend, trends, "flat"),
    label: oneOf(json.label, labels, "neutral"),
  };
}

export function readMoodPoint(json: Json): MoodPoint {
  return {
    ...readMood(json),
    channel: numberOf(json.channel),
    role: roleOf(json.role),
    endMs: numberOf(json.end_ms),
  };
}

export function readCharacteristics(json: Json): Characteristics {
  return {
    manners: listOf(json.channels).map(readManner),
    nonTalkMs: numberOf(json.non_talk_ms),
    nonTalkLongestMs: numberOf(json.non_talk_longest_ms),
    overlapMs: numberOf(json.overlap_ms),
    holdMs: numberOf(json.hold_ms),
  };
}

function readManner(json: Json): Manner {
  const loudness = objectOf(json.loudness).mean;
  return {
    channel: numberOf(json.channel),
    talkShare: Math.max(0, Math.min(1, numberOf(json.talk_share))),
    wordsPerMinute: numberOf(json.words_per_minute),
    interruptions: numberOf(json.interruptions),
    loudness: typeof loudness === "number" ? loudness : null,
  };
}

export function readLine(json: Json): Line {
  const given: unknown[] = Array.isArray(json.alarms) ? json.alarms : [];
  return {
    channel: numberOf(json.channel),
    lossPct: Math.max(0, Math.min(100, numberOf(json.loss_pct))),
    jitterMs: Math.max(0, numberOf(json.jitter_ms)),
    mos: typeof json.mos === "number" ? json.mos : null,
    alarms: alarms.filter((alarm) => given.includes(alarm)),
  };
}
