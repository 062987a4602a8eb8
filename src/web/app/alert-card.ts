// One alert of a call: what it is, where it stands, and what can be done about it.

import { type PropertyDeclarations, type TemplateResult, html, nothing } from "lit";
import type { AlertVerb } from "./act.js";
import { type Part, severityPill } from "./badges.js";
import { PageElement } from "./element.js";
import { clock, isoDuration, timeOfDay } from "./format.js";
import type { Alert, AlertState } from "./protocol.js";

const snoozeForS = 300;

const stateNames: Record<AlertState, string> = {
  raised: "",
  acknowledged: "Acknowledged",
  snoozed: "Snoozed",
  cleared: "Cleared",
};

const verbs: { verb: AlertVerb; name: string; body: Record<string, unknown>; states: AlertState[] }[] = [
  { verb: "acknowledge", name: "Acknowledge", body: {}, states: ["raised", "snoozed"] },
  { verb: "snooze", name: "Snooze 5 min", body: { for_s: snoozeForS }, states: ["raised", "acknowledged"] },
  { verb: "clear", name: "Clear", body: {}, states: ["raised", "acknowledged", "snoozed"] },
];

export class AlertCard extends PageElement {
  static override properties: PropertyDeclarations = {
    alert: { attribute: false },
    callHasEnded: { attribute: false },
    act: { attribute: false },
    isBusy: { state: true },
    problem: { state: true },
  };
  declare alert: Alert;
  declare callHasEnded: boolean;
  /** Null: the token may not. Otherwise does it, and says why not, or "". */
  declare act: ((alert: Alert, verb: AlertVerb, body: Record<string, unknown>) => Promise<string>) | null;
  declare private isBusy: boolean;
  declare private problem: string;

  constructor() {
    super();
    this.isBusy = false;
    this.problem = "";
    this.setAttribute("role", "listitem");
  }

  protected override render(): TemplateResult {
    const { alert } = this;
    return html`<button
        type="button"
        class="alert-row severity-${alert.severity} ${alert.state}"
        @click=${this.show}
      >
        <span class="alert-top"
          >${severityPill(alert.severity)}<span class="alert-name">${alert.category}</span
          >${alert.count > 1 ? html`<span class="times">×${alert.count}</span>` : nothing}<time
            datetime=${isoDuration(alert.startMs)}
            >${clock(alert.startMs)}</time
          ></span
        >
        ${alert.words ? html`<span class="alert-words">“${alert.words}”</span>` : nothing}
      </button>
      ${this.foot()}`;
  }

  private readonly show = (): void => {
    this.dispatchEvent(new CustomEvent("show", { detail: this.alert }));
  };

  private foot(): Part {
    const standing = this.standing();
    const buttons = this.buttons();
    if (standing === nothing && buttons.length === 0 && !this.problem) return nothing;
    return html`<div class="alert-foot">
      ${standing}${buttons.length ? html`<span class="alert-acts">${buttons}</span>` : nothing}
      ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}
    </div>`;
  }

  private standing(): Part {
    const { state, untilUnixMs, assigned } = this.alert;
    const parts = [
      state === "snoozed" ? `Snoozed until ${timeOfDay(untilUnixMs)}` : stateNames[state],
      assigned ? `assigned to ${assigned}` : "",
    ].filter(Boolean);
    return parts.length ? html`<span class="alert-state">${parts.join(", ")}</span>` : nothing;
  }

  private buttons(): TemplateResult[] {
    if (!this.act) return [];
    return verbs
      .filter(({ verb, states }) => states.includes(this.alert.state) && !(verb === "snooze" && this.callHasEnded))
      .map(
        ({ verb, name, body }) =>
          html`<button
            type="button"
            ?disabled=${this.isBusy}
            @click=${() => void this.do(verb, body)}
          >
            ${name}<span class="hidden">: ${this.alert.category}</span>
          </button>`,
      );
  }

  private async do(verb: AlertVerb, body: Record<string, unknown>): Promise<void> {
    this.isBusy = true;
    this.problem = (await this.act?.(this.alert, verb, body)) ?? "";
    this.isBusy = false;
    await this.updateComplete;
    // The button that was pressed may be gone; whoever came by keyboard stays at this alert.
    if (document.activeElement === document.body) this.querySelector("button")?.focus();
  }
}

customElements.define("sidetone-alert-card", AlertCard);
