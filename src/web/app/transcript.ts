// The two-sided transcript. Finals are the log that assistive technology reads out; partials live
// outside it. Only a window of a long call is in the page; earlier parts come on request.

import { type PropertyDeclarations, type TemplateResult, html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { severityPill } from "./badges.js";
import { PageElement } from "./element.js";
import { clock, count, isoDuration, roleNames, unsurePieces } from "./format.js";
import { type Call, segmentKey } from "./model.js";
import type { Alert, Segment } from "./protocol.js";

const windowStep = 200;
const windowMax = 600;
const bottomSlackPx = 32;

export class Transcript extends PageElement {
  static override properties: PropertyDeclarations = {
    call: { attribute: false },
    version: { attribute: false },
    isFollowing: { state: true },
    earlier: { state: true },
    lookedUp: { state: true },
  };
  declare call: Call;
  declare version: number;
  declare private isFollowing: boolean;
  /** How many of the newest finals the window leaves out, and how many it shows. */
  declare private earlier: number;
  declare private lookedUp: string;
  private newest = 0;
  private wasStoppedByScroll = false;

  constructor() {
    super();
    this.isFollowing = true;
    this.earlier = windowStep;
    this.lookedUp = "";
  }

  /** Brings a segment into view, also one outside the window. */
  async show(channel: number, id: number): Promise<void> {
    const key = segmentKey({ channel, id });
    const at = this.call.finals.findIndex((final) => segmentKey(final) === key);
    if (at < 0) return;
    this.stopFollowing(false);
    this.newest = Math.min(this.call.finals.length, Math.max(at + windowStep / 2, windowStep));
    this.earlier = Math.max(windowStep, this.newest - at + 20);
    this.lookedUp = key;
    await this.updateComplete;
    const element = this.querySelector<HTMLElement>(".looked-up");
    element?.scrollIntoView({ block: "center" });
    element?.focus({ preventScroll: true });
  }

  protected override render(): TemplateResult {
    const finals = this.call.finals;
    if (this.isFollowing) this.newest = finals.length;
    const end = Math.min(this.newest, finals.length);
    const start = Math.max(0, end - Math.min(this.earlier, windowMax));
    return html`<div class="panel-head">
        <h2 id="transcript-name">Transcript</h2>
        <button
          type="button"
          class="switch"
          aria-pressed=${this.isFollowing}
          @click=${this.toggleFollowing}
        >
          Auto-scroll
        </button>
      </div>
      <div
        class="scroller"
        tabindex="0"
        role="region"
        aria-labelledby="transcript-name"
        @scroll=${this.onScroll}
      >
        ${start > 0 ? this.earlierButton(start) : nothing} ${this.log(finals.slice(start, end))}
        ${this.partials()} ${this.emptyNote()}
      </div>
      ${this.isFollowing ? nothing : this.latestButton(finals.length - end)}`;
  }

  protected override updated(): void {
    const scroller = this.scroller();
    if (this.isFollowing && scroller) scroller.scrollTop = scroller.scrollHeight;
  }

  private log(finals: Segment[]): TemplateResult {
    const alerts = new Map<string, Alert[]>();
    for (const alert of this.call.marks) {
      const key = segmentKey({ channel: alert.channel, id: alert.segmentId });
      alerts.set(key, [...(alerts.get(key) ?? []), alert]);
    }
    return html`<div class="log" role="log" aria-label="What was said" aria-relevant="additions">
      ${repeat(finals, segmentKey, (final) => this.segment(final, alerts.get(segmentKey(final))))}
    </div>`;
  }

  private segment(segment: Segment, alerts: Alert[] = []): TemplateResult {
    const key = segmentKey(segment);
    const isLookedUp = key === this.lookedUp;
    return html`<div
      class="segment ${segment.role} ${alerts.length ? "has-alert" : ""} ${isLookedUp
        ? "looked-up"
        : ""}"
      tabindex=${isLookedUp ? "-1" : nothing}
    >
      ${speaker(segment)}
      <p class="said ${segment.isUnsure ? "unsure-all" : ""}">
        ${unsurePieces(segment.text, segment.words).map((piece) =>
          piece.confidence === null
            ? piece.text
            : html`<span class="unsure" title="unsure, ${Math.round(piece.confidence * 100)} %"
                >${piece.text}</span
              >`,
        )}${segment.isUnsure ? html`<span class="note">unsure</span>` : nothing}
      </p>
      ${alerts.map(
        (alert) =>
          html`<p class="segment-alert">${severityPill(alert.severity)} ${alert.category}</p>`,
      )}
    </div>`;
  }

  private partials(): Part {
    if (!this.isFollowing) return nothing;
    const open = [...this.call.partials.values()].sort((a, b) => a.startMs - b.startMs).slice(-4);
    return html`<div class="partials" aria-live="off">
      ${repeat(
        open,
        segmentKey,
        (partial) =>
          html`<div class="segment partial ${partial.role}">
            ${speaker(partial)}
            <p class="said">${partial.text}<i class="typing" aria-hidden="true"></i></p>
          </div>`,
      )}
    </div>`;
  }

  private emptyNote(): Part {
    if (this.call.finals.length || this.call.partials.size) return nothing;
    return html`<p class="empty">
      ${this.call.state === "ended" ? "Nothing was said." : "Nothing was said yet."}
    </p>`;
  }

  private earlierButton(hidden: number): TemplateResult {
    return html`<button type="button" class="earlier" @click=${this.showEarlier}>
      Show earlier (${count(hidden, "segment")})
    </button>`;
  }

  private latestButton(missed: number): TemplateResult {
    return html`<button type="button" class="latest" @click=${this.follow}>
      Jump to the latest${missed > 0 ? ` (${missed} new)` : ""}
    </button>`;
  }

  private readonly showEarlier = (): void => {
    const first = this.querySelector<HTMLElement>(".log .segment");
    const top = first?.offsetTop ?? 0;
    this.stopFollowing(false);
    if (this.earlier + windowStep > windowMax) this.newest -= windowStep;
    else this.earlier += windowStep;
    this.requestUpdate();
    void this.updateComplete.then(() => {
      const scroller = this.scroller();
      if (first?.isConnected && scroller) scroller.scrollTop += first.offsetTop - top;
      scroller?.focus();
    });
  };

  private readonly follow = (): void => {
    this.isFollowing = true;
    this.wasStoppedByScroll = false;
    this.earlier = windowStep;
    this.lookedUp = "";
    this.scroller()?.focus();
  };

  private readonly toggleFollowing = (): void => {
    if (this.isFollowing) this.stopFollowing(false);
    else this.follow();
  };

  private stopFollowing(byScroll: boolean): void {
    if (this.isFollowing) this.newest = this.call.finals.length;
    this.isFollowing = false;
    this.wasStoppedByScroll = byScroll;
  }

  private readonly onScroll = (): void => {
    const scroller = this.scroller();
    if (!scroller) return;
    const below = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
    if (this.isFollowing && below > bottomSlackPx) this.stopFollowing(true);
    else if (!this.isFollowing && below < 2 && this.wasStoppedByScroll) this.follow();
  };

  private scroller(): HTMLElement | null {
    return this.querySelector(".scroller");
  }
}

type Part = TemplateResult | typeof nothing;

function speaker(segment: Segment): TemplateResult {
  return html`<p class="speaker">
    <span>${roleNames[segment.role]}</span>
    <time datetime=${isoDuration(segment.startMs)}>${clock(segment.startMs)}</time>
  </p>`;
}

customElements.define("sidetone-transcript", Transcript);
