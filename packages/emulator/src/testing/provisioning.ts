import { decodeBase64, hmacSha256, signSasToken, symmetricKeySigner } from "@isohub/core/internal";
import { newKey } from "../hub/identities/authentication.ts";
import { LinkedHubs } from "../provisioning/linked-hubs.ts";
import { Provisioning, type ProvisioningOptions } from "../provisioning/provisioning.ts";
import type { ProvisioningAnswer, RegistrationOperation } from "../provisioning/registration-record.ts";
import { MemoryStore } from "../store/memory-store.ts";
import { TestHub, testHub } from "./hub.ts";
import { TestLinkedHub } from "./linked-hub.ts";

/** The id scope of {@link TestProvisioning}. */
export const idScope: string = "0neTEST";

/** Signs the token of a registering device. */
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
  /** The first hub, `localhost`. */
  readonly hub: TestHub;
  /** Two more hubs. */
  readonly others: Record<"hub-a" | "hub-b", TestHub>;

  readonly #links: readonly TestLinkedHub[];

  constructor(options: Partial<ProvisioningOptions> = {}) {
    const hub = testHub();
    const others = { "hub-a": new TestHub(hub.clock), "hub-b": new TestHub(hub.clock) };
    const links = Object.entries({ localhost: hub, ...others }).map((entry) => new TestLinkedHub(...entry));
    const hubs = new LinkedHubs();
    for (const link of links) hubs.add(link);
    super({
      hubs,
      clock: hub.clock,
      store: new MemoryStore(),
      idScope,
      sasClockSkewSeconds: 0,
      retryAfterSeconds: 3,
      interceptor: () => undefined,
      makeKey: newKey,
      issueCertificate: async (csr) => ({ chain: [csr, "ca"], thumbprint: "e".repeat(64) }),
      events: () => hub.events,
      parseCertificate: () => {
        throw new Error("no certificate");
      },
      ...options,
    });
    this.hub = hub;
    this.others = others;
    this.#links = links;
  }

  /** Returns a hub as the service sees it. */
  link(name: "localhost" | "hub-a" | "hub-b"): TestLinkedHub {
    const found = this.#links.find((link) => link.name === name);
    if (found === undefined) throw new Error(`there is no hub '${name}'`);
    return found;
  }

  /** Checks a device with a token that is signed with `key`, by default the key of its enrollment. */
  async attestDevice(registrationId: string, key?: string): ReturnType<Provisioning["attest"]> {
    const attestation = this.individual.find(registrationId)?.attestation;
    const own = attestation?.type === "symmetricKey" ? attestation.primaryKey : "";
    const token = await registrationToken(key ?? own, registrationId, { now: this.hub.clock.now() });
    return this.attest(idScope, registrationId, { token, certificates: [] });
  }

  /** Begins a registration and resolves with the first response. */
  async begin(registrationId: string, body: object = {}, key?: string): Promise<ProvisioningAnswer> {
    const attested = await this.attestDevice(registrationId, key);
    if ("detail" in attested) throw new Error(attested.detail);
    return this.register(attested, { registrationId, ...body });
  }

  /** Registers a device and resolves with the result. */
  async enrol(registrationId: string, body: object = {}, key?: string): Promise<RegistrationOperation> {
    const { operationId } = (await this.begin(registrationId, body, key)).body as RegistrationOperation;
    for (;;) {
      // A custom allocation is asynchronous.
      await new Promise((resolve) => setImmediate(resolve));
      const { status, body: answer } = this.poll(registrationId, operationId);
      if (status === 200) return answer as RegistrationOperation;
    }
  }
}
