import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createBackend } from "../backend.ts";
import type { Fixtures } from "../fixtures.ts";

export function suppliedTokenSuite(fixtures: Fixtures): void {
  const { hub } = fixtures;
  const { IoTHubDeviceClient } = fixtures.clients;

  /** A device with its backend, and what makes its client. */
  async function deviceWithBackend() {
    const { deviceId, sign, options } = await createBackend(fixtures);
    const create = (token: string) => {
      const client = IoTHubDeviceClient.createFromSastoken(token, options);
      onTestFinished(() => client.shutdown());
      return client;
    };
    return { deviceId, sign, create };
  }

  describe("a token from somewhere else", () => {
    it("connects", async () => {
      const { deviceId, sign, create } = await deviceWithBackend();
      const client = create(await sign(3600));
      await client.sendMessage("hello");
      expect(await hub.telemetry(deviceId)).toHaveLength(1);
    });

    it("is asked for anew before it ends, and replaced without losing a message", async () => {
      const { deviceId, sign, create } = await deviceWithBackend();
      const client = create(await sign(4));
      let asked = 0;
      const replaced = new Promise<void>((resolve, reject) => {
        client.onNewSastokenRequired = async () => {
          asked += 1;
          await client.updateSastoken(await sign(3600)).then(resolve, reject);
        };
      });
      const connections = await hub.countEvents("deviceConnected", deviceId);
      await client.connect();
      const sent: Promise<void>[] = [];
      let over = false;
      replaced.finally(() => {
        over = true;
      });
      await vi.waitFor(
        () => {
          sent.push(client.sendMessage(String(sent.length)));
          expect(over).toBe(true);
        },
        { timeout: 10_000, interval: 10 },
      );
      await replaced;
      await Promise.all(sent);
      expect(asked).toBe(1);
      expect(await connections()).toBe(2);
      expect(await hub.telemetry(deviceId)).toHaveLength(sent.length);
    });

    it("that nobody replaces ends the connection, and the client says so", async () => {
      const { sign, create } = await deviceWithBackend();
      const client = create(await sign(2));
      const errors: Error[] = [];
      client.onBackgroundException = (error) => {
        errors.push(error);
      };
      await client.connect();
      await vi.waitFor(() => expect(client.state.status).toBe("disconnected"), 10_000);
      expect(client.state.reason).toMatchObject({ name: "CredentialError", code: "not_authorized" });
      expect(errors.at(-1)).toMatchObject({ code: "not_authorized" });
    });

    it("is refused when it is for another device, and the old one stays in use", async () => {
      const { sign, create } = await deviceWithBackend();
      const client = create(await sign(3600));
      await client.connect();
      await expect(client.updateSastoken(await sign(3600, "somebody-else"))).rejects.toMatchObject({
        name: "ArgumentError",
        code: "invalid_sas_token",
        message: expect.stringContaining("somebody-else"),
      });
      await client.sendMessage("still here");
    });

    it("is refused once it has expired", async () => {
      const { sign, create } = await deviceWithBackend();
      const old = await sign(-60);
      expect(() => create(old)).toThrow(expect.objectContaining({ code: "invalid_sas_token" }));
    });

    it("cannot be given to a client that signs its own", async () => {
      const { sign } = await deviceWithBackend();
      const client = IoTHubDeviceClient.createFromConnectionString(
        "HostName=h;DeviceId=d;SharedAccessKey=a2V5",
        {
          websockets: fixtures.transport === "websockets",
        },
      );
      await expect(client.updateSastoken(await sign(60))).rejects.toMatchObject({
        name: "ClientError",
        code: "not_supported",
      });
      await client.shutdown();
    });
  });
}
