import { IoTHubDeviceClient } from "@isohub/node";
import { expect, it } from "vitest";
import { freshId, shutDownAtEnd } from "../../device.ts";
import { providedPlainHub } from "../../provided-hub.ts";

const { hub } = providedPlainHub();

it("Node connects to a local hub over ws://, without TLS", async () => {
  const deviceId = freshId();
  const { connectionString } = await hub.createDevice(deviceId);
  expect(connectionString).toContain("HostName=ws://localhost:");
  const client = shutDownAtEnd(
    IoTHubDeviceClient.createFromConnectionString(connectionString, { websockets: true }),
  );
  await client.sendMessage("x");
  expect((await hub.sessionsOf(deviceId))[0]?.["transport"]).toBe("ws");
});
