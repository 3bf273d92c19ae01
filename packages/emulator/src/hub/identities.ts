import type { Store } from "../store/store.ts";
import type { AppliedConfigurations } from "./configurations/applied-configurations.ts";
import type { C2d } from "./deliveries/c2d.ts";
import type { Inputs } from "./deliveries/inputs.ts";
import { type EtagCondition, requireEtag } from "./etag.ts";
import type { EventFeed } from "./events/event-feed.ts";
import type { HubMessages } from "./hub-messages.ts";
import { type Identity, identityKey } from "./identities/identity.ts";
import type { IdentityRecord, Registry, ServiceIdentityOptions } from "./identities/registry.ts";
import type { DisconnectReason } from "./sessions/session.ts";
import type { Sessions } from "./sessions/sessions.ts";
import type { Twins } from "./twins/twins.ts";
import type { Uploads } from "./uploads.ts";
import type { IdentityViews } from "./views/identity-views.ts";

/** The parts of a hub that hold something of an identity. */
export interface IdentityHolders {
  readonly store: Store;
  readonly registry: Registry;
  readonly events: EventFeed;
  readonly sessions: Sessions;
  readonly twins: Twins;
  readonly c2d: C2d;
  readonly inputs: Inputs;
  readonly uploads: Uploads;
  readonly views: IdentityViews;
  readonly messages: HubMessages;
  readonly applied: AppliedConfigurations;
}

/** Creates, updates and deletes identities, with everything in the hub that belongs to them. */
export class Identities {
  readonly #hub: IdentityHolders;

  /** Called after an identity was created or updated: the configurations that select it may change. */
  onChange: ((identity: Identity) => void) | undefined;

  constructor(hub: IdentityHolders) {
    this.#hub = hub;
  }

  /** @throws {HubError} as {@link Registry.create} */
  create(identity: Identity, options: ServiceIdentityOptions): IdentityRecord {
    const record = this.#hub.registry.create(identity, options);
    this.#hub.events.emit("deviceCreated", identity, {});
    this.#hub.messages.lifecycle(identity, "create");
    this.onChange?.(identity);
    return record;
  }

  /** Updates an identity. Disabling it ends its connection. @throws {HubError} as {@link Registry.update} */
  update(identity: Identity, options: ServiceIdentityOptions, condition?: EtagCondition): IdentityRecord {
    const record = this.#hub.registry.update(identity, options, condition);
    this.#hub.events.emit("deviceUpdated", identity, {});
    if (record.status === "disabled") this.#disconnect(identity, "deviceDisabled");
    this.onChange?.(identity);
    return record;
  }

  /**
   * Deletes an identity with everything that belongs to it, and ends its connection.
   *
   * @throws {HubError} DeviceNotFound, ModuleNotFound, PreconditionFailed
   */
  delete(identity: Identity, condition?: EtagCondition): void {
    const { etag } = this.#hub.registry.require(identity);
    requireEtag(condition, etag, `'${identityKey(identity)}'`);
    this.#hub.store.batch(() => this.#delete(identity));
  }

  #delete(identity: Identity): void {
    const { registry, events, sessions, twins, c2d, inputs, uploads, views, messages, applied } = this.#hub;
    messages.lifecycle(identity, "delete");
    if (identity.moduleId === undefined) {
      c2d.forget(identity.deviceId);
      uploads.forget(identity.deviceId);
    }
    for (const deleted of registry.delete(identity)) {
      this.#disconnect(deleted, "deviceDeleted");
      if (deleted.moduleId !== undefined) inputs.forget(deleted);
      twins.forget(deleted);
      sessions.forget(identityKey(deleted));
      views.forget(deleted);
      applied.forget(deleted);
      const { deviceId, moduleId } = deleted;
      events.emit("deviceDeleted", { deviceId, ...(moduleId === undefined ? {} : { moduleId }) }, {});
    }
  }

  // The connections of a device's modules end with its own.
  #disconnect({ deviceId, moduleId }: Identity, reason: DisconnectReason): void {
    for (const { identity, connection } of this.#hub.sessions.list()) {
      if (identity.deviceId !== deviceId) continue;
      if (moduleId === undefined || identity.moduleId === moduleId) connection.end(reason);
    }
  }
}
