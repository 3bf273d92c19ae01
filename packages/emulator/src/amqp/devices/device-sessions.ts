import { parseSasToken } from "@isohub/core/internal";
import { resourceOf } from "../../hub/credentials/policy-token.ts";
import { type Identity, identityKey } from "../../hub/identities/identity.ts";
import type { DisconnectReason } from "../../hub/sessions/session.ts";
import type { Wire } from "../../listeners/wire.ts";
import type { DeviceNode } from "../address.ts";
import type { AmqpContext } from "../amqp-context.ts";
import { unauthorized } from "../amqp-error.ts";
import type { LinkOutcome } from "../rhea/link-handler.ts";
import type { AmqpError, Receiver, Sender } from "../rhea/rhea.ts";
import { DeviceSession } from "./device-session.ts";

/** The devices of one connection: usually one, but a gateway may carry many. */
export class DeviceSessions {
  readonly #context: AmqpContext;
  readonly #wire: Wire;
  readonly #onEnd: (error?: AmqpError) => void;
  readonly #cut: (how: "fin" | "rst") => void;
  readonly #devices = new Map<string, DeviceSession>();
  // The last token of a policy, which may open any device.
  #policyToken: string | undefined;
  // The device whose bytes a fault limits.
  #limitedKey: string | undefined;
  #closed = false;

  /**
   * @param onEnd - called when the hub has ended the session of the only device
   * @param cut - cuts the connection, as a fault demands
   */
  constructor(
    context: AmqpContext,
    wire: Wire,
    onEnd: (error?: AmqpError) => void,
    cut: (how: "fin" | "rst") => void,
  ) {
    this.#context = context;
    this.#wire = wire;
    this.#onEnd = onEnd;
    this.#cut = cut;
  }

  get isEmpty(): boolean {
    return this.#devices.size === 0;
  }

  has(key: string): boolean {
    return this.#devices.has(key);
  }

  /** Counts received bytes, which the devices share. Returns how many more a fault allows; `undefined` if there is no limit. */
  receiveLimit(bytes: number): number | undefined {
    for (const key of this.#devices.keys()) {
      const limit = this.#context.faults.receiveLimit(key, bytes);
      if (limit === undefined) continue;
      this.#limitedKey = key;
      return limit;
    }
    return undefined;
  }

  /** Returns how to cut the connection after its last byte. */
  cutting(): "fin" | "rst" {
    return this.#context.faults.cutting(this.#limitedKey);
  }

  /** Opens or continues the session of a device with a token. Returns why the token isn't valid, if so. */
  async present(identity: Identity, token: string): Promise<string | undefined> {
    const device = this.#devices.get(identityKey(identity));
    if (device !== undefined && !device.ended) return device.renew(token);
    const opened = await this.#connect(identity, token);
    return typeof opened === "string" ? opened : undefined;
  }

  /** Keeps the token of a policy for devices whose links follow. */
  keep(policyToken: string): void {
    this.#policyToken = policyToken;
  }

  /** Opens a link of a device; first its session, with the certificate of the connection, unless there is one. */
  openLink(link: Sender | Receiver, node: DeviceNode): LinkOutcome | Promise<LinkOutcome> {
    const device = this.#devices.get(identityKey(node.identity));
    if (device !== undefined) return device.openLink(link, node);
    return this.#connect(node.identity, this.#policyToken).then((opened) =>
      typeof opened === "string" ? unauthorized(`Unauthorized: ${opened}.`) : opened.openLink(link, node),
    );
  }

  /** Ends the session of a device as the hub does. */
  end(key: string, reason: DisconnectReason): void {
    this.#devices.get(key)?.end(reason);
  }

  /** Ends all sessions, because the connection has ended. */
  closeAll(reason: DisconnectReason, detail?: string): void {
    this.#closed = true;
    for (const device of this.#devices.values()) device.close(reason, detail);
    this.#devices.clear();
  }

  async #connect(identity: Identity, token: string | undefined): Promise<DeviceSession | string> {
    const key = identityKey(identity);
    const wire = this.#wire;
    const opened = await DeviceSession.open(this.#context, {
      identity,
      token,
      transport: wire.transport,
      remoteAddress: wire.remoteAddress,
      certificates: () => wire.certificates(),
      onEnd: (session, error) => {
        if (this.#devices.get(key) === session) this.#devices.delete(key);
        if (this.#devices.size === 0) this.#onEnd(error);
      },
      cut: (how) => this.#cut(how),
    });
    if (typeof opened === "string") return opened;
    // The connection may have ended while the token was verified.
    if (this.#closed) opened.close("connectionLost");
    else this.#devices.set(key, opened);
    return opened;
  }
}

/** Returns the device or module that a token is for; `undefined` for a token of a service, or one that isn't valid. */
export function identityOfToken(text: string): Identity | undefined {
  try {
    const [devices, deviceId, modules, moduleId] = resourceOf(parseSasToken(text).resource).path;
    if (devices?.toLowerCase() !== "devices" || !deviceId) return undefined;
    return modules?.toLowerCase() === "modules" && moduleId ? { deviceId, moduleId } : { deviceId };
  } catch {
    return undefined;
  }
}
