import { IoTHubDeviceClient } from "@isohub/node";
import { expect, it, onTestFinished } from "vitest";
import { freshId } from "./device.ts";
import { providedPlainHub } from "./provided-hub.ts";

const { hub } = providedPlainHub();

it("Node reaches a hub on this machine by ws://, without TLS", async () => {
  const deviceId = freshId();
  const { connectionString } = await hub.createDevice(deviceId);
  expect(connectionString).toContain("HostName=ws://localhost:");
  const client = IoTHubDeviceClient.createFromConnectionString(connectionString, { websockets: true });
  onTestFinished(() => client.shutdown());
  await client.sendMessage("x");
  expect((await hub.sessions(deviceId))[0]?.["transport"]).toBe("ws");
});
