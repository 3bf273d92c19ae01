import { readSuppliedToken } from "../auth/supplied-token.ts";
import { SuppliedToken } from "../connection/credential.ts";
import type { SubscriptionName } from "../connection/dialect.ts";
import { ArgumentError, ClientError, mustBe } from "../errors.ts";
import type { ReceiveOptions, ReceiveQueue } from "../events/receive-queue.ts";
import type { MethodRequest } from "../methods/method.ts";
import { type OperationOptions, withDeadline } from "../util/deadline.ts";
import { HubClient } from "./hub-client.ts";
import { ReceiveQueues } from "./receive-queues.ts";
import type { DesiredPatchOf, TwinShape, UntypedTwin } from "./twin-types.ts";

/** What device and module clients have beyond {@link HubClient}: Python's `receive…` calls, and tokens of the application. */
export abstract class FullClient<T extends TwinShape = UntypedTwin> extends HubClient<T> {
  /**
   * Fetches the next method call; with a name, the next call of that method. Calls that nobody has fetched are forgotten
   * when the connection is lost: the hub does not wait for them.
   *
   * @returns `undefined` when none came in the time given
   * @source Python `receive_method_request`
   */
  async receiveMethodRequest(
    methodName?: string,
    options: ReceiveOptions = {},
  ): Promise<MethodRequest | undefined> {
    return this.receiveFrom(this.queues.methods, methodName, "methods", options);
  }

  /**
   * Fetches the next desired patch.
   *
   * @returns `undefined` when none came in the time given
   * @source Python `receive_twin_desired_properties_patch`
   */
  async receiveTwinDesiredPropertiesPatch(
    options: ReceiveOptions = {},
  ): Promise<DesiredPatchOf<T> | undefined> {
    const patch = await this.receiveFrom(this.queues.patches, undefined, "twinPatches", options);
    return patch as DesiredPatchOf<T> | undefined;
  }

  /**
   * Called 120 s before a token that the application brought ends; answer with `updateSastoken`.
   *
   * @source Python `on_new_sastoken_required`
   */
  get onNewSastokenRequired(): (() => unknown) | undefined {
    return this.core.channels.newSastokenRequired.handler as (() => unknown) | undefined;
  }
  set onNewSastokenRequired(handler: (() => unknown) | null | undefined) {
    this.setHandler("newSastokenRequired", handler);
  }

  /**
   * Replaces the token of a client that was made from one. A connected client reconnects with it and the call resolves
   * when it has; otherwise the next connection uses it.
   *
   * @throws {ArgumentError} `invalid_sas_token` — unreadable, expired, or for another device, module or hub
   * @throws {ClientError} `not_supported` for a client that was not made from a token
   * @throws {CredentialError} the hub refused the new token
   * @source Python `update_sastoken`
   */
  async updateSastoken(sastoken: string, options: OperationOptions = {}): Promise<void> {
    this.core.ensureOpen();
    const { kind, locator } = this.core.setup;
    const { credential, identity } = locator.target ?? {};
    if (identity === undefined || !(credential instanceof SuppliedToken)) {
      throw new ClientError(
        "not_supported",
        "Cannot update the SAS token when the client was not created with one",
      );
    }
    const subject = readSuppliedToken(sastoken, kind, this.core.clock.now());
    for (const [what, is, must] of [
      ["device id", subject.deviceId, identity.deviceId],
      ["module id", subject.moduleId, identity.moduleId],
      ["host name", subject.hostName.replace(/:\d+$/, ""), identity.hostName],
    ]) {
      if (is === must) continue;
      throw new ArgumentError("invalid_sas_token", `The SAS token has ${what} '${is}', it must be '${must}'`);
    }
    credential.replace(sastoken, subject.expiry);
    await this.withDeadline("Updating the SAS token", options, () => this.core.connection.renew());
  }

  /**
   * What is fetched from.
   *
   * @throws {ClientError} `shut_down`; `mode_conflict` when handlers have been set
   */
  protected get queues(): ReceiveQueues {
    const { core } = this;
    core.ensureOpen();
    if (core.usesHandlers) {
      throw new ClientError(
        "mode_conflict",
        "Cannot use receive APIs - receive handler(s) have already been set",
      );
    }
    core.queues ??= new ReceiveQueues(core.channels, core.clock);
    return core.queues;
  }

  /** Fetches from a queue, with the subscription for it confirmed first. */
  protected async receiveFrom<V>(
    queue: ReceiveQueue<V>,
    key: string | undefined,
    subscription: SubscriptionName,
    options: ReceiveOptions,
  ): Promise<V | undefined> {
    const { timeout, signal } = options;
    if (timeout !== undefined && !(typeof timeout === "number" && timeout >= 0))
      throw mustBe("timeout", timeout, "a number of seconds, 0 or more");
    queue.reserve(key);
    const { clock, connection, setup } = this.core;
    const what = "Subscribing";
    await withDeadline(clock, what, { signal }, setup.options.operationTimeoutMs, (inner) =>
      connection.link(what, inner, subscription),
    );
    return queue.receive(key, options);
  }
}
