import { IsoHubError, type LogLevel } from "@isohub/core";
import { decodeSymmetricKey, hmacSha256, symmetricKeySigner } from "@isohub/core/internal";
import { describe, expect, it } from "vitest";
import {
  createClient,
  createDevice,
  hostOf,
  keyOf,
  nextState,
  shutDownAtEnd,
  underTest,
  withParts,
} from "../device.ts";
import { eventually } from "../eventually.ts";
import type { Fixtures } from "../fixtures.ts";

/** The name of the hub in its tokens: without the scheme and the port of this transport. */
function hubNameOf(host: string): string {
  return host.replace(/^\w+:\/\//, "").replace(/:\d+$/, "");
}

/** The effect of each option, at the hub or in the application. */
export function optionsSuite(fixtures: Fixtures): void {
  const { hub, clients, connectOptions } = fixtures;

  describe("options", () => {
    it("websockets selects the transport", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      await client.connect();
      const [session] = await hub.sessionsOf(deviceId);
      expect(session?.["transport"]).toBe(fixtures.hubTransport);
    });

    it("keepAlive is sent to the hub, 60 s by default", async () => {
      const usual = await createDevice(fixtures);
      await usual.client.connect();
      expect((await hub.sessionsOf(usual.deviceId))[0]?.["keepAlive"]).toBe(60);
      const own = await createDevice(fixtures, { keepAlive: 900 });
      await own.client.connect();
      expect((await hub.sessionsOf(own.deviceId))[0]?.["keepAlive"]).toBe(900);
    });

    it("sastokenTtl is the lifetime of tokens, an hour by default", async () => {
      const expectLifetime = async (options: { sastokenTtl?: number }, seconds: number): Promise<void> => {
        const before = Date.now();
        const { client, deviceId } = await createDevice(fixtures, options);
        await client.connect();
        const [session] = await hub.sessionsOf(deviceId);
        const expiry = Date.parse(String(session?.["tokenExpiry"]));
        // Tokens expire at whole seconds.
        expect(expiry).toBeGreaterThan(before + (seconds - 1) * 1000);
        expect(expiry).toBeLessThan(Date.now() + (seconds + 1) * 1000);
      };
      await expectLifetime({}, 3600);
      await expectLifetime({ sastokenTtl: 600 }, 600);
    });

    it("productInfo is the model id if it starts with dtmi, as in Python", async () => {
      const { client, deviceId } = await createDevice(fixtures, { productInfo: "dtmi:com:example:Pump;2" });
      await client.connect();
      const [session] = await hub.sessionsOf(deviceId);
      expect(session?.["modelId"]).toBe("dtmi:com:example:Pump;2");
      expect(String(session?.["userAgent"])).not.toContain("Pump");
    });

    it("gatewayHostname is the host that the client connects to, with tokens for its hub", async () => {
      const { connectionString, deviceId } = await createDevice(fixtures);
      const gatewayHostname = hostOf(connectionString);
      const hubName = hubNameOf(gatewayHostname);
      const key = keyOf(connectionString);
      const { client } = underTest(
        clients.IoTHubDeviceClient.createFromSymmetricKey(key, hubName, deviceId, {
          ...connectOptions,
          gatewayHostname,
        }),
      );
      await client.sendMessage("x");
      expect(await hub.telemetry(deviceId)).toHaveLength(1);
      await client.shutdown();
      const fromString = createClient(
        fixtures,
        withParts(connectionString, { HostName: hubName, GatewayHostName: gatewayHostname }),
      );
      await fromString.client.sendMessage("y");
      expect(await hub.telemetry(deviceId)).toHaveLength(2);
    });

    it("connectionRetryInterval is the time between attempts", async () => {
      const { client, deviceId } = await createDevice(fixtures, {
        defaultRetries: true,
        connectionRetryInterval: 7,
      });
      await client.connect();
      const waiting = nextState(client, "waiting");
      await hub.kick(deviceId);
      const { nextRetryAt, since } = await waiting;
      expect(Number(nextRetryAt) - Number(since)).toBe(7000);
    });

    it("retryPolicy is called with the attempt and the error", async () => {
      const calls: unknown[] = [];
      const { client, deviceId } = await createDevice(fixtures, {
        retryPolicy: (attempt, error) => {
          calls.push([attempt, error instanceof IsoHubError && error.code]);
          return 10;
        },
      });
      await client.connect();
      await hub.faults.refuseConnects(3, { deviceId, times: 1 });
      await hub.kick(deviceId);
      await eventually(() => expect(client.connected && calls.length).toBe(2));
      expect(calls).toEqual([
        [1, "connection_dropped"],
        [2, "server_unavailable"],
      ]);
    });

    it("operationTimeoutMs limits operations", async () => {
      const { client, deviceId } = await createDevice(fixtures, { operationTimeoutMs: 150 });
      await client.connect();
      await hub.faults.mute("puback", deviceId);
      await expect(client.sendMessage("x")).rejects.toMatchObject({
        message: expect.stringContaining("150 ms"),
      });
    });

    it("receiveQueueLimit limits the messages kept without a handler; the hub keeps the others", async () => {
      const { client, connectionString, deviceId } = await createDevice(fixtures);
      client.onMessageReceived = () => {};
      await client.connect();
      await client.shutdown();
      for (const text of ["one", "two", "three"]) await hub.sendC2d(deviceId, text);
      // The hub has kept the subscription, so all three arrive right after CONNACK.
      const next = createClient(fixtures, connectionString, { receiveQueueLimit: 2 });
      await next.client.connect();
      await eventually(() => expect(next.background).toMatchObject([{ code: "queue_overflow" }]));
      const texts: string[] = [];
      next.client.onMessageReceived = (message) => {
        texts.push(message.text());
      };
      await eventually(() => expect(texts).toEqual(["one", "two"]));
      await eventually(async () => expect(await hub.c2dQueue(deviceId)).toHaveLength(1));
      await hub.kick(deviceId);
      await eventually(() => expect(texts).toEqual(["one", "two", "three"]));
    });

    it("signingMechanism signs tokens instead of a key", async () => {
      const { connectionString, deviceId } = await createDevice(fixtures);
      const signer = symmetricKeySigner(decodeSymmetricKey(keyOf(connectionString)), hmacSha256);
      const signed: string[] = [];
      const host = hostOf(connectionString);
      const client = shutDownAtEnd(
        clients.IoTHubDeviceClient.createFromSymmetricKey(undefined, host, deviceId, {
          ...connectOptions,
          signingMechanism: {
            sign: (data) => {
              signed.push(data);
              return signer.sign(data);
            },
          },
        }),
      );
      await client.connect();
      expect(signed).toHaveLength(1);
      expect(signed[0]).toMatch(new RegExp(`^${hubNameOf(host)}%2Fdevices%2F${deviceId}\\n\\d+$`));
    });

    it("logger receives what the client does, and never a key, token or body", async () => {
      const entries: [LogLevel, string, unknown][] = [];
      const { client, connectionString, deviceId } = await createDevice(fixtures, {
        logger: { log: (level, message, detail) => entries.push([level, message, detail]) },
      });
      await client.sendMessage("secret body");
      await hub.kick(deviceId);
      await eventually(() =>
        expect(entries.filter(([, text]) => text === "The client is connected")).toHaveLength(2),
      );
      expect(entries.map(([level]) => level)).toContain("warn");
      const all = JSON.stringify(entries);
      expect(all).toContain(deviceId);
      const key = keyOf(connectionString);
      for (const secret of [key, key.slice(0, 10), "SharedAccessSignature", "sig=", "secret body"]) {
        expect(all).not.toContain(secret);
      }
    });

    it("logger may throw without any effect", async () => {
      const { client } = await createDevice(fixtures, {
        logger: {
          log: () => {
            throw new Error("disk full");
          },
        },
      });
      await client.sendMessage("x");
    });
  });
}
