import { Message } from "azure-iot-device";
import { expect, it } from "vitest";
import { freshId } from "../../device.ts";
import { createClient, type Fixtures } from "../official-device.ts";
import { withoutPort } from "../official-hub.ts";

/** @param hub - one whose name leads to the real Azure or nowhere */
export function gatewaySuite({ hub, Transport, transport }: Fixtures): void {
  it(`${Transport.name} reaches the gateway, with tokens for the hub's own name`, async () => {
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
