// What the call is about, what came of it and what comes next, in the speakers' own words.

import { html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Part } from "./badges.js";
import { clock, isoDuration, roleNames } from "./format.js";
import type { Call } from "./model.js";
import type { Issue, IssueKind } from "./protocol.js";

const kinds: [IssueKind, string][] = [
  ["issue", "Reason"],
  ["outcome", "Outcome"],
  ["action_item", "Next steps"],
];

/** Nothing while nothing was found. */
export function issuesPanel(call: Call, show: (issue: Issue) => void): Part {
  if (call.issues.length === 0) return nothing;
  return html`<section class="panel" aria-labelledby="issues-name">
    <div class="panel-head"><h2 id="issues-name">In short</h2></div>
    <div class="issues">${kinds.map(([kind, name]) => group(name, ofKind(call, kind), show))}</div>
  </section>`;
}

function ofKind(call: Call, kind: IssueKind): Issue[] {
  return call.issues.filter((issue) => issue.kind === kind).sort((a, b) => a.startMs - b.startMs);
}

function group(name: string, issues: Issue[], show: (issue: Issue) => void): Part {
  if (issues.length === 0) return nothing;
  return html`<h3>${name}</h3>
    <ul>
      ${repeat(
        issues,
        (issue) => issue.id,
        (issue) =>
          html`<li>
            <button type="button" class="issue-row" @click=${() => show(issue)}>
              <span class="issue-words">“${issue.text}”</span>
              <span class="issue-who"
                >${roleNames[issue.role]}
                <time datetime=${isoDuration(issue.startMs)}>${clock(issue.startMs)}</time></span
              >
            </button>
          </li>`,
      )}
    </ul>`;
}
