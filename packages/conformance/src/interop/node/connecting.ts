import { type Client, Message, SharedAccessSignature } from "azure-iot-device";
import { describe, expect, it, onTestFinished } from "vitest";
import { freshId } from "../../device.ts";
import {
  createClient,
  createClientFromToken,
  createDevice,
  type Fixtures,
  hubEvent,
  subscribed,
} from "../official-device.ts";
import { withoutPort } from "../official-hub.ts";

const otherKey = Buffer.alloc(32, 7).toString("base64");

export function connectingSuite(fixtures: Fixtures): void {
  const { hub, transport } = fixtures;

  describe("connecting", () => {
    it("identifies the device and its transport", async () => {
      const modelId = "dtmi:com:example:Thermostat;1";
      const { client, deviceId } = await createDevice(fixtures, { modelId, productInfo: " my product/1.0" });
      await open(client, deviceId);
      expect(sessionsOf(deviceId)).toMatchObject([
        { clientId: deviceId, transport, keepAlive: 180, clean: false, modelId },
      ]);
      expect(sessionsOf(deviceId)[0]?.userAgent).toMatch(
        /^azure-iot-device\/1\.18\.4 \(.*\) my product\/1\.0$/,
      );
      expect((await hub.getDevice(deviceId)).connectionState).toBe("Connected");
      const ended = hubEvent(hub, deviceId, "deviceDisconnected");
      await client.close();
      expect(await ended).toMatchObject({ reason: "clientDisconnect" });
      expect(sessionsOf(deviceId)).toEqual([]);
    });

    it("replaces an older connection", async () => {
      const { client, deviceId, connectionString } = await createDevice(fixtures);
      await open(client, deviceId);
      const ended = hubEvent(hub, deviceId, "deviceDisconnected");
      const second = await createClient(fixtures, connectionString);
      await second.open();
      expect(await ended).toMatchObject({ reason: "takenOver" });
      await second.sendEvent(new Message("second"));
      expect(sessionsOf(deviceId)).toHaveLength(1);
    });

    it("continues with a new token when the client renews it", async () => {
      const { client, deviceId } = await createDevice(fixtures, {
        tokenRenewal: { tokenValidTimeInSeconds: 60, tokenRenewalMarginInSeconds: 59 },
      });
      await open(client, deviceId);
      const first = sessionsOf(deviceId)[0]?.tokenExpiry ?? "";
      await hubEvent(hub, deviceId, "deviceConnected");
      expect(sessionsOf(deviceId)).toHaveLength(1);
      expect((sessionsOf(deviceId)[0]?.tokenExpiry ?? "") > first).toBe(true);
      await client.sendEvent(new Message("renewed"));
      expect(hub.telemetry(deviceId)).toHaveLength(1);
    });

    it("ends when the token expires", async () => {
      const { deviceId, connectionString } = await createDevice(fixtures);
      const client = await createClientFromToken(fixtures, token(connectionString, seconds() + 5));
      const ended = hubEvent(hub, deviceId, "deviceDisconnected");
      await client.open();
      expect(await ended).toMatchObject({ reason: "tokenExpired" });
    });
  });

  describe("the hub rejects", () => {
    it("a wrong key", async () => {
      const { deviceId, connectionString } = await createDevice(fixtures);
      const client = await createClient(fixtures, withKey(connectionString, otherKey));
      await expectRefusal(client, deviceId, "badCredential");
    });

    it("an unknown device", async () => {
      const deviceId = freshId("unknown");
      const { connectionString } = await createDevice(fixtures);
      const client = await createClient(
        fixtures,
        connectionString.replace(/DeviceId=[^;]*/, `DeviceId=${deviceId}`),
      );
      await expectRefusal(client, deviceId, "unknownDevice");
    });

    it("a disabled device", async () => {
      const { client, deviceId } = await createDevice(fixtures);
      await hub.updateDevice(deviceId, { status: "disabled" });
      await expectRefusal(client, deviceId, "deviceDisabled");
    });

    it("an expired token", async () => {
      const { deviceId, connectionString } = await createDevice(fixtures);
      const client = await createClientFromToken(fixtures, token(connectionString, seconds() - 1));
      await expectRefusal(client, deviceId, "badCredential");
    });

    it("a device whose key has changed, until the old key is restored", async () => {
      const { client, deviceId, connectionString } = await createDevice(fixtures);
      const listening = subscribed(hub, deviceId, "methods/POST/#");
      client.onDeviceMethod("any", () => {});
      await listening;
      await hub.updateDevice(deviceId, { primaryKey: otherKey, secondaryKey: otherKey });
      await client.sendEvent(new Message("the connection stays"));

      // The client keeps retrying: it recognizes a rejection only on its first connection.
      const refused = refusals(deviceId);
      const second = hubEvent(hub, deviceId, "connectionRefused", () => refused.length === 2);
      expect(hub.kick(deviceId)).toBe(true);
      await second;
      expect(refused).toEqual(["badCredential", "badCredential"]);
      const back = hubEvent(hub, deviceId, "deviceConnected");
      await hub.updateDevice(deviceId, { primaryKey: partsOf(connectionString).SharedAccessKey });
      await back;
    });
  });

  // The hub registers a connection slightly later than the client.
  async function open(client: Client, deviceId: string): Promise<void> {
    const connected = hubEvent(hub, deviceId, "deviceConnected");
    await client.open();
    await connected;
  }

  function sessionsOf(deviceId: string) {
    return hub.sessions().filter((session) => session.deviceId === deviceId);
  }

  function refusals(deviceId: string): string[] {
    const reasons: string[] = [];
    const stop = hub.on((event) => {
      if (event.type === "connectionRefused" && event.deviceId === deviceId) reasons.push(event.reason);
    });
    onTestFinished(stop);
    return reasons;
  }

  async function expectRefusal(client: Client, deviceId: string, reason: string): Promise<void> {
    const refused = refusals(deviceId);
    const event = hubEvent(hub, deviceId, "connectionRefused");
    // The client uses this class for every failure of its first connection. Only the message has the reason.
    await expect(client.open()).rejects.toMatchObject({
      name: "UnauthorizedError",
      message: expect.stringContaining("Connection refused: Not authorized"),
    });
    expect(await event).toMatchObject({ reason, returnCode: 5 });
    expect(refused).toEqual([reason]);
    expect(sessionsOf(deviceId)).toEqual([]);
  }

  function token(connectionString: string, expiry: number): string {
    const { HostName, DeviceId, SharedAccessKey } = partsOf(connectionString);
    return SharedAccessSignature.create(HostName, DeviceId, SharedAccessKey, expiry).toString();
  }
}

function seconds(): number {
  return Math.ceil(Date.now() / 1000);
}

function partsOf(connectionString: string): Record<"HostName" | "DeviceId" | "SharedAccessKey", string> {
  const parts = connectionString.split(";").map((part) => part.split(/=(.*)/).slice(0, 2));
  return Object.fromEntries(parts);
}

function withKey(connectionString: string, key: string): string {
  return withoutPort(connectionString).replace(/SharedAccessKey=.*/, `SharedAccessKey=${key}`);
}
