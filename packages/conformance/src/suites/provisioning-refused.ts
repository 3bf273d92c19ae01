import { CredentialError, type ProvisioningDeviceClient } from "@isohub/core";
import { describe, expect, it } from "vitest";
import { freshId } from "../device.ts";
import type { Fixtures } from "../fixtures.ts";
import { provisioners } from "../provisioner.ts";

const otherKey = "b3RoZXIga2V5IG90aGVyIGtleSBvdGhlciBrZXkgMTI=";

export function provisioningRefusedSuite(fixtures: Fixtures): void {
  const { hub } = fixtures;
  const { provisioner, enrolled } = provisioners(fixtures);

  describe("provisioning is rejected", () => {
    it.each([
      ["for a wrong id scope", async () => (await enrolledAnd()).with({ scope: "0neFFFFFFFF" })],
      ["for an unknown registration id", async () => provisioner(freshId("unknown"), otherKey)],
      ["for a wrong key", async () => (await enrolledAnd()).with({ key: otherKey })],
    ] as const)("%s", async (_what, make) => {
      const client = await make();
      const error = await client.register().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(CredentialError);
      expect(error).toMatchObject({
        code: "not_authorized",
        retryable: false,
        remediation: expect.stringContaining("id scope"),
      });
      // The client can register again after a failure.
      await expect(client.register()).rejects.toMatchObject({ code: "not_authorized" });
    });

    it("for an invalid registration id, before connecting", async () => {
      const error = await provisioner("-a", otherKey).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        name: "ArgumentError",
        code: "invalid_argument",
        message: expect.stringContaining("1 to 128 letters, digits and - . _ :"),
      });
    });

    it("if the service can't be reached", async () => {
      const { idScope } = await hub.provisioning();
      const options = fixtures.connectOptions.websockets === undefined ? {} : fixtures.connectOptions;
      const { ProvisioningDeviceClient } = fixtures.clients;
      // Nothing listens on this port.
      const host = fixtures.hubTransport === "ws" ? "ws://localhost:9" : "localhost:9";
      const client = ProvisioningDeviceClient.createFromSymmetricKey(host, "reg", idScope, otherKey, options);
      await expect(client.register()).rejects.toMatchObject({
        name: "ConnectionFailedError",
        code: "connect_failed",
        remediation: expect.stringMatching(/./),
      });
    });

    it("for a disabled enrollment", async () => {
      const { registrationId, client } = await enrolled({ provisioningStatus: "disabled" });
      await expect(client.register()).rejects.toMatchObject({
        name: "ServiceError",
        code: "registration_disabled",
        registration: { status: "disabled", registrationState: { registrationId, status: "disabled" } },
        remediation: expect.stringContaining("Enable"),
      });
    });

    it("with the service's error if the assignment fails", async () => {
      const { registrationId, client } = await enrolled();
      await hub.faults.provisioning({
        registrationId,
        fail: { errorCode: 400207, message: "no hub has room" },
      });
      await expect(client.register()).rejects.toMatchObject({
        code: "registration_failed",
        errorCode: 400207,
        message: expect.stringContaining("no hub has room"),
        registration: { status: "failed", registrationState: { errorMessage: "no hub has room" } },
      });
      expect((await client.register()).status).toBe("assigned");
    });

    it("while another registration runs, and after a successful one", async () => {
      const { client } = await enrolled();
      const first = client.register();
      await expect(client.register()).rejects.toMatchObject({
        name: "ClientError",
        code: "registration_running",
        remediation: "Wait until the first call of register() has settled",
      });
      await first;
      await expect(client.register()).rejects.toMatchObject({ code: "registration_spent" });
    });

    it("if it is aborted", async () => {
      const { registrationId, client } = await enrolled();
      await hub.faults.provisioning({ registrationId, assigningPolls: 1000, retryAfterSeconds: 1 });
      const controller = new AbortController();
      const reason = new Error("no more");
      const registering = client.register({
        signal: controller.signal,
        onProgress: ({ status }) => {
          if (status === "assigning") controller.abort(reason);
        },
      });
      await expect(registering).rejects.toBe(reason);
    });

    it("if it takes longer than timeoutMs", async () => {
      const { registrationId, client } = await enrolled();
      await hub.faults.provisioning({ registrationId, assigningPolls: 1000, retryAfterSeconds: 60 });
      await expect(client.register({ timeoutMs: 300 })).rejects.toMatchObject({
        name: "OperationTimeoutError",
      });
    });

    /** Enrolls a device, and returns a function that creates a client with a wrong key or scope for it. */
    async function enrolledAnd(): Promise<{
      with(wrong: { key?: string; scope?: string }): Promise<ProvisioningDeviceClient>;
    }> {
      const { registrationId, key } = await enrolled();
      return { with: (wrong) => provisioner(registrationId, wrong.key ?? key, wrong.scope) };
    }
  });
}
