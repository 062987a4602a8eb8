// A billing complaint and the calls around it, for looking at the page.

const talk = [
  [0, "Thanks for calling Northwind, this is Dana. How can I help you today?", 0.62],
  [1, "Hi. I was charged twice for the same month and nobody can tell me why.", -0.4],
  [0, "I'm sorry about that. Let me pull up your account right away.", 0.1],
  [1, "This is the third time I call. It is ridiculous, honestly.", -0.61],
  [0, "I understand. I can see both charges here, from the second and the third of March.", 0],
  [1, "So why was it never refunded? The last person promised me that.", -0.2],
  [0, "It looks like the refund request was opened but never approved.", 0.2],
  [1, "That is not good enough. I want to speak to a manager, right now.", -0.72],
  [0, "Of course. Before I transfer you, may I try one thing?", 0.25],
  [1, "Fine, but I have been waiting for two weeks.", -0.1],
  [0, "I have just approved it myself, it will reach your card within two days.", 0.34],
  [1, "Oh. Okay. That is actually helpful, thank you.", 0.71],
  [0, "And I added a ten dollar credit for the trouble.", 0.18],
  [1, "That's great, I appreciate it. You have been really kind.", 0.86],
];

const others = [
  ["Marcus Webb", "+44 20 7946 0018", "retention", 742, -0.55, "down", "cancel-account", "high"],
  ["Priya Nair", "+1 555 0199", "billing", 318, 0.31, "up", null, null],
  ["Tomás Ortega", "+34 91 555 0127", "tech-support", 1284, -0.12, "flat", "repeat-caller", "medium"],
  ["Aiko Tanaka", "+81 3 5550 1122", "orders", 66, 0.05, "flat", null, null],
  ["Lena Fischer", "Anonymous", "tech-support", 455, 0.44, "up", null, null],
  ["Samuel Okafor", "+1 555 0111", "orders", 2051, -0.28, "down", "competitor", "low"],
  ["Ines Duarte", "+351 21 555 019", "billing", 131, 0, "flat", null, null],
];

function addOther(mock, [name, caller, queue, seconds, rolling, trend, category, severity], i) {
  const id = `demo-${i}`;
  mock.start(id, {
    agent: { id: `a${i}`, name },
    caller,
    queue,
    started_unix_ms: Date.now() - seconds * 1000,
  });
  for (let n = 0; n < 14; n++) {
    const said = mock.final(id, 1, "…");
    const at = (rolling * (n + 1)) / 14 + Math.sin(n + i) * 0.12;
    mock.mood(id, said, at, n === 13 ? rolling : at, trend);
    if (category && n === 13) mock.alert(id, said, category, severity, category.replace("-", " "));
  }
  if (i === 2) mock.emit(id, "call.updated", { lag_ms: 3400 });
  if (i === 4) mock.emit(id, "stt.degraded", { channel: 0, engine: "vosk", reason: "reconnecting" });
  if (i === 3) mock.emit(id, "call.updated", { paused: true });
  if (i === 6)
    mock.emit(id, "call.ended", { reason: "stopped", duration_ms: 131000, segments: 14, alerts: 0, shed_ms: 0 });
}

export function startDemo(mock) {
  others.forEach((other, i) => addOther(mock, other, i));
  return mock.start("demo-main", {
    started_unix_ms: Date.now() - 95_000,
    attributes: { campaign: "spring", region: "US-West" },
  });
}

const rolling = [0, 0];

export function sayLine(mock, id, i) {
  const [channel, text, compound] = talk[i];
  const segment = mock.final(id, channel, text);
  rolling[channel] = i < 2 ? compound : rolling[channel] * 0.6 + compound * 0.4;
  const trend = compound > rolling[channel] + 0.1 ? "up" : compound < rolling[channel] - 0.1 ? "down" : "flat";
  mock.mood(id, segment, compound, rolling[channel], trend);
  if (i === 7) mock.alert(id, segment, "speak-to-manager", "critical", "speak to a manager");
  if (i === 3) mock.alert(id, segment, "repeat-caller", "medium", "third time I call");
  if (i === 1) mock.issue(id, segment, 1, "issue", "I was charged twice for the same month");
  if (i === 10) mock.issue(id, segment, 2, "outcome", "I have just approved it myself");
  if (i === 12) mock.issue(id, segment, 3, "outcome", "I added a ten dollar credit for the trouble");
}

/** How it is spoken by now. */
export function sayTalk(mock, id) {
  const more = { non_talk_ms: 14200, non_talk_longest_ms: 8100, overlap_ms: 3100 };
  mock.talk(id, [[0.57, 164, 0, 74.2], [0.43, 187, 2, 81]], more);
}

export const lines = talk.length;

export function playDemo(mock) {
  const id = startDemo(mock);
  let i = 0;
  setInterval(() => {
    if (i < lines) sayLine(mock, id, i++);
    if (i % 3 === 0) sayTalk(mock, id);
  }, 2500);
}
