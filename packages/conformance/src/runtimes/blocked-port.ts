import type { IoTHubDeviceClient, MqttEngine } from "@isohub/core";
import { describe, expect, it } from "vitest";
import { freshId, hostOf, quickRetries, underTest, withParts } from "../device.ts";
import { eventually } from "../eventually.ts";
import { providedHub } from "../provided-hub.ts";
import { relayTo } from "./tcp-relay.ts";

const { hub, ca } = providedHub();

/** Tests `websockets: "auto"` against a port that doesn't respond to MQTT over TLS. */
export function blockedPortSuite(
  clientClass: typeof IoTHubDeviceClient,
  engines: readonly MqttEngine[],
): void {
  describe.each(engines.map((engine) => [engine.name, engine] as const))(
    "with websockets: 'auto' and the %s engine",
    (_, engine) => {
      const create = async (connectStepTimeoutMs: number) => {
        const deviceId = freshId();
        const { connectionString } = await hub.createDevice(deviceId);
        const relay = await relayTo(Number(hostOf(connectionString).split(":")[1]));
        const { client } = underTest(
          clientClass.createFromConnectionString(
            withParts(connectionString, { GatewayHostName: `localhost:${relay.port}` }),
            {
              websockets: "auto",
              engine,
              serverVerificationCert: ca,
              retryPolicy: quickRetries,
              connectStepTimeoutMs,
            },
          ),
        );
        const transports = async (): Promise<string[]> =>
          (await hub.sessionsOf(deviceId)).map(({ transport }) => transport);
        const reconnect = async (count: number): Promise<void> => {
          await hub.faults.drop(deviceId);
          await eventually(() => {
            expect(relay.received).toHaveLength(count);
            expect(client.connected).toBe(true);
          });
        };
        return { client, relay, transports, reconnect };
      };

      it("falls back to WebSockets in the first attempt, and reconnects with them", async () => {
        const { client, relay, transports, reconnect } = await create(60_000);
        relay.silent = 1;
        await client.connect();
        expect(await transports()).toEqual(["wss"]);
        await reconnect(3);
        expect(await transports()).toEqual(["wss"]);
      });

      it("reconnects with WebSockets after an attempt that ended before it came to them", async () => {
        const { client, relay, transports, reconnect } = await create(4000);
        await client.connect();
        expect(await transports()).toEqual(["tls"]);
        relay.silent = 1;
        await reconnect(3);
        expect(await transports()).toEqual(["wss"]);
      });
    },
  );
}
