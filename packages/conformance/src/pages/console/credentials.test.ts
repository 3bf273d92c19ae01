// Credentials that are pasted into the console: devices with them reach the local hub, and nothing keeps them.
import type { Page } from "playwright";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { keyOf } from "../../device.ts";
import { signDeviceToken } from "../../device-token.ts";
import { type IdentityProvider, startIdentityProvider } from "../../identity-provider.ts";
import { startPageBroker } from "../page-token-broker.ts";
import { button, downloaded, narrow, openConsole, startDevices, tab, wide } from "./console-page.ts";

let idp: IdentityProvider;
beforeAll(async () => {
  idp = await startIdentityProvider();
});
afterAll(() => idp.close());

/** Opens the dialog that adds devices, and selects where they connect. */
async function addDevices(page: Page, kind: string): Promise<void> {
  await button(page, "Add devices…").click();
  await page.getByLabel("Connect to").selectOption(kind);
}

const countField = (page: Page) => page.getByLabel("Devices", { exact: true }).last();
const addressField = (page: Page) => page.getByLabel("Address of the hub");

/** Waits until the table shows that a message of a device has been acknowledged. */
async function acknowledges(page: Page, deviceId: string): Promise<void> {
  const row = page.locator("tr", { has: page.getByRole("button", { name: deviceId, exact: true }) });
  await expect
    .poll(async () => Number(await row.locator("td.number").textContent()), { message: deviceId })
    .toBeGreaterThan(0);
}

/** Everything that outlives the page, or that others see of it. */
const traces = `(async () => {
  const result = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const databases = [];
  for (const { name } of await indexedDB.databases()) {
    const database = await result(indexedDB.open(name));
    for (const store of database.objectStoreNames)
      databases.push(name, store, await result(database.transaction(store).objectStore(store).getAll()));
    database.close();
  }
  return JSON.stringify({
    databases,
    caches: await caches.keys(),
    local: { ...localStorage },
    session: { ...sessionStorage },
    cookie: document.cookie,
    state: history.state,
    url: location.href,
    content: document.documentElement.outerHTML,
  });
})()`;

const tracesOf = (page: Page): Promise<string> => page.evaluate<string>(traces);

describe("credentials in the console", () => {
  it.each([
    ["400", narrow],
    ["1280", wide],
  ])("connect devices to the local hub, %s pixels wide, and are kept in memory only", async (_, size) => {
    const { page, hub, emulator, address, printed } = await openConsole(size);
    const origin = new URL(address).origin;
    const reached = origin.replace("http:", "ws:");
    await tab(page, "Scenarios").click();
    await button(page, "Record").click();
    await tab(page, "Devices").click();
    await startDevices(page, 1);

    const pasted = await emulator.createDevice("pasted");
    await addDevices(page, "connectionString");
    await page.getByText("Keep keys out of pages").waitFor();
    await page.getByLabel("Connection string").fill(pasted.pageConnectionString);
    await button(page, "Add 1 device").click();
    await page.getByText("2 of 2").waitFor();

    const signed = await emulator.createDevice("signed");
    const token = await signDeviceToken(signed.connectionString, emulator.hostName);
    await addDevices(page, "sasToken");
    await page.getByLabel("SAS token").fill(token);
    const masking = "getComputedStyle(document.querySelector('input.masked')).webkitTextSecurity";
    await expect.poll(() => page.evaluate(masking)).toBe("disc");
    // The token names only the host.
    await expect.poll(() => addressField(page).inputValue()).toBe(reached);
    await button(page, "Add 1 device").click();
    await page.getByText("3 of 3").waitFor();

    await Promise.all(["brokered-1", "brokered-2"].map((id) => emulator.createDevice(id)));
    const policy = emulator.policyConnectionStrings["device"] ?? "";
    const url = await startPageBroker(idp, origin, {
      devicesOf: () => ["brokered-1", "brokered-2"],
      connectionString: policy,
    });
    const jwt = await idp.jwt({ sub: "someone" });
    await addDevices(page, "tokenBroker");
    await page.getByLabel("URL of the token broker").fill(url);
    await page.getByLabel("Access token").fill(jwt);
    await expect.poll(() => addressField(page).inputValue()).toBe("");
    await button(page, "Use the local hub's").click();
    await expect.poll(() => addressField(page).inputValue()).toBe(reached);
    await page.getByLabel("Prefix of the ids").fill("brokered");
    await countField(page).fill("2");
    await button(page, "Add 2 devices").click();
    await page.getByText("5 of 5").waitFor();

    const { primaryKey = "" } = await hub.createEnrollmentGroup("fleet");
    await addDevices(page, "provisioning");
    await button(page, "Use the local hub's").click();
    await page.getByLabel("Key of the enrollment group").fill(primaryKey);
    await page.getByLabel("Prefix of the ids").fill("provisioned");
    await countField(page).fill("2");
    await button(page, "Add 2 devices").click();
    await page.getByText("7 of 7").waitFor();

    const all = [
      "thermostat-1",
      "pasted",
      "signed",
      "brokered-1",
      "brokered-2",
      "provisioned-1",
      "provisioned-2",
    ];
    for (const deviceId of all) {
      await acknowledges(page, deviceId);
      await hub.waitForTelemetry({ deviceId }, { timeoutMs: 90_000 });
    }
    const secrets = { key: keyOf(pasted.connectionString), token, jwt, groupKey: primaryKey };
    const signature = /sig=([^&]+)/.exec(token)?.[1] ?? token;
    let seen = await tracesOf(page);
    await tab(page, "Wire").click();
    await page
      .getByRole("row", { name: /CONNECT/ })
      .first()
      .waitFor();
    seen += await downloaded(page, "Export");
    await tab(page, "Scenarios").click();
    await button(page, "Stop recording").click();
    await page.getByText("as a scenario. It contains no keys.").waitFor();
    await button(page, "Save").click();
    await button(page, "Share as a link").click();
    seen += await page.getByLabel("Link with the scenario, copied").inputValue();
    seen += await page.getByLabel("Document").inputValue();
    seen += await downloaded(page, "Node program");
    seen += await tracesOf(page);
    for (const [name, secret] of Object.entries({ ...secrets, signature })) {
      expect(secret.length, name).toBeGreaterThan(20);
      expect(seen.includes(secret), name).toBe(false);
      expect(seen.includes(encodeURIComponent(secret)), name).toBe(false);
    }
    expect(printed).toEqual([]);
  });

  it("are refused before anything is sent if they can't be right, with what to change", async () => {
    const { page, emulator, printed } = await openConsole(narrow);
    const { connectionString } = await emulator.createDevice("signed");
    const token = await signDeviceToken(connectionString, emulator.hostName);
    const expired = await signDeviceToken(connectionString, emulator.hostName, 1_000_000_000);
    const sent: string[] = [];
    await addDevices(page, "sasToken");
    page.on("websocket", (socket) => sent.push(socket.url()));
    page.on("request", (request) => void (request.method() === "POST" && sent.push(request.url())));
    const refusal = async (pattern: RegExp): Promise<void> => {
      await page.getByRole("button", { name: /^Add \d+ devices?$/ }).click();
      await page.getByRole("alert").filter({ hasText: pattern }).waitFor();
    };
    await page.getByLabel("SAS token").fill("a token without a device");
    await refusal(/must contain a device id/);
    await page.getByLabel("SAS token").fill(expired);
    await refusal(/expired/);
    await page.getByLabel("SAS token").fill(token);
    await addressField(page).fill("http://localhost:1/");
    await refusal(/^The address of the hub must be a host name .* got 'http:\/\/localhost:1\/'/);
    await addressField(page).fill("ws://hub.example:80");
    await refusal(/The address of the hub must be .* a hub on this machine can be ws:/);
    await page.getByLabel("Connect to").selectOption("tokenBroker");
    // A secret must not appear in a field that shows it.
    await expect.poll(() => page.getByLabel("URL of the token broker").inputValue()).toBe("");
    await refusal(/The URL of the token broker must not be empty/);
    await page.getByLabel("URL of the token broker").fill("https://broker.example/token");
    await addressField(page).fill("my hub");
    await refusal(/The address of the hub must be a host name/);
    await page.getByLabel("Connect to").selectOption("provisioning");
    await page.getByLabel("Key of the enrollment group").fill("no key");
    await refusal(/symmetric key must be/);
    await page.getByLabel("Key of the enrollment group").fill(keyOf(connectionString));
    await refusal(/The id scope must be/);
    await page.getByLabel("Id scope").fill("0ne00000001");
    await page.getByLabel("Provisioning service").fill("http://localhost/");
    await refusal(/The host name must be a host name/);
    await page.getByLabel("Connect to").selectOption("connectionString");
    await page.getByLabel("Connection string").fill("HostName=localhost;DeviceId=signed");
    await refusal(/SharedAccessKey/);
    expect(sent).toEqual([]);
    expect(printed).toEqual([]);
  });
});
