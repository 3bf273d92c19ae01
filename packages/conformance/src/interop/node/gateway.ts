import { Message } from "azure-iot-device";
import { expect, it } from "vitest";
import { freshId } from "../../device.ts";
import { createClient, type Fixtures } from "../official-device.ts";
import { withoutPort } from "../official-hub.ts";

/** @param hub - a hub whose name doesn't resolve to it */
export function gatewaySuite({ hub, Transport, transport }: Fixtures): void {
  it(`${Transport.name} connects to the gateway, with tokens for the hub's name`, async () => {
    const deviceId = freshId();
    const connectionString = withoutPort((await hub.createDevice(deviceId)).connectionString);
    expect(connectionString).toContain(`HostName=${hub.hostName};`);
    expect(hub.hostName).not.toBe(hub.endpoints.host);
    const gateway = `GatewayHostName=${hub.endpoints.host}`;
    const client = await createClient({ hub, Transport, transport }, `${connectionString};${gateway}`);
    await client.sendEvent(new Message("through the gateway"));
    expect(hub.telemetry(deviceId)).toHaveLength(1);
  });
}
