// The page Devices of the console: adding, switching, sending.
import { describe, expect, it } from "vitest";
import { button, openConsole, startDevices, tab } from "./console-page.ts";
import { eventually } from "./eventually.ts";

describe("the devices of the console", () => {
  it("are added, sorted, filtered, chosen and switched together, and drawn as bands", async () => {
    const { page, printed } = await openConsole();
    await startDevices(page, 12);
    await page.getByText("highest").waitFor();
    await page.getByLabel("Filter").fill("thermostat-12");
    await expect.poll(() => page.locator("tbody tr").count()).toBe(1);
    await page.getByLabel("Filter").fill("");
    await button(page, "Device ↑").click();
    await expect.poll(() => page.locator("tbody tr .link").first().textContent()).toBe("thermostat-12");
    await page.getByLabel("Choose all devices").check();
    await button(page, "Switch off").click();
    await page.getByText("0 of 12").waitFor();
    await button(page, "Switch on").click();
    await page.getByText("12 of 12").waitFor();
    await button(page, "Remove").click();
    await page.getByText("No devices yet").waitFor();
    expect(printed).toEqual([]);
  });

  it("send what is composed, once or as a burst, with properties, and again", async () => {
    const { page, hub } = await openConsole();
    await startDevices(page, 1);
    await tab(page, "Send").click();
    await page.getByLabel("Body").fill("<b>hello</b>");
    await page.getByLabel("Content type").fill("text/plain");
    await page.getByLabel("Messages", { exact: true }).fill("3");
    await page.getByLabel("Application properties").fill("alert=true");
    await button(page, "Send 3 messages").click();
    const composed = async () =>
      (await hub.telemetry("thermostat-1")).filter(({ properties }) => properties["alert"] === "true");
    await eventually(async () => expect(await composed()).toHaveLength(3));
    const [first] = await composed();
    expect(new TextDecoder().decode(first?.body)).toBe("<b>hello</b>");
    expect(first?.systemProperties["contentType"]).toBe("text/plain");
    await page.getByRole("listitem").filter({ hasText: "<b>hello</b>" }).getByRole("button").first().click();
    await eventually(async () => expect(await composed()).toHaveLength(4));
  });

  it("connect with a pasted connection string, and by provisioning with a group key", async () => {
    const { page, hub, emulator } = await openConsole();
    const { pageConnectionString } = await emulator.createDevice("pasted");
    const { primaryKey = "" } = await hub.createEnrollmentGroup("fleet");
    await button(page, "Add devices…").click();
    await page.getByLabel("Connect to").selectOption("connectionString");
    await page.getByText("Keep keys out of pages").waitFor();
    await page.getByLabel("Connection string").fill(pageConnectionString);
    await button(page, "Add 1 device").click();
    await page.getByText("1 of 1").waitFor();
    await button(page, "Add devices…").click();
    await page.getByLabel("Connect to").selectOption("provisioning");
    await button(page, "Use the local hub's").click();
    await page.getByLabel("Key of the enrollment group").fill(primaryKey);
    await page.getByLabel("Devices", { exact: true }).last().fill("2");
    await button(page, "Add 2 devices").click();
    await page.getByText("3 of 3").waitFor();
    await expect
      .poll(async () => (await hub.sessions()).map(({ deviceId }) => deviceId).sort())
      .toEqual(["pasted", "thermostat-1", "thermostat-2"]);
    expect(await page.content()).not.toContain(primaryKey);
    expect(await page.evaluate("JSON.stringify({ ...localStorage, ...sessionStorage })")).not.toContain(
      primaryKey,
    );
  });

  it("have types that a form and JSON show side by side, and that are checked", async () => {
    const { page } = await openConsole();
    await button(page, "Add devices…").click();
    await page.getByText("What the devices send and answer").click();
    await page.getByLabel("New field").fill("pressure");
    await button(page, "Add field").click();
    const json = page.getByLabel("The same as JSON");
    await expect.poll(() => json.inputValue()).toContain('"pressure"');
    await json.fill('{ "messages": [{ "every": "soon" }] }');
    await page.getByText("must be a duration").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  });
});
