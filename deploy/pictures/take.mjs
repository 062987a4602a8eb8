// The pictures of the README, from a gateway that is running:
//   node deploy/pictures/take.mjs URL            the list of calls: dashboard.png, dashboard-dark.png
//   node deploy/pictures/take.mjs URL CALL-ID    one call's page: call.png, call-dark.png

import { openBrowser, openPage } from "../../tests/e2e/web/browser.mjs";

const [url, callId] = process.argv.slice(2);
if (!url) throw new Error("usage: node deploy/pictures/take.mjs URL [CALL-ID]");
const address = new URL("/", url).href + (callId ? `#/call/${encodeURIComponent(callId)}` : "");
const viewport = { width: 1200, height: callId ? 760 : 460 };
const browser = await openBrowser();
const opened = [];
for (const colorScheme of ["light", "dark"]) {
  const { page, wrongs } = await openPage(browser, address, { colorScheme, viewport });
  await page.waitForSelector(".connection.live");
  const name = `${callId ? "call" : "dashboard"}${colorScheme === "dark" ? "-dark" : ""}.png`;
  opened.push({ page, wrongs, name });
}
await new Promise((drawn) => setTimeout(drawn, 1500));
for (const { page, wrongs, name } of opened) {
  await page.screenshot({ path: new URL(name, import.meta.url).pathname });
  for (const wrong of wrongs) console.error(`${name}: ${wrong}`);
}
await browser.close();
