// The pages Faults, Wire and Scenarios of the console.
import { describe, expect, it } from "vitest";
import { button, downloaded, openConsole, quickScenario, sizes, startDevices, tab } from "./console-page.ts";

describe.each(sizes)("the faults of the console, $width pixels wide", (size) => {
  it("are all that the hub has, each with a sentence", async () => {
    const { page, hub } = await openConsole(size);
    await tab(page, "Faults").click();
    const { paths } = (await hub.openApi()) as { paths: Record<string, unknown> };
    const faults = Object.keys(paths).filter((path) => /\/faults\/\w+$/.test(path));
    const buttons = page.getByRole("region", { name: "Inject a fault" }).locator("button[aria-pressed]");
    // The menu also has the kick.
    await expect.poll(() => buttons.count()).toBe(faults.length + 1);
  });

  it("are rules on chosen devices that show until they are used up, and devices show their countdown", async () => {
    const { page, hub } = await openConsole(size);
    await startDevices(page, 2);
    await tab(page, "Faults").click();
    await page.getByLabel("thermostat-2", { exact: true }).uncheck();
    await button(page, "Refuse to connect").first().click();
    await page.getByText("The hub refuses thermostat-1 3 times").waitFor();
    await button(page, "Refuse to connect").last().click();
    await page.getByRole("region", { name: "Active rules" }).getByText("thermostat-1").first().waitFor();
    expect(await hub.faults.rules()).toMatchObject([{ fault: "refuseConnects", deviceId: "thermostat-1" }]);
    await button(page, "Cut the connection").first().click();
    await button(page, "Cut the connection").last().click();
    await page
      .getByText(/retry \d+ in \d+ s/)
      .first()
      .waitFor();
    await button(page, "End all faults").click();
    await page.getByRole("row", { name: /thermostat-1 connected/ }).waitFor();
    await page.getByRole("row", { name: /thermostat-2 connected/ }).waitFor();
  });
});

describe.each(sizes)("the wire in the console, $width pixels wide", (size) => {
  it("shows packets with their answers, filters them, and exports them without secrets", async () => {
    const { page, hub, emulator } = await openConsole(size);
    await startDevices(page, 1);
    const { primaryKey } = (await hub.getDevice("thermostat-1")).authentication.symmetricKey;
    await hub.patchDesired("thermostat-1", { note: emulator.connectionString("thermostat-1") });
    await tab(page, "Wire").click();
    await page.getByLabel("Kind").selectOption("twin");
    await page
      .getByRole("row", { name: /PUBLISH.*Report properties.*ms/ })
      .first()
      .waitFor();
    await page
      .getByRole("row", { name: /Report properties/ })
      .first()
      .getByRole("button")
      .click();
    await page.getByText(/Its answer, \d+ ms/).waitFor();
    await page.keyboard.press("Escape");
    await page.getByLabel("Kind").selectOption("all");
    await page.getByRole("row", { name: /CONNACK.*Accepted/ }).waitFor();
    const text = await downloaded(page, "Export");
    expect(JSON.parse(text)).toMatchObject({ format: "isohub wire log" });
    expect(text).toContain("Desired properties changed");
    expect(text).not.toContain(String(primaryKey));
    expect(text).not.toMatch(/sig=[^…]/);
  });
});

describe.each(sizes)("scenarios in the console, $width pixels wide", (size) => {
  it("are checked, run, saved, and shared in a link that nothing is sent to", async () => {
    const { page, context, hub, printed } = await openConsole(size);
    await tab(page, "Scenarios").click();
    const document = page.getByLabel("Document");
    await document.fill(
      '{ "groups": [{ "type": "toaster", "count": 1 }], "phases": [{ "phase": "ramp", "over": "1s" }] }',
    );
    await page.getByText(/groups\[0\]\.type must be/).waitFor();
    await document.fill(JSON.stringify(quickScenario));
    await button(page, "Save").click();
    await button(page, "Share as a link").click();
    const link = await page.getByLabel("Link with the scenario, copied").inputValue();
    expect(link).toContain("/#scenario=");
    await button(page, "Run").click();
    await page.getByText("passed", { exact: true }).waitFor();
    expect((await hub.telemetry("quick-1")).length).toBeGreaterThan(0);
    const other = await context.newPage();
    await other.goto(link);
    await other.getByText("from the link that you opened").waitFor();
    await expect
      .poll(async () => JSON.parse(await other.getByLabel("Document").inputValue()))
      .toEqual(quickScenario);
    await other.getByRole("listitem").filter({ hasText: "storm" }).getByRole("button").click();
    await expect.poll(() => other.getByLabel("Document").inputValue()).toContain('"storm"');
    const saved = other.getByRole("listitem").filter({ hasText: "quick" });
    await saved.getByRole("button", { name: "Open" }).click();
    await expect
      .poll(async () => JSON.parse(await other.getByLabel("Document").inputValue()))
      .toEqual(quickScenario);
    await saved.getByRole("button", { name: "Delete the scenario quick" }).click();
    await saved.waitFor({ state: "detached" });
    expect(printed).toEqual([]);
  });

  it("are recorded from what is done by hand, replayed, and exported as programs", async () => {
    const { page, hub } = await openConsole(size);
    await tab(page, "Scenarios").click();
    await button(page, "Record").click();
    await tab(page, "Devices").click();
    await startDevices(page, 2);
    await tab(page, "Faults").click();
    await button(page, "Cut the connection").last().click();
    await page.getByText("Cut the connection: done").waitFor();
    await button(page, "Slow network").first().click();
    await button(page, "Slow network").last().click();
    await page.getByText("Slow network: done").waitFor();
    await tab(page, "Scenarios").click();
    await button(page, "Stop recording").click();
    await page.getByText("as a scenario. It contains no keys.").waitFor();
    await expect
      .poll(async () => JSON.parse(await page.getByLabel("Document").inputValue()))
      .toMatchObject({
        groups: [{ name: "thermostat", count: 2 }],
        faults: [{ fault: "drop" }, { fault: "latency", ms: 500 }],
      });
    expect(await downloaded(page, "Node program")).toContain("@isohub/simulator");
    expect(await downloaded(page, "Page program")).toContain("<script");
    await button(page, "Run").click();
    const run = page.getByRole("region", { name: "Run", exact: true });
    // It takes as long as what was done by hand. The devices of the page are still connected meanwhile.
    await run.getByText("Save the report").waitFor({ timeout: 120_000 });
    expect(await hub.hasDevice("recorded-thermostat-2")).toBe(true);
  });
});
