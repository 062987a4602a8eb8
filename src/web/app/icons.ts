// Drawn shapes: each severity and direction has its own, so that colour is never the only sign.

import { type SVGTemplateResult, type TemplateResult, html, svg } from "lit";
import type { Severity, Trend } from "./protocol.js";

function icon(shape: SVGTemplateResult, name: string): TemplateResult {
  return html`<svg class="icon icon-${name}" viewBox="0 0 16 16" aria-hidden="true">${shape}</svg>`;
}

const stroke = (d: string): SVGTemplateResult => svg`<path class="line" d=${d}></path>`;
const fill = (d: string): SVGTemplateResult => svg`<path class="fill" d=${d}></path>`;
const knock = (d: string): SVGTemplateResult => svg`<path class="knock" d=${d}></path>`;

const bang = "M8 4.4v4.4M8 11.4v.4";
const severityShapes: Record<Severity, SVGTemplateResult> = {
  critical: svg`${fill("M5 1h6l4 4v6l-4 4H5l-4-4V5z")}${knock(bang)}`,
  high: svg`${fill("M8 1.2 15.4 14H.6z")}${knock("M8 5.6v4M8 11.8v.3")}`,
  medium: svg`${fill("M8 .6 15.4 8 8 15.4.6 8z")}${knock(bang)}`,
  low: svg`${fill("M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1z")}${knock(bang)}`,
  none: stroke("M3 8h10"),
};

const trendShapes: Record<Trend, SVGTemplateResult> = {
  up: stroke("M2.5 11.5l4-4 2.5 2.5 4.5-5.5M9.5 4.5h4v4"),
  down: stroke("M2.5 4.5l4 4L9 6l4.5 5.5M9.5 11.5h4v-4"),
  flat: stroke("M2.5 8h11M10.5 5l3 3-3 3"),
};

export const severityIcon = (severity: Severity): TemplateResult =>
  icon(severityShapes[severity], `severity severity-${severity}`);

export const trendIcon = (trend: Trend): TemplateResult => icon(trendShapes[trend], "trend");

export const backIcon = icon(stroke("M10 2.5 4.5 8l5.5 5.5"), "back");
export const closeIcon = icon(stroke("M3.5 3.5l9 9M12.5 3.5l-9 9"), "close");
export const pauseIcon = icon(stroke("M5.5 3v10M10.5 3v10"), "pause");
export const lagIcon = icon(stroke("M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8M8 4.5V8l2.5 2"), "lag");
export const warnIcon = icon(stroke("M8 1.8 14.8 14H1.2zM8 6.2v4M8 12v.3"), "warn");
export const logo = html`<svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
  <path d="M5 13v6M10.5 8v16M16 11v10M21.5 5v22M27 13v6"></path>
</svg>`;
