// The console, used like a person uses it.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright";
import { describe, expect, it } from "vitest";
import { button, freshContext, openConsole, startDevices, tab } from "./console-page.ts";
import { eventually } from "./eventually.ts";
import { root } from "./files.ts";
import { serve } from "./page-server.ts";

const require = createRequire(import.meta.url);

describe("the console", () => {
  it("leads from the first page to a sending device, an answered method and a survived fault in twelve clicks", async () => {
    const { page, hub, printed } = await openConsole();
    let clicks = 0;
    const click = async (locator: ReturnType<Page["locator"]>): Promise<void> => {
      clicks += 1;
      await locator.click();
    };
    await click(button(page, "Start a thermostat"));
    await page.getByRole("row", { name: /thermostat-1 .*temperature/ }).waitFor();
    await hub.waitForTelemetry({ deviceId: "thermostat-1", count: 2 }, { timeoutMs: 90_000 });
    await click(tab(page, "Cloud"));
    await click(button(page, "Call method"));
    await page.getByText("Answered with 200").waitFor();
    await click(tab(page, "Faults"));
    await click(button(page, "Cut the connection").last());
    await page.getByText(/Back after [\d.]+ s/).waitFor();
    await page.getByRole("row", { name: /thermostat-1 connected/ }).waitFor();
    expect(clicks).toBeLessThanOrEqual(12);
    await expect.poll(() => page.locator("dd").last().textContent()).toBe("0");
    expect(printed).toEqual([]);
  });

  it("can be used without a mouse", async () => {
    const { page } = await openConsole();
    await expect.poll(() => button(page, "Start a thermostat").isEnabled()).toBe(true);
    const press = async (key: string, until: () => Promise<boolean>): Promise<void> => {
      for (let count = 0; count < 30 && !(await until()); count++) await page.keyboard.press(key);
    };
    const focused = (text: string) => (): Promise<boolean> =>
      page.evaluate(
        `document.activeElement.matches("button") && document.activeElement.textContent === ${JSON.stringify(text)}`,
      );
    await press("Tab", focused("Start a thermostat"));
    await page.keyboard.press("Enter");
    await page.getByText("1 of 1").waitFor();
    await page.getByRole("tab", { name: "Devices", exact: true }).focus();
    await page.keyboard.press("ArrowRight");
    expect(await page.getByRole("tab", { name: "Hub", exact: true }).getAttribute("aria-selected")).toBe(
      "true",
    );
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Hub");
  });

  it("has nothing serious for axe, and no sideways scrolling, on every page in both themes", async () => {
    const { page, context } = await openConsole({ width: 400, height: 800 });
    await startDevices(page, 3);
    const source = await readFile(require.resolve("axe-core/axe.min.js"), "utf8");
    for (const scheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      for (const name of ["Devices", "Hub", "Faults", "Wire", "Scenarios"]) {
        await tab(page, name).click();
        await page.evaluate(source);
        const serious = await page.evaluate(async () => {
          type Axe = {
            run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }>;
          };
          const { violations } = await (globalThis as unknown as { axe: Axe }).axe.run();
          return violations
            .filter(({ impact }) => impact === "serious" || impact === "critical")
            .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
        });
        expect(serious, `${name} ${scheme}`).toEqual([]);
        for (const width of [400, 1280, 1600]) {
          await page.setViewportSize({ width, height: 800 });
          // Charts follow the width a moment later.
          await expect
            .poll(() => page.evaluate("document.documentElement.scrollWidth"), { message: name })
            .toBeLessThanOrEqual(width);
        }
      }
    }
    await context.close();
  });

  it("warns in a second tab, and follows the hub there", async () => {
    const { page, context, address } = await openConsole();
    await button(page, "Start a thermostat").waitFor();
    const second = await context.newPage();
    await second.goto(address);
    await second.getByText("The console is open in another tab").waitFor();
    await startDevices(page, 1);
    await second.getByText("1 connected").waitFor();
    await page.close();
    await second.getByText("The console is open in another tab").waitFor({ state: "detached" });
  });
});

describe("the devices of the console", () => {
  it("are added, sorted, filtered, chosen and switched together, and drawn as bands", async () => {
    const { page, printed } = await openConsole();
    await startDevices(page, 12);
    await page.getByText("highest").waitFor();
    await page.getByLabel("Filter").fill("thermostat-12");
    await expect.poll(() => page.locator("tbody tr").count()).toBe(1);
    await page.getByLabel("Filter").fill("");
    await button(page, "Device ↑").click();
    expect(await page.locator("tbody tr .link").first().textContent()).toBe("thermostat-12");
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
    expect((await hub.sessions()).map(({ deviceId }) => deviceId).sort()).toEqual([
      "pasted",
      "thermostat-1",
      "thermostat-2",
    ]);
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
    expect(await json.inputValue()).toContain('"pressure"');
    await json.fill('{ "messages": [{ "every": "soon" }] }');
    await page.getByText("must be a duration").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  });
});

describe("the hub in the console", () => {
  it("shows sessions, twins with conflicts, queries, and messages with their feedback", async () => {
    const { page, hub } = await openConsole();
    await startDevices(page, 1);
    await tab(page, "Hub").click();
    await button(page, "thermostat-1").click();
    const desired = page.getByLabel("Desired properties");
    await desired.fill('{ "targetTemperature": 25 }');
    await hub.patchDesired("thermostat-1", { other: 1 });
    await page.getByText("have changed at the hub").waitFor();
    await button(page, "Keep mine").click();
    await button(page, "Save").click();
    await eventually(async () => {
      const { properties } = await hub.getTwin("thermostat-1");
      expect(properties.desired).toMatchObject({ targetTemperature: 25 });
      expect(properties.desired).not.toHaveProperty("other");
      expect(properties.reported).toMatchObject({ targetTemperature: { value: 25, ac: 200 } });
    });
    await button(page, "Send to device").click();
    await page.getByText("Success").waitFor();
    await tab(page, "Telemetry").click();
    await page
      .getByRole("cell", { name: /temperature/ })
      .first()
      .waitFor();
    await tab(page, "Query").click();
    await button(page, "Run query").click();
    await page.getByRole("cell", { name: "thermostat-1" }).waitFor();
    await page.getByRole("textbox", { name: "Query" }).fill("SELECT nonsense");
    await button(page, "Run query").click();
    await page.getByRole("alert").waitFor();
    await tab(page, "Provisioning").click();
    await page.getByLabel("Group id").fill("line-4");
    await button(page, "Add enrollment").click();
    await page.getByRole("row", { name: /line-4 group enabled/ }).waitFor();
    await tab(page, "Activity and quota").click();
    await page.getByText(/units so far/).waitFor();
  });

  it("is shown as offline while it is away, and followed again", async () => {
    const { page, emulator, restart } = await openConsole();
    await startDevices(page, 1);
    await emulator.close();
    await page.getByText("The local hub doesn't answer.").waitFor();
    await restart();
    await page.getByText("The local hub doesn't answer.").waitFor({ state: "detached" });
  });

  it("with 10,000 messages that contain markup leaves the page responsive", async () => {
    const { page, emulator, printed } = await openConsole();
    const { pageConnectionString } = await emulator.createDevice("noisy");
    await tab(page, "Hub").click();
    await tab(page, "Telemetry").click();
    await page.evaluate(`(() => { globalThis.longest = 0; new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) globalThis.longest = Math.max(globalThis.longest, duration);
    }).observe({ type: "longtask" }); })()`);
    const { IoTHubDeviceClient } = await import("@isohub/node");
    const client = IoTHubDeviceClient.createFromConnectionString(pageConnectionString);
    const body = "<img src=x onerror=\"document.title='hacked'\"><script>document.title='hacked'</script>";
    await Promise.all(Array.from({ length: 10_000 }, () => client.sendMessage(body)));
    await client.shutdown();
    await page.getByText("10000 messages since the page opened").waitFor();
    await page.getByText("<img src=x").first().waitFor();
    expect(await page.locator("tbody tr").count()).toBeLessThanOrEqual(60);
    expect(await page.title()).toBe("isohub console");
    expect(printed).toEqual([]);
  });
});

describe("the faults of the console", () => {
  it("are all that the hub has, each with a sentence", async () => {
    const { page, hub } = await openConsole();
    await tab(page, "Faults").click();
    const { paths } = (await hub.openApi()) as { paths: Record<string, unknown> };
    const faults = Object.keys(paths).filter((path) => /\/faults\/\w+$/.test(path));
    const buttons = page.getByRole("region", { name: "Inject a fault" }).locator("button[aria-pressed]");
    // The menu also has the kick.
    expect(await buttons.count()).toBe(faults.length + 1);
  });

  it("are rules on chosen devices that show until they are used up, and devices show their countdown", async () => {
    const { page, hub } = await openConsole();
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

describe("the wire in the console", () => {
  it("shows packets with their answers, filters them, and exports them without secrets", async () => {
    const { page, hub, emulator } = await openConsole();
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
    const download = page.waitForEvent("download");
    await button(page, "Export").click();
    const text = await readFile(await (await download).path(), "utf8");
    expect(JSON.parse(text)).toMatchObject({ format: "isohub wire log" });
    expect(text).toContain("Desired properties changed");
    expect(text).not.toContain(String(primaryKey));
    expect(text).not.toMatch(/sig=[^…]/);
  });
});

const quick = {
  name: "quick",
  groups: [{ type: "thermostat", count: 3, id: "quick-{n}" }],
  phases: [
    { phase: "ramp", over: "500ms" },
    { phase: "hold", for: "6s" },
    { phase: "drain", within: "30s" },
  ],
  thresholds: [{ metric: "lost", maximum: 0 }],
};

describe("scenarios in the console", () => {
  it("are checked, run, saved, and shared in a link that nothing is sent to", async () => {
    const { page, context, hub, printed } = await openConsole();
    await tab(page, "Scenarios").click();
    const document = page.getByLabel("Document");
    await document.fill(
      '{ "groups": [{ "type": "toaster", "count": 1 }], "phases": [{ "phase": "ramp", "over": "1s" }] }',
    );
    await page.getByText(/groups\[0\]\.type must be/).waitFor();
    await document.fill(JSON.stringify(quick));
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
    expect(JSON.parse(await other.getByLabel("Document").inputValue())).toEqual(quick);
    await other.getByRole("listitem").filter({ hasText: "quick" }).waitFor();
    expect(printed).toEqual([]);
  });

  it("are recorded from what is done by hand, and exported as programs", async () => {
    const { page } = await openConsole();
    await tab(page, "Scenarios").click();
    await button(page, "Record").click();
    await tab(page, "Devices").click();
    await startDevices(page, 2);
    await tab(page, "Faults").click();
    await button(page, "Cut the connection").last().click();
    await page.getByText("Cut the connection: done").waitFor();
    await tab(page, "Scenarios").click();
    await button(page, "Stop recording").click();
    await page.getByText("as a scenario. It contains no keys.").waitFor();
    expect(JSON.parse(await page.getByLabel("Document").inputValue())).toMatchObject({
      groups: [{ name: "thermostat", count: 2 }],
      faults: [{ fault: "drop" }],
    });
    const download = page.waitForEvent("download");
    await button(page, "Node program").click();
    expect(await readFile(await (await download).path(), "utf8")).toContain("@isohub/simulator");
  });
});

it("the console is one file with a hub in it, which needs no server", async () => {
  const page = await (await freshContext()).newPage();
  const printed: string[] = [];
  page.on("console", (message) => printed.push(message.text()));
  page.on("pageerror", (error) => printed.push(String(error)));
  await page.goto(pathToFileURL(join(root, "packages/emulator/dist/console/standalone.html")).href);
  await startDevices(page, 20);
  await tab(page, "Faults").click();
  await button(page, "Cut the connection").last().click();
  await page
    .getByText(/Back after [\d.]+ s/)
    .first()
    .waitFor();
  await page.getByText("20 connected").waitFor();
  await tab(page, "Hub").click();
  await button(page, "thermostat-3").click();
  await button(page, "Call method").click();
  await page.getByText("Answered with 200").waitFor();
  await tab(page, "Telemetry").click();
  await page
    .getByRole("cell", { name: /temperature/ })
    .first()
    .waitFor();
  expect(printed).toEqual([]);
});

it("a page of another origin gets nothing from the hub", async () => {
  const { address, context } = await openConsole();
  const origin = (await serve(async () => "<!doctype html><title>another</title>")).replace(
    "localhost",
    "page.example",
  );
  const page = await context.newPage();
  await page.goto(origin);
  const answers = await page.evaluate(async (hub) => {
    const outcome = (path: string, init?: RequestInit): Promise<string> =>
      fetch(hub + path, init).then(
        (response) => `status ${response.status}`,
        () => "nothing",
      );
    return [
      await outcome("control"),
      await outcome("control/devices"),
      await outcome("control/devices", { method: "POST", body: "{}" }),
      await outcome(""),
    ];
  }, address);
  expect(answers).toEqual(["nothing", "nothing", "nothing", "nothing"]);
  const framed = await page.evaluate(`new Promise((resolve) => {
    const frame = document.createElement("iframe");
    frame.onload = () => resolve(frame.contentDocument === null ? "foreign or blocked" : "same origin");
    frame.src = ${JSON.stringify(address)};
    document.body.append(frame);
  })`);
  expect(framed).toBe("foreign or blocked");
});
