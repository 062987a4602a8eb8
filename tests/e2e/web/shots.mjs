// Pictures of the page for someone to look at: node shots.mjs <folder>

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { openBrowser, openPage } from "./browser.mjs";
import { lines, sayLine, sayTalk, startDemo } from "./demo.mjs";
import { MockGateway } from "./mock.mjs";

const folder = process.argv[2] ?? "shots";
mkdirSync(folder, { recursive: true });
const mock = await MockGateway.open();
const id = startDemo(mock);
for (let i = 0; i < lines - 2; i++) sayLine(mock, id, i);
sayTalk(mock, id);
mock.final(id, 1, "It was around the fourteenth I reckon", {
  words: [
    { text: "fourteenth", confidence: 0.31, start_ms: 0, end_ms: 0 },
    { text: "reckon", confidence: 0.44, start_ms: 0, end_ms: 0 },
  ],
});
const [first, second] = mock.calls.get(id).state.alerts;
mock.change(id, first, "snoozed", { state: "snoozed", until_unix_ms: Date.now() + 300_000 });
mock.change(id, second, "assigned", { state: "acknowledged", assigned: "Maria", count: 3 });
mock.alert(id, mock.calls.get(id).state.transcript[5], "refund", "low", "never refunded");
mock.partial(id, 0, "And I added a ten dollar credit for");
const browser = await openBrowser();

async function shoot(name, hash, options, act) {
  const { page, context, wrongs } = await openPage(browser, mock.url + hash, options);
  await page.waitForSelector(".connection.live");
  await page.waitForTimeout(400);
  if (act) await act(page);
  await page.screenshot({ path: join(folder, `${name}.png`) });
  if (wrongs.length) console.log(name, wrongs);
  await context.close();
}

const narrow = { viewport: { width: 400, height: 860 } };
const raise = async (page) => {
  const segment = mock.calls.get(id).state.transcript[7];
  mock.alert(id, segment, "speak-to-manager", "critical", "speak to a manager");
  await page.waitForTimeout(500);
};
for (const colorScheme of ["light", "dark"]) {
  await shoot(`list-${colorScheme}`, "", { colorScheme }, colorScheme === "dark" ? raise : undefined);
  await shoot(`call-${colorScheme}`, `#/call/${id}`, { colorScheme });
}
await shoot("list-narrow", "", narrow);
await shoot("call-narrow", `#/call/${id}`, narrow);
mock.token = "secret";
mock.cut();
const { page } = await openPage(browser, mock.url, {});
await page.waitForSelector("#token");
await page.screenshot({ path: join(folder, "token.png") });
await browser.close();
await mock.close();
