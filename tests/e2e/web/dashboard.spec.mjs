import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { openBrowser, openPage } from "./browser.mjs";
import { MockGateway } from "./mock.mjs";
import { modules } from "./modules.mjs";

const axe = readFileSync(join(modules, "axe-core/axe.min.js"), "utf8");

let browser;
let mock;
let opened;

before(async () => {
  browser = await openBrowser();
});
after(() => browser.close());

beforeEach(async () => {
  mock = await MockGateway.open();
  opened = [];
});
afterEach(async () => {
  for (const { context } of opened) await context.close();
  await mock.close();
});

async function open(hash = "", options = {}, isRefused = false) {
  const made = await openPage(browser, mock.url + hash, options);
  opened.push(made);
  await made.page.waitForSelector(isRefused ? "#token" : ".connection.live");
  return made;
}

async function count(page, selector, n) {
  const has = ([one, wanted]) => document.querySelectorAll(one).length === wanted;
  await page.waitForFunction(has, [selector, n], { timeout: 10_000 });
}

function text(page, selector, wanted) {
  const has = ([one, part]) => document.querySelector(one)?.textContent.includes(part);
  return page.waitForFunction(has, [selector, wanted], { timeout: 10_000 });
}

test("a call is listed the moment it starts, and leaves the live ones when it ends", async () => {
  const { page, wrongs } = await open();
  await text(page, ".empty", "No calls yet");
  mock.start("c1", { started_unix_ms: Date.now() - 61_000 });
  await count(page, ".call-row", 1);
  const row = await page.textContent(".call-row");
  for (const part of ["Dana Reyes", "+1 555 0142", "billing", "Live"]) assert.ok(row.includes(part), part);
  const first = await page.textContent(".call-row time");
  await page.waitForFunction((was) => document.querySelector(".call-row time").textContent !== was, first);
  const said = mock.final("c1", 1, "This is bad");
  mock.mood("c1", said, -0.5, -0.4, "down");
  await text(page, ".cell-mood", "Negative");
  await text(page, ".cell-mood", "falling");
  mock.emit("c1", "call.updated", { paused: true });
  await text(page, ".cell-state", "Paused");
  mock.emit("c1", "call.updated", { paused: false, lag_ms: 4200 });
  await text(page, ".cell-state", "4.2 s behind");
  mock.emit("c1", "stt.degraded", { channel: 1, engine: "vosk", reason: "gone" });
  await text(page, ".cell-state", "Degraded");
  mock.emit("c1", "call.ended", { reason: "lost", duration_ms: 62_000, segments: 1, alerts: 0, shed_ms: 0 });
  await text(page, ".cell-state", "Connection lost");
  await text(page, ".call-row time", "1:02");
  await page.click(".filter.live");
  await count(page, ".call-row", 0);
  assert.deepEqual(wrongs, []);
});

test("an alert is announced, counted and put first", async () => {
  mock.start("calm", { started_unix_ms: Date.now(), agent: { id: "1", name: "Newest Agent" } });
  mock.start("hot", { started_unix_ms: Date.now() - 60_000 });
  const { page, wrongs } = await open();
  await count(page, ".call-row", 2);
  await text(page, ".call-row", "Newest Agent");
  assert.equal(await page.locator("[role=alert] .toast").count(), 0);
  const said = mock.final("hot", 1, "I want to speak to a manager");
  mock.alert("hot", said, "speak-to-manager", "critical", "speak to a manager");
  await text(page, "[role=alert]", "speak-to-manager");
  await text(page, ".call-row", "Dana Reyes");
  await text(page, ".call-row .cell-alerts", "Critical");
  await text(page, ".call-row .cell-alerts", "1 alert");
  await page.click(".toast button");
  await count(page, ".toast", 0);
  await page.click(".filter.alerts");
  await count(page, ".call-row", 1);
  assert.deepEqual(wrongs, []);
});

test("alerts of a snapshot are shown but not announced", async () => {
  mock.start("c1");
  mock.alert("c1", mock.final("c1", 1, "manager"), "m", "high", "manager");
  const { page } = await open();
  await text(page, ".cell-alerts", "High");
  assert.equal(await page.locator(".toast").count(), 0);
});

test("an alert is acknowledged, snoozed and cleared where it stands", async () => {
  mock.start("c 1/2");
  mock.alert("c 1/2", mock.final("c 1/2", 1, "manager"), "speak-to-manager", "high", "manager");
  const { page, wrongs } = await open("#/call/c%201%2F2");
  await text(page, ".alert-acts", "Acknowledge");
  await page.focus(".alert-acts button");
  await page.keyboard.press("Enter");
  await text(page, ".alert-state", "Acknowledged");
  assert.ok(await page.evaluate(() => document.activeElement.closest("sidetone-alert-card") !== null));
  await page.click("text=Snooze 5 min");
  await text(page, ".alert-state", "Snoozed until");
  await text(page, ".alert-acts", "Acknowledge");
  await page.click(".alert-acts >> text=Clear");
  await text(page, ".alert-state", "Cleared");
  await count(page, ".alert-acts", 0);
  assert.deepEqual(
    mock.commands.map(({ callId, alertId, verb, body }) => [callId, alertId, verb, body]),
    [
      ["c 1/2", 1, "acknowledge", {}],
      ["c 1/2", 1, "snooze", { for_s: 300 }],
      ["c 1/2", 1, "clear", {}],
    ],
  );
  await page.keyboard.press("Escape");
  await text(page, ".cell-alerts", "–");
  assert.deepEqual(wrongs, []);
});

test("what the gateway refuses is said at the alert", async () => {
  mock.start("c1");
  mock.alert("c1", mock.final("c1", 1, "manager"), "m", "high", "manager");
  mock.commandStatus = 409;
  const { page } = await open("#/call/c1");
  await page.click(".alert-acts >> text=Acknowledge");
  await text(page, ".problem", "the alert has been cleared");
  mock.commandStatus = null;
  await page.click(".alert-acts >> text=Acknowledge");
  await text(page, ".alert-state", "Acknowledged");
  await count(page, ".problem", 0);
});

test("without the scope there is nothing to press", async () => {
  mock.scopes = ["calls:read"];
  mock.start("c1");
  const alert = mock.alert("c1", mock.final("c1", 1, "manager"), "m", "high", "manager");
  const { page } = await open("#/call/c1");
  await text(page, ".alerts", "m");
  await count(page, ".alert-acts", 0);
  mock.change("c1", alert, "assigned", { assigned: "joe", state: "acknowledged" });
  await text(page, ".alert-state", "Acknowledged, assigned to joe");
});

test("a repeated alert stays one, an escalated one is announced", async () => {
  mock.start("c1");
  const alert = mock.alert("c1", mock.final("c1", 1, "manager"), "m", "medium", "manager");
  const { page } = await open("#/call/c1");
  await text(page, ".alerts", "m");
  const second = mock.final("c1", 1, "manager again");
  mock.change("c1", alert, "repeated", { count: 2, segment_id: second.id });
  await text(page, ".times", "×2");
  await count(page, "sidetone-alert-card", 1);
  await count(page, ".segment-alert", 2);
  await count(page, ".toast", 0);
  mock.change("c1", alert, "escalated", { count: 2, severity: "critical", segment_id: second.id });
  await text(page, ".toast", "Critical");
});

test("partials become finals, each on its side, and only finals are in the log", async () => {
  mock.start("c1");
  const { page, wrongs } = await open("#/call/c1");
  await text(page, ".transcript", "Nothing was said yet");
  await page.evaluate(() => {
    window.logged = [];
    const note = (changes) =>
      changes.forEach((change) => change.addedNodes.forEach((node) => window.logged.push(node.textContent)));
    new MutationObserver(note).observe(document.querySelector("[role=log]"), { childList: true, subtree: true });
  });
  const id = mock.partial("c1", 1, "I want to");
  await text(page, ".partials .customer", "I want to");
  mock.partial("c1", 1, "I want to speak", id);
  await text(page, ".partials .customer", "I want to speak");
  mock.final("c1", 1, "I want to speak to someone.", { id });
  await text(page, "[role=log] .customer", "I want to speak to someone.");
  await count(page, ".partials .segment", 0);
  mock.final("c1", 0, "Of course.");
  await text(page, "[role=log] .agent", "Of course.");
  const logged = (await page.evaluate(() => window.logged)).join("|");
  assert.ok(!/I want to\||I want to speak\|/.test(logged), logged);
  const [left, right] = await page.evaluate(() =>
    [".agent .said", ".customer .said"].map((one) => document.querySelector(`[role=log] ${one}`).getBoundingClientRect().left),
  );
  assert.ok(left < right);
  assert.deepEqual(wrongs, []);
});

test("how a call is spoken stands beside its sentiment", async () => {
  mock.start("c1");
  mock.talk("c1", [[0.625, 164, 0, 74.4], [0, 0, 0, null]]);
  const { page, wrongs } = await open("#/call/c1");
  await text(page, ".talk", "63 %");
  await text(page, ".talk", "164 words/min");
  await text(page, ".talk", "loudness 74");
  await text(page, ".talk", "No speech yet");
  assert.equal(await page.locator(".talk dt").count(), 2);
  const more = { non_talk_ms: 71200, non_talk_longest_ms: 8100, overlap_ms: 3100, hold_ms: 60000 };
  mock.talk("c1", [[0.25, 120, 0, null], [0.75, 180, 1, null]], more);
  await text(page, ".talk", "180 words/min");
  await text(page, ".talk", "1 interruption");
  await text(page, ".talk", "1:11, longest 0:08");
  await text(page, ".talk", "0:03");
  await text(page, ".talk", "1:00");
  await page.reload();
  await text(page, ".talk", "75 %");
  assert.deepEqual(wrongs, []);
});

test("a supervisor is told in words how a call's audio comes and whether roles are certain", async () => {
  mock.start("c1", { dialect: "siprec", attributes: { recorder: "SBC", channel_mapping_suspect: "true" } });
  mock.start("fine", { started_unix_ms: Date.now() - 60_000, agent: { id: "2", name: "Calm Agent" } });
  const of = (channel, loss_pct, mos, ...alarms) => ({ channel, loss_pct, jitter_ms: 3.4, mos, alarms });
  const { page, wrongs } = await open();
  await text(page, ".cell-state", "Who is who?");
  mock.emit("c1", "call.updated", { quality: [of(0, 0.1, 4.35), of(1, 14.2, 2.9, "one_way_audio")] });
  mock.emit("fine", "call.updated", { quality: [of(0, 0, 4.4), of(1, 5, 3.8)] });
  await text(page, ".cell-state", "Customer: poor line");
  await text(page, ".cell-state", "Customer not heard");
  await page.click(".filter.trouble");
  await count(page, ".call-row", 1);
  await page.click(".call-row a");
  for (const said of ["Good", "0.1 % lost", "jitter 3 ms", "Poor", "14.2 % lost", "Nothing is heard", "words go missing"])
    await text(page, ".panel.line", said);
  await text(page, ".panel.line", "listen before you trust it");
  assert.ok(!(await page.textContent(".page, main, body")).includes("channel_mapping_suspect"));
  mock.emit("c1", "call.updated", { quality: [of(1, 2, 4.1)] });
  await page.waitForFunction(() => !document.querySelector(".panel.line").textContent.includes("Poor"));
  await page.reload();
  await text(page, ".panel.line", "2.0 % lost");
  assert.deepEqual(wrongs, []);
});

test("what is wrong with a line leaves room for who is on it, also on a narrow page", async () => {
  const poor = (channel) => ({ channel, loss_pct: 15, jitter_ms: 6, mos: 2.5, alarms: ["clipped"] });
  mock.start("c1", { quality: [poor(0), poor(1)] });
  const { page } = await open("", { viewport: { width: 390, height: 860 } });
  await text(page, ".cell-state", "Customer distorted");
  const caller = await page.locator(".cell-caller").boundingBox();
  assert.ok(caller.width > 150, `${caller.width}`);
});

test("what the call is about stands in the speakers' words and leads to them", async () => {
  mock.start("c1");
  const asked = mock.final("c1", 1, "I was charged twice");
  const told = mock.final("c1", 0, "I will call you on Friday");
  const { page, wrongs } = await open("#/call/c1");
  await count(page, ".log .segment", 2);
  assert.equal(await page.locator(".issues").count(), 0);
  mock.issue("c1", told, 1, "action_item", "I will call you");
  mock.issue("c1", asked, 2, "issue", "I was charged");
  mock.issue("c1", asked, 2, "issue", "I was charged twice", "replaced");
  await text(page, ".issues", "I was charged twice");
  await count(page, ".issue-row", 2);
  assert.deepEqual(await page.locator(".issues h3").allTextContents(), ["Reason", "Next steps"]);
  await page.click(".issue-row >> nth=0");
  await text(page, ".looked-up", "I was charged twice");
  await page.reload();
  await count(page, ".issue-row", 2);
  assert.deepEqual(wrongs, []);
});

test("unsure words are marked, alerts stand at their segment and lead to it", async () => {
  mock.start("c1");
  const said = mock.final("c1", 1, "Get me the manger", {
    words: [{ text: "manger", confidence: 0.2, start_ms: 0, end_ms: 1 }],
  });
  mock.alert("c1", said, "speak-to-manager", "critical", "manager");
  for (let i = 0; i < 500; i++) mock.final("c1", 0, `filler ${i}`);
  mock.mood("c1", said, -0.4, -0.4, "down");
  const { page, wrongs } = await open("#/call/c1");
  await count(page, ".log .segment", 200);
  await page.waitForSelector(".chart canvas");
  assert.match(await page.getAttribute(".chart", "aria-label"), /Customer: negative, falling, −0.40/);
  await page.click(".alert-row");
  await page.waitForSelector(".looked-up .unsure");
  assert.equal(await page.textContent(".looked-up .unsure"), "manger");
  await text(page, ".looked-up .segment-alert", "speak-to-manager");
  assert.ok((await page.locator(".log .segment").count()) <= 600);
  await page.click(".latest");
  await text(page, ".log .segment:last-child", "filler 499");
  assert.deepEqual(wrongs, []);
});

test("auto-scroll follows until someone scrolls up", async () => {
  mock.start("c1");
  for (let i = 0; i < 60; i++) mock.final("c1", i % 2, `line ${i}`);
  const { page } = await open("#/call/c1");
  const atEnd = () => {
    const box = document.querySelector(".scroller");
    return box.scrollHeight - box.scrollTop - box.clientHeight < 40;
  };
  await count(page, ".log .segment", 60);
  await page.waitForFunction(atEnd);
  await page.hover(".scroller");
  await page.mouse.wheel(0, -900);
  await page.waitForSelector(".latest");
  mock.final("c1", 0, "while away");
  await text(page, ".latest", "1 new");
  assert.equal(await page.evaluate(atEnd), false);
  await page.click(".switch");
  await page.waitForFunction(atEnd);
  await text(page, ".log .segment:last-child", "while away");
});

test("hostile text stays text, in every field", async () => {
  const { page, wrongs } = await open();
  const evil = (where) =>
    `"'><img src=x onerror=alert('${where}')><svg/onload=alert(1)><script>alert(2)</script>` +
    `<a href="javascript:alert(3)">x</a>\${alert(4)}{{constructor.constructor('alert(5)')()}}<!--`;
  const id = evil("id");
  mock.start(id, {
    agent: { id: evil("aid"), name: evil("agent") },
    caller: evil("caller"),
    queue: evil("queue"),
    tenant: evil("tenant"),
    route: evil("route"),
    dialect: evil("dialect"),
    language: evil("language"),
    engine: { name: evil("engine"), quality: evil("quality") },
    attributes: { [evil("key")]: evil("value") },
  });
  await count(page, ".call-row", 1);
  await page.click(".call-row a");
  await text(page, ".call-head", "onerror=alert('agent')");
  mock.partial(id, 0, evil("partial"));
  const said = mock.final(id, 1, evil("final"), {
    words: [{ text: evil("final"), confidence: 0.1, start_ms: 0, end_ms: 1 }],
  });
  mock.alert(id, said, evil("category"), "critical", evil("words"));
  mock.mood(id, said, -1, -1, "down");
  mock.issue(id, said, 1, "issue", evil("issue"));
  mock.emit(id, "stt.degraded", { channel: 0, engine: evil("engine"), reason: evil("reason") });
  await text(page, ".partials", "onerror=alert('partial')");
  await text(page, ".log", "onerror=alert('final')");
  await text(page, ".alerts", "onerror=alert('category')");
  await text(page, ".toasts", "onerror=alert('words')");
  await text(page, ".issues", "onerror=alert('issue')");
  await text(page, ".facts", "onerror=alert('reason')");
  mock.emit(id, "call.ended", { reason: evil("end"), duration_ms: 1, segments: 1, alerts: 1, shed_ms: 0 });
  await text(page, ".call-meta", "Ended");
  assert.equal(await page.locator("img, iframe, object, script:not([src='app.js']), [onerror], [onload]").count(), 0);
  assert.equal(await page.locator("a[href^='javascript']").count(), 0);
  assert.deepEqual(wrongs, []);
});

test("the policy is in force: what the page does not need is refused and reported", async () => {
  const { page, wrongs } = await open();
  await page.evaluate(async () => {
    const script = document.createElement("script");
    try {
      script.textContent = "alert(1)";
    } catch {
      /* trusted types throw as well */
    }
    document.body.append(script);
    const style = document.createElement("style");
    style.append("body { color: red }");
    document.body.append(style);
    await import("data:text/javascript,alert(2)").catch(() => {});
    await fetch("http://localhost:1/").catch(() => {});
  });
  const refused = ["require-trusted-types-for", "style-src-elem", "script-src-elem", "connect-src"];
  const deadline = Date.now() + 5000;
  const missing = () => refused.filter((one) => !wrongs.some((wrong) => wrong.startsWith(`policy: ${one}`)));
  while (missing().length && Date.now() < deadline) await page.waitForTimeout(20);
  assert.deepEqual(missing(), []);
  assert.ok(!wrongs.some((wrong) => wrong.startsWith("dialog")));
});

test("after a cut it resumes: nothing is lost, nothing comes twice", async () => {
  mock.start("c1");
  mock.final("c1", 0, "before");
  const { page, wrongs } = await open("#/call/c1");
  await count(page, ".log .segment", 1);
  mock.received.length = 0;
  mock.isRefusing = true;
  mock.cut();
  await text(page, ".connection", "Reconnecting");
  mock.final("c1", 1, "meanwhile");
  mock.alert("c1", mock.final("c1", 1, "manager"), "m", "high", "manager");
  mock.start("c2");
  mock.isRefusing = false;
  // Or it has come back by itself already.
  await page.evaluate(() => document.querySelector(".connection button")?.click());
  await page.waitForSelector(".connection.live");
  await count(page, ".log .segment", 3);
  mock.final("c1", 1, "after");
  await count(page, ".log .segment", 4);
  const subscriptions = mock.received.filter((message) => message.type === "subscribe");
  const own = subscriptions.find((message) => message.calls?.[0] === "c1");
  assert.deepEqual(own.resume, { c1: 2 });
  await page.click(".crumbs a");
  await count(page, ".call-row", 2);
  await text(page, ".call-row .cell-alerts", "High");
  assert.deepEqual(wrongs, []);
});

test("it comes back by itself after a shutdown, and drops calls the server forgot", async () => {
  mock.start("c1");
  mock.start("c2");
  const { page } = await open();
  await count(page, ".call-row", 2);
  mock.goodbye();
  await text(page, ".connection", "The server is shutting down");
  mock.calls.delete("c1");
  await page.waitForSelector(".connection.live");
  await count(page, ".call-row", 1);
});

test("a server that takes no resume sends everything again", async () => {
  mock.start("c1");
  mock.final("c1", 0, "before");
  const { page } = await open("#/call/c1");
  await count(page, ".log .segment", 1);
  mock.resumeMax = 0;
  mock.cut();
  await page.waitForSelector(".connection.waiting");
  mock.final("c1", 0, "meanwhile");
  await page.waitForSelector(".connection.live");
  await count(page, ".log .segment", 2);
});

test("a refused token is asked for, kept for the tab and sent as a subprotocol", async () => {
  mock.token = "right.one";
  mock.start("c1");
  const { page, wrongs } = await open("", {}, true);
  await text(page, "form [role=alert]", "asks for a token");
  await page.fill("#token", "wrong");
  await page.keyboard.press("Enter");
  await text(page, "form [role=alert]", "did not accept");
  await page.fill("#token", "not a token");
  await page.keyboard.press("Enter");
  await text(page, "form [role=alert]", "cannot be read");
  await page.fill("#token", "right.one");
  await page.keyboard.press("Enter");
  await count(page, ".call-row", 1);
  await page.reload();
  await count(page, ".call-row", 1);
  assert.equal(await page.evaluate(() => localStorage.length + document.cookie.length), 0);
  assert.deepEqual(wrongs, []);
});

test("everything works by keyboard", async () => {
  mock.start("c1", { started_unix_ms: 2000 });
  mock.start("c2", { started_unix_ms: 1000, agent: { id: "2", name: "Second Agent" } });
  const said = mock.final("c2", 1, "manager");
  mock.alert("c1", mock.final("c1", 1, "hello"), "greeting", "low", "hello");
  mock.alert("c2", said, "speak-to-manager", "low", "manager");
  const { page, wrongs } = await open();
  await count(page, ".call-row", 2);
  const focused = () => page.evaluate(() => document.activeElement.textContent.trim());
  await page.keyboard.press("Tab");
  assert.match(await focused(), /Skip to the content/);
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  assert.match(await focused(), /^All/);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  assert.equal(await page.getAttribute(".filter.live", "aria-pressed"), "true");
  for (let i = 0; i < 4; i++) await page.keyboard.press("Tab");
  await page.keyboard.type("second");
  await count(page, ".call-row", 1);
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.press("Delete");
  await count(page, ".call-row", 2);
  await page.keyboard.press("Tab");
  assert.match(await focused(), /Dana Reyes/);
  await page.keyboard.press("ArrowDown");
  assert.match(await focused(), /Second Agent/);
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement.tagName === "H1");
  await page.waitForSelector(".alert-row");
  for (let i = 0; i < 8; i++) {
    if (await page.evaluate(() => document.activeElement.matches(".alert-row"))) break;
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement.matches(".looked-up"));
  await page.keyboard.press("Escape");
  await count(page, ".call-row", 2);
  assert.deepEqual(wrongs, []);
});

test("a thousand calls, their events and a cut stay usable", async () => {
  const name = (i) => `call-with-a-rather-long-name-of-its-own-${i}`;
  for (let i = 0; i < 1000; i++) mock.start(name(i), { started_unix_ms: Date.now() - i * 1000 });
  const { page, wrongs } = await open();
  await count(page, ".call-row", 50);
  await text(page, ".pager", "of 1,000");
  const elements = await page.evaluate(() => document.querySelectorAll("*").length);
  assert.ok(elements < 3000, `${elements} elements`);
  for (let i = 0; i < 1000; i++) mock.emit(name(i), "call.updated", { lag_ms: 2500 });
  mock.alert(name(999), mock.final(name(999), 1, "x"), "last-one", "critical", "x");
  await text(page, ".call-row", "last-one");
  await page.click(".pager button:last-child");
  await text(page, ".pager", "51–100");
  mock.received.length = 0;
  mock.calls.delete(name(0));
  mock.cut();
  await page.waitForSelector(".connection.waiting");
  await page.waitForSelector(".connection.live");
  await text(page, ".pager", "of 999");
  const longest = Math.max(...mock.received.map((message) => JSON.stringify(message).length));
  assert.ok(longest < 65_536, `a message of ${longest} bytes`);
  assert.deepEqual(wrongs, []);
});

for (const colorScheme of ["light", "dark"])
  for (const width of [1360, 390])
    test(`axe finds nothing, ${colorScheme}, ${width} pixels wide`, async () => {
      const line = { channel: 1, loss_pct: 15, jitter_ms: 6, mos: 2.5, alarms: ["clipped", "one_way_audio"] };
      mock.start("c1", { attributes: { channel_mapping_suspect: "true", region: "west" }, quality: [line] });
      mock.start("c2");
      for (const severity of ["low", "medium", "high", "critical"]) {
        const said = mock.final("c1", 1, "I am not happy", {
          words: [{ text: "happy", confidence: 0.1, start_ms: 0, end_ms: 1 }],
        });
        mock.alert("c1", said, `alert-${severity}`, severity, "not happy");
        mock.mood("c1", said, -0.5, -0.5, "down");
        mock.mood("c1", mock.final("c1", 0, "Sorry"), 0.5, 0.5, "up");
      }
      mock.talk("c1", [[0.6, 150, 2, 74], [0.4, 180, 0, null]], { non_talk_ms: 9000 });
      mock.emit("c2", "call.updated", { lag_ms: 5000, rate_suspect: true });
      mock.emit("c2", "stt.degraded", { channel: 0, engine: "vosk", reason: "gone" });
      const options = { colorScheme, reducedMotion: "reduce", viewport: { width, height: 860 } };
      const { page } = await open("", options);
      await count(page, ".call-row", 2);
      mock.alert("c1", mock.final("c1", 1, "again"), "again", "high", "again");
      await page.waitForSelector(".toast");
      await assertClean(page);
      await page.goto(`${mock.url}#/call/c1`);
      mock.partial("c1", 0, "And what I");
      await page.waitForSelector(".partials .segment");
      await page.waitForSelector(".chart canvas");
      await assertClean(page);
      await page.click(".switch");
      await page.waitForSelector(".latest");
      await assertClean(page);
      mock.token = "secret";
      mock.cut();
      await page.waitForSelector("#token");
      await assertClean(page);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `the page is ${wide} pixels too wide`);
    });

async function assertClean(page) {
  // Evaluated by the debugger, which a page's policy does not bind.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() =>
    window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }),
  );
  const found = violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html + " " + node.failureSummary).join("\n  ")}`);
  assert.deepEqual(found, []);
}
