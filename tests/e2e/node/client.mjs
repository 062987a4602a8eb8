// A client of its own making: npm's ws and node's fetch, nothing of the project's.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../../..");
const modules = process.env.SIDETONE_NODE_MODULES ?? join(root, ".sidetone/node_modules");
const WebSocket = createRequire(join(modules, "here.js"))("ws");

export const base = process.env.SIDETONE_TEST_URL;
const tokens = {
  read: process.env.SIDETONE_TEST_READ_TOKEN,
  ingest: process.env.SIDETONE_TEST_INGEST_TOKEN,
};

export const headersFor = (scope) =>
  tokens[scope] ? { authorization: `Bearer ${tokens[scope]}` } : {};

export function open(path, scope, ...protocols) {
  const headers = protocols.length > 0 ? {} : headersFor(scope);
  return new WebSocket(base.replace("http", "ws") + path, protocols, { headers });
}

export const closed = (ws) =>
  new Promise((resolve) => ws.once("close", (code, reason) => resolve({ code, reason: `${reason}` })));

const within = (promise, what) => {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no ${what} in time`)), 30_000);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};

// A subscriber that keeps every message in order and can wait for one.
export class Watcher {
  constructor(subscription = {}, ws = open("/v1/events", "read")) {
    this.messages = [];
    this.waiting = [];
    this.ws = ws;
    ws.on("open", () => ws.send(JSON.stringify({ type: "subscribe", ...subscription })));
    ws.on("message", (data, isBinary) => {
      assert.equal(isBinary, false);
      this.messages.push(JSON.parse(data));
      this.waiting = this.waiting.filter((check) => !check());
    });
    ws.on("error", () => {});
  }

  until(type, fits = () => true) {
    return within(
      new Promise((resolve) => {
        const check = () => {
          const found = this.messages.find((message) => message.type === type && fits(message));
          if (found) resolve(found);
          return found !== undefined;
        };
        if (!check()) this.waiting.push(check);
      }),
      type,
    );
  }

  // Events of a call, without what is about the connection.
  events(callId) {
    return this.messages.filter(
      (message) => message.call_id === callId && message.type !== "resume.gap" && "seq" in message,
    );
  }

  // As a network does it: without a close frame.
  async cut() {
    const gone = closed(this.ws);
    this.ws.terminate();
    await gone;
  }

  async close() {
    const gone = closed(this.ws);
    this.ws.close(1000);
    return gone;
  }
}

const RATE_HZ = 8000;

// Sentences as constant sample values, which the tests' recogniser knows: [value, milliseconds]…
const samples = (parts) =>
  parts.flatMap(([value, ms]) => new Array((RATE_HZ * ms) / 1000).fill(value * 600));

export function interleave(agent, customer) {
  const sides = [samples(agent), samples(customer)];
  const count = Math.max(sides[0].length, sides[1].length);
  const out = Buffer.alloc(count * 4);
  for (let i = 0; i < count; i++)
    sides.forEach((side, channel) => out.writeInt16LE(side[i] ?? 0, i * 4 + channel * 2));
  return out;
}

// A call by the pcm dialect.
export class Sender {
  constructor(start) {
    this.ws = open("/v1/ingest/pcm", "ingest");
    this.received = [];
    this.ws.on("message", (data) => this.received.push(JSON.parse(data)));
    this.ready = within(
      new Promise((resolve, reject) => {
        this.ws.once("open", resolve);
        this.ws.once("error", reject);
      }),
      "connection",
    ).then(() => this.ws.send(JSON.stringify({ type: "start", rate_hz: RATE_HZ, ...start })));
  }

  async say(agent, customer) {
    await this.ready;
    const audio = interleave(agent, customer);
    const step = (RATE_HZ / 10) * 4; // 100 ms
    for (let at = 0; at < audio.length; at += step) this.ws.send(audio.subarray(at, at + step));
  }

  // Resolves with how the gateway closed.
  async stop() {
    await this.ready;
    const gone = within(closed(this.ws), "close");
    this.ws.send(JSON.stringify({ type: "stop" }));
    return gone;
  }
}

// Server-Sent Events by fetch, read by the letter of the standard. Yields {event, id, data}.
export async function* serverSentEvents(path, headers, signal) {
  const response = await fetch(base + path, {
    headers: { ...headersFor("read"), accept: "text/event-stream", ...headers },
    signal,
  });
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type"), /^text\/event-stream/);
  let rest = "";
  let event = {};
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split(/\r\n|\n|\r/);
    rest = lines.pop();
    for (const line of lines) {
      if (line === "") {
        if (event.data !== undefined) yield event;
        event = {};
        continue;
      }
      const [, field, value] = /^([^:]*):? ?(.*)$/.exec(line);
      if (field === "data") event.data = event.data === undefined ? value : `${event.data}\n${value}`;
      else if (field !== "") event[field] = value;
    }
  }
}
