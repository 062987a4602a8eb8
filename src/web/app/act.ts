// What people do to alerts, over REST. What becomes of it comes back as an event like any other.

import { objectOf, textOf } from "./protocol.js";

export type AlertVerb = "acknowledge" | "snooze" | "clear";

export interface Action {
  base: string;
  token: string | null;
  callId: string;
  alertId: number;
  verb: AlertVerb;
  body: Record<string, unknown>;
}

/** Why it was not done, for people; "" when it was. */
export async function act(action: Action): Promise<string> {
  const { callId, alertId, verb } = action;
  const path = `v1/calls/${encodeURIComponent(callId)}/alerts/${alertId}/${verb}`;
  const headers: Record<string, string> = { "Content-Type": "application/json" };
  if (action.token) headers.Authorization = `Bearer ${action.token}`;
  try {
    const response = await fetch(new URL(path, action.base), {
      method: "POST",
      headers,
      body: JSON.stringify(action.body),
    });
    if (response.ok) return "";
    const answer = objectOf(await response.json().catch(() => null));
    return textOf(objectOf(answer.error).message, `The server answered ${response.status}.`);
  } catch {
    return "The server cannot be reached.";
  }
}
