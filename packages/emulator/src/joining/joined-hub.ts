import { type ControlClient, createControlClient } from "../control-client/control-client.ts";
import { ControlError } from "../control-client/control-error.ts";
import { HubError, messageOf } from "../hub/hub-error.ts";
import type { HubDevices } from "../provisioning/hub-devices.ts";
import type { LinkedHub } from "../provisioning/linked-hubs.ts";
import { ControlFetch } from "./control-fetch.ts";
import type { JoinedHubInfo, JoinOptions } from "./join-records.ts";

/** Options of a {@link JoinedHub}. */
export interface JoinedHubOptions {
  readonly name: string;
  readonly joined: JoinOptions;
  /** Called when a request has failed for the first time. */
  onLost(detail: string): void;
}

/** A hub of another process. Requests to its control API create its devices. */
export class JoinedHub implements LinkedHub {
  readonly name: string;
  readonly devices: HubDevices;
  readonly joined: JoinOptions;
  readonly #options: JoinedHubOptions;
  readonly #fetch: ControlFetch;
  readonly #client: ControlClient;
  #isAvailable = true;

  constructor(options: JoinedHubOptions) {
    const { name, joined } = options;
    const { controlUrl, controlToken: token, ca } = joined;
    this.#options = options;
    this.name = name;
    this.joined = joined;
    this.#fetch = new ControlFetch({ ca });
    this.#client = createControlClient(controlUrl, { token, fetch: this.#fetch.fetch });
    this.devices = {
      twin: (deviceId) => this.#unlessNotFound(() => this.#twin(deviceId)),
      assign: (deviceId, device) => this.#reach(() => this.#client.assignDevice(deviceId, device)),
      update: async (deviceId, change) =>
        (await this.#unlessNotFound(() => this.#client.updateDevice(deviceId, change))) !== undefined,
      delete: async (deviceId) => {
        await this.#unlessNotFound(() => this.#client.deleteDevice(deviceId));
      },
    };
  }

  get isAvailable(): boolean {
    return this.#isAvailable;
  }

  get info(): JoinedHubInfo {
    const { host, controlUrl, version } = this.joined;
    return { name: this.name, host, controlUrl, version, isAvailable: this.#isAvailable };
  }

  host(): string {
    return this.joined.host;
  }

  plainHost(): string {
    return this.joined.plainHost;
  }

  /** False: without a port, a host name leads to a hub of this process. */
  accepts(): boolean {
    return false;
  }

  /**
   * Checks that the control API leads back to the process that joins.
   *
   * @throws {HubError} ServiceUnavailable if it can't be reached; ArgumentInvalid if another process answers
   */
  async check(): Promise<void> {
    const { controlUrl, instance } = this.joined;
    const status = await this.#unlessNotFound(() => this.#client.joinStatus());
    if (status?.instance === instance) return;
    throw new HubError(
      "ArgumentInvalid",
      `controlUrl must lead to the hub that joins, got ${controlUrl}, where another one answers.`,
    );
  }

  /** Assigns no more devices to the hub. */
  close(): void {
    this.#isAvailable = false;
    this.#fetch.close();
  }

  async #twin(deviceId: string): ReturnType<HubDevices["twin"]> {
    const { tags, properties } = await this.#client.getTwin(deviceId);
    return {
      tags,
      desired: withoutMetadata(properties.desired),
      reported: withoutMetadata(properties.reported),
    };
  }

  async #unlessNotFound<Result>(call: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await this.#reach(call);
    } catch (error) {
      if (error instanceof HubError && error.statusCode === 404) return undefined;
      throw error;
    }
  }

  async #reach<Result>(call: () => Promise<Result>): Promise<Result> {
    try {
      return await call();
    } catch (error) {
      const answered = answerOf(error);
      if (answered !== undefined) throw answered;
      const detail = reasonOf(error);
      if (this.#isAvailable) {
        this.#isAvailable = false;
        this.#options.onLost(detail);
      }
      const { controlUrl } = this.joined;
      throw new HubError("ServiceUnavailable", `${this.name} can't be reached at ${controlUrl}: ${detail}`);
    }
  }
}

/** Returns an error that the other hub has answered with; `undefined` if it can't serve requests at all. */
function answerOf(error: unknown): HubError | undefined {
  if (!(error instanceof ControlError) || error.name === "ConnectionFailed") return undefined;
  const { name, message } = error;
  const isLost = ["IotHubUnauthorizedAccess", "Forbidden", "ServiceUnavailable"].includes(name);
  return isLost ? undefined : new HubError(name, message);
}

/** Returns the reason why a request has failed, without secrets. */
export function reasonOf(error: unknown): string {
  const cause = error instanceof ControlError ? error.cause : undefined;
  if (cause instanceof Error) return cause.message || String((cause as NodeJS.ErrnoException).code);
  return messageOf(error);
}

function withoutMetadata<Properties extends object>(properties: Properties): Record<string, unknown> {
  return Object.fromEntries(Object.entries(properties).filter(([name]) => !name.startsWith("$")));
}
