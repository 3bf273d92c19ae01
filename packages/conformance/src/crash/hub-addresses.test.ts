// Clients with the connection strings of hubs at other addresses.
import { startEmulator } from "@isohub/emulator";
import { IoTHubDeviceClient } from "@isohub/node";
import { expect, it, onTestFinished } from "vitest";
import { freshId, shutDownAtEnd } from "../device.ts";

it.each(["::1", "0.0.0.0", "::", "127.0.0.2"])("the strings of a hub at %s lead to it", async (host) => {
  const hub = await startEmulator({ host, blobStorage: false });
  onTestFinished(() => hub.close());
  const west = await hub.createHub("west");
  for (const each of [hub, west]) {
    const deviceId = freshId();
    const { connectionString, pageConnectionString } = await each.createDevice(deviceId);
    for (const [string, websockets, transport] of [
      [connectionString, false, "tls"],
      [connectionString, true, "wss"],
      // Without TLS, clients use only loopback addresses.
      [pageConnectionString, true, "ws"],
    ] as const) {
      const options = { serverVerificationCert: each.ca, websockets, connectionRetry: false };
      const client = shutDownAtEnd(IoTHubDeviceClient.createFromConnectionString(string, options));
      await client.sendMessage(transport);
      expect(each.sessions()).toMatchObject([{ deviceId, transport }]);
      await client.shutdown();
    }
    const response = await fetch(new URL("/health", each.endpoints.controlUrl));
    expect(response.status).toBe(200);
  }
});
