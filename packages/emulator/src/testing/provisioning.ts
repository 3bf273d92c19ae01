import { decodeBase64, hmacSha256, signSasToken, symmetricKeySigner } from "@isohub/core/internal";
import { LinkedHubs } from "../provisioning/linked-hubs.ts";
import { Provisioning, type ProvisioningOptions } from "../provisioning/provisioning.ts";
import type { ProvisioningAnswer, RegistrationOperation } from "../provisioning/registration-record.ts";
import { MemoryStore } from "../store/memory-store.ts";
import { TestHub, testHub } from "./hub.ts";

/** The id scope of {@link TestProvisioning}. */
export const idScope: string = "0neTEST";

/** The token of a device that registers. */
export function registrationToken(
  key: string,
  registrationId: string,
  options: { scope?: string; now?: number; keyName?: string } = {},
): Promise<string> {
  const { scope = idScope, now = Date.now(), keyName } = options;
  const signer = symmetricKeySigner(decodeBase64(key) ?? new Uint8Array(), hmacSha256);
  const expiry = Math.floor(now / 1000) + 3600;
  return signSasToken(signer, `${scope}/registrations/${registrationId}`, expiry, keyName);
}

/** A provisioning service without sockets, and its hubs on a clock that stands still. */
export class TestProvisioning extends Provisioning {
  /** The first one, `localhost`. */
  readonly hub: TestHub;
  /** Two more, `hub-a` and `hub-b`. */
  readonly others: Record<"hub-a" | "hub-b", TestHub>;

  constructor(options: Partial<ProvisioningOptions> = {}) {
    const hub = testHub();
    const others = { "hub-a": new TestHub(hub.clock), "hub-b": new TestHub(hub.clock) };
    const hubs = new LinkedHubs();
    for (const [name, one] of Object.entries({ localhost: hub, ...others })) {
      const [host, plainHost] = [() => name, () => `ws://${name}:80`];
      hubs.add({ name, hub: one, host, plainHost, isCalled: (other) => other === name });
    }
    super({
      hubs,
      clock: hub.clock,
      store: new MemoryStore(),
      idScope,
      sasClockSkewSeconds: 0,
      retryAfterSeconds: 3,
      interceptor: () => undefined,
      issueCertificate: async (csr) => ({ chain: [csr, "ca"], thumbprint: "e".repeat(64) }),
      parseCertificate: () => {
        throw new Error("no certificate");
      },
      ...options,
    });
    this.hub = hub;
    this.others = others;
  }

  /** Lets a device in, whose key is that of its enrollment unless there is another. */
  async letIn(registrationId: string, key?: string): ReturnType<Provisioning["attest"]> {
    const attestation = this.individual.find(registrationId)?.attestation;
    const own = attestation?.type === "symmetricKey" ? attestation.primaryKey : "";
    const token = await registrationToken(key ?? own, registrationId, { now: this.hub.clock.now() });
    return this.attest(idScope, registrationId, { token, certificates: [] });
  }

  /** Registers, up to the first answer. */
  async begin(registrationId: string, body: object = {}, key?: string): Promise<ProvisioningAnswer> {
    const attested = await this.letIn(registrationId, key);
    if ("detail" in attested) throw new Error(attested.detail);
    return this.register(attested, { registrationId, ...body });
  }

  /** Registers, to the end. */
  async enrol(registrationId: string, body: object = {}, key?: string): Promise<RegistrationOperation> {
    const { operationId } = (await this.begin(registrationId, body, key)).body as RegistrationOperation;
    for (;;) {
      // Custom allocation may take its time.
      await new Promise((resolve) => setImmediate(resolve));
      const { status, body: answer } = this.poll(registrationId, operationId);
      if (status === 200) return answer as RegistrationOperation;
    }
  }
}
