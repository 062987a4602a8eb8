// The page's frame: connection, token, address, and alerts wherever one is.

import { type PropertyDeclarations, type TemplateResult, html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { severityPill } from "./badges.js";
import { type AlertVerb, act } from "./act.js";
import "./call-list.js";
import "./call-page.js";
import { PageElement } from "./element.js";
import { Feed, type FeedStatus } from "./feed.js";
import { agentName, callerName } from "./format.js";
import { closeIcon, logo } from "./icons.js";
import { Model, type Raised } from "./model.js";
import type { Alert } from "./protocol.js";
import { type Route, callHref, parseRoute } from "./route.js";

const tokenKey = "sidetone.token";
const drawEveryMs = 80;
const toastForMs = 20_000;
const toastsMax = 3;

const listEvents = [
  "call.started",
  "call.updated",
  "alert.raised",
  "alert.repeated",
  "alert.escalated",
  "alert.acknowledged",
  "alert.snoozed",
  "alert.reopened",
  "alert.assigned",
  "alert.cleared",
  "sentiment.updated",
  "stt.degraded",
  "stt.recovered",
  "call.ended",
];

interface Toast extends Raised {
  key: number;
  until: number;
}

interface Subscription {
  model: Model;
  feed: Feed | null;
}

export class App extends PageElement {
  static override properties: PropertyDeclarations = {
    version: { state: true },
    route: { state: true },
  };
  declare private version: number;
  declare private route: Route;
  private readonly list: Subscription;
  private call: Subscription | null = null;
  private toasts: Toast[] = [];
  private toastKey = 0;
  private skewMs = 0;
  private drawTimer = 0;
  private unseen = 0;
  private mayAct = false;

  constructor() {
    super();
    this.version = 0;
    this.route = parseRoute(location.hash);
    this.list = this.subscribe(
      new Model({ keepsTranscript: false, callsMax: 2000, moodPointsMax: 120 }),
      { events: listEvents, partials: false },
    );
    this.openCall();
    addEventListener("hashchange", () => void this.onRoute());
    addEventListener("keydown", (event) => this.onKey(event));
    document.addEventListener("visibilitychange", () => this.changed());
    setInterval(() => this.changed(), 1000);
  }

  private subscribe(model: Model, subscription: Record<string, unknown>): Subscription {
    const made: Subscription = { model, feed: null };
    made.feed = new Feed({
      base: new URL(".", location.href).href,
      subscription,
      model,
      token: () => sessionStorage.getItem(tokenKey),
      changed: () => this.changed(),
      skew: (ms) => (this.skewMs = ms),
      scopes: (names) => (this.mayAct = names.includes("alerts:write")),
    });
    return made;
  }

  private openCall(): void {
    this.call?.feed?.close();
    this.call = null;
    if (this.route.page !== "call") return;
    const model = new Model({ keepsTranscript: true, callsMax: 4, moodPointsMax: 5000 });
    this.call = this.subscribe(model, { calls: [this.route.callId] });
  }

  private async onRoute(): Promise<void> {
    this.route = parseRoute(location.hash);
    this.openCall();
    await this.updateComplete;
    await new Promise((drawn) => requestAnimationFrame(drawn));
    scrollTo(0, 0);
    this.querySelector<HTMLElement>("h1")?.focus();
  }

  private onKey(event: KeyboardEvent): void {
    if (event.key !== "Escape" || this.route.page !== "call" || event.defaultPrevented) return;
    if ((event.target as Element).matches?.("input")) return;
    location.hash = "#/";
  }

  /** Drawn at most every 80 ms, however many events arrive. */
  private changed(): void {
    this.drawTimer ||= window.setTimeout(() => {
      this.drawTimer = 0;
      this.takeAlerts();
      this.version++;
    }, drawEveryMs);
  }

  private takeAlerts(): void {
    const now = Date.now();
    const raised = this.list.model.takeRaised();
    this.call?.model.takeRaised();
    this.unseen = document.hidden ? this.unseen + raised.length : 0;
    document.title = this.unseen ? `(${this.unseen}) Sidetone` : "Sidetone";
    const fresh = raised.map((one) => ({ ...one, key: this.toastKey++, until: now + toastForMs }));
    this.toasts = [...this.toasts, ...fresh].filter((toast) => toast.until > now).slice(-toastsMax);
  }

  private dismiss(key: number): void {
    this.toasts = this.toasts.filter((toast) => toast.key !== key);
    this.requestUpdate();
  }

  private status(): FeedStatus {
    const own = (this.call ?? this.list).feed?.status;
    const listed = this.list.feed?.status;
    const both = [listed, own].filter((status) => status !== undefined);
    return (
      both.find((status) => status.state === "refused") ??
      both.find((status) => status.state === "waiting") ??
      both.find((status) => status.state === "connecting") ??
      both[0] ?? { state: "connecting", why: "", retryAt: 0 }
    );
  }

  private readonly retry = (): void => {
    this.list.feed?.retryNow();
    this.call?.feed?.retryNow();
  };

  protected override render(): TemplateResult {
    const status = this.status();
    const isRefused = status.state === "refused";
    return html`<a class="skip" href="#main" @click=${this.skip}>Skip to the content</a>
      <header class="top">
        <a class="brand" href="#/">${logo}<span>Sidetone</span></a>
        ${this.connection(status)}
      </header>
      <main id="main" tabindex="-1" class=${isRefused ? "asking" : `on-${this.route.page}`}>
        ${isRefused ? this.tokenForm(status) : this.page()}
      </main>
      ${this.toastRegion()}`;
  }

  private readonly skip = (event: Event): void => {
    event.preventDefault();
    this.querySelector<HTMLElement>("main")?.focus();
  };

  private page(): TemplateResult {
    const nowUnixMs = Date.now() + this.skewMs;
    if (this.route.page === "call" && this.call)
      return html`<sidetone-call-page
        .model=${this.call.model}
        .callId=${this.route.callId}
        .version=${this.version}
        .nowUnixMs=${nowUnixMs}
        .act=${this.mayAct ? this.act : null}
      ></sidetone-call-page>`;
    return html`<sidetone-call-list
      .model=${this.list.model}
      .version=${this.version}
      .nowUnixMs=${nowUnixMs}
    ></sidetone-call-list>`;
  }

  private readonly act = (
    alert: Alert,
    verb: AlertVerb,
    body: Record<string, unknown>,
  ): Promise<string> =>
    act({
      base: new URL(".", location.href).href,
      token: sessionStorage.getItem(tokenKey),
      callId: this.route.page === "call" ? this.route.callId : "",
      alertId: alert.id,
      verb,
      body,
    });

  private connection(status: FeedStatus): TemplateResult {
    const names = {
      live: "Connected",
      connecting: "Connecting…",
      waiting: "Reconnecting",
      refused: "Signed out",
      closed: "Closed",
    };
    const seconds = Math.max(1, Math.ceil((status.retryAt - Date.now()) / 1000));
    return html`<div class="connection ${status.state}">
      <p role="status">
        <i class="dot"></i>${names[status.state]}${status.state !== "refused" && status.why
          ? html`<span class="why">${status.why}</span>`
          : nothing}
      </p>
      ${status.state === "waiting"
        ? html`<span class="countdown">in ${seconds} s</span>
            <button type="button" @click=${this.retry}>Retry now</button>`
        : nothing}
    </div>`;
  }

  private tokenForm(status: FeedStatus): TemplateResult {
    return html`<form class="panel token" @submit=${this.onToken}>
      <h1 tabindex="-1">Sign in</h1>
      <p role="alert">${status.why}</p>
      <label for="token">Access token</label>
      <input id="token" type="password" autocomplete="off" spellcheck="false" required />
      <p class="hint">
        Made with <code>sidetone token create --scope calls:read,alerts:write</code>. It stays in this tab and is
        forgotten when the tab closes.
      </p>
      <button type="submit" class="primary">Connect</button>
    </form>`;
  }

  private readonly onToken = (event: Event): void => {
    event.preventDefault();
    const input = this.querySelector<HTMLInputElement>("#token");
    const token = input?.value.trim();
    if (!token) return;
    sessionStorage.setItem(tokenKey, token);
    this.retry();
  };

  private toastRegion(): TemplateResult {
    return html`<div class="toasts" role="alert" aria-atomic="false">
      ${repeat(
        this.toasts,
        (toast) => toast.key,
        ({ key, call, alert }) =>
          html`<div class="toast severity-${alert.severity}">
            <p class="toast-top">
              ${severityPill(alert.severity)}<span class="alert-name">${alert.category}</span>
            </p>
            <p class="toast-words">“${alert.words}”</p>
            <a href=${callHref(call.id)}>${agentName(call)} with ${callerName(call)}</a>
            <button type="button" aria-label="Dismiss this alert" @click=${() => this.dismiss(key)}>
              ${closeIcon}
            </button>
          </div>`,
      )}
    </div>`;
  }
}

customElements.define("sidetone-app", App);
