import { connect as connectTcp } from "node:net";
import { createServer } from "node:tls";
import { createCertificate } from "@isohub/emulator";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import { freshId } from "../device.ts";
import { listenLocally } from "../local-server.ts";
import { providedHub, providedPlainHub } from "../provided-hub.ts";
import { type TestHub, testHub } from "../test-hub.ts";
import { Chromium } from "./chromium.ts";
import { globalPage, servePage } from "./page-server.ts";

const chromium = new Chromium();

/** A function for a page that connects a device. @returns `connected`, or the error */
const connect = `(connectionString) => {
  const client = isohub.IoTHubDeviceClient.createFromConnectionString(connectionString);
  return client.connect().then(() => client.sendMessage("x")).then(
    () => client.state.status,
    (error) => ({ name: error.name, code: error.code, message: error.message, remediation: error.remediation }),
  ).finally(() => client.shutdown());
}`;

async function outcome(
  { hub }: { hub: TestHub },
  origin: string,
  options: { ignoreHTTPSErrors?: boolean } = {},
): Promise<unknown> {
  const { connectionString } = await hub.createDevice(freshId());
  const { page } = await chromium.open(origin, await chromium.context(options));
  return page.evaluate(`(${connect})(${JSON.stringify(connectionString)})`);
}

/**
 * Starts a TLS server that requests no client certificate in front of the hub. The emulator requests one on each connection,
 * and Chromium then closes the WebSocket. The real hub doesn't request one for this path.
 */
async function securedHub(): Promise<{ hub: TestHub }> {
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
  const port = await listenLocally(server);
  onTestFinished(() => {
    server.close();
  });
  return { hub: testHub(controlUrl, `localhost:${port}`) };
}

describe("a page", () => {
  it("connects over wss to a hub whose certificate the browser trusts", async () => {
    const origin = await servePage(globalPage);
    const trusting = { ignoreHTTPSErrors: true };
    expect(await outcome(await securedHub(), origin, trusting)).toBe("connected");
  });

  it("rejects a hub whose certificate the browser doesn't trust, and suggests an alternative", async () => {
    expect(await outcome(providedHub(), await servePage(globalPage))).toMatchObject({
      name: "ConnectionFailedError",
      code: "connect_failed",
      message: expect.stringContaining("wss://localhost:"),
      remediation: expect.stringContaining("ws://localhost:port"),
    });
  });

  it("names the content security policy if that blocks the hub", async () => {
    const origin = await servePage(globalPage, { "content-security-policy": "connect-src 'self'" });
    expect(await outcome(providedPlainHub(), origin)).toMatchObject({
      name: "ConnectionFailedError",
      code: "connect_failed",
      message: expect.stringContaining("Content-Security-Policy"),
      remediation: expect.stringMatching(/ws:\/\/localhost:\d+ to connect-src/),
    });
  });

  it("loaded over http: from another host can't sign, and names the reason", async () => {
    const origin = (await servePage(globalPage)).replace("localhost", "page.example");
    expect(await outcome(providedPlainHub(), origin)).toMatchObject({
      name: "UnsupportedFeatureError",
      code: "unsupported_feature",
      remediation: expect.stringContaining("https:"),
    });
  });
});
