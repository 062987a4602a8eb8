import assert from "node:assert/strict";
import { test } from "node:test";
import { loadApp } from "./app.mjs";

const { Model, byUrgency, parseMessage, parseRoute, unsurePieces, clock, signed } = await loadApp();

function fresh(options = {}) {
  return new Model({ keepsTranscript: true, callsMax: 10, moodPointsMax: 10, ...options });
}

function put(model, message) {
  model.apply(parseMessage(JSON.stringify(message)));
}

function segment(id, channel, text, start_ms = id * 1000) {
  return { id, channel, role: channel ? "customer" : "agent", start_ms, end_ms: start_ms + 900, text };
}

const started = { v: 1, call_id: "a", seq: 1, type: "call.started", agent: { id: "1", name: "Ann" } };

test("an event that was counted already changes nothing", () => {
  const model = fresh();
  put(model, started);
  const final = { call_id: "a", seq: 2, type: "transcript.final", segment: segment(1, 0, "hello") };
  put(model, final);
  put(model, final);
  put(model, { ...started, agent: { id: "2", name: "Bob" } });
  assert.equal(model.calls.get("a").finals.length, 1);
  assert.equal(model.calls.get("a").agent.name, "Ann");
  assert.deepEqual({ ...model.resumePoints() }, { a: 2 });
});

test("a final replaces its partials and an empty one withdraws them", () => {
  const model = fresh();
  put(model, started);
  const call = model.calls.get("a");
  put(model, { call_id: "a", type: "transcript.partial", segment: segment(1, 0, "hel") });
  put(model, { call_id: "a", type: "transcript.partial", segment: segment(1, 1, "other side") });
  put(model, { call_id: "a", type: "transcript.partial", segment: segment(1, 0, "hello") });
  assert.equal(call.partials.size, 2);
  put(model, { call_id: "a", seq: 2, type: "transcript.final", segment: segment(1, 0, "hello") });
  assert.deepEqual([...call.partials.keys()], ["1/1"]);
  put(model, { call_id: "a", seq: 3, type: "transcript.final", segment: segment(1, 1, "") });
  assert.equal(call.partials.size, 0);
  assert.deepEqual(call.finals.map((one) => one.text), ["hello"]);
});

test("finals stand in the order of speech, whenever they come", () => {
  const model = fresh();
  put(model, started);
  [3, 1, 2].forEach((id, i) =>
    put(model, { call_id: "a", seq: 2 + i, type: "transcript.final", segment: segment(id, 0, `${id}`) }),
  );
  assert.deepEqual(model.calls.get("a").finals.map((one) => one.id), [1, 2, 3]);
});

test("a snapshot takes the place of what was known", () => {
  const model = fresh();
  put(model, started);
  put(model, {
    type: "snapshot",
    call: {
      call_id: "a",
      seq: 9,
      state: "paused",
      degraded: true,
      sentiment: { 1: { rolling: -0.5, trend: "down", label: "negative" } },
      alerts: [{ category: "x", severity: "high", count: 1, segment_id: 1, channel: 1 }],
      transcript: [segment(1, 0, "one")],
      partials: [segment(2, 1, "two")],
      sentiments: [{ channel: 1, end_ms: 500, rolling: -0.5, trend: "down", label: "negative" }],
    },
  });
  const call = model.calls.get("a");
  assert.equal(call.seq, 9);
  assert.equal(call.state, "paused");
  assert.equal(call.worst, "high");
  assert.equal(call.degraded.size, 1);
  assert.equal(call.moods.get(1).trend, "down");
  assert.equal(call.moodPoints.length, 1);
  assert.deepEqual([call.finals.length, call.partials.size], [1, 1]);
  put(model, { call_id: "a", seq: 10, type: "stt.recovered", channel: 0, engine: "e" });
  assert.equal(call.degraded.size, 0);
});

test("characteristics come with snapshots and events, whatever is in them", () => {
  const model = fresh();
  const of = (talk_share, loudness) => ({ channel: 1, talk_share, words_per_minute: 90, loudness });
  put(model, { type: "snapshot", call: { call_id: "a", seq: 1, characteristics: { channels: [of(0.4, { mean: 71 })] } } });
  const call = model.calls.get("a");
  assert.deepEqual(call.characteristics.manners, [
    { channel: 1, talkShare: 0.4, wordsPerMinute: 90, interruptions: 0, loudness: 71 },
  ]);
  put(model, { call_id: "a", seq: 2, type: "characteristics.updated", final: false, characteristics: { channels: [of(7, null)], non_talk_ms: 4000 } });
  assert.equal(call.characteristics.manners[0].talkShare, 1);
  assert.equal(call.characteristics.manners[0].loudness, null);
  assert.equal(call.characteristics.nonTalkMs, 4000);
  for (const value of [null, 7, "x", [], [null]])
    put(model, { call_id: "a", type: "characteristics.updated", characteristics: value });
  put(model, { call_id: "a", type: "characteristics.updated", characteristics: { channels: "x", overlap_ms: "y" } });
  assert.deepEqual(call.characteristics.manners, []);
});

test("how the line is comes with snapshots and events, whatever is in them", () => {
  const model = fresh();
  const of = (mos, ...alarms) => ({ channel: 1, role: "customer", loss_pct: 12.5, jitter_ms: 4, mos, alarms });
  put(model, { type: "snapshot", call: { call_id: "a", seq: 1, quality: [of(2.5, "clipped", "later")] } });
  const call = model.calls.get("a");
  assert.deepEqual([...call.lines.values()], [
    { channel: 1, lossPct: 12.5, jitterMs: 4, mos: 2.5, alarms: ["clipped"] },
  ]);
  put(model, { call_id: "a", seq: 2, type: "call.updated", queue: "x" });
  assert.equal(call.lines.get(1).mos, 2.5);
  put(model, { call_id: "a", seq: 3, type: "call.updated", quality: [of(null)] });
  assert.deepEqual([call.lines.get(1).mos, call.lines.get(1).alarms], [null, []]);
  for (const value of [null, 7, "x", {}, [null], [{ alarms: "x", mos: "y", loss_pct: -1 }]])
    put(model, { call_id: "a", type: "call.updated", quality: value });
  assert.deepEqual(call.lines.get(0), { channel: 0, lossPct: 0, jitterMs: 0, mos: null, alarms: [] });
});

test("an issue is what was last said of it", () => {
  const model = fresh();
  const issue = (text) => ({ id: 1, kind: "outcome", text, segment_id: 4, channel: 0, role: "agent", start_ms: 7 });
  put(model, { type: "snapshot", call: { call_id: "a", seq: 1, issues: [issue("we refund")] } });
  put(model, { call_id: "a", seq: 2, type: "issue.detected", issue: issue("we refund all") });
  const told = { id: 1, kind: "outcome", text: "we refund all", segmentId: 4, channel: 0, role: "agent", startMs: 7 };
  assert.deepEqual(model.calls.get("a").issues, [told]);
  for (const value of [null, 7, "x", []]) put(model, { call_id: "a", type: "issue.detected", issue: value });
  assert.equal(model.calls.get("a").issues.length, 2);
});

test("after a cut, what neither resumed nor came again is gone", () => {
  const model = fresh();
  for (const id of ["a", "b", "c"]) put(model, { ...started, call_id: id });
  put(model, { type: "snapshot.end", calls: 0 });
  model.beginSubscription(Object.keys(model.resumePoints()));
  put(model, { type: "resume.gap", call_id: "b", seq: 1 });
  put(model, { type: "resume.gap", call_id: "c", seq: 1 });
  put(model, { type: "snapshot", call: { call_id: "c", seq: 40 } });
  put(model, { call_id: "a", seq: 2, type: "call.updated", queue: "sales" });
  put(model, { type: "snapshot.end", calls: 1 });
  assert.deepEqual([...model.calls.keys()], ["a", "c"]);
  assert.equal(model.calls.get("c").seq, 40);
  assert.equal(model.calls.get("a").queue, "sales");
});

test("call.updated changes what it names and nothing else", () => {
  const model = fresh();
  put(model, { ...started, caller: "+1", queue: "billing" });
  put(model, { call_id: "a", seq: 2, type: "call.updated", paused: true });
  put(model, { call_id: "a", seq: 3, type: "call.updated", lag_ms: 2500, rate_suspect: true });
  const call = model.calls.get("a");
  assert.deepEqual([call.state, call.lagMs, call.isRateSuspect], ["paused", 2500, true]);
  assert.deepEqual([call.caller, call.queue, call.agent.name], ["+1", "billing", "Ann"]);
  put(model, { call_id: "a", seq: 4, type: "call.updated", paused: false });
  assert.equal(call.state, "live");
});

test("corrected roles are those of what was said before", () => {
  const model = fresh();
  put(model, started);
  put(model, { call_id: "a", seq: 2, type: "transcript.final", segment: segment(1, 0, "hello") });
  put(model, { call_id: "a", type: "transcript.partial", segment: segment(1, 1, "well") });
  const channels = [
    { channel: 0, role: "customer" },
    { channel: 1, role: "agent" },
  ];
  put(model, { call_id: "a", seq: 3, type: "call.updated", channels });
  const call = model.calls.get("a");
  assert.deepEqual([...call.finals, ...call.partials.values()].map((one) => one.role), [
    "customer",
    "agent",
  ]);
  put(model, { call_id: "a", seq: 4, type: "call.updated", paused: true });
  assert.equal(call.finals[0].role, "customer");
});

test("an id that is used again after its call has ended is a new call", () => {
  const model = fresh();
  put(model, started);
  put(model, { call_id: "a", seq: 2, type: "transcript.final", segment: segment(1, 0, "hello") });
  put(model, { call_id: "a", seq: 3, type: "call.ended", reason: "stopped", duration_ms: 1000 });
  put(model, { ...started, agent: { id: "2", name: "Bob" } });
  const call = model.calls.get("a");
  assert.equal(call.agent.name, "Bob");
  assert.equal(call.finals.length, 0);
  assert.notEqual(call.state, "ended");
  assert.deepEqual({ ...model.resumePoints() }, { a: 1 });
});

test("an ended call keeps no partials and is not resumed", () => {
  const model = fresh();
  put(model, started);
  put(model, { call_id: "a", type: "transcript.partial", segment: segment(1, 0, "hel") });
  put(model, { call_id: "a", seq: 2, type: "call.ended", reason: "lost", duration_ms: 61000 });
  const call = model.calls.get("a");
  assert.deepEqual(call.ended, { reason: "lost", durationMs: 61000 });
  assert.equal(call.partials.size, 0);
  assert.deepEqual({ ...model.resumePoints() }, {});
});

test("an alert is what its last event says, and a call is as bad as what is open", () => {
  const model = fresh();
  const alert = (id, severity, state = "raised") => ({ id, category: `c${id}`, severity, state });
  put(model, { type: "snapshot", call: { call_id: "a", seq: 1, alerts: [alert(1, "high"), alert(2, "low", "cleared")] } });
  const call = model.calls.get("a");
  assert.equal(call.worst, "high");
  put(model, { call_id: "a", seq: 2, type: "alert.cleared", alert: alert(1, "high", "cleared") });
  assert.equal(call.worst, "none");
  assert.deepEqual(call.alerts.map((one) => one.state), ["cleared", "cleared"]);
  put(model, { call_id: "a", seq: 3, type: "alert.raised", alert: alert(3, "medium") });
  put(model, { call_id: "a", seq: 4, type: "alert.repeated", alert: { ...alert(3, "medium"), count: 2 } });
  assert.deepEqual([call.worst, call.alerts.length, call.marks.length], ["medium", 3, 4]);
  put(model, { call_id: "a", seq: 5, type: "call.ended", reason: "stopped" });
  assert.equal(call.worst, "high");
});

test("alerts are handed out once, and those of a snapshot never", () => {
  const model = fresh();
  put(model, { type: "snapshot", call: { call_id: "b", seq: 1, alerts: [{ category: "old", severity: "low" }] } });
  put(model, started);
  put(model, { call_id: "a", seq: 2, type: "alert.raised", alert: { category: "new", severity: "high" } });
  assert.deepEqual(model.takeRaised().map((one) => one.alert.category), ["new"]);
  assert.deepEqual(model.takeRaised(), []);
});

test("everything that is kept has a bound", () => {
  const model = fresh({ callsMax: 3, moodPointsMax: 4, keepsTranscript: false });
  for (const id of ["a", "b", "c"]) put(model, { ...started, call_id: id });
  put(model, { call_id: "b", seq: 2, type: "call.ended", reason: "stopped", duration_ms: 1 });
  put(model, { ...started, call_id: "d" });
  assert.deepEqual([...model.calls.keys()], ["a", "c", "d"]);
  for (let seq = 2; seq < 500; seq++) {
    put(model, { call_id: "a", seq, type: "sentiment.updated", channel: 1, rolling: 0, end_ms: seq });
    put(model, { call_id: "c", seq, type: "alert.raised", alert: { category: "x", severity: "low" } });
    put(model, { call_id: "a", type: "issue.detected", issue: { id: seq, kind: "outcome", text: "x" } });
    put(model, { call_id: "d", seq, type: "transcript.final", segment: segment(seq, 0, "x") });
  }
  assert.equal(model.calls.get("a").moodPoints.length, 4);
  assert.equal(model.calls.get("c").alerts.length, 200);
  assert.equal(model.calls.get("a").issues.length, 50);
  assert.equal(model.calls.get("d").finals.length, 0);
});

test("fields of a wrong type and odd messages do no harm", () => {
  const model = fresh();
  for (const text of ["", "[]", "null", "3", '{"type":7}', "{", '{"a":1}']) assert.equal(parseMessage(text), null);
  const odd = [null, 7, "x", [], {}, [null], [7], { 1: null }];
  for (const value of odd) {
    put(model, { type: "snapshot", call: value });
    put(model, { type: "snapshot", call: { call_id: "z", alerts: value, transcript: value, sentiment: value, channels: value, agent: value, ended: value } });
    put(model, { type: "transcript.final", call_id: "z", seq: 1e6, segment: value });
    put(model, { type: "alert.raised", call_id: "y", alert: value });
    put(model, { type: "sentiment.updated", call_id: "y", rolling: value, channel: value });
    put(model, { type: "no.such.type", call_id: "y", seq: value });
    put(model, { type: "resume.gap", call_id: value });
  }
  put(model, { type: "snapshot.end" });
  assert.ok(model.isLoaded);
});

test("names of a prototype are names like others", () => {
  const model = fresh();
  for (const id of ["__proto__", "constructor", "toString"]) put(model, { ...started, call_id: id });
  assert.equal(model.calls.size, 3);
  assert.equal(Object.keys(model.resumePoints()).length, 3);
  assert.match(JSON.stringify({ resume: model.resumePoints() }), /"__proto__":1/);
});

test("the urgent comes first", () => {
  const call = (id, worst, state, startedUnixMs) => ({ id, worst, state, startedUnixMs });
  const calls = [
    call("old", "none", "live", 1),
    call("ended", "critical", "ended", 9),
    call("new", "none", "live", 2),
    call("bad", "high", "paused", 1),
  ];
  assert.deepEqual(calls.sort(byUrgency).map((one) => one.id), ["bad", "new", "old", "ended"]);
});

test("unsure words are cut out of the text as it is written", () => {
  const words = [
    { text: "Well", confidence: 0.9 },
    { text: "the", confidence: 0.2 },
    { text: "missing", confidence: 0.1 },
    { text: "the", confidence: 0.8 },
    { text: "end", confidence: null },
  ];
  assert.deepEqual(unsurePieces("Well, the cat, the end.", words), [
    { text: "Well, ", confidence: null },
    { text: "the", confidence: 0.2 },
    { text: " cat, the end.", confidence: null },
  ]);
  assert.deepEqual(unsurePieces("", words), []);
});

test("addresses and numbers", () => {
  assert.deepEqual(parseRoute("#/call/a%2Fb%20c"), { page: "call", callId: "a/b c" });
  assert.deepEqual(parseRoute("#/call/%"), { page: "list" });
  assert.deepEqual(parseRoute(""), { page: "list" });
  assert.deepEqual([clock(0), clock(65_900), clock(3_729_000), clock(-5)], ["0:00", "1:05", "1:02:09", "0:00"]);
  assert.deepEqual([signed(0.417), signed(-0.3), signed(-0.001)], ["+0.42", "−0.30", "0.00"]);
});
