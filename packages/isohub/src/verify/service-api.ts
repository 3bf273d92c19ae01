import type { JsonObject, JsonValue } from "@isohub/core";
import { RequestFailed, requestJson } from "./https-request.ts";
import type { Policy } from "./policy.ts";

interface Identity {
  readonly status: string;
  readonly etag: string;
  readonly authentication: { readonly symmetricKey: { readonly primaryKey: string } };
}

interface ServiceTwin {
  readonly etag: string;
  readonly properties: { readonly desired: JsonObject; readonly reported: JsonObject };
}

/** The name or number of the error for operations that a basic tier lacks. @source IoT Hub documentation, "Azure IoT Hub error codes" */
const notInTier = /OperationNotAvailableInCurrentTier|\b403010\b/;

/** The REST API of a hub, as its documentation describes it. */
export class ServiceApi {
  readonly policy: Policy;
  readonly #keys: string[];

  /** @param keys - receives every key that the hub creates, to keep them out of messages */
  constructor(policy: Policy, keys: string[]) {
    this.policy = policy;
    this.#keys = keys;
  }

  /** Creates a device or module, and resolves with its connection string. */
  async create(deviceId: string, moduleId?: string): Promise<string> {
    const body = { deviceId, ...(moduleId === undefined ? { status: "enabled" } : { moduleId }) };
    const path = pathOf(deviceId, moduleId);
    const created = await this.#send<Identity>(`PUT /devices/${path}`, {
      body: { ...body, authentication: { type: "sas" } },
    });
    const { primaryKey } = created.authentication.symmetricKey;
    this.#keys.push(primaryKey);
    const { host, port } = this.policy;
    const module = moduleId === undefined ? "" : `;ModuleId=${moduleId}`;
    const hostName = port === undefined ? host : `${host}:${port}`;
    return `HostName=${hostName};DeviceId=${deviceId}${module};SharedAccessKey=${primaryKey}`;
  }

  identity(deviceId: string): Promise<Identity> {
    return this.#send(`GET /devices/${pathOf(deviceId)}`);
  }

  /** Enables or disables a device. */
  async setStatus(deviceId: string, status: "enabled" | "disabled"): Promise<void> {
    const { etag, ...identity } = await this.identity(deviceId);
    const body = { ...identity, deviceId, status };
    await this.#send(`PUT /devices/${pathOf(deviceId)}`, { body, etag: `"${etag}"` });
  }

  async delete(deviceId: string, moduleId?: string): Promise<void> {
    await this.#send(`DELETE /devices/${pathOf(deviceId, moduleId)}`, { etag: "*" });
  }

  /** Whether the hub has a basic tier, which has no twins. */
  async hasBasicTier(deviceId: string): Promise<boolean> {
    try {
      await this.twin(deviceId);
      return false;
    } catch (error) {
      if (error instanceof RequestFailed && notInTier.test(error.message)) return true;
      throw error;
    }
  }

  twin(deviceId: string, moduleId?: string): Promise<ServiceTwin> {
    return this.#send(`GET /twins/${pathOf(deviceId, moduleId)}`);
  }

  patchDesired(
    deviceId: string,
    desired: Readonly<Record<string, JsonValue>>,
    etag = "*",
  ): Promise<ServiceTwin> {
    return this.#send(`PATCH /twins/${pathOf(deviceId)}`, { body: { properties: { desired } }, etag });
  }

  callMethod(
    deviceId: string,
    methodName: string,
    payload: JsonValue,
  ): Promise<{ status: number; payload: JsonValue }> {
    const body = { methodName, payload, responseTimeoutInSeconds: 30 };
    return this.#send(`POST /twins/${pathOf(deviceId)}/methods`, { body });
  }

  #send<Answer>(request: string, options: { body?: object; etag?: string } = {}): Promise<Answer> {
    return requestJson(this.policy, "2021-04-12", request, options);
  }
}

function pathOf(deviceId: string, moduleId?: string): string {
  return moduleId === undefined ? deviceId : `${deviceId}/modules/${moduleId}`;
}
