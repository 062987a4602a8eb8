// A gateway that says what it is told: the built dashboard with the real headers, and a push API
// with snapshots, numbered events, filters and resume as in proto/push.md.
//   node mock.mjs [port]    plays calls for someone who looks at the page

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { buildDir, load, sourceRoot } from "./modules.mjs";

const { WebSocketServer } = load("ws");

const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };

/** The header lines that the binary sends, read from where they are written. */
export function pageHeaders() {
  const source = readFileSync(join(sourceRoot, "include/sidetone/web.h"), "utf8");
  const macro = source.slice(source.indexOf("#define ST_WEB_HEADERS"));
  const text = [...macro.matchAll(/"([^"]*)"/g)].map((match) => match[1]).join("");
  return text
    .split("\\r\\n")
    .filter(Boolean)
    .map((line) => line.split(/: (.*)/s, 2));
}

const facts = {
  tenant: "default",
  route: "",
  dialect: "pcm",
  language: "en",
  engine: { name: "moonshine", quality: "high" },
  queue: "billing",
  channels: [
    { channel: 0, role: "agent" },
    { channel: 1, role: "customer" },
  ],
  attributes: {},
};

const roles = ["agent", "customer"];

class MockCall {
  constructor(id, given) {
    this.history = [];
    this.state = {
      call_id: id,
      seq: 0,
      state: "live",
      media_ms: 0,
      lag_ms: 0,
      sentiment: {},
      alerts: [],
      categories: [],
      issues: [],
      degraded: false,
      transcript: [],
      partials: [],
      sentiments: [],
      ...structuredClone(facts),
      agent: { id: "agent-7", name: "Dana Reyes" },
      caller: "+1 555 0142",
      started_unix_ms: Date.now(),
      ...given,
    };
  }

  startedBody() {
    const names = ["tenant", "route", "dialect", "agent", "queue", "caller", "started_unix_ms"];
    names.push("engine", "language", "channels", "attributes");
    return Object.fromEntries(names.map((name) => [name, this.state[name]]));
  }

  fold(type, body) {
    const state = this.state;
    if (type === "call.updated") {
      const { paused, ...changed } = body;
      Object.assign(state, changed);
      if (paused !== undefined) state.state = paused ? "paused" : "live";
    } else if (type === "transcript.partial") {
      state.partials = [...state.partials.filter((one) => one.id !== body.segment.id), body.segment];
    } else if (type === "transcript.final") {
      state.partials = state.partials.filter((one) => one.id !== body.segment.id);
      if (body.segment.text) state.transcript.push(body.segment);
    } else if (type.startsWith("alert.")) {
      state.alerts = state.alerts.filter((one) => one.id !== body.alert.id);
      state.alerts.push(body.alert);
      state.alerts.sort((a, b) => a.id - b.id);
    } else if (type === "sentiment.updated") {
      const { rolling, trend, label } = body;
      state.sentiment[body.channel] = { rolling, trend, label };
      state.sentiments.push(body);
    } else if (type === "characteristics.updated") {
      state.characteristics = body.characteristics;
    } else if (type === "issue.detected") {
      state.issues = [...state.issues.filter((one) => one.id !== body.issue.id), body.issue];
    } else if (type.startsWith("stt.")) {
      state.degraded = type === "stt.degraded";
    } else if (type === "call.ended") {
      state.state = "ended";
      state.ended = { reason: body.reason, duration_ms: body.duration_ms };
    }
  }
}

export class MockGateway {
  calls = new Map();
  token = null;
  /** What clients sent, in order. */
  received = [];
  sockets = new Set();
  segmentId = 0;
  isRefusing = false;
  scopes = ["calls:read", "alerts:write"];
  /** Requests to do something to an alert. */
  commands = [];
  commandStatus = null;
  resumeMax = 4096;

  static async open(port = 0) {
    const mock = new MockGateway();
    mock.http = createServer((request, response) => mock.serve(request, response));
    mock.push = new WebSocketServer({
      noServer: true,
      handleProtocols: (offered) => (offered.has("sidetone.v1") ? "sidetone.v1" : false),
    });
    mock.http.on("upgrade", (request, socket, head) => mock.upgrade(request, socket, head));
    await new Promise((listening) => mock.http.listen(port, "127.0.0.1", listening));
    mock.url = `http://127.0.0.1:${mock.http.address().port}/`;
    return mock;
  }

  async close() {
    for (const socket of this.sockets) socket.terminate();
    this.http.closeAllConnections();
    await new Promise((closed) => this.http.close(closed));
  }

  /** What is done to an alert, as in proto/openapi.yaml. */
  async command(request, response, [, callId, alertId, verb]) {
    let text = "";
    for await (const part of request) text += part;
    this.commands.push({ callId: decodeURIComponent(callId), alertId: Number(alertId), verb, body: JSON.parse(text) });
    const call = this.calls.get(decodeURIComponent(callId));
    const alert = call?.state.alerts.find((one) => one.id === Number(alertId));
    const status = !this.allows(request) ? 401 : alert ? (this.commandStatus ?? 200) : 404;
    response.writeHead(status, { "Content-Type": "application/json" });
    if (status !== 200) {
      response.end(JSON.stringify({ error: { code: "no", message: "the alert has been cleared" } }));
      return;
    }
    const state = { acknowledge: "acknowledged", snooze: "snoozed", clear: "cleared" }[verb];
    this.change(call.state.call_id, alert, state, {
      state,
      until_unix_ms: verb === "snooze" ? Date.now() + JSON.parse(text).for_s * 1000 : null,
    });
    response.end("{}");
  }

  serve(request, response) {
    const path = new URL(request.url, "http://localhost").pathname;
    const command = /^\/v1\/calls\/([^/]+)\/alerts\/(\d+)\/(\w+)$/.exec(path);
    if (request.method === "POST" && command) {
      void this.command(request, response, command);
      return;
    }
    if (path === "/v1/events/sse") {
      response.writeHead(this.allows(request) ? 200 : 401, { "Content-Type": "text/event-stream" });
      response.end();
      return;
    }
    const name = path === "/" ? "index.html" : path.slice(1);
    let body;
    try {
      if (!/^[a-z.]+$/.test(name)) throw new Error("no such file");
      body = readFileSync(join(buildDir, "dist", name));
    } catch {
      response.writeHead(404).end();
      return;
    }
    for (const [header, value] of pageHeaders()) response.setHeader(header, value);
    response.setHeader("Content-Type", types[extname(name)]);
    response.end(body);
  }

  allows(request) {
    if (this.token === null) return true;
    const offered = (request.headers["sec-websocket-protocol"] ?? "").split(/, */);
    return (
      offered.includes(`bearer.${this.token}`) ||
      request.headers.authorization === `Bearer ${this.token}`
    );
  }

  upgrade(request, socket, head) {
    const isKnown = request.url === "/v1/events";
    if (this.isRefusing || !isKnown || !this.allows(request)) {
      const status = this.isRefusing ? "503 Busy" : isKnown ? "401 Unauthorized" : "404 Not Found";
      socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
      return;
    }
    this.push.handleUpgrade(request, socket, head, (ws) => this.accept(ws));
  }

  accept(ws) {
    this.sockets.add(ws);
    ws.on("close", () => this.sockets.delete(ws));
    ws.on("message", (data) => this.onMessage(ws, JSON.parse(String(data))));
    this.send(ws, { type: "welcome", v: 1, server: "sidetone/mock", now_unix_ms: Date.now(), scopes: this.scopes });
  }

  send(ws, message) {
    ws.send(JSON.stringify(message));
  }

  onMessage(ws, message) {
    this.received.push(message);
    if (message.type === "ping") this.send(ws, { type: "pong", id: message.id });
    if (message.type !== "subscribe") return;
    if (Object.keys(message.resume ?? {}).length > this.resumeMax) {
      this.send(ws, { type: "error", code: "bad_request", message: "'resume' has too many calls" });
      return;
    }
    ws.subscription = message;
    let snapshots = 0;
    for (const [id, call] of this.calls) {
      if (message.calls && !message.calls.includes(id)) continue;
      const from = message.resume?.[id];
      if (from === undefined) {
        this.send(ws, { type: "snapshot", call: call.state });
        snapshots++;
      } else {
        for (const event of call.history) if (event.seq > from) this.offer(ws, event);
      }
    }
    for (const [id, seq] of Object.entries(message.resume ?? {}))
      if (!this.calls.has(id)) this.send(ws, { type: "resume.gap", call_id: id, seq });
    this.send(ws, { type: "snapshot.end", calls: snapshots });
  }

  offer(ws, event) {
    const { calls, events, partials } = ws.subscription;
    if (calls && !calls.includes(event.call_id)) return;
    if (events && !events.includes(event.type)) return;
    if (partials === false && event.type === "transcript.partial") return;
    this.send(ws, event);
  }

  /* ---- what tests say ---- */

  start(id, given = {}) {
    const call = new MockCall(id, given);
    this.calls.set(id, call);
    this.emit(id, "call.started", call.startedBody());
    return id;
  }

  emit(id, type, body = {}) {
    const call = this.calls.get(id);
    const seq = type === "transcript.partial" ? {} : { seq: ++call.state.seq };
    call.state.media_ms = body.segment?.end_ms ?? body.end_ms ?? call.state.media_ms;
    const head = { v: 1, call_id: id, ...seq, type };
    const event = { ...head, media_ms: call.state.media_ms, at_unix_ms: Date.now(), ...body };
    call.fold(type, body);
    if (seq.seq) call.history.push(event);
    for (const ws of this.sockets) if (ws.subscription) this.offer(ws, event);
  }

  partial(id, channel, text, segment = ++this.segmentId) {
    const start_ms = this.calls.get(id).state.media_ms;
    const body = { id: segment, channel, role: roles[channel], start_ms, end_ms: start_ms + 500, text };
    this.emit(id, "transcript.partial", { segment: body });
    return segment;
  }

  final(id, channel, text, more = {}) {
    const start_ms = this.calls.get(id).state.media_ms + 200;
    const words = text.split(" ").map((word, i) => ({
      text: word,
      start_ms: start_ms + i * 300,
      end_ms: start_ms + i * 300 + 280,
      confidence: 0.9,
    }));
    const segment = {
      id: ++this.segmentId,
      channel,
      role: roles[channel],
      start_ms,
      end_ms: start_ms + words.length * 300,
      text,
      confidence: 0.9,
      unsure: false,
      word_times: "measured",
      words,
      ...more,
    };
    this.emit(id, "transcript.final", { segment });
    return segment;
  }

  alert(id, segment, category, severity, words) {
    const alerts = this.calls.get(id).state.alerts;
    const { channel, role, start_ms, end_ms } = segment;
    const alert = {
      id: alerts.length + 1,
      category,
      severity,
      state: "raised",
      until_unix_ms: null,
      assigned: "",
      count: 1,
      raised_unix_ms: Date.now(),
      first_ms: start_ms,
      rule: words,
      words,
      segment_id: segment.id,
      channel,
      role,
      start_ms,
      end_ms,
    };
    this.change(id, alert, "raised", {});
    return alert;
  }

  /** Alerts change as a whole: the event carries what has become of one. */
  change(id, alert, name, changed) {
    const { queue, agent } = this.calls.get(id).state;
    const body = { by: "maria", reason: "person", note: "", queue, team: "", agent };
    this.emit(id, `alert.${name}`, { ...body, alert: { ...alert, ...changed } });
  }

  issue(id, segment, issueId, kind, text, state = "new") {
    const { channel, role, start_ms, end_ms } = segment;
    const where = { segment_id: segment.id, channel, role, start_ms, end_ms };
    const span = { begin_char: 0, end_char: text.length };
    this.emit(id, "issue.detected", {
      issue: { id: issueId, kind, state, origin: "rules", score: 2.1, text, ...span, ...where },
    });
  }

  mood(id, segment, compound, rolling, trend = "flat") {
    const { channel, role, start_ms, end_ms } = segment;
    const label = compound >= 0.05 ? "positive" : compound <= -0.05 ? "negative" : "neutral";
    const where = { segment_id: segment.id, channel, role, start_ms, end_ms };
    this.emit(id, "sentiment.updated", { ...where, compound, label, rolling, trend });
  }

  /** talk: for each channel its share of the talk, words per minute, interruptions and loudness. */
  talk(id, talk, more = {}) {
    const of = ([talk_share, words_per_minute, interruptions, loudness], channel) => ({
      channel,
      role: roles[channel],
      talk_ms: Math.round(talk_share * 60000),
      talk_share,
      words: 100,
      words_per_minute,
      segments: 9,
      interruptions,
      interruption_ms: interruptions * 2300,
      monologue_ms: 9000,
      loudness: loudness === null ? null : { mean: loudness, max: loudness + 5 },
    });
    const characteristics = {
      conversation_ms: 60000,
      known_ms: 60000,
      channels: talk.map(of),
      talk_ratio: null,
      overlap_ms: 0,
      non_talk_ms: 0,
      non_talk_longest_ms: 0,
      non_talks: 0,
      hold_ms: 0,
      hold_guessed_ms: 0,
      response_ms: null,
      sentiment: null,
      ...more,
    };
    this.emit(id, "characteristics.updated", { final: false, characteristics });
  }

  /** Every connection breaks, without a word. */
  cut() {
    for (const ws of this.sockets) ws.terminate();
  }

  goodbye() {
    for (const ws of this.sockets) {
      this.send(ws, { type: "goodbye", reason: "shutdown", resume: true });
      ws.close(1001, "shutdown");
    }
  }
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const { playDemo } = await import("./demo.mjs");
  const mock = await MockGateway.open(Number(process.argv[2] ?? 0));
  console.log(mock.url);
  playDemo(mock);
}
