import { type Backoff, backoffMs, type Clock, type Timer } from "@isohub/core/internal";
import { generateKey, type KeyKind, type MadeCertificate } from "../certificates/node/certificate-maker.ts";
import { type ControlClient, createControlClient } from "../control-client/control-client.ts";
import { ControlError } from "../control-client/control-error.ts";
import type { EventFeed } from "../hub/events/event-feed.ts";
import { ControlFetch } from "./control-fetch.ts";
import { announceIntervalMs, type JoinOptions, type JoinStatus } from "./join-records.ts";
import { reasonOf } from "./joined-hub.ts";

/** Options of a {@link HubJoin}. */
export interface HubJoinOptions {
  /** The control API of the first hub. */
  readonly url: string;
  /** The token of that control API. */
  readonly token: string | undefined;
  /** Returns the name in enrollments. It may depend on the port. */
  name(): string;
  /** PEM of the authority to trust at the first hub, by default those of the process. */
  readonly trusted: string | undefined;
  readonly clock: Clock;
  events(): EventFeed;
  /** The names of the server certificate; `undefined` if the hub has its own certificate or authority. */
  readonly certificateNames: readonly string[] | undefined;
  /** The kind of its key. */
  readonly keyKind: KeyKind;
  /** Returns how the hub is reached. */
  about(): Omit<JoinOptions, "instance">;
  /** Uses a certificate that the first hub has issued. @param ca - PEM of its authority */
  useCertificate(certificate: MadeCertificate, ca: string): void;
}

const backoff: Backoff = { firstMs: 500, longestMs: announceIntervalMs };
/** The time in which the first hub must be reached at the start, in milliseconds. */
const firstJoinMs = 60_000;
const goodbyeMs = 2_000;

/** Joins another hub, and repeats the request every few seconds, because the first hub may restart or lose track of this one. */
export class HubJoin {
  readonly #options: HubJoinOptions;
  readonly #instance: string = crypto.randomUUID();
  readonly #fetch: ControlFetch;
  readonly #client: ControlClient;
  readonly #stop = new AbortController();
  #timer: Timer | undefined;
  #running: Promise<void> = Promise.resolve();
  #isJoined = false;
  #hasJoined = false;
  /** The number of failed attempts since the last successful one. */
  #failures = 0;
  #certifiedBy: string | undefined;

  constructor(options: HubJoinOptions) {
    this.#options = options;
    const { url, token, trusted } = options;
    this.#fetch = new ControlFetch({ ca: trusted });
    this.#client = createControlClient(url.replace(/\/+$/, ""), { token, fetch: this.#fetch.fetch });
  }

  /** Whether the first hub has ever accepted this one. */
  get hasJoined(): boolean {
    return this.#hasJoined;
  }

  get status(): JoinStatus {
    const { url } = this.#options;
    return { name: this.#name, url, instance: this.#instance, isJoined: this.#isJoined };
  }

  get #name(): string {
    return this.#options.name();
  }

  /**
   * Joins the first hub. While it can't be reached, this retries for a minute.
   *
   * @param signal - ends the wait
   * @throws {Error} with the URL, if the first hub refuses, or can't be reached in time; the reason of the signal
   */
  async start(signal?: AbortSignal): Promise<void> {
    const stop = (): void => this.#stop.abort();
    signal?.addEventListener("abort", stop);
    try {
      await this.#firstJoin(signal);
    } finally {
      signal?.removeEventListener("abort", stop);
    }
    this.#schedule();
  }

  async #firstJoin(signal: AbortSignal | undefined): Promise<void> {
    const { clock } = this.#options;
    const deadline = clock.now() + firstJoinMs;
    for (;;) {
      const error = await this.#attempt();
      signal?.throwIfAborted();
      if (error === undefined) return;
      if (isFinal(error) || clock.now() > deadline) throw this.#explain(error);
      await new Promise<void>((resolve) => {
        this.#timer = clock.setTimer(resolve, this.#delayMs(), false);
        signal?.addEventListener("abort", () => resolve(), { once: true });
      });
      this.#timer?.cancel();
      signal?.throwIfAborted();
    }
  }

  /** Leaves the first hub. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#timer?.cancel();
    await this.#running;
    if (this.#isJoined) {
      const signal = AbortSignal.timeout(goodbyeMs);
      await this.#client.leaveHub(this.#name, this.#instance, { signal }).catch(() => {});
    }
    this.#isJoined = false;
    this.#fetch.close();
  }

  #schedule(): void {
    if (this.#stop.signal.aborted) return;
    const ms = this.#isJoined ? announceIntervalMs : this.#delayMs();
    this.#timer = this.#options.clock.setTimer(() => {
      this.#running = this.#attempt().then(() => this.#schedule());
    }, ms);
  }

  #delayMs(): number {
    return backoffMs(backoff, this.#failures, Math.random);
  }

  /** Announces the hub. Returns the error if that fails. */
  async #attempt(): Promise<unknown> {
    const { url } = this.#options;
    const name = this.#name;
    const events = this.#options.events();
    try {
      await this.#announce();
    } catch (error) {
      this.#failures++;
      if (this.#stop.signal.aborted) return error;
      if (this.#failures === 1) {
        const detail = `${reasonOf(error)}; trying again`;
        events.emit("hubLeft", { deviceId: "" }, { name, url, detail });
      }
      this.#isJoined = false;
      return error;
    }
    this.#failures = 0;
    if (!this.#isJoined) events.emit("hubJoined", { deviceId: "" }, { name, url });
    this.#isJoined = true;
    this.#hasJoined = true;
    return undefined;
  }

  async #announce(): Promise<void> {
    const { certificateNames } = this.#options;
    // A certificate comes first: devices may be assigned as soon as the hub has joined.
    if (certificateNames !== undefined && this.#certifiedBy === undefined)
      await this.#certify(certificateNames);
    const { ca } = await this.#join();
    if (certificateNames === undefined || ca === this.#certifiedBy) return;
    await this.#certify(certificateNames);
    await this.#join();
  }

  #join(): ReturnType<ControlClient["joinHub"]> {
    const { about } = this.#options;
    const { signal } = this.#stop;
    return this.#client.joinHub(this.#name, { instance: this.#instance, ...about() }, { signal });
  }

  async #certify(names: readonly string[]): Promise<void> {
    const { privateKey, publicKey } = await generateKey(this.#options.keyKind);
    const request = publicKey.export({ type: "spki", format: "pem" }).toString();
    const { signal } = this.#stop;
    const { cert, ca } = await this.#client.certifyHub([...names], request, { signal });
    const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    this.#options.useCertificate({ cert, key }, ca);
    this.#certifiedBy = ca;
  }

  #explain(error: unknown): Error {
    const { url } = this.#options;
    const isUnauthorized = error instanceof ControlError && error.name === "IotHubUnauthorizedAccess";
    const reason = isUnauthorized ? "joinToken must be the control token of that hub" : reasonOf(error);
    const remedy = isTrust(error)
      ? "; trust its certificate authority with NODE_EXTRA_CA_CERTS, or give both hubs the same --ca-file"
      : "";
    return new Error(`Can't join ${url}: ${reason}${remedy}`, { cause: error });
  }
}

/** Whether another attempt would fail, too. */
function isFinal(error: unknown): boolean {
  if (!(error instanceof ControlError)) return true;
  if (error.name === "ServiceUnavailable") return false;
  return (error.statusCode >= 400 && error.statusCode < 500) || isTrust(error);
}

/** Whether the certificate of the first hub isn't trusted, or is for another host. */
function isTrust(error: unknown): boolean {
  const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
  return /^(ERR_TLS_|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO)/.test(code ?? "");
}
