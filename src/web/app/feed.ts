// One subscription over one WebSocket that heals itself: after a cut it waits (longer each time),
// connects again and resumes from what the model has. The page only looks at `status`.

import type { Model } from "./model.js";
import { type Message, numberOf, parseMessage, textOf } from "./protocol.js";

export type FeedState = "connecting" | "live" | "waiting" | "refused" | "closed";

export interface FeedStatus {
  state: FeedState;
  /** For people; "" when there is nothing to say. */
  why: string;
  /** When the next attempt is due, while waiting. */
  retryAt: number;
}

export interface FeedOptions {
  /** Of this page: scheme, host and port of the gateway are its own. */
  base: string;
  subscription: Record<string, unknown>;
  model: Model;
  token: () => string | null;
  changed: () => void;
  /** What the server's clock is ahead of ours. */
  skew?: (ms: number) => void;
  /** What the token allows. */
  scopes?: (names: string[]) => void;
}

const backoffMinMs = 500;
const backoffMaxMs = 15_000;
const pingEveryMs = 20_000;
const pongWithinMs = 10_000;
const resumeMaxLength = 32_000;

export class Feed {
  status: FeedStatus = { state: "connecting", why: "", retryAt: 0 };
  private socket: WebSocket | null = null;
  private attempts = 0;
  private wasWelcomed = false;
  private hasResumed = false;
  private why = "";
  private retryTimer = 0;
  private pingTimer = 0;
  private pongTimer = 0;

  constructor(private readonly options: FeedOptions) {
    addEventListener("online", this.retryNow);
    this.connect();
  }

  close(): void {
    removeEventListener("online", this.retryNow);
    this.drop();
    this.set("closed");
  }

  /** Tries at once, also with a token that was just given. */
  readonly retryNow = (): void => {
    if (this.status.state !== "waiting" && this.status.state !== "refused") return;
    this.attempts = 0;
    this.connect();
  };

  private connect(): void {
    this.drop();
    this.set("connecting", this.attempts > 0 ? this.status.why : "");
    const url = new URL("v1/events", this.options.base);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const token = this.options.token();
    const protocols = token ? ["sidetone.v1", `bearer.${token}`] : ["sidetone.v1"];
    let socket: WebSocket;
    try {
      socket = new WebSocket(url, protocols);
    } catch {
      // A token with characters that no subprotocol may have.
      this.set("refused", "This token cannot be read.");
      return;
    }
    this.socket = socket;
    this.wasWelcomed = false;
    this.why = "";
    socket.onmessage = (event) => this.onMessage(event.data);
    socket.onclose = (event) => void this.onClose(event.code);
  }

  private drop(): void {
    clearTimeout(this.retryTimer);
    clearInterval(this.pingTimer);
    clearTimeout(this.pongTimer);
    if (!this.socket) return;
    this.socket.onmessage = this.socket.onclose = null;
    this.socket.close();
    this.socket = null;
  }

  private set(state: FeedState, why = "", retryAt = 0): void {
    this.status = { state, why, retryAt };
    this.options.changed();
  }

  private onMessage(data: unknown): void {
    const message = typeof data === "string" ? parseMessage(data) : null;
    if (!message) return;
    if (message.type === "welcome") this.onWelcome(message);
    else if (message.type === "pong") clearTimeout(this.pongTimer);
    else if (message.type === "goodbye") this.why = goodbyeText(message);
    else if (message.type === "error") this.onError(message);
    else this.options.model.apply(message);
    if (message.type === "snapshot.end") {
      this.attempts = 0;
      this.set("live");
    } else this.options.changed();
  }

  private onWelcome(message: Message): void {
    this.wasWelcomed = true;
    this.options.skew?.(numberOf(message.body.now_unix_ms, Date.now()) - Date.now());
    const scopes = message.body.scopes;
    this.options.scopes?.(Array.isArray(scopes) ? scopes.map(String) : []);
    const resume = this.options.model.resumePoints();
    // A server bounds its clients' messages; without a list of calls it sends them all again.
    this.subscribe(JSON.stringify(resume).length > resumeMaxLength ? {} : resume);
    this.pingTimer = window.setInterval(() => this.ping(), pingEveryMs);
  }

  private subscribe(resume: Record<string, number>): void {
    const resumed = Object.keys(resume);
    this.hasResumed = resumed.length > 0;
    this.options.model.beginSubscription(resumed);
    this.send({ type: "subscribe", ...this.options.subscription, resume });
  }

  /** The only message that can be refused is the subscription; what was seen is its only part that
   * another server or version may not take. */
  private onError(message: Message): void {
    if (this.hasResumed) this.subscribe({});
    else this.set("connecting", textOf(message.body.message));
  }

  private send(message: unknown): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  private ping(): void {
    this.send({ type: "ping", id: String(Date.now()) });
    clearTimeout(this.pongTimer);
    this.pongTimer = window.setTimeout(() => void this.onClose(1006), pongWithinMs);
  }

  private async onClose(code: number): Promise<void> {
    this.drop();
    // A browser does not say why an upgrade failed, so the same door is asked by plain HTTP.
    const refusal = !this.wasWelcomed || code === 1008 ? await this.askWhy() : "";
    if (this.socket || this.status.state === "closed") return;
    if (refusal) {
      this.set("refused", refusal);
      return;
    }
    const most = Math.min(backoffMaxMs, backoffMinMs * 2 ** this.attempts++);
    const wait = most * (0.5 + Math.random() / 2);
    this.retryTimer = window.setTimeout(() => this.connect(), wait);
    this.set("waiting", this.why || closeText(code), Date.now() + wait);
  }

  private async askWhy(): Promise<string> {
    const url = new URL("v1/events/sse?event=call.ended&partials=false", this.options.base);
    const token = this.options.token();
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), 5000);
    try {
      const headers: HeadersInit = token ? { Authorization: `Bearer ${token}` } : {};
      const response = await fetch(url, { headers, signal: abort.signal, cache: "no-store" });
      if (response.status === 401)
        return token ? "The server did not accept this token." : "The server asks for a token.";
      return response.status === 403 ? "This token may not read calls here." : "";
    } catch {
      return "";
    } finally {
      clearTimeout(timer);
      abort.abort();
    }
  }
}

function goodbyeText(message: Message): string {
  return textOf(message.body.reason) === "shutdown"
    ? "The server is shutting down."
    : "This page could not keep up.";
}

function closeText(code: number): string {
  if (code === 1001) return "The server is shutting down.";
  if (code === 1013) return "This page could not keep up.";
  return "The connection was lost.";
}
