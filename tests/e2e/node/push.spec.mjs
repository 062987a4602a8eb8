// The contracts of proto/ as a JavaScript client meets them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Sender, Watcher, base, closed, headersFor, open, serverSentEvents } from "./client.mjs";

const AGENT = [[1, 1500], [0, 5500]];
const CUSTOMER = [[0, 2000], [2, 1500], [0, 500], [4, 2000], [0, 1000]];

let count = 0;
const nextId = () => `node-${process.pid}-${++count}`;

async function runCall(callId, start = {}) {
  const sender = new Sender({ call_id: callId, ...start });
  await sender.say(AGENT, CUSTOMER);
  const { code } = await sender.stop();
  assert.equal(code, 1000);
  assert.deepEqual(sender.received, [{ type: "started", call_id: callId, v: 1 }, { type: "stopped" }]);
}

function assertWithoutHoles(events, first = 1) {
  assert.deepEqual(events.map((event) => event.seq), events.map((_, index) => first + index));
}

test("a call gives every event once and in order", async () => {
  const callId = nextId();
  const watcher = new Watcher({ calls: [callId] });
  const welcome = await watcher.until("welcome");
  assert.equal(welcome.v, 1);
  await watcher.until("snapshot.end");
  await runCall(callId, { agent: { id: "a1", name: "Ann" }, queue: "billing" });
  const ended = await watcher.until("call.ended");
  const events = watcher.events(callId);
  assertWithoutHoles(events);
  assert.equal(events.at(-1).seq, ended.seq);
  assert.deepEqual(events[0].agent, { id: "a1", name: "Ann" });
  const finals = events.filter((event) => event.type === "transcript.final");
  assert.deepEqual(finals.map(({ segment }) => `${segment.role}: ${segment.text}`).sort(), [
    "agent: thank you for calling how can i help",
    "customer: i have a problem with my bill",
    "customer: i want to speak to a manager right now",
  ]);
  assert.ok(watcher.messages.some((message) => message.type === "transcript.partial"));
  const { alert } = events.find((event) => event.type === "alert.raised");
  assert.equal(alert.words, "speak to a manager");
  assert.equal((await watcher.close()).code, 1000);
});

test("after a cut it goes on exactly where it was", async () => {
  const callId = nextId();
  const before = new Watcher({ calls: [callId], partials: false });
  await before.until("snapshot.end");
  const sender = new Sender({ call_id: callId });
  await sender.say([[1, 1500], [0, 1000]], [[0, 2500]]);
  await before.until("transcript.final");
  await before.cut();
  const last = before.events(callId).at(-1).seq;
  await sender.say([[0, 5000]], [[0, 500], [4, 2000], [0, 2500]]);
  const after = new Watcher({ calls: [callId], partials: false, resume: { [callId]: last } });
  assert.equal((await sender.stop()).code, 1000);
  await after.until("call.ended");
  assertWithoutHoles([...before.events(callId), ...after.events(callId)]);
  assert.ok(!after.messages.some((message) => message.type === "snapshot"));
  assert.ok(!after.messages.some((message) => message.type === "resume.gap"));
  await after.close();
});

test("cuts at every event lose and repeat nothing", async () => {
  const callId = nextId();
  await runCall(callId);
  const whole = new Watcher({ calls: [callId], resume: { [callId]: 0 } });
  await whole.until("call.ended");
  await whole.until("snapshot.end");
  const all = whole.events(callId);
  assertWithoutHoles(all);
  for (let last = 1; last < all.length; last++) {
    const late = new Watcher({ calls: [callId], resume: { [callId]: last } });
    await late.until("snapshot.end");
    assert.deepEqual(late.events(callId), all.slice(last));
    await late.close();
  }
  await whole.close();
});

test("a call that is not known any more is a gap", async () => {
  const watcher = new Watcher({ resume: { nobody: 7 } });
  const gap = await watcher.until("resume.gap");
  assert.deepEqual([gap.call_id, gap.seq], ["nobody", 7]);
  await watcher.close();
});

test("server-sent events say the same", async () => {
  const callId = nextId();
  const watcher = new Watcher({ calls: [callId], partials: false });
  await watcher.until("snapshot.end");
  const stop = new AbortController();
  const seen = [];
  const reading = (async () => {
    const path = `/v1/events/sse?call=${callId}&partials=false`;
    for await (const { data } of serverSentEvents(path, {}, stop.signal)) {
      const message = JSON.parse(data);
      if (message.type === "snapshot.end") subscribed();
      if (message.call_id === callId) seen.push(message);
      if (message.type === "call.ended") break;
    }
  })();
  let subscribed;
  await new Promise((resolve) => (subscribed = resolve));
  await runCall(callId);
  await reading;
  await watcher.until("call.ended");
  assertWithoutHoles(seen);
  assert.deepEqual(seen, watcher.events(callId));
  stop.abort();
  await watcher.close();
});

test("server-sent events resume by Last-Event-ID and by the query", async () => {
  const callId = nextId();
  await runCall(callId);
  const ids = [];
  const read = async (path, headers) => {
    const seqs = [];
    for await (const { data, id } of serverSentEvents(path, headers)) {
      const message = JSON.parse(data);
      if (message.call_id === callId && "seq" in message) {
        seqs.push(message.seq);
        ids.push(id);
      }
      if (message.type === "snapshot.end") break;
    }
    return seqs;
  };
  const path = `/v1/events/sse?call=${callId}`;
  const all = await read(`${path}&resume=${callId}:0`);
  assert.deepEqual(all, all.map((_, index) => index + 1));
  assert.ok(ids.every(Boolean));
  assert.deepEqual(await read(`${path}&resume=${callId}:3`), all.slice(3));
  assert.deepEqual(await read(path, { "last-event-id": ids[4] }), all.slice(5));
});

test("REST gives the call afterwards", async () => {
  const callId = nextId();
  await runCall(callId);
  const answer = await fetch(`${base}/v1/calls/${callId}`, { headers: headersFor("read") });
  assert.equal(answer.status, 200);
  const call = await answer.json();
  assert.equal(call.call_id, callId);
  assert.equal((await fetch(`${base}/v1/calls/nobody`, { headers: headersFor("read") })).status, 404);
});

test("a client that errs is told and stays", async () => {
  const watcher = new Watcher();
  await watcher.until("snapshot.end");
  watcher.ws.send("this is no JSON");
  assert.equal((await watcher.until("error")).code, "bad_request");
  watcher.ws.send(JSON.stringify({ type: "ping", id: "still there" }));
  assert.equal((await watcher.until("pong")).id, "still there");
  watcher.ws.send(Buffer.from([1, 2, 3]));
  assert.equal((await closed(watcher.ws)).code, 1003);
});

test("control frames are answered, with what they carry", async () => {
  const watcher = new Watcher();
  await watcher.until("snapshot.end");
  const pong = new Promise((resolve) => watcher.ws.once("pong", (data) => resolve(`${data}`)));
  watcher.ws.ping("are you there");
  assert.equal(await pong, "are you there");
  assert.equal((await watcher.close()).code, 1000);
});

test("a browser's way of giving a token works", async () => {
  const token = process.env.SIDETONE_TEST_READ_TOKEN;
  const ws = open("/v1/events", "read", "sidetone.v1", ...(token ? [`bearer.${token}`] : []));
  const watcher = new Watcher({}, ws);
  await watcher.until("snapshot.end");
  assert.equal(ws.protocol, "sidetone.v1");
  await watcher.close();
});
