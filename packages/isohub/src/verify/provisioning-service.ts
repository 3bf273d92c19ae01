import { requestJson } from "./https-request.ts";
import type { Policy } from "./policy.ts";

interface Enrollment {
  readonly attestation: { readonly symmetricKey: { readonly primaryKey: string } };
}

/** A provisioning service: its REST API, and what devices need to register. */
export class ProvisioningService {
  readonly policy: Policy;
  readonly idScope: string;
  /** The host that devices register at: that of all scopes in Azure, or the local one. */
  readonly deviceHost: string;
  readonly #keys: string[];

  /** @param keys - receives every key that the service creates, to keep them out of messages */
  constructor(policy: Policy, idScope: string, keys: string[]) {
    this.#keys = keys;
    this.policy = policy;
    this.idScope = idScope;
    this.deviceHost = policy.host.endsWith(".azure-devices-provisioning.net")
      ? "global.azure-devices-provisioning.net"
      : `${policy.host}${policy.port === undefined ? "" : `:${policy.port}`}`;
  }

  /** Creates an enrollment, and resolves with its key. */
  async enroll(registrationId: string): Promise<string> {
    const body = { registrationId, attestation: { type: "symmetricKey" } };
    const { attestation } = await this.#send<Enrollment>("PUT", registrationId, { body });
    const { primaryKey } = attestation.symmetricKey;
    this.#keys.push(primaryKey);
    return primaryKey;
  }

  async delete(registrationId: string): Promise<void> {
    await this.#send("DELETE", registrationId, { etag: "*" });
  }

  #send<Answer>(
    method: string,
    registrationId: string,
    options: { body?: object; etag?: string },
  ): Promise<Answer> {
    return requestJson(this.policy, "2021-10-01", `${method} /enrollments/${registrationId}`, options);
  }
}
