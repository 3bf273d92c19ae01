import { describe, expect, it } from "vitest";
import { createBackend } from "../backend.ts";
import { createDevice, freshId, shutDownAtEnd } from "../device.ts";
import { eventually } from "../eventually.ts";
import type { Fixtures } from "../fixtures.ts";

export function suppliedTokenSuite(fixtures: Fixtures): void {
  const { hub } = fixtures;
  const { IoTHubDeviceClient } = fixtures.clients;

  /** Creates a device with a backend that signs its tokens. */
  async function deviceWithBackend() {
    const { deviceId, sign, options } = await createBackend(fixtures);
    const create = (token: string) => shutDownAtEnd(IoTHubDeviceClient.createFromSastoken(token, options));
    return { deviceId, sign, create };
  }

  describe("a token from the application", () => {
    it("connects", async () => {
      const { deviceId, sign, create } = await deviceWithBackend();
      const client = create(await sign(3600));
      await client.sendMessage("hello");
      expect(await hub.telemetry(deviceId)).toHaveLength(1);
    });

    it("connects from a connection string, with a line break at its end", async () => {
      const { deviceId, sign, options } = await createBackend(fixtures);
      const { gatewayHostname, ...others } = options;
      const client = shutDownAtEnd(
        IoTHubDeviceClient.createFromConnectionString(
          `HostName=${gatewayHostname};DeviceId=${deviceId};SharedAccessSignature=${await sign(3600)}\n`,
          others,
        ),
      );
      await client.sendMessage("hello");
      await client.updateSastoken(`${await sign(7200)}\n`);
      await client.sendMessage("again");
      expect(await hub.telemetry(deviceId)).toHaveLength(2);
    });

    it("connects if its device id was encoded separately", async () => {
      const deviceId = freshId("n@m:1");
      const { sign, options } = await createBackend(fixtures, undefined, deviceId);
      const token = await sign(3600, encodeURIComponent(deviceId));
      const client = shutDownAtEnd(IoTHubDeviceClient.createFromSastoken(token, options));
      await client.sendMessage("hello");
      expect(await hub.telemetry(deviceId)).toHaveLength(1);
    });

    it("is requested again before it expires, and replaced without losing a message", async () => {
      const { deviceId, sign, create } = await deviceWithBackend();
      const client = create(await sign(6));
      let requests = 0;
      let replaced = false;
      client.onNewSastokenRequired = async () => {
        requests += 1;
        await client.updateSastoken(await sign(3600));
        replaced = true;
      };
      const connections = await hub.countEvents("deviceConnected", deviceId);
      await client.connect();
      const sent: Promise<void>[] = [];
      await eventually(() => {
        sent.push(client.sendMessage(String(sent.length)));
        expect(replaced).toBe(true);
      });
      await Promise.all(sent);
      expect(requests).toBe(1);
      expect(await connections()).toBe(2);
      expect(await hub.telemetry(deviceId)).toHaveLength(sent.length);
    });

    it("ends the connection when it expires, and the client reports it", async () => {
      const { sign, create } = await deviceWithBackend();
      const client = create(await sign(4));
      const errors: Error[] = [];
      client.onBackgroundException = (error) => {
        errors.push(error);
      };
      await client.connect();
      await eventually(() => expect(client.state.status).toBe("disconnected"));
      expect(client.state.reason).toMatchObject({ name: "CredentialError", code: "not_authorized" });
      expect(errors.at(-1)).toMatchObject({ code: "not_authorized" });
    });

    it("is rejected for another device, and the previous one stays in use", async () => {
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

    it("is rejected if it has expired", async () => {
      const { sign, create } = await deviceWithBackend();
      const expired = await sign(-60);
      expect(() => create(expired)).toThrow(expect.objectContaining({ code: "invalid_sas_token" }));
    });

    it("is rejected by a client that signs its own tokens", async () => {
      const { sign } = await deviceWithBackend();
      const { client } = await createDevice(fixtures);
      await expect(client.updateSastoken(await sign(60))).rejects.toMatchObject({
        name: "ClientError",
        code: "not_supported",
      });
    });
  });
}
