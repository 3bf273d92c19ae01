// The main way through the console, in Firefox.
import { startEmulator } from "@isohub/emulator";
import { expect, it, onTestFinished } from "vitest";
import { launchFirefox } from "./firefox.ts";

it.each([400, 1280])("the console works in Firefox, %i pixels wide", async (width) => {
  const emulator = await startEmulator();
  onTestFinished(() => emulator.close());
  const browser = await launchFirefox();
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  const printed: string[] = [];
  page.on("console", (message) => printed.push(message.text()));
  page.on("pageerror", (error) => printed.push(String(error)));
  await page.setViewport({ width, height: 800 });
  await page.goto(new URL("/", emulator.endpoints.controlUrl).href);
  const click = (name: string, role = "button") =>
    page.locator(`aria/${name}[role="${role}"]`).setTimeout(60_000).click();
  const shows = (text: string) =>
    page.waitForFunction(`document.body.textContent.includes(${JSON.stringify(text)})`, { timeout: 60_000 });
  await click("Start a thermostat");
  await shows("1 of 1");
  await click("Cloud", "tab");
  await click("Call method");
  await shows("Answered with 200");
  // Firefox prints it when the hub cuts a connection, so this comes before.
  expect(printed).toEqual([]);
  await click("Faults", "tab");
  await shows("The connection of thermostat-1 ends now");
  await page.evaluate(`[...document.querySelectorAll("button")]
    .filter(({ textContent }) => textContent === "Cut the connection").at(-1).click()`);
  await shows("Back after");
  await page.waitForFunction(`document.documentElement.scrollWidth <= ${width}`, { timeout: 60_000 });
});
