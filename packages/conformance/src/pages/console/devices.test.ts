// The page Devices of the console: adding, switching, sending.
import { describe, expect, it } from "vitest";
import { eventually } from "../../eventually.ts";
import { button, openConsole, sizes, startDevices, tab } from "./console-page.ts";

describe.each(sizes)("the devices of the console, $width pixels wide", (size) => {
  it("are added, sorted, filtered, chosen and switched together, and drawn as bands", async () => {
    const { page, printed } = await openConsole(size);
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
    await button(page, "Clone").click();
    await page.getByText("24 of 24").waitFor();
    await page.getByLabel("Choose all devices").check();
    await button(page, "Remove").click();
    await page.getByText("No devices yet").waitFor();
    await button(page, "Add devices…").click();
    await page.getByLabel("Devices", { exact: true }).last().fill("2");
    await page.getByLabel("Stagger, in ms").fill("60000");
    await button(page, "Add 2 devices").click();
    await page.getByText("1 of 2").waitFor();
    expect(printed).toEqual([]);
  });

  it("send what is composed, once or as a burst, with properties, again, and on a schedule", async () => {
    const { page, hub } = await openConsole(size);
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
    await page.getByLabel("Messages", { exact: true }).fill("1");
    await page.getByLabel("Every, in s; 0 is once").fill("0.5");
    await button(page, "Schedule").click();
    const scheduled = page.getByRole("region", { name: "Scheduled messages" });
    await scheduled.getByText("then every 0.5 s").waitFor();
    await eventually(async () => expect((await composed()).length).toBeGreaterThan(6));
    // The list changes with each time.
    await scheduled.getByRole("button", { name: "Cancel" }).click();
    await scheduled.waitFor({ state: "detached" });
  });

  it("connect with a pasted connection string, and by provisioning with a group key", async () => {
    const { page, hub, emulator } = await openConsole(size);
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
    await tab(page, "Hub").click();
    await tab(page, "Provisioning").click();
    await page.getByRole("row", { name: /fleet group enabled/ }).waitFor();
    await page.getByLabel("Registration id").fill("thermostat-2");
    await button(page, "Show its registration").click();
    await page.getByLabel("Registration", { exact: true }).getByText('"assigned"').waitFor();
    expect(await page.content()).not.toContain(primaryKey);
    expect(await page.evaluate("JSON.stringify({ ...localStorage, ...sessionStorage })")).not.toContain(
      primaryKey,
    );
  });

  it("move along a route, hold values set by hand, and are cloned and switched one by one", async () => {
    const { page, hub, address, contacted, printed } = await openConsole(size);
    await button(page, "Add devices…").click();
    await page.getByLabel("Type", { exact: true }).selectOption("truck");
    await page.getByText("What the devices send and answer").click();
    await page.getByLabel("Sends every").fill("500ms");
    await page.getByLabel("Devices", { exact: true }).last().fill("1");
    await button(page, "Add 1 device").click();
    await page.getByRole("img", { name: /Route/ }).waitFor();
    await page.getByText("Set values by hand").click();
    await page.getByLabel("Hold fuel").check();
    await page.getByLabel("Value of fuel").fill("7");
    await eventually(async () => {
      const last = (await hub.telemetry("truck-1")).at(-1);
      expect(JSON.parse(new TextDecoder().decode(last?.body))).toMatchObject({ fuel: 7 });
      expect(last?.properties["lowFuel"]).toBe("true");
    });
    await button(page, "Clone this device").click();
    await page.getByText("2 of 2").waitFor();
    await page.getByRole("switch", { name: "Power of truck-1" }).click();
    await page.getByText("1 of 2").waitFor();
    const details = page.getByRole("region", { name: "Device truck-2" });
    await details.getByRole("tab", { name: "Log" }).click();
    await hub.sendC2d("truck-2", "hello");
    await details.getByText("Received the message “hello”").waitFor();
    // Devices on the local hub connect to it by its name.
    const { host, port } = new URL(address);
    expect([...contacted].filter((each) => each !== host && each !== `localhost:${port}`)).toEqual([]);
    expect(printed).toEqual([]);
  });

  it("have types that a form and JSON show side by side, and that are checked", async () => {
    const { page } = await openConsole(size);
    await button(page, "Add devices…").click();
    await page.getByText("What the devices send and answer").click();
    await page.getByLabel("New field").fill("pressure");
    await button(page, "Add field").click();
    const json = page.getByLabel("The same as JSON");
    await expect.poll(() => json.inputValue()).toContain('"pressure"');
    await json.fill('{ "messages": [{ "every": "soon" }] }');
    await page.getByText("must be a duration").waitFor();
    await page.getByLabel("Type", { exact: true }).selectOption("truck");
    await page.getByLabel("Connect to").selectOption("sasToken");
    await page.getByLabel("SAS token").fill("a token without a device");
    await button(page, "Add 1 device").click();
    await page.getByText("must contain a device id").waitFor();
    await page.getByLabel("Connect to").selectOption("tokenBroker");
    await page.getByLabel("URL of the token broker").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  });
});
