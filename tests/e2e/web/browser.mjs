// Chromium for the specs, with an ear for everything that must not happen on the page.

import { existsSync } from "node:fs";
import { load } from "./modules.mjs";

const { chromium } = load("playwright-core");

const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export function openBrowser() {
  const given = process.env.SIDETONE_CHROMIUM;
  const executablePath = given ?? (existsSync("/usr/bin/chromium") ? "/usr/bin/chromium" : undefined);
  return chromium.launch({ executablePath, args: flags });
}

/** A page and what went wrong on it: policy violations, errors, dialogs, requests to elsewhere. */
export async function openPage(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1360, height: 860 }, ...options });
  const page = await context.newPage();
  const wrongs = [];
  page.on("pageerror", (error) => wrongs.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => {
    wrongs.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("console", (message) => {
    // Refused connections are logged by the browser itself; specs that cut them expect that.
    if (message.type() === "error" && !/WebSocket|Failed to load resource/.test(message.text()))
      wrongs.push(`console: ${message.text()}`);
  });
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== new URL(url).origin) wrongs.push(`request: ${request.url()}`);
  });
  await page.exposeFunction("sidetoneWrong", (what) => wrongs.push(`policy: ${what}`));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) =>
      window.sidetoneWrong(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`),
    );
  });
  await page.goto(url);
  return { page, context, wrongs };
}
