// How a call's audio comes and whose it is, in words that need no telephony.

import { type TemplateResult, html, nothing } from "lit";
import type { Part } from "./badges.js";
import { roleNames } from "./format.js";
import { warnIcon } from "./icons.js";
import type { Call } from "./model.js";
import type { Alarm, Line } from "./protocol.js";

/** Below this many listeners are not content (ITU-T G.107, annex B), and words go missing. */
const fairFrom = 3.6;
const goodFrom = 4;

interface Trouble {
  name: string;
  why: string;
}

const alarmTroubles: Record<Alarm, (who: string) => Trouble> = {
  one_way_audio: (who) => ({
    name: `${who} not heard`,
    why: "Nothing is heard from this side, while the other one speaks.",
  }),
  clipped: (who) => ({
    name: `${who} distorted`,
    why: "The voice is distorted: it is too loud where it comes from.",
  }),
  identical_channels: () => ({
    name: "Both sides the same",
    why: "Both sides carry the same audio: who speaks cannot be told.",
  }),
  rate_mismatch: (who) => ({
    name: `${who} off speed`,
    why: "The audio runs faster or slower than time.",
  }),
};

function isPoor(line: Line): boolean {
  return line.mos !== null && line.mos < fairFrom;
}

function troublesOf(line: Line, who: string): Trouble[] {
  const poor = { name: `${who}: poor line`, why: "So much is lost on the way that words go missing." };
  return [...(isPoor(line) ? [poor] : []), ...line.alarms.map((alarm) => alarmTroubles[alarm](who))];
}

function nameOf(call: Call, line: Line): string {
  return roleNames[call.roles.get(line.channel) ?? "unknown"];
}

const doubt: Trouble = {
  name: "Who is who?",
  why: "It is not certain which side is the agent: listen before you trust it.",
};

function isInDoubt(call: Call): boolean {
  return call.attributes.some(([key, value]) => key === "channel_mapping_suspect" && value === "true");
}

/** What is wrong with the call's audio, or with whose it is; each once. */
export function lineTroubles(call: Call): Trouble[] {
  const byName = new Map<string, Trouble>();
  for (const line of call.lines.values())
    for (const trouble of troublesOf(line, nameOf(call, line))) byName.set(trouble.name, trouble);
  return [...(isInDoubt(call) ? [doubt] : []), ...byName.values()];
}

export function lineBadges(call: Call): TemplateResult[] {
  return lineTroubles(call).map(
    ({ name, why }) => html`<span class="badge warn" title=${why}>${warnIcon}${name}</span>`,
  );
}

function grade({ mos }: Line): string {
  if (mos === null) return "Nothing has come";
  return mos >= goodFrom ? "Good" : mos >= fairFrom ? "Fair" : "Poor";
}

function row(call: Call, line: Line): TemplateResult {
  const name = nameOf(call, line);
  const details = [`${line.lossPct.toFixed(1)} % lost`, `jitter ${Math.round(line.jitterMs)} ms`];
  return html`<div>
    <dt>${name}</dt>
    <dd>
      <b>${grade(line)}</b>
      <span class="manner">${line.mos === null ? nothing : details.map((one) => html`<span>${one}</span>`)}</span>
      ${troublesOf(line, name).map(({ why }) => html`<span class="trouble">${why}</span>`)}
    </dd>
  </div>`;
}

export function linePanel(call: Call): Part {
  if (call.lines.size === 0 && !isInDoubt(call)) return nothing;
  return html`<section class="panel line" aria-labelledby="line-name">
    <div class="panel-head"><h2 id="line-name">Line</h2></div>
    <dl class="facts">
      ${isInDoubt(call)
        ? html`<div><dt>Roles</dt><dd><span class="trouble">${doubt.why}</span></dd></div>`
        : nothing}
      ${[...call.lines.values()].map((line) => row(call, line))}
    </dl>
  </section>`;
}
