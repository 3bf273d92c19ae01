// The main way through the console, in Firefox.
import { startEmulator } from "@isohub/emulator";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { signDeviceToken } from "../../device-token.ts";
import { launchFirefox } from "../firefox.ts";
import { quickScenario } from "./console-page.ts";

let browser: Awaited<ReturnType<typeof launchFirefox>>;
beforeAll(async () => {
  browser = await launchFirefox();
});
afterAll(() => browser.close());

it.each([400, 1280])("the console works in Firefox, %i pixels wide", async (width) => {
  const emulator = await startEmulator();
  onTestFinished(() => emulator.close());
  const context = await browser.createBrowserContext();
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const printed: string[] = [];
  page.on("console", (message) => printed.push(message.text()));
  page.on("pageerror", (error) => printed.push(String(error)));
  await page.setViewport({ width, height: 800 });
  await page.goto(new URL("/", emulator.endpoints.controlUrl).href);
  const find = (name: string, role: string) =>
    page.locator(`aria/${name}[role="${role}"]`).setTimeout(60_000);
  const click = (name: string, role = "button") => find(name, role).click();
  // Puppeteer's own `fill` empties a field without an event, so the page may fill it again before a letter is typed. Pasting does this.
  const fill = async (name: string, text: string): Promise<void> => {
    await find(name, "textbox").click();
    await page.evaluate(`document.activeElement.select();
      document.execCommand("insertText", false, ${JSON.stringify(text)})`);
  };
  const shows = (text: string) =>
    page.waitForFunction(`document.body.textContent.includes(${JSON.stringify(text)})`, { timeout: 60_000 });
  const fits = () =>
    page.waitForFunction(`document.documentElement.scrollWidth <= ${width}`, { timeout: 60_000 });
  await click("Start a thermostat");
  await shows("1 of 1");
  await fits();

  const signed = await emulator.createDevice("signed");
  await click("Add devices…");
  await page.select("dialog select", "sasToken");
  await fill("SAS token", await signDeviceToken(signed.connectionString, emulator.hostName));
  await click("Add 1 device");
  await shows("2 of 2");
  await emulator.waitForTelemetry({ deviceId: "signed" }, { timeoutMs: 90_000 });

  await click("Hub", "tab");
  await click("thermostat-1");
  await click("Call method");
  await shows("Answered with 200");
  await fill("Desired properties", '{ "targetTemperature": 25 }');
  await click("Save");
  await expect
    .poll(async () => (await emulator.getTwin("thermostat-1")).properties.reported)
    .toMatchObject({ targetTemperature: { value: 25 } });
  await click("Telemetry", "tab");
  await shows('"temperature"');
  await fits();

  await click("Wire", "tab");
  await shows("Report properties");
  await fits();
  // Firefox prints it when the hub cuts a connection, so this comes before.
  expect(printed).toEqual([]);

  await click("Faults", "tab");
  await shows("The connection of thermostat-1 ends now");
  await page.evaluate(`[...document.querySelectorAll("button")]
    .filter(({ textContent }) => textContent === "Cut the connection").at(-1).click()`);
  await shows("Back after");
  await fits();

  await click("Scenarios", "tab");
  await fill("Document", JSON.stringify(quickScenario));
  await shows("3 devices · ");
  await click("Run");
  await shows("Save the report");
  await shows("passed");
  await fits();
});
