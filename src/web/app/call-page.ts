// One call: who, how it goes, what was said, and what was found in it.

import { type PropertyDeclarations, type TemplateResult, html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { AlertVerb } from "./act.js";
import "./alert-card.js";
import { moodMark, severityPill, shareBar, stateBadges } from "./badges.js";
import { PageElement } from "./element.js";
import { agentName, callDurationMs, callerName, clock, count, isoDuration } from "./format.js";
import { backIcon } from "./icons.js";
import { issuesPanel } from "./issues.js";
import { linePanel } from "./line.js";
import { type Call, type Model, channelOf, shownAlerts } from "./model.js";
import type { Alert, Characteristics } from "./protocol.js";
import "./sentiment-chart.js";
import "./transcript.js";
import type { Transcript } from "./transcript.js";

export class CallPage extends PageElement {
  static override properties: PropertyDeclarations = {
    model: { attribute: false },
    callId: { attribute: false },
    version: { attribute: false },
    nowUnixMs: { attribute: false },
    act: { attribute: false },
  };
  declare model: Model;
  declare callId: string;
  declare version: number;
  declare nowUnixMs: number;
  /** Null: the token may not. */
  declare act: ((alert: Alert, verb: AlertVerb, body: Record<string, unknown>) => Promise<string>) | null;

  protected override render(): TemplateResult {
    const call = this.model.calls.get(this.callId);
    return html`<nav class="crumbs"><a href="#/">${backIcon}All calls</a></nav>
      ${call ? this.page(call) : this.missing()}`;
  }

  private missing(): TemplateResult {
    if (!this.model.isLoaded)
      return html`<h1 tabindex="-1">Call</h1>
        <p class="empty">Waiting for the call…</p>`;
    return html`<h1 tabindex="-1">Call not found</h1>
      <p class="empty">No call <code>${this.callId}</code> is live or still kept.</p>`;
  }

  private page(call: Call): TemplateResult {
    return html`${this.head(call)}
      <div class="call-grid">
        <sidetone-transcript
          class="panel transcript"
          .call=${call}
          .version=${this.version}
        ></sidetone-transcript>
        <div class="side">
          ${this.alerts(call)} ${issuesPanel(call, this.show)}
          <section class="panel" aria-labelledby="sentiment-name">
            <div class="panel-head"><h2 id="sentiment-name">Sentiment</h2></div>
            <dl class="moods">
              ${this.mood(call, "customer", "Customer")} ${this.mood(call, "agent", "Agent")}
            </dl>
            <sidetone-sentiment-chart
              .call=${call}
              .version=${this.version}
            ></sidetone-sentiment-chart>
          </section>
          ${call.characteristics ? this.talk(call, call.characteristics) : nothing}
          ${linePanel(call)} ${this.facts(call)}
        </div>
      </div>`;
  }

  private head(call: Call): TemplateResult {
    const duration = callDurationMs(call, this.nowUnixMs);
    return html`<div class="call-head">
      <h1 tabindex="-1">
        <span class="who agent">${agentName(call)}</span>
        <span class="with">with</span>
        <span class="who customer">${callerName(call)}</span>
      </h1>
      <p class="call-meta">
        ${stateBadges(call)} ${call.queue ? html`<span class="queue">${call.queue}</span>` : nothing}
        <time class="duration" datetime=${isoDuration(duration)}>${clock(duration)}</time>
      </p>
    </div>`;
  }

  private alerts(call: Call): TemplateResult {
    const newest = [...call.alerts].reverse();
    return html`<section class="panel" aria-labelledby="alerts-name">
      <div class="panel-head">
        <h2 id="alerts-name">Alerts</h2>
        ${call.worst !== "none" ? severityPill(call.worst, shownAlerts(call).length) : nothing}
      </div>
      ${newest.length
        ? html`<div class="alerts" tabindex="0" role="list" aria-labelledby="alerts-name">
            ${repeat(
              newest,
              (alert) => alert.id,
              (alert) =>
                html`<sidetone-alert-card
                  .alert=${alert}
                  .callHasEnded=${call.state === "ended"}
                  .act=${this.act}
                  @show=${() => this.show(alert)}
                ></sidetone-alert-card>`,
            )}
          </div>`
        : html`<p class="empty">None so far.</p>`}
    </section>`;
  }

  private readonly show = (at: { channel: number; segmentId: number }): void => {
    void this.querySelector<Transcript>("sidetone-transcript")?.show(at.channel, at.segmentId);
  };

  private mood(call: Call, role: "agent" | "customer", name: string): TemplateResult {
    const channel = channelOf(call, role) ?? (role === "agent" ? 0 : 1);
    return html`<div>
      <dt>${name}</dt>
      <dd>${moodMark(call.moods.get(channel))}</dd>
    </div>`;
  }

  private talk(call: Call, of: Characteristics): TemplateResult {
    const silence = `${clock(of.nonTalkMs)}, longest ${clock(of.nonTalkLongestMs)}`;
    const rows: [string, string][] = [
      ["Silence", of.nonTalkMs ? silence : ""],
      ["Both at once", of.overlapMs >= 1000 ? clock(of.overlapMs) : ""],
      ["On hold", of.holdMs >= 1000 ? clock(of.holdMs) : ""],
    ];
    return html`<section class="panel" aria-labelledby="talk-name">
      <div class="panel-head"><h2 id="talk-name">Talk</h2></div>
      <dl class="facts talk">
        ${this.manner(call, of, "customer", "Customer")} ${this.manner(call, of, "agent", "Agent")}
        ${rows
          .filter(([, value]) => value)
          .map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
      </dl>
    </section>`;
  }

  private manner(
    call: Call,
    { manners }: Characteristics,
    role: "agent" | "customer",
    name: string,
  ): TemplateResult {
    const channel = channelOf(call, role) ?? (role === "agent" ? 0 : 1);
    const manner = manners.find((one) => one.channel === channel);
    if (!manner?.talkShare) return html`<div><dt>${name}</dt><dd class="none">No speech yet</dd></div>`;
    const share = Math.round(manner.talkShare * 100);
    const details = [
      `${manner.wordsPerMinute} words/min`,
      manner.loudness === null ? "" : `loudness ${Math.round(manner.loudness)}`,
      manner.interruptions ? count(manner.interruptions, "interruption") : "",
    ];
    return html`<div>
      <dt>${name}</dt>
      <dd>
        <span class="share">${shareBar(manner.talkShare, role)}<b>${share} %</b></span>
        <span class="manner">${details.filter(Boolean).map((one) => html`<span>${one}</span>`)}</span>
      </dd>
    </div>`;
  }

  private facts(call: Call): TemplateResult {
    const rows: [string, string][] = [
      ["Call", call.id],
      ["Engine", [call.engine.name, call.engine.quality].filter(Boolean).join(", ")],
      ["Degraded", [...call.degraded.values()].filter(Boolean).join("; ")],
      ["Language", call.language],
      ["Arrived by", [call.dialect, call.tenant, call.route].filter(Boolean).join(" / ")],
      ["Said", call.finals.length ? count(call.finals.length, "segment") : ""],
      ...call.attributes.filter(([name]) => name !== "channel_mapping_suspect"),
    ];
    return html`<section class="panel" aria-labelledby="facts-name">
      <div class="panel-head"><h2 id="facts-name">About this call</h2></div>
      <dl class="facts">
        ${rows
          .filter(([, value]) => value)
          .map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
      </dl>
    </section>`;
  }
}

customElements.define("sidetone-call-page", CallPage);
