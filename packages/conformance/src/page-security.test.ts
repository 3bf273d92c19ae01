import { readFile } from "node:fs/promises";
import { type AddressInfo, connect as connectTcp } from "node:net";
import { createServer } from "node:tls";
import { fileURLToPath } from "node:url";
import { createCertificate } from "@isohub/emulator";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import { Chromium } from "./chromium.ts";
import { freshId } from "./device.ts";
import { HubControl } from "./hub-control.ts";
import { serve } from "./page-server.ts";
import { providedHub, providedPlainHub } from "./provided-hub.ts";

const dist = fileURLToPath(new URL("../../browser/dist/", import.meta.url));
const chromium = new Chromium();
/** For this one, page.example is this machine: an origin that is not trustworthy. */
const insecure = new Chromium(["--host-resolver-rules=MAP page.example 127.0.0.1"]);

const page = `<!doctype html><meta charset="utf-8"><script src="isohub.global.js"></script>`;

/** What connecting comes to in a page: `connected`, or what is said instead. */
const connect = `(connectionString) => {
  const client = isohub.IoTHubDeviceClient.createFromConnectionString(connectionString);
  return client.connect().then(() => client.sendMessage("x")).then(
    () => client.state.status,
    (error) => ({ name: error.name, code: error.code, message: error.message, remediation: error.remediation }),
  ).finally(() => client.shutdown());
}`;

const origin = (headers?: Record<string, string>): Promise<string> =>
  serve(async (path) => (path === "/index.html" ? page : readFile(dist + path)), headers);

async function outcome(
  { hub }: { hub: HubControl },
  at: string,
  options: { ignoreHTTPSErrors?: boolean } = {},
): Promise<unknown> {
  const { connectionString } = await hub.createDevice(freshId());
  const { page: opened } = await chromium.open(at, await chromium.context(options));
  return opened.evaluate(`(${connect})(${JSON.stringify(connectionString)})`);
}

/**
 * The hub behind TLS that asks for no client certificate: Chromium gives up a WebSocket where one is asked for, and the
 * emulator asks on every connection. The real hub does not, for this path.
 */
async function securedHub(): Promise<{ hub: HubControl }> {
  const { controlUrl, plainHost } = inject("hub");
  const { cert, key } = await createCertificate("localhost");
  const server = createServer({ cert, key }, (device) => {
    const socket = connectTcp(Number(plainHost.split(":")[1]), "127.0.0.1");
    device.pipe(socket).pipe(device);
    for (const [one, other] of [
      [device, socket],
      [socket, device],
    ] as const) {
      one.on("error", () => other.destroy());
    }
  });
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
  });
  return { hub: new HubControl(controlUrl, `localhost:${(server.address() as AddressInfo).port}`) };
}

describe("a page", () => {
  it("connects over wss to a hub whose certificate the browser trusts", async () => {
    expect(await outcome(await securedHub(), await origin(), { ignoreHTTPSErrors: true })).toBe("connected");
  });

  it("is refused a hub whose certificate it does not trust, and told what can be done", async () => {
    expect(await outcome(providedHub(), await origin())).toMatchObject({
      name: "ConnectionFailedError",
      code: "connect_failed",
      message: expect.stringContaining("wss://localhost:"),
      remediation: expect.stringContaining("ws://localhost:port"),
    });
  });

  it("whose content security policy forbids the hub is told so", async () => {
    const at = await origin({ "content-security-policy": "connect-src 'self'" });
    expect(await outcome(providedPlainHub(), at)).toMatchObject({
      name: "ConnectionFailedError",
      code: "connect_failed",
      message: expect.stringContaining("Content-Security-Policy"),
      remediation: expect.stringMatching(/ws:\/\/localhost:\d+ to connect-src/),
    });
  });

  it("that came by http: from elsewhere cannot sign, and is told so", async () => {
    const at = (await origin()).replace("localhost", "page.example");
    const { hub } = providedPlainHub();
    const { connectionString } = await hub.createDevice(freshId());
    const { page: opened } = await insecure.open(at);
    expect(await opened.evaluate(`(${connect})(${JSON.stringify(connectionString)})`)).toMatchObject({
      name: "UnsupportedFeatureError",
      code: "unsupported_feature",
      remediation: expect.stringContaining("https:"),
    });
  });
});
