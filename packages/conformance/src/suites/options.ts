import type { LogLevel } from "@isohub/core";
import { decodeSymmetricKey, hmacSha256, symmetricKeySigner } from "@isohub/core/internal";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createClient, createDevice } from "../device.ts";
import type { Fixtures } from "../fixtures.ts";

/** Each option changes what the hub sees, or what the application does. */
export function optionsSuite(fixtures: Fixtures): void {
  const { hub } = fixtures;

  describe("options on the wire", () => {
    it("websockets chooses the transport", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      await client.connect();
      const [session] = await hub.sessions(deviceId);
      expect(session?.["transport"]).toBe(fixtures.hubTransport);
    });

    it("keepAlive is what the hub is told, 60 s by default", async () => {
      const usual = await createDevice(fixtures);
      await usual.client.connect();
      expect((await hub.sessions(usual.deviceId))[0]?.["keepAlive"]).toBe(60);
      const own = await createDevice(fixtures, { keepAlive: 900 });
      await own.client.connect();
      expect((await hub.sessions(own.deviceId))[0]?.["keepAlive"]).toBe(900);
    });

    it("sastokenTtl is how long the token lives, an hour by default", async () => {
      const lives = async (options: { sastokenTtl?: number }): Promise<number> => {
        const { client, deviceId } = await createDevice(fixtures, options);
        await client.connect();
        const [session] = await hub.sessions(deviceId);
        return (Date.parse(String(session?.["tokenExpiry"])) - Date.parse(session?.connectedAt ?? "")) / 1000;
      };
      expect(await lives({})).toBeGreaterThan(3590);
      expect(await lives({ sastokenTtl: 600 })).toBeLessThanOrEqual(601);
    });

    it("productInfo that starts with dtmi is the model id, as in Python", async () => {
      const { client, deviceId } = await createDevice(fixtures, { productInfo: "dtmi:com:example:Pump;2" });
      await client.connect();
      const [session] = await hub.sessions(deviceId);
      expect(session?.["modelId"]).toBe("dtmi:com:example:Pump;2");
      expect(String(session?.["userAgent"])).not.toContain("Pump");
    });

    it("gatewayHostname is where the client connects, under the name of its hub", async () => {
      const { connectionString, deviceId } = await createDevice(fixtures);
      const [, host = "", key = ""] = /HostName=([^;]+).*SharedAccessKey=(.+)$/.exec(connectionString) ?? [];
      const client = fixtures.clients.IoTHubDeviceClient.createFromSymmetricKey(key, "localhost", deviceId, {
        ...fixtures.connectOptions,
        gatewayHostname: host,
      });
      onTestFinished(() => client.shutdown());
      await client.sendMessage("x");
      expect(await hub.telemetry(deviceId)).toHaveLength(1);
      await client.shutdown();
      const fromString = createClient(
        fixtures,
        connectionString.replace(/HostName=[^;]+/, `HostName=localhost;GatewayHostName=${host}`),
      );
      await fromString.client.sendMessage("y");
      expect(await hub.telemetry(deviceId)).toHaveLength(2);
    });

    it("connectionRetryInterval is the wait between tries", async () => {
      const { client, deviceId } = await createDevice(fixtures, {
        retryPolicy: undefined as never,
        connectionRetryInterval: 7,
      });
      await client.connect();
      await hub.kick(deviceId);
      await vi.waitFor(() => expect(client.state.status).toBe("waiting"), 5000);
      const { nextRetryAt, since } = client.state;
      expect((nextRetryAt?.getTime() ?? 0) - since.getTime()).toBe(7000);
    });

    it("retryPolicy is asked with the attempt and the error", async () => {
      const asked: unknown[] = [];
      const { client, deviceId } = await createDevice(fixtures, {
        retryPolicy: (attempt, error) => {
          asked.push([attempt, (error as { code?: string }).code]);
          return 10;
        },
      });
      await client.connect();
      await hub.fault(deviceId, { type: "refuseConnects", returnCode: 3, times: 1 });
      await hub.kick(deviceId);
      await vi.waitFor(() => expect(client.connected && asked.length).toBe(2), 5000);
      expect(asked).toEqual([
        [1, "connection_dropped"],
        [2, "server_unavailable"],
      ]);
    });

    it("operationTimeoutMs is the time-out of operations", async () => {
      const { client, deviceId } = await createDevice(fixtures, { operationTimeoutMs: 150 });
      await client.connect();
      await hub.fault(deviceId, { type: "mute", answer: "puback" });
      await expect(client.sendMessage("x")).rejects.toMatchObject({
        message: expect.stringContaining("150 ms"),
      });
    });

    it("receiveQueueLimit bounds what is kept while nobody listens; the rest stays at the hub", async () => {
      const { client, connectionString, deviceId } = await createDevice(fixtures);
      client.onMessageReceived = () => {};
      await client.connect();
      await client.shutdown();
      for (const text of ["one", "two", "three"]) await hub.sendC2d(deviceId, text);
      // The hub has kept the subscription: all three come right after CONNACK.
      const next = createClient(fixtures, connectionString, { receiveQueueLimit: 2 });
      await next.client.connect();
      await vi.waitFor(() => expect(next.background).toMatchObject([{ code: "queue_overflow" }]), 5000);
      const texts: string[] = [];
      next.client.onMessageReceived = (message) => {
        texts.push(message.text());
      };
      await vi.waitFor(() => expect(texts).toEqual(["one", "two"]), 5000);
      await vi.waitFor(async () => expect(await hub.c2dQueue(deviceId)).toHaveLength(1), 5000);
      await hub.kick(deviceId);
      await vi.waitFor(() => expect(texts).toEqual(["one", "two", "three"]), 5000);
    });

    it("signingMechanism signs in place of a key", async () => {
      const { connectionString, deviceId } = await createDevice(fixtures);
      const [, host = "", key = ""] = /HostName=([^;]+).*SharedAccessKey=(.+)$/.exec(connectionString) ?? [];
      const real = symmetricKeySigner(decodeSymmetricKey(key), hmacSha256);
      const signed: string[] = [];
      const client = fixtures.clients.IoTHubDeviceClient.createFromSymmetricKey(undefined, host, deviceId, {
        ...fixtures.connectOptions,
        signingMechanism: {
          sign: (data) => {
            signed.push(data);
            return real.sign(data);
          },
        },
      });
      onTestFinished(() => client.shutdown());
      await client.connect();
      expect(signed).toHaveLength(1);
      expect(signed[0]).toMatch(new RegExp(`^localhost%2Fdevices%2F${deviceId}\\n\\d+$`));
    });

    it("logger is told what the client does, and never a key or token", async () => {
      const entries: [LogLevel, string, unknown][] = [];
      const { client, connectionString, deviceId } = await createDevice(fixtures, {
        logger: { log: (level, message, detail) => entries.push([level, message, detail]) },
      });
      await client.sendMessage("secret body");
      await hub.kick(deviceId);
      await vi.waitFor(
        () => expect(entries.filter(([, text]) => text === "The client is connected")).toHaveLength(2),
        5000,
      );
      expect(entries.map(([level]) => level)).toContain("warn");
      const all = JSON.stringify(entries);
      expect(all).toContain(deviceId);
      const key = /SharedAccessKey=(.+)$/.exec(connectionString)?.[1] ?? "?";
      for (const secret of [key, key.slice(0, 10), "SharedAccessSignature", "sig=", "secret body"]) {
        expect(all).not.toContain(secret);
      }
    });

    it("a logger that throws does no harm", async () => {
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
