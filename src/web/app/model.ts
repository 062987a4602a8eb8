// What one subscription knows: calls, built from snapshots and kept current by deltas. No DOM, no
// socket, no clock; an event that was already counted changes nothing.

import {
  type Alert,
  type Characteristics,
  type CallStateName,
  type Issue,
  type Line,
  type Message,
  type Mood,
  type MoodPoint,
  type Role,
  type Segment,
  type Severity,
  isObject,
  listOf,
  numberOf,
  objectOf,
  readAlert,
  readCharacteristics,
  readIssue,
  readLine,
  readMood,
  readMoodPoint,
  readSegment,
  roleOf,
  severityRank,
  stateOf,
  textOf,
} from "./protocol.js";

export interface Call {
  id: string;
  seq: number;
  agent: { id: string; name: string };
  caller: string;
  queue: string;
  tenant: string;
  route: string;
  dialect: string;
  language: string;
  engine: { name: string; quality: string };
  attributes: [string, string][];
  roles: Map<number, Role>;
  startedUnixMs: number;
  state: CallStateName;
  mediaMs: number;
  lagMs: number;
  isRateSuspect: boolean;
  /** Of the channels that came as RTP. */
  lines: Map<number, Line>;
  /** Why, by channel; the channel -1 stands for a snapshot that does not name one. */
  degraded: Map<number, string>;
  moods: Map<number, Mood>;
  moodPoints: MoodPoint[];
  characteristics: Characteristics | null;
  issues: Issue[];
  /** As they are now. */
  alerts: Alert[];
  /** Where they matched, as far as it was seen: one for every match. */
  marks: Alert[];
  /** Of those that are shown: see shownAlerts. */
  worst: Severity;
  finals: Segment[];
  partials: Map<string, Segment>;
  ended: { reason: string; durationMs: number } | null;
}

export interface ModelOptions {
  /** Finals and partials are kept; a list of calls does without. */
  keepsTranscript: boolean;
  callsMax: number;
  moodPointsMax: number;
}

export interface Raised {
  call: Call;
  alert: Alert;
}

const alertsMax = 200;
const issuesMax = 50;

export class Model {
  readonly calls = new Map<string, Call>();
  /** True from the first snapshot.end on. */
  isLoaded = false;
  /** Alerts that came as events since they were last taken. */
  private raised: Raised[] = [];
  private confirmed: Set<string> | null = null;

  constructor(private readonly options: ModelOptions) {}

  /** A new subscription was sent; `resumed` are the calls that it will not get snapshots of. */
  beginSubscription(resumed: Iterable<string>): void {
    this.confirmed = new Set(resumed);
  }

  /** The `resume` of the next subscription: ended calls come again as snapshots, if at all. */
  resumePoints(): Record<string, number> {
    const points: Record<string, number> = Object.create(null);
    for (const call of this.calls.values()) if (call.state !== "ended") points[call.id] = call.seq;
    return points;
  }

  takeRaised(): Raised[] {
    const taken = this.raised;
    this.raised = [];
    return taken;
  }

  apply(message: Message): void {
    const { type, body } = message;
    if (type === "snapshot") this.putSnapshot(objectOf(body.call));
    else if (type === "snapshot.end") this.endSnapshots();
    else if (type === "resume.gap") this.confirmed?.delete(textOf(body.call_id));
    else if (typeof body.call_id === "string") this.putEvent(body.call_id, message);
  }

  private putSnapshot(json: Record<string, unknown>): void {
    const id = json.call_id;
    if (typeof id !== "string") return;
    const call = newCall(id);
    readFacts(call, json);
    readState(call, json);
    if (this.options.keepsTranscript) {
      for (const segment of listOf(json.transcript)) call.finals.push(readSegment(segment));
      call.finals.sort(bySpeechTime);
      for (const partial of listOf(json.partials)) putPartial(call, readSegment(partial));
    }
    this.confirmed?.add(id);
    this.store(call, listOf(json.sentiments).map(readMoodPoint));
  }

  private store(call: Call, points: MoodPoint[]): void {
    call.moodPoints = points.slice(-this.options.moodPointsMax);
    this.calls.set(call.id, call);
    if (this.calls.size > this.options.callsMax) this.dropOne();
  }

  private dropOne(): void {
    for (const call of this.calls.values())
      if (call.state === "ended") {
        this.calls.delete(call.id);
        return;
      }
    this.calls.delete(this.calls.keys().next().value as string);
  }

  private endSnapshots(): void {
    const confirmed = this.confirmed;
    if (confirmed)
      for (const id of this.calls.keys()) if (!confirmed.has(id)) this.calls.delete(id);
    this.confirmed = null;
    this.isLoaded = true;
  }

  private putEvent(id: string, { type, body }: Message): void {
    // An id may be used again once its call has ended: a new call, whatever was known.
    const last = this.calls.get(id);
    const known = type === "call.started" && last?.state === "ended" ? undefined : last;
    const seq = typeof body.seq === "number" ? body.seq : null;
    if (known && seq !== null && seq <= known.seq) return;
    const call = known ?? newCall(id);
    this.confirmed?.add(id);
    if (seq !== null) call.seq = seq;
    call.mediaMs = Math.max(call.mediaMs, numberOf(body.media_ms));
    this.change(call, type, body);
    if (!known) this.store(call, call.moodPoints);
  }

  private change(call: Call, type: string, body: Record<string, unknown>): void {
    if (type === "call.started" || type === "call.updated") readFacts(call, body);
    if (type === "call.updated") readUpdate(call, body);
    else if (type === "transcript.partial") this.putPartial(call, body);
    else if (type === "transcript.final") this.putFinal(call, body);
    else if (type.startsWith("alert.")) this.putAlert(call, type, body);
    else if (type === "sentiment.updated" && !textOf(body.origin)) this.putMood(call, readMoodPoint(body));
    else if (type === "characteristics.updated") putCharacteristics(call, body);
    else if (type === "issue.detected") putIssue(call, readIssue(objectOf(body.issue)));
    else if (type === "stt.degraded") call.degraded.set(numberOf(body.channel), reasonOf(body));
    else if (type === "stt.recovered") recover(call, numberOf(body.channel));
    else if (type === "call.ended") end(call, body);
  }

  private putPartial(call: Call, body: Record<string, unknown>): void {
    if (this.options.keepsTranscript) putPartial(call, readSegment(objectOf(body.segment)));
  }

  private putFinal(call: Call, body: Record<string, unknown>): void {
    if (!this.options.keepsTranscript) return;
    const segment = readSegment(objectOf(body.segment));
    call.partials.delete(segmentKey(segment));
    const old = call.finals.findIndex((final) => segmentKey(final) === segmentKey(segment));
    if (old >= 0) call.finals.splice(old, 1);
    if (segment.text === "") return;
    let at = call.finals.length;
    while (at > 0 && bySpeechTime(call.finals[at - 1]!, segment) > 0) at--;
    call.finals.splice(at, 0, segment);
  }

  private putAlert(call: Call, type: string, body: Record<string, unknown>): void {
    const alert = readAlert(objectOf(body.alert));
    putAlert(call, alert);
    if (type === "alert.raised" || type === "alert.repeated") putMark(call, alert);
    if (type !== "alert.raised" && type !== "alert.escalated") return;
    this.raised.push({ call, alert });
    if (this.raised.length > alertsMax) this.raised.shift();
  }

  private putMood(call: Call, point: MoodPoint): void {
    call.moods.set(point.channel, point);
    call.moodPoints.push(point);
    if (call.moodPoints.length > this.options.moodPointsMax) call.moodPoints.shift();
  }
}

function newCall(id: string): Call {
  return {
    id,
    seq: 0,
    agent: { id: "", name: "" },
    caller: "",
    queue: "",
    tenant: "",
    route: "",
    dialect: "",
    language: "",
    engine: { name: "", quality: "" },
    attributes: [],
    roles: new Map(),
    startedUnixMs: 0,
    state: "live",
    mediaMs: 0,
    lagMs: 0,
    isRateSuspect: false,
    lines: new Map(),
    degraded: new Map(),
    moods: new Map(),
    moodPoints: [],
    characteristics: null,
    issues: [],
    alerts: [],
    marks: [],
    worst: "none",
    finals: [],
    partials: new Map(),
    ended: null,
  };
}

export function segmentKey(segment: { channel: number; id: number }): string {
  return `${segment.channel}/${segment.id}`;
}

function bySpeechTime(a: Segment, b: Segment): number {
  return a.startMs - b.startMs || a.channel - b.channel;
}

/** Roles may be corrected: what was said before is shown by the new ones. */
function readRoles(call: Call, channels: Record<string, unknown>[]): void {
  for (const channel of channels)
    call.roles.set(numberOf(channel.channel), roleOf(channel.role));
  for (const segment of [...call.finals, ...call.partials.values()])
    segment.role = call.roles.get(segment.channel) ?? segment.role;
}

const textFacts = ["caller", "queue", "tenant", "route", "dialect", "language"] as const;

/** Takes over what is present: call.updated names only what changed. */
function readFacts(call: Call, json: Record<string, unknown>): void {
  for (const name of textFacts) call[name] = textOf(json[name], call[name]);
  if (isObject(json.agent))
    call.agent = { id: textOf(json.agent.id), name: textOf(json.agent.name) };
  if (isObject(json.engine))
    call.engine = { name: textOf(json.engine.name), quality: textOf(json.engine.quality) };
  if (isObject(json.attributes))
    call.attributes = Object.entries(json.attributes).map(([key, value]) => [key, textOf(value)]);
  if (Array.isArray(json.channels)) readRoles(call, listOf(json.channels));
  for (const line of listOf(json.quality).map(readLine)) call.lines.set(line.channel, line);
  call.startedUnixMs = numberOf(json.started_unix_ms, call.startedUnixMs);
}

function readState(call: Call, json: Record<string, unknown>): void {
  call.seq = numberOf(json.seq);
  call.state = stateOf(json.state);
  call.mediaMs = numberOf(json.media_ms);
  call.lagMs = numberOf(json.lag_ms);
  call.isRateSuspect = json.rate_suspect === true;
  if (json.degraded === true) call.degraded.set(-1, "");
  for (const [channel, mood] of Object.entries(objectOf(json.sentiment)))
    call.moods.set(Number(channel), readMood(objectOf(mood)));
  putCharacteristics(call, json);
  for (const issue of listOf(json.issues)) putIssue(call, readIssue(issue));
  for (const given of listOf(json.alerts)) {
    const alert = readAlert(given);
    putAlert(call, alert);
    putMark(call, alert);
  }
  if (isObject(json.ended)) end(call, json.ended);
}

function readUpdate(call: Call, body: Record<string, unknown>): void {
  if (typeof body.paused === "boolean" && call.state !== "ended")
    call.state = body.paused ? "paused" : "live";
  call.lagMs = numberOf(body.lag_ms, call.lagMs);
  if (typeof body.rate_suspect === "boolean") call.isRateSuspect = body.rate_suspect;
}

function putPartial(call: Call, segment: Segment): void {
  if (segment.text === "") call.partials.delete(segmentKey(segment));
  else call.partials.set(segmentKey(segment), segment);
}

function putAlert(call: Call, alert: Alert): void {
  const known = alert.id > 0 ? call.alerts.findIndex((one) => one.id === alert.id) : -1;
  if (known >= 0) call.alerts[known] = alert;
  else call.alerts.push(alert);
  if (call.alerts.length > alertsMax) call.alerts.shift();
  call.worst = worstOf(shownAlerts(call));
}

function putMark(call: Call, alert: Alert): void {
  call.marks.push(alert);
  if (call.marks.length > alertsMax) call.marks.shift();
}

/** What a call is judged by: while it lives, what nobody has cleared. */
export function shownAlerts(call: Call): Alert[] {
  return call.state === "ended"
    ? call.alerts
    : call.alerts.filter((alert) => alert.state !== "cleared");
}

function worstOf(alerts: Alert[]): Severity {
  return alerts.reduce<Severity>(
    (worst, { severity }) => (severityRank(severity) > severityRank(worst) ? severity : worst),
    "none",
  );
}

function putCharacteristics(call: Call, json: Record<string, unknown>): void {
  if (isObject(json.characteristics)) call.characteristics = readCharacteristics(json.characteristics);
}

function putIssue(call: Call, issue: Issue): void {
  const known = call.issues.findIndex((one) => one.id === issue.id);
  if (known >= 0) call.issues[known] = issue;
  else call.issues.push(issue);
  if (call.issues.length > issuesMax) call.issues.shift();
}

function reasonOf(body: Record<string, unknown>): string {
  return textOf(body.reason);
}

function recover(call: Call, channel: number): void {
  call.degraded.delete(channel);
  call.degraded.delete(-1);
}

function end(call: Call, json: Record<string, unknown>): void {
  call.state = "ended";
  call.partials.clear();
  call.degraded.clear();
  call.lagMs = 0;
  call.worst = worstOf(shownAlerts(call));
  call.ended = { reason: textOf(json.reason), durationMs: numberOf(json.duration_ms) };
}

/** Live before ended, alerts first, the worst on top, then the newest call. */
export function byUrgency(a: Call, b: Call): number {
  return (
    Number(a.state === "ended") - Number(b.state === "ended") ||
    severityRank(b.worst) - severityRank(a.worst) ||
    b.startedUnixMs - a.startedUnixMs ||
    (a.id < b.id ? -1 : 1)
  );
}

export function channelOf(call: Call, role: Role): number | undefined {
  for (const [channel, has] of call.roles) if (has === role) return channel;
  return undefined;
}
