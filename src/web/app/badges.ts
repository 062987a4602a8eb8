// Small marks that the list and the call page share.

import { type TemplateResult, html, nothing, svg } from "lit";
import { count, endNames, labelNames, severityNames, signed, trendNames } from "./format.js";
import { lagIcon, pauseIcon, severityIcon, trendIcon, warnIcon } from "./icons.js";
import { lineBadges } from "./line.js";
import type { Call } from "./model.js";
import type { Mood, MoodPoint, Severity } from "./protocol.js";

export type Part = TemplateResult | typeof nothing;

export function severityPill(severity: Severity, alerts?: number): TemplateResult {
  return html`<span class="pill severity-${severity}"
    >${severityIcon(severity)}${severityNames[severity]}${alerts === undefined
      ? nothing
      : html`<span class="pill-count" aria-hidden="true">${alerts}</span
          ><span class="hidden">, ${count(alerts, "alert")}</span>`}</span
  >`;
}

const lagShownFromMs = 2000;

export function stateBadges(call: Call): TemplateResult {
  return html`<span class="badges">
    ${stateBadge(call)} ${degradedBadge(call)} ${lagBadge(call)} ${rateBadge(call)} ${lineBadges(call)}
  </span>`;
}

function stateBadge(call: Call): TemplateResult {
  if (call.state === "live") return html`<span class="badge live"><i class="dot"></i>Live</span>`;
  if (call.state === "paused") return html`<span class="badge">${pauseIcon}Paused</span>`;
  if (call.state === "ending") return html`<span class="badge">Ending</span>`;
  const reason = call.ended?.reason ?? "stopped";
  const isOdd = reason !== "stopped";
  return html`<span class="badge ${isOdd ? "warn" : ""}"
    >${isOdd ? warnIcon : nothing}${endNames[reason] ?? "Ended"}</span
  >`;
}

function degradedBadge(call: Call): Part {
  if (call.degraded.size === 0) return nothing;
  const why = [...call.degraded.values()].filter(Boolean).join("; ");
  return html`<span class="badge warn" title=${why || nothing}>${warnIcon}Degraded</span>`;
}

function lagBadge(call: Call): Part {
  if (call.lagMs < lagShownFromMs) return nothing;
  const seconds = (call.lagMs / 1000).toFixed(1);
  return html`<span class="badge warn" title="Recognition is behind the call"
    >${lagIcon}${seconds} s behind</span
  >`;
}

function rateBadge(call: Call): Part {
  if (!call.isRateSuspect) return nothing;
  return html`<span class="badge warn" title="Audio arrives much faster or slower than it says"
    >${warnIcon}Sample rate?</span
  >`;
}

export function moodText(mood: Mood | undefined): string {
  if (!mood) return "no sentiment yet";
  return `${labelNames[labelOf(mood)].toLowerCase()}, ${trendNames[mood.trend]}, ${signed(mood.rolling)}`;
}

/** The word for where the channel stands, by the thresholds that name a segment's. */
function labelOf(mood: Mood): Mood["label"] {
  return mood.rolling >= 0.05 ? "positive" : mood.rolling <= -0.05 ? "negative" : "neutral";
}

export function moodMark(mood: Mood | undefined): TemplateResult {
  if (!mood) return html`<span class="mood none">No speech yet</span>`;
  const label = labelOf(mood);
  return html`<span class="mood ${label}"
    >${trendIcon(mood.trend)}<span class="mood-label">${labelNames[label]}</span
    ><span class="mood-trend">${trendNames[mood.trend]}</span
    ><span class="mood-value">${signed(mood.rolling)}</span></span
  >`;
}

const sparkWidth = 72;
const sparkHeight = 30;

export function sparkline(points: readonly MoodPoint[], channel: number | undefined): Part {
  const values = points.filter((point) => point.channel === channel);
  if (values.length < 2) return svg`<svg class="spark" aria-hidden="true"></svg>` as TemplateResult;
  const step = sparkWidth / (values.length - 1);
  const xy = values.map(
    (point, i) =>
      `${(i * step).toFixed(1)},${((1 - point.rolling) * (sparkHeight / 2 - 1.5) + 1.5).toFixed(1)}`,
  );
  const middle = sparkHeight / 2;
  return html`<svg class="spark" viewBox="0 0 ${sparkWidth} ${sparkHeight}" aria-hidden="true">
    <line x1="0" x2=${sparkWidth} y1=${middle} y2=${middle}></line>
    <polyline points=${xy.join(" ")}></polyline>
  </svg>`;
}

export function shareBar(share: number, role: "agent" | "customer"): TemplateResult {
  return html`<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
    <rect width="100" height="8"></rect>
    <rect class=${role} width=${(share * 100).toFixed(1)} height="8"></rect>
  </svg>`;
}
