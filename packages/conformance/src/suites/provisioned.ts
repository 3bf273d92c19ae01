import { type AssignmentStorage, type DeviceProvisioning, type IoTHubDeviceClient, X509 } from "@isohub/core";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { freshId } from "../device.ts";
import type { CertificateMaker, Fixtures } from "../fixtures.ts";
import type { EnrollmentOptions, HubControl } from "../hub-control.ts";
import { skipWithout } from "../skip.ts";

const soon = { timeout: 10_000 };

/** A device that finds its hub by itself, and what it told in the background. */
interface Provisioned {
  readonly registrationId: string;
  readonly provisioning: DeviceProvisioning;
  readonly background: Error[];
  /** A client of it: as after another start of its program. */
  start(more?: Partial<DeviceProvisioning>): IoTHubDeviceClient;
}

export function provisionedSuite(fixtures: Fixtures): void {
  const { hub, clients, connectOptions, newStorage } = fixtures;

  async function device(
    enrollment: EnrollmentOptions = {},
    proof: { x509?: X509; registrationId?: string } = {},
  ): Promise<Provisioned> {
    const { x509, registrationId = freshId("self") } = proof;
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
      provisioning,
      background,
      start(more = {}) {
        const client = clients.IoTHubDeviceClient.createFromProvisioning(
          { ...provisioning, ...more },
          { ...connectOptions, retryPolicy: (attempt) => Math.min(20 * attempt, 500) },
        );
        client.onBackgroundException = (error) => {
          background.push(error);
        };
        onTestFinished(() => client.shutdown());
        return client;
      },
    };
  }

  /** A hub with another name, so that tokens and user names for the first one are not good for it. */
  const createHub = async (): Promise<{ name: string; other: HubControl }> => {
    const name = freshId("hub");
    return { name, other: await hub.createHub(name, { hostName: "127.0.0.1" }) };
  };
  const bodies = async (at: HubControl, deviceId: string): Promise<string[]> =>
    (await at.telemetry(deviceId)).map(({ body }) => new TextDecoder().decode(body));

  describe("a device that finds its hub by itself", () => {
    it("registers and sends in one step, as the device that it is assigned to be", async () => {
      const deviceId = freshId();
      const { start } = await device({ deviceId, initialTwin: { desired: { interval: 5 } } });
      const client = start({ provisioningPayload: { model: "thermostat" } });
      await client.sendMessage("hello");
      expect(await bodies(hub, deviceId)).toEqual(["hello"]);
      expect((await client.getTwin()).desired).toMatchObject({ interval: 5 });
    });

    it("goes to its hub at the next start without asking, where it has a storage", async () => {
      const { registrationId, start } = await device();
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

    it("registers again when the hub has deleted the device, and sends what was queued", async () => {
      const { registrationId, background, start } = await device();
      const registered = await hub.countEvents("registrationDone", registrationId);
      const client = start();
      await client.connect();
      // Taken in and not acknowledged, as far as the device knows.
      await hub.fault(registrationId, { type: "mute", answer: "puback" });
      const sent = ["1", "2"].map((text) => client.sendMessage(text));
      await vi.waitFor(async () => expect(await hub.telemetry(registrationId)).toHaveLength(2), soon);
      await hub.clearFaults(registrationId);
      await hub.deleteDevice(registrationId);
      sent.push(client.sendMessage("3"));
      await Promise.all(sent);
      expect((await bodies(hub, registrationId)).slice(-3)).toEqual(["1", "2", "3"]);
      expect(await registered()).toBe(2);
      expect(background).toMatchObject([{ code: "connection_dropped" }]);
    });

    it("goes on at the hub it is moved to: messages, twin, methods, cloud-to-device messages", async () => {
      const { registrationId, start } = await device({ initialTwin: { desired: { interval: 5 } } });
      const { name, other } = await createHub();
      const client = start();
      const patches: object[] = [];
      const messages: string[] = [];
      client.onTwinDesiredPropertiesPatchReceived = (patch) => void patches.push(patch);
      client.onMessageReceived = (message) => void messages.push(message.text());
      client.handleMethod("where", () => ({ payload: "here" }));
      await client.sendMessage("before");
      await vi.waitFor(() => expect(patches).toEqual([{ interval: 5, $version: 2 }]), soon);
      await hub.patchDesired(registrationId, { more: true });
      await vi.waitFor(() => expect(patches).toHaveLength(2), soon);

      await hub.moveDevice(registrationId, name);
      const sent = Array.from({ length: 20 }, (_, n) => client.sendMessage(String(n)));
      await Promise.all(sent);

      expect((await bodies(other, registrationId)).map(Number)).toEqual(sent.map((_, n) => n));
      expect(await bodies(hub, registrationId)).toEqual(["before"]);
      expect(await hub.hasDevice(registrationId)).toBe(false);
      // The twin went along, so there is no difference to tell; its versions start over.
      await other.patchDesired(registrationId, { interval: 6 });
      await vi.waitFor(() => expect(patches.slice(2)).toEqual([{ interval: 6, $version: 3 }]), soon);
      await other.sendC2d(registrationId, "welcome");
      await vi.waitFor(() => expect(messages).toEqual(["welcome"]), soon);
      expect(await other.invokeMethod(registrationId, "where")).toEqual({ status: 200, payload: "here" });
    });

    it("registers again with a stored assignment that is out of date, and stores the new one", async () => {
      const { registrationId, start } = await device();
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

    it("does not go by a stored assignment that is damaged", async () => {
      const { registrationId, background, start } = await device();
      const storage = newStorage();
      let key = "";
      const known: AssignmentStorage = {
        get: (name) => {
          key = name;
          return storage.get(name);
        },
        set: (name, value) => storage.set(name, value),
      };
      const first = start({ storage: known });
      await first.connect();
      await first.shutdown();
      await storage.set(key, '{"assignedHub":"not a host"}');
      const registered = await hub.countEvents("registrationDone", registrationId);
      await start({ storage }).sendMessage("x");
      expect(await registered()).toBe(1);
      expect(await storage.get(key)).toContain(registrationId);
      expect(background).toEqual([]);
    });

    it("goes on without a storage that fails, and says so", async () => {
      const { registrationId, background, start } = await device();
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
      await vi.waitFor(() => expect(background).toMatchObject([failed, failed]), soon);
    });

    it("ends with what the service says when that turns it away as well", async () => {
      const { registrationId, start } = await device();
      const client = start();
      await client.connect();
      await hub.deleteEnrollment(registrationId);
      const refused = await hub.countEvents("registrationRefused", registrationId);
      await hub.deleteDevice(registrationId);
      await vi.waitFor(() => expect(client.state.status).toBe("disconnected"), soon);
      expect(client.state.reason).toMatchObject({
        name: "CredentialError",
        code: "not_authorized",
        remediation: expect.stringContaining("enrollment"),
      });
      await expect(client.sendMessage("x")).rejects.toMatchObject({ code: "not_authorized" });
      // One for the loss of the connection, one for the message.
      expect(await refused()).toBe(2);
    });

    it("does so with a certificate", async (context) => {
      skipWithout(context, fixtures, "clientCertificate");
      const maker = fixtures.certificates as CertificateMaker;
      const registrationId = freshId("self");
      const { cert, key, thumbprint } = await maker.client(registrationId);
      const attestation = { type: "x509", primaryThumbprint: thumbprint } as const;
      const { start } = await device({ attestation }, { x509: new X509(cert, key), registrationId });
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

    it("goes to the one of several hubs that its enrollment names", async () => {
      const { name, other } = await createHub();
      const there = await device({ hubs: [name] });
      const here = await device({ hubs: ["localhost"] });
      await Promise.all([there, here].map(({ start }) => start().sendMessage("x")));
      expect(await bodies(other, there.registrationId)).toEqual(["x"]);
      expect(await bodies(hub, here.registrationId)).toEqual(["x"]);
      expect(await hub.hasDevice(there.registrationId)).toBe(false);
    });
  });
}
