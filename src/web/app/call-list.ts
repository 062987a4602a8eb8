// The list of calls: alerts first, filters, search, one page of rows at a time so that a thousand
// calls stay as light as fifty.

import { type PropertyDeclarations, type TemplateResult, html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { moodMark, severityPill, sparkline, stateBadges } from "./badges.js";
import { PageElement } from "./element.js";
import { agentName, callDurationMs, callerName, clock, count, isoDuration } from "./format.js";
import { lineTroubles } from "./line.js";
import { type Call, type Model, byUrgency, channelOf, shownAlerts } from "./model.js";
import { callHref } from "./route.js";

const rowsPerPage = 50;

const filters = {
  all: { name: "All", has: () => true },
  live: { name: "Live", has: (call: Call) => call.state !== "ended" },
  alerts: { name: "With alerts", has: (call: Call) => call.worst !== "none" },
  trouble: { name: "Trouble", has: isTroubled },
  ended: { name: "Ended", has: (call: Call) => call.state === "ended" },
} satisfies Record<string, { name: string; has: (call: Call) => boolean }>;

type Filter = keyof typeof filters;

function isTroubled(call: Call): boolean {
  return (
    call.degraded.size > 0 ||
    call.lagMs >= 2000 ||
    call.isRateSuspect ||
    lineTroubles(call).length > 0 ||
    (call.ended !== null && call.ended.reason !== "stopped")
  );
}

export class CallList extends PageElement {
  static override properties: PropertyDeclarations = {
    model: { attribute: false },
    version: { attribute: false },
    nowUnixMs: { attribute: false },
    filter: { state: true },
    search: { state: true },
    page: { state: true },
  };
  declare model: Model;
  declare version: number;
  declare nowUnixMs: number;
  declare private filter: Filter;
  declare private search: string;
  declare private page: number;

  constructor() {
    super();
    this.filter = "all";
    this.search = "";
    this.page = 0;
  }

  protected override render(): TemplateResult {
    const all = [...this.model.calls.values()];
    const shown = all.filter((call) => filters[this.filter].has(call) && this.isFound(call));
    shown.sort(byUrgency);
    const pages = Math.max(1, Math.ceil(shown.length / rowsPerPage));
    const page = Math.min(this.page, pages - 1);
    const rows = shown.slice(page * rowsPerPage, (page + 1) * rowsPerPage);
    return html`<div class="list-head">
        <h1 tabindex="-1">Calls</h1>
        ${this.filterBar(all)} ${this.searchBox()}
      </div>
      ${rows.length ? this.table(rows) : this.emptyNote(all.length)}
      ${pages > 1 ? this.pager(page, pages, shown.length) : nothing}`;
  }

  private isFound(call: Call): boolean {
    const wanted = this.search.trim().toLowerCase();
    if (!wanted) return true;
    return [call.agent.name, call.agent.id, call.caller, call.queue, call.id].some((text) =>
      text.toLowerCase().includes(wanted),
    );
  }

  private filterBar(all: Call[]): TemplateResult {
    return html`<div class="filters" role="group" aria-label="Which calls">
      ${(Object.keys(filters) as Filter[]).map((name) => {
        const calls = all.filter(filters[name].has).length;
        return html`<button
          type="button"
          class="filter ${name}"
          aria-pressed=${this.filter === name}
          @click=${() => this.show(name)}
        >
          ${filters[name].name} <span class="filter-count">${calls.toLocaleString("en")}</span>
        </button>`;
      })}
    </div>`;
  }

  private show(filter: Filter): void {
    this.filter = filter;
    this.page = 0;
  }

  private searchBox(): TemplateResult {
    return html`<label class="search"
      ><span class="hidden">Search by agent, caller, queue or id</span>
      <input
        type="search"
        placeholder="Agent, caller, queue, id"
        autocomplete="off"
        spellcheck="false"
        .value=${this.search}
        @input=${(event: Event) => {
          this.search = (event.target as HTMLInputElement).value;
          this.page = 0;
        }}
    /></label>`;
  }

  private emptyNote(known: number): TemplateResult {
    if (!this.model.isLoaded) return html`<p class="empty">Waiting for the list of calls…</p>`;
    if (known > 0)
      return html`<p class="empty">None of ${count(known, "call")} fits this filter.</p>`;
    return html`<div class="empty">
      <p><strong>No calls yet.</strong></p>
      <p>A call appears here the moment it starts. To try one:</p>
      <p><code>sidetone send call.wav</code></p>
    </div>`;
  }

  // Roles are said outright: on a narrow page rows are laid out as cards, and a browser takes a
  // table that is not laid out as one for no table.
  private table(rows: Call[]): TemplateResult {
    return html`<table class="calls" role="table" @keydown=${this.onKey}>
      <caption class="hidden">
        Calls, those with alerts first
      </caption>
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col">Alerts</th>
          <th role="columnheader" scope="col">Agent</th>
          <th role="columnheader" scope="col">Caller</th>
          <th role="columnheader" scope="col">Queue</th>
          <th role="columnheader" scope="col" class="number">Duration</th>
          <th role="columnheader" scope="col">Customer sentiment</th>
          <th role="columnheader" scope="col">State</th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${repeat(
          rows,
          (call) => call.id,
          (call) => this.row(call),
        )}
      </tbody>
    </table>`;
  }

  private row(call: Call): TemplateResult {
    const customer = channelOf(call, "customer") ?? 1;
    const duration = callDurationMs(call, this.nowUnixMs);
    // Beside the worst severity stands what it was about, the latest of that severity.
    const alerts = shownAlerts(call);
    const shown = alerts.findLast((alert) => alert.severity === call.worst);
    return html`<tr role="row" class="call-row ${call.state} worst-${call.worst}">
      <td role="cell" class="cell-alerts">
        ${shown
          ? html`${severityPill(call.worst, alerts.length)}
              <span class="last-alert">${shown.category}</span>`
          : html`<span class="quiet" aria-label="No alerts">–</span>`}
      </td>
      <th role="rowheader" scope="row" class="cell-agent">
        <a href=${callHref(call.id)}
          >${agentName(call)}<span class="hidden">, call with ${callerName(call)}</span></a
        >
      </th>
      <td role="cell" class="cell-caller">${callerName(call)}</td>
      <td role="cell" class="cell-queue">${call.queue || html`<span class="quiet">–</span>`}</td>
      <td role="cell" class="cell-duration number">
        <time datetime=${isoDuration(duration)}>${clock(duration)}</time>
      </td>
      <td role="cell" class="cell-mood">
        <span class="mood-cell"
          >${moodMark(call.moods.get(customer))}${sparkline(call.moodPoints, customer)}</span
        >
      </td>
      <td role="cell" class="cell-state">${stateBadges(call)}</td>
    </tr>`;
  }

  private pager(page: number, pages: number, calls: number): TemplateResult {
    const first = page * rowsPerPage + 1;
    const last = Math.min(calls, first + rowsPerPage - 1);
    return html`<nav class="pager" aria-label="Pages of calls">
      <button type="button" ?disabled=${page === 0} @click=${() => (this.page = page - 1)}>
        Previous
      </button>
      <span role="status">${first}–${last} of ${calls.toLocaleString("en")}</span>
      <button type="button" ?disabled=${page === pages - 1} @click=${() => (this.page = page + 1)}>
        Next
      </button>
    </nav>`;
  }

  private onKey(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const links = [...this.querySelectorAll<HTMLAnchorElement>("tbody a")];
    const next = links[links.indexOf(event.target as HTMLAnchorElement) + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
  }
}

customElements.define("sidetone-call-list", CallList);
