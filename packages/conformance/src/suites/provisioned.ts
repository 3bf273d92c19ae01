import { type AssignmentStorage, type DeviceProvisioning, type IoTHubDeviceClient, X509 } from "@isohub/core";
import type { EnrollmentOptions } from "@isohub/emulator";
import { describe, expect, it } from "vitest";
import { freshId, quickRetries, underTest } from "../device.ts";
import { eventually } from "../eventually.ts";
import type { Fixtures } from "../fixtures.ts";
import { certificatesOf } from "../skip.ts";
import type { TestHub } from "../test-hub.ts";

/** An enrolled device. */
interface EnrolledDevice {
  readonly registrationId: string;
  /** The errors that its clients have reported to `onBackgroundException`. */
  readonly background: Error[];
  /** Creates a client for it, as a start of its program does. */
  start(options?: Partial<DeviceProvisioning>): IoTHubDeviceClient;
}

export function provisionedSuite(fixtures: Fixtures): void {
  const { hub, clients, connectOptions, newStorage } = fixtures;

  async function enroll(
    enrollment: EnrollmentOptions = {},
    identity: { x509?: X509; registrationId?: string } = {},
  ): Promise<EnrolledDevice> {
    const { x509, registrationId = freshId("self") } = identity;
    const { primaryKey } = await hub.createEnrollment(registrationId, enrollment);
    const { host, idScope } = await hub.provisioning();
    const provisioning: DeviceProvisioning = {
      provisioningHost: host,
      idScope,
      registrationId,
      ...(x509 === undefined ? { symmetricKey: primaryKey } : { x509 }),
    };
    const background: Error[] = [];
    return {
      registrationId,
      background,
      start(options = {}) {
        const { client } = underTest(
          clients.IoTHubDeviceClient.createFromProvisioning(
            { ...provisioning, ...options },
            { ...connectOptions, retryPolicy: quickRetries },
          ),
        );
        client.onBackgroundException = (error) => void background.push(error);
        return client;
      },
    };
  }

  /** Creates a hub with another host name, which rejects tokens and user names for the first one. */
  const createHub = async (): Promise<{ name: string; other: TestHub }> => {
    const name = freshId("hub");
    return { name, other: await hub.openHub(name, { hostName: "127.0.0.1" }) };
  };
  const bodies = async (at: TestHub, deviceId: string): Promise<string[]> =>
    (await at.telemetry(deviceId)).map(({ body }) => new TextDecoder().decode(body));

  describe("a client from createFromProvisioning", () => {
    it("registers, and sends with the device id that it is assigned", async () => {
      const deviceId = freshId();
      const { start } = await enroll({ deviceId, initialTwin: { desired: { interval: 5 } } });
      const client = start({ provisioningPayload: { model: "thermostat" } });
      await client.sendMessage("hello");
      expect(await bodies(hub, deviceId)).toEqual(["hello"]);
      expect((await client.getTwin()).desired).toMatchObject({ interval: 5 });
    });

    it("connects to its hub without registering if the assignment is stored", async () => {
      const { registrationId, start } = await enroll();
      const registered = await hub.countEvents("registrationDone", registrationId);
      const storage = newStorage();
      const first = start({ storage });
      await first.sendMessage("1");
      await first.shutdown();
      const second = start({ storage });
      await second.sendMessage("2");
      await second.shutdown();
      const third = start();
      await third.sendMessage("3");
      expect(await registered()).toBe(2);
      expect(await bodies(hub, registrationId)).toEqual(["1", "2", "3"]);
    });

    it("registers again after the hub has deleted the device, and sends queued messages", async () => {
      const { registrationId, background, start } = await enroll();
      const registered = await hub.countEvents("registrationDone", registrationId);
      const client = start();
      await client.connect();
      // The hub accepts the messages, but doesn't acknowledge them.
      await hub.faults.mute("puback", registrationId);
      const sent = ["1", "2"].map((text) => client.sendMessage(text));
      await eventually(async () => expect(await hub.telemetry(registrationId)).toHaveLength(2));
      await hub.faults.clear(registrationId);
      await hub.deleteDevice(registrationId);
      sent.push(client.sendMessage("3"));
      await Promise.all(sent);
      expect((await bodies(hub, registrationId)).slice(-3)).toEqual(["1", "2", "3"]);
      expect(await registered()).toBe(2);
      expect(background[0]).toMatchObject({ code: "connection_dropped" });
      // On a busy machine, an attempt to connect may take longer than its limit, and is repeated.
      for (const later of background.slice(1)) expect(later).toMatchObject({ code: "operation_timeout" });
    });

    it("continues at the hub that it is moved to: telemetry, twin, methods, cloud-to-device messages", async () => {
      const { registrationId, start } = await enroll({ initialTwin: { desired: { interval: 5 } } });
      const { name, other } = await createHub();
      const client = start();
      const patches: object[] = [];
      const messages: string[] = [];
      client.onTwinDesiredPropertiesPatchReceived = (patch) => void patches.push(patch);
      client.onMessageReceived = (message) => void messages.push(message.text());
      client.handleMethod("where", () => ({ payload: "here" }));
      await client.sendMessage("before");
      await eventually(() => expect(patches).toEqual([{ interval: 5, $version: 2 }]));
      await hub.patchDesired(registrationId, { more: true });
      await eventually(() => expect(patches).toHaveLength(2));

      await hub.moveDevice(registrationId, name);
      const sent = Array.from({ length: 20 }, (_, n) => client.sendMessage(String(n)));
      await Promise.all(sent);

      expect((await bodies(other, registrationId)).map(Number)).toEqual(sent.map((_, n) => n));
      expect(await bodies(hub, registrationId)).toEqual(["before"]);
      expect(await hub.hasDevice(registrationId)).toBe(false);
      // The twin has moved, too, so no patch is delivered; its versions start again.
      await other.patchDesired(registrationId, { interval: 6 });
      await eventually(() => expect(patches.slice(2)).toEqual([{ interval: 6, $version: 3 }]));
      await other.sendC2d(registrationId, "welcome");
      await eventually(() => expect(messages).toEqual(["welcome"]));
      expect(await other.invokeMethod(registrationId, "where")).toEqual({ status: 200, payload: "here" });
    });

    it("registers again if the stored assignment is outdated, and stores the new one", async () => {
      const { registrationId, start } = await enroll();
      const { name, other } = await createHub();
      const storage = newStorage();
      const first = start({ storage });
      await first.connect();
      await first.shutdown();
      await hub.moveDevice(registrationId, name);
      const registered = await hub.countEvents("registrationDone", registrationId);
      const second = start({ storage });
      await second.sendMessage("moved");
      await second.shutdown();
      await start({ storage }).sendMessage("again");
      expect(await bodies(other, registrationId)).toEqual(["moved", "again"]);
      expect(await registered()).toBe(1);
    });

    it("ignores a damaged stored assignment", async () => {
      const { registrationId, background, start } = await enroll();
      const storage = newStorage();
      let key = "";
      const recording: AssignmentStorage = {
        get: (name) => {
          key = name;
          return storage.get(name);
        },
        set: (name, value) => storage.set(name, value),
      };
      const first = start({ storage: recording });
      await first.connect();
      await first.shutdown();
      await storage.set(key, '{"assignedHub":"not a host"}');
      const registered = await hub.countEvents("registrationDone", registrationId);
      await start({ storage }).sendMessage("x");
      expect(await registered()).toBe(1);
      expect(await storage.get(key)).toContain(registrationId);
      expect(background).toEqual([]);
    });

    it("connects even if its storage fails, and reports the failure", async () => {
      const { registrationId, background, start } = await enroll();
      const fail = (): never => {
        throw new Error("the disk is full");
      };
      await start({ storage: { get: fail, set: fail } }).sendMessage("x");
      expect(await bodies(hub, registrationId)).toEqual(["x"]);
      const failed = {
        name: "ClientError",
        code: "storage_failed",
        message: expect.stringContaining("full"),
      };
      await eventually(() => expect(background).toMatchObject([failed, failed]));
    });

    it("disconnects with the service's error if the service rejects it, too", async () => {
      const { registrationId, start } = await enroll();
      const client = start();
      await client.connect();
      await hub.deleteEnrollment(registrationId);
      const refused = await hub.countEvents("registrationRefused", registrationId);
      await hub.deleteDevice(registrationId);
      await eventually(() => expect(client.state.status).toBe("disconnected"));
      expect(client.state.reason).toMatchObject({
        name: "CredentialError",
        code: "not_authorized",
        remediation: expect.stringContaining("enrollment"),
      });
      await expect(client.sendMessage("x")).rejects.toMatchObject({ code: "not_authorized" });
      // One registration follows the loss of the connection, and one the message.
      expect(await refused()).toBe(2);
    });

    it("continues at the hub that it is moved to with a certificate", async (context) => {
      const maker = certificatesOf(context, fixtures);
      const registrationId = freshId("self");
      const { cert, key, thumbprint } = await maker.client(registrationId);
      const attestation = { type: "x509", primaryThumbprint: thumbprint } as const;
      const { start } = await enroll({ attestation }, { x509: new X509(cert, key), registrationId });
      const { name, other } = await createHub();
      const client = start({ storage: newStorage() });
      await client.sendMessage("1");
      await hub.moveDevice(registrationId, name);
      await client.sendMessage("2");
      expect([await bodies(hub, registrationId), await bodies(other, registrationId)]).toEqual([
        ["1"],
        ["2"],
      ]);
    });

    it("connects to the hub that its enrollment names", async () => {
      const { name, other } = await createHub();
      const atOther = await enroll({ hubs: [name] });
      const atFirst = await enroll({ hubs: ["localhost"] });
      await Promise.all([atOther, atFirst].map(({ start }) => start().sendMessage("x")));
      expect(await bodies(other, atOther.registrationId)).toEqual(["x"]);
      expect(await bodies(hub, atFirst.registrationId)).toEqual(["x"]);
      expect(await hub.hasDevice(atOther.registrationId)).toBe(false);
    });
  });
}
