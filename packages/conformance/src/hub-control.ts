import { decodeBase64, encodePercent } from "@isohub/core/internal";
import { onTestFinished } from "vitest";

/** A kept telemetry message. */
export interface Telemetry {
  readonly deviceId: string;
  readonly body: Uint8Array;
  readonly properties: Record<string, string>;
  readonly systemProperties: Record<string, string>;
  readonly dup?: boolean;
}

/** A live connection as the hub sees it. */
export type Session = {
  readonly deviceId: string;
  readonly clientId: string;
  readonly connectedAt: string;
} & Record<string, unknown>;

/** Something that can be made to go wrong for a device, by its name at the control API. */
export type Fault =
  | { readonly type: "refuseConnects"; readonly returnCode: number; readonly times: number }
  | { readonly type: "withholdConnack"; readonly times?: number }
  | {
      readonly type: "mute";
      readonly answer: "puback" | "suback" | "pingresp" | "twin";
      readonly times?: number;
    }
  | { readonly type: "delayPuback"; readonly ms: number }
  | { readonly type: "failTwin"; readonly status: number; readonly retryAfterSeconds?: number }
  | { readonly type: "blackHole" }
  | { readonly type: "drop"; readonly afterBytes?: number; readonly how?: "fin" | "rst" }
  | { readonly type: "publishRaw"; readonly topic: string; readonly payload: string };

/** How a device or module proves who it is. */
export interface Registration {
  readonly authentication?: "sas" | "selfSigned" | "certificateAuthority";
  readonly primaryThumbprint?: string;
  readonly secondaryThumbprint?: string;
}

/** Who may register, and what comes of it. */
export interface EnrollmentOptions {
  readonly attestation?:
    | { readonly type: "symmetricKey"; readonly primaryKey?: string }
    | { readonly type: "x509"; readonly primaryThumbprint?: string; readonly ca?: string };
  readonly deviceId?: string;
  readonly initialTwin?: { readonly tags?: object; readonly desired?: object };
  readonly payload?: unknown;
  readonly hubs?: readonly string[];
  readonly reprovisionPolicy?: "migrate" | "reset" | "never";
  readonly provisioningStatus?: "enabled" | "disabled";
}

/** What goes wrong in the next registration. */
export interface ProvisioningFault {
  readonly assigningPolls?: number;
  readonly retryAfterSeconds?: number;
  readonly throttle?: number;
  readonly throttlePolls?: number;
  readonly fail?: { readonly errorCode: number; readonly message: string };
  readonly dropAfterRegister?: boolean;
}

/** What a method call came to. */
export interface MethodAnswer {
  readonly status: number;
  readonly payload: unknown;
}

/** The local hub over its control API: with `fetch` alone, so that a page can use it too. */
export class HubControl {
  readonly #url: string;
  readonly #hostName: string | undefined;

  /**
   * @param url - `http://host:port/control`
   * @param hostName - the `HostName` of connection strings in place of the hub's own choice
   */
  constructor(url: string, hostName?: string) {
    this.#url = url;
    this.#hostName = hostName;
  }

  async createDevice(deviceId: string, options: Registration = {}): Promise<{ connectionString: string }> {
    return this.#led(await this.#send("POST", "/devices", { deviceId, ...options }));
  }

  async createModule(
    deviceId: string,
    moduleId: string,
    options: Registration = {},
  ): Promise<{ connectionString: string }> {
    return this.#led(await this.#send("POST", `${path(deviceId)}/modules`, { moduleId, ...options }));
  }

  /** Lets one device register. */
  createEnrollment(registrationId: string, options: EnrollmentOptions = {}): Promise<{ primaryKey: string }> {
    return this.#send("POST", "/enrollments", { registrationId, ...options });
  }

  /** Lets the devices of a group register. */
  createEnrollmentGroup(
    enrollmentGroupId: string,
    options: EnrollmentOptions = {},
  ): Promise<{ primaryKey: string }> {
    return this.#send("POST", "/enrollment-groups", { enrollmentGroupId, ...options });
  }

  /** A connection string of the policy `iothubowner`, as backends have it; leading where this runtime can go. */
  async policyConnectionString(): Promise<string> {
    const { serviceConnectionString } = await this.#send<{ serviceConnectionString: string }>("GET", "");
    return this.#led({ connectionString: serviceConnectionString }).connectionString;
  }

  /** Where the provisioning service is reached, and the id scope of its devices. */
  async provisioning(): Promise<{ host: string; idScope: string }> {
    const { hostName, endpoints, idScope } = await this.#send<{
      hostName: string;
      endpoints: { provisioning: { port: number } };
      idScope: string;
    }>("GET", "");
    return { host: this.leading(`${hostName}:${endpoints.provisioning.port}`), idScope };
  }

  /** Opens a further hub with the same provisioning service; the test's end is the end of it. */
  async createHub(name: string, options: { hostName?: string } = {}): Promise<HubControl> {
    const { endpoints } = await this.#send<{ endpoints: { controlUrl: string } }>("POST", "/hubs", {
      name,
      ...options,
    });
    onTestFinished(() => this.#send("DELETE", `/hubs/${name}`));
    return new HubControl(endpoints.controlUrl);
  }

  /** Moves a device to another hub: it is disabled where it was until it registers again. */
  async moveDevice(registrationId: string, hub: string): Promise<void> {
    await this.#send("POST", `/registrations/${encodePercent(registrationId)}/move`, { hub });
  }

  async deleteEnrollment(registrationId: string): Promise<void> {
    await this.#send("DELETE", `/enrollments/${encodePercent(registrationId)}`);
  }

  /** Whether a device is known. */
  async hasDevice(deviceId: string): Promise<boolean> {
    const devices: { deviceId: string }[] = await this.#send("GET", "/devices");
    return devices.some((device) => device.deviceId === deviceId);
  }

  /** Makes the next registration of a device go wrong. */
  async provisioningFault(registrationId: string, fault: ProvisioningFault): Promise<void> {
    await this.#send("POST", "/faults/provisioning", { registrationId, ...fault });
  }

  /** Cuts a connection; that of a device that registers is called `$dps/{registration id}`. */
  async cut(key: string): Promise<void> {
    await this.#send("POST", "/faults/drop", { deviceId: key });
  }

  /** A host of the hub, or where this runtime gets to in its place. */
  leading(host: string): string {
    return this.#hostName ?? host;
  }

  /** Trusts an authority to sign certificates of devices. */
  async addCaCertificate(certificate: string): Promise<void> {
    await this.#send("POST", "/ca-certificates", { certificate });
  }

  async deleteDevice(deviceId: string): Promise<void> {
    await this.#send("DELETE", path(deviceId));
  }

  async updateDevice(deviceId: string, change: { status: "enabled" | "disabled" }): Promise<void> {
    await this.#send("PATCH", path(deviceId), change);
  }

  async kick(deviceId: string): Promise<void> {
    await this.#send("POST", `${path(deviceId)}/kick`, {});
  }

  getTwin(deviceId: string): Promise<{ properties: { desired: object; reported: object } }> {
    return this.#send("GET", `${path(deviceId)}/twin`);
  }

  async patchDesired(deviceId: string, desired: object): Promise<void> {
    await this.#send("PATCH", `${path(deviceId)}/twin`, { desired });
  }

  invokeMethod(
    deviceId: string,
    methodName: string,
    payload: unknown = null,
    timeouts: { connectTimeoutInSeconds?: number } = {},
  ): Promise<MethodAnswer> {
    return this.#send("POST", `${path(deviceId)}/methods`, { methodName, payload, ...timeouts });
  }

  async sendC2d(deviceId: string, body: string, options: Record<string, unknown> = {}): Promise<void> {
    await this.#send("POST", `${path(deviceId)}/c2d`, { body, ...options });
  }

  c2dQueue(deviceId: string): Promise<unknown[]> {
    return this.#send("GET", `${path(deviceId)}/c2d`);
  }

  /** Sends a message to an input of a module. */
  async sendToInput(
    identity: string,
    inputName: string,
    body: string,
    options: Record<string, unknown> = {},
  ): Promise<void> {
    await this.#send("POST", `${path(identity)}/inputs/${encodePercent(inputName)}`, { body, ...options });
  }

  /** The messages that wait for a module. */
  inputQueue(identity: string): Promise<unknown[]> {
    return this.#send("GET", `${path(identity)}/inputs`);
  }

  /** Brings what a module sends by an output to an input of another one of its device. */
  async addRoute(
    from: { deviceId: string; moduleId: string; output: string },
    to: { moduleId: string; input: string },
  ): Promise<void> {
    await this.#send("POST", "/routes", { from, to });
  }

  /** The uploads of a device. */
  uploads(deviceId: string): Promise<unknown[]> {
    return this.#send("GET", `/uploads?deviceId=${encodePercent(deviceId)}`);
  }

  /** What was uploaded. */
  async readBlob(blobName: string): Promise<Uint8Array> {
    const response = await fetch(`${this.#url}/blobs/${blobName.split("/").map(encodePercent).join("/")}`);
    if (!response.ok) throw new Error(`${blobName}: ${response.status} ${await response.text()}`);
    return new Uint8Array(await response.arrayBuffer());
  }

  /** What has arrived from a device so far, in order. */
  async telemetry(deviceId: string): Promise<Telemetry[]> {
    const messages: (Omit<Telemetry, "body"> & { body: string })[] = await this.#send(
      "GET",
      `/telemetry?encoding=base64&deviceId=${encodePercent(deviceId)}`,
    );
    return messages.map((message) => ({ ...message, body: decodeBase64(message.body) ?? new Uint8Array() }));
  }

  async sessions(identity: string): Promise<Session[]> {
    const sessions: Session[] = await this.#send("GET", "/sessions");
    return sessions.filter((session) => session.clientId === identity);
  }

  async fault(deviceId: string, { type, ...rest }: Fault): Promise<void> {
    await this.#send("POST", `/faults/${type}`, { deviceId, ...rest });
  }

  /** Whether a rule for the device is still in force. */
  async hasFault(deviceId: string): Promise<boolean> {
    const rules: unknown[] = await this.#send("GET", `/faults?deviceId=${encodePercent(deviceId)}`);
    return rules.length > 0;
  }

  async clearFaults(deviceId: string): Promise<void> {
    await this.#send("DELETE", `/faults?deviceId=${encodePercent(deviceId)}`);
  }

  /** Counts the events of a type from now on. @returns how many there have been when it is called */
  async countEvents(type: string, deviceId: string): Promise<() => Promise<number>> {
    const abort = new AbortController();
    // A page has six connections to a server; each that is left open is one less.
    onTestFinished(() => abort.abort());
    const response = await fetch(`${this.#url}/events`, { signal: abort.signal });
    let count = 0;
    let fences = 0;
    const passed = new Set<string>();
    const reading = (async () => {
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) {
        text += part.value;
        const records = text.split("\n\n");
        text = records.pop() ?? "";
        for (const record of records) {
          const data = /^data: (.*)$/m.exec(record)?.[1];
          if (data === undefined) continue;
          const event = JSON.parse(data) as { type: string; deviceId: string };
          if (event.type === type && event.deviceId === deviceId) count += 1;
          if (event.type === "deviceCreated") passed.add(event.deviceId);
        }
      }
    })();
    reading.catch(() => {});
    return async () => {
      // Events come in order: once this one is here, all before it are.
      fences += 1;
      const fence = `fence-${deviceId.length}-${fences}-${Math.random().toString(36).slice(2)}`;
      await this.createDevice(fence);
      while (!passed.has(fence)) await new Promise((resolve) => setTimeout(resolve, 1));
      await this.deleteDevice(fence);
      return count;
    };
  }

  /** The connection string as the hub made it, or leading where this runtime can go. */
  #led({ connectionString }: { connectionString: string }): { connectionString: string } {
    const own = this.#hostName;
    if (own === undefined) return { connectionString };
    return { connectionString: connectionString.replace(/^HostName=[^;]+/, `HostName=${own}`) };
  }

  async #send<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(this.#url + path, {
      method,
      ...(body === undefined
        ? {}
        : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const answer: unknown = text === "" ? undefined : JSON.parse(text);
    if (response.ok) return answer as T;
    throw Object.assign(new Error(`${method} ${path}: ${response.status} ${text}`), answer, {
      statusCode: response.status,
    });
  }
}

/** The path of a device, or of a module as `device/module`. */
function path(identity: string): string {
  const [deviceId = "", moduleId] = identity.split("/");
  const device = `/devices/${encodePercent(deviceId)}`;
  return moduleId === undefined ? device : `${device}/modules/${encodePercent(moduleId)}`;
}
