// The same few claims about whatever serves the page: the mock, or a gateway named by
// SIDETONE_WEB_URL (with SIDETONE_WEB_TOKEN when it wants one) that has a call with finals.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openBrowser, openPage } from "./browser.mjs";
import { MockGateway, pageHeaders } from "./mock.mjs";

let browser;
let mock;
let url = process.env.SIDETONE_WEB_URL;

before(async () => {
  browser = await openBrowser();
  if (url) return;
  mock = await MockGateway.open();
  url = mock.url;
  mock.start("served");
  mock.alert("served", mock.final("served", 1, "I want to speak to a manager"), "m", "critical", "manager");
});
after(async () => {
  await browser.close();
  await mock?.close();
});

test("the page is sent with its headers", async () => {
  const response = await fetch(url);
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type"), /^text\/html/);
  for (const [name, value] of pageHeaders()) assert.equal(response.headers.get(name), value, name);
});

test("a call is listed and its page shows what was said", async () => {
  const { page, context, wrongs } = await openPage(browser, url);
  const token = process.env.SIDETONE_WEB_TOKEN;
  if (token) {
    await page.fill("#token", token);
    await page.keyboard.press("Enter");
  }
  await page.waitForSelector(".connection.live");
  await page.click(".call-row a");
  await page.waitForSelector("[role=log] .segment .said");
  assert.deepEqual(wrongs, []);
  await context.close();
});
