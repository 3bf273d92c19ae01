// The page Hub of the console, and a hub that isn't there.
import { IoTHubDeviceClient } from "@isohub/node";
import { describe, expect, it } from "vitest";
import { eventually } from "../../eventually.ts";
import { button, openConsole, sizes, startDevices, tab } from "./console-page.ts";

describe.each(sizes)("the hub in the console, $width pixels wide", (size) => {
  it("shows sessions, twins with conflicts, queries, and messages with their feedback", async () => {
    const { page, hub } = await openConsole(size);
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
      .getByRole("button")
      .click();
    await page.getByLabel("Application properties").getByText('"temperatureAlert"').waitFor();
    await page.keyboard.press("Escape");
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
    await page.getByText(/messages since the page opened/).waitFor();
    await page.getByText("This hub has no tier, so it limits nothing.").waitFor();
  });

  it("edits tags, shows what a device hasn't reported, discards its queue, and reports why a method has no answer", async () => {
    const { page, hub } = await openConsole(size);
    await hub.createDevice("quiet");
    await tab(page, "Hub").click();
    await button(page, "quiet").click();
    await page.getByText("Payload and time-outs").click();
    await page.getByLabel("Connected within, in s").fill("1");
    await button(page, "Call method").click();
    await page.getByRole("region", { name: "Direct method" }).getByRole("alert").waitFor();
    await page.getByLabel("Desired properties").fill('{ "interval": 5 }');
    await button(page, "Save").click();
    await page.getByRole("row", { name: /interval 5 not reported/ }).waitFor();
    await page.getByText("desired version 2 · reported version 1").waitFor();
    await tab(page, "Tags").click();
    await page.getByRole("textbox", { name: "Tags" }).fill('{ "site": "north" }');
    await button(page, "Save").click();
    await expect.poll(async () => (await hub.getTwin("quiet")).tags).toEqual({ site: "north" });
    await button(page, "Send to device").click();
    await page.getByText("1 in the queue").waitFor();
    await button(page, "Discard the queue").click();
    await page.getByText("0 in the queue").waitFor();
    expect(await hub.c2dQueue("quiet")).toEqual([]);
  });

  it("shows modules with their methods and twins, uploads, and its metrics", async () => {
    const { page, hub, emulator, printed } = await openConsole(size);
    await button(page, "Add devices…").click();
    await page.getByLabel("Type", { exact: true }).selectOption("gateway");
    await page.getByLabel("Devices", { exact: true }).last().fill("1");
    await button(page, "Add 1 device").click();
    await page.getByText("3 of 3").waitFor();
    await tab(page, "Hub").click();
    await button(page, "gateway-1").click();
    const modules = page.getByRole("list", { name: "Modules of gateway-1" });
    await page.getByLabel("New module").fill("extra");
    await button(page, "Add module").click();
    await modules.getByText("extra").waitFor();
    await button(page, "Delete the module extra").click();
    await modules.getByText("extra").waitFor({ state: "detached" });
    await modules.getByRole("button", { name: "sensor", exact: true }).click();
    await button(page, "Call method").click();
    await page.getByText("Answered with 200").waitFor();
    await page.getByLabel("Desired properties").fill('{ "interval": 5 }');
    await button(page, "Save").click();
    await expect
      .poll(async () => (await hub.getTwin("gateway-1/sensor")).properties.desired)
      .toMatchObject({ interval: 5 });
    const { pageConnectionString } = await emulator.createDevice("camera");
    const client = IoTHubDeviceClient.createFromConnectionString(pageConnectionString);
    await client.getStorageInfoForBlob("picture.jpg");
    await client.shutdown();
    await tab(page, "Uploads").click();
    await page.getByRole("heading", { name: "camera/picture.jpg" }).waitFor();
    await tab(page, "Activity and quota").click();
    const metrics = page.getByRole("region", { name: "Metrics" });
    await metrics.getByText(/Connections: \d over/).waitFor();
    await metrics.getByText("Telemetry received").waitFor();
    expect(printed).toEqual([]);
  });

  it("shows the limits of its tier, how much of the daily quota is used, and what it refused", async () => {
    const { page, emulator, printed } = await openConsole(size, { tier: "F1" });
    const { connectionString } = await emulator.createDevice("noisy");
    await tab(page, "Hub").click();
    await tab(page, "Activity and quota").click();
    const quota = page.getByRole("region", { name: "Quota" });
    await quota.getByText("Tier F1, one unit").waitFor();
    await quota.getByText("0 of 8,000 messages used today").waitFor();
    await quota.getByText("Limits per second").waitFor();
    await quota.getByText("Nothing. The hub refuses").waitFor();
    const client = IoTHubDeviceClient.createFromConnectionString(connectionString, {
      serverVerificationCert: emulator.ca,
    });
    // Each counts as 508 messages of 512 bytes.
    const body = "x".repeat(260_000);
    for (let count = 0; count < 15; count++) await client.sendMessage(body);
    await quota.getByText("7,620 of 8,000 messages used today").waitFor();
    const refused = client.sendMessage(body).catch(() => {});
    await quota.getByRole("alert").getByText("The daily quota is used up.").waitFor();
    await quota.getByText("Messages over the daily quota").waitFor();
    await client.shutdown();
    await refused;
    expect(printed).toEqual([]);
  });
});

describe("the hub in the console", () => {
  it("is shown as offline while it is away, and followed again", async () => {
    const { page, emulator, restart } = await openConsole();
    await startDevices(page, 1);
    await tab(page, "Hub").click();
    await page.getByText("ws", { exact: true }).waitFor();
    await emulator.close();
    await page.getByText("The local hub doesn't answer.").waitFor();
    await page.getByText("unknown", { exact: true }).waitFor();
    await restart();
    await page.getByText("The local hub doesn't answer.").waitFor({ state: "detached" });
  });

  it("draws a part of 10,000 messages, and shows markup in them as text", async () => {
    const { page, emulator, printed } = await openConsole();
    const { pageConnectionString } = await emulator.createDevice("noisy");
    await tab(page, "Hub").click();
    await tab(page, "Telemetry").click();
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
