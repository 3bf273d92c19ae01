import type { ReceiveOptions } from "../events/receive-queue.ts";
import type { MethodRequest } from "../methods/method.ts";
import type { OperationOptions } from "../util/deadline.ts";
import { clientPrototype } from "./handler-names.ts";
import { HubClient } from "./hub-client.ts";
import { receiveCallsOf } from "./receive-calls.ts";
import { SendingClient } from "./sending-client.ts";
import { updateSuppliedToken } from "./supplied-token-update.ts";
import type { DesiredPatchOf, TwinShape, UntypedTwin } from "./twin-types.ts";

/** Adds Python's `receive…` calls, and tokens that the application supplies, to {@link HubClient}. */
export abstract class ReceiveClient<T extends TwinShape = UntypedTwin> extends HubClient<T> {
  static {
    // Not in its class, so that pages with the lite client don't load it.
    Object.setPrototypeOf(SendingClient.prototype, clientPrototype);
  }

  /**
   * Fetches the next method call, or the next call of the method with this name. Calls that weren't fetched are dropped when
   * the connection is lost, because the hub no longer waits for their responses.
   *
   * @returns `undefined` if none arrived in time
   * @throws {ClientError} `mode_conflict`: handlers have been set
   * @source Python `receive_method_request`
   */
  async receiveMethodRequest(
    methodName?: string,
    options: ReceiveOptions = {},
  ): Promise<MethodRequest | undefined> {
    return receiveCallsOf(this.core).methodRequest(methodName, options);
  }

  /**
   * Fetches the next desired patch.
   *
   * @returns `undefined` if none arrived in time
   * @throws {ClientError} `mode_conflict`: handlers have been set
   * @source Python `receive_twin_desired_properties_patch`
   */
  async receiveTwinDesiredPropertiesPatch(
    options: ReceiveOptions = {},
  ): Promise<DesiredPatchOf<T> | undefined> {
    return (await receiveCallsOf(this.core).patch(options)) as DesiredPatchOf<T> | undefined;
  }

  /**
   * Called 120 s before a token that the application supplied expires. Answer with `updateSastoken`.
   *
   * @source Python `on_new_sastoken_required`
   */
  get onNewSastokenRequired(): (() => unknown) | undefined {
    return this.core.channels.newSastokenRequired?.handler as (() => unknown) | undefined;
  }
  set onNewSastokenRequired(handler: (() => unknown) | null | undefined) {
    this.core.setHandler("newSastokenRequired", handler);
  }

  /**
   * Replaces the token of a client that was created from one. If the client is connected, it reconnects with the new token,
   * and the call resolves once it has; otherwise the next connection uses it.
   *
   * @throws {ArgumentError} `invalid_sas_token`: unreadable, expired, or for another device, module or hub
   * @throws {ClientError} `not_supported`: the client wasn't created from a token
   * @throws {CredentialError} the hub refused the new token
   * @source Python `update_sastoken`
   */
  async updateSastoken(sastoken: string, options: OperationOptions = {}): Promise<void> {
    this.core.ensureOpen();
    await updateSuppliedToken(this.core, sastoken, options);
  }
}
