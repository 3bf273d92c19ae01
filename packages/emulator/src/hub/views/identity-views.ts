import type { Clock } from "@isohub/core/internal";
import type { Store, Table } from "../../store/store.ts";
import { isoTime } from "../clock.ts";
import type { AppliedConfigurations } from "../configurations/applied-configurations.ts";
import type { C2d } from "../deliveries/c2d.ts";
import { type Identity, identityKey } from "../identities/identity.ts";
import type { Registry } from "../identities/registry.ts";
import type { Session } from "../sessions/session.ts";
import type { Sessions } from "../sessions/sessions.ts";
import type { Twins } from "../twins/twins.ts";
import {
  type DeviceIdentity,
  deviceView,
  type IdentityActivity,
  type ModuleIdentity,
  moduleView,
  type ServiceTwin,
  twinView,
} from "./service-view.ts";

/** The sources of the views. */
export interface ViewSources {
  readonly clock: Clock;
  readonly store: Store;
  readonly registry: Registry;
  readonly sessions: Sessions;
  readonly twins: Twins;
  readonly c2d: C2d;
  readonly applied: AppliedConfigurations;
}

const never = "0001-01-01T00:00:00Z";

/** The last connection or disconnection of an identity, as it is stored. */
interface ActivityRecord {
  readonly time: string;
  readonly modelId: string;
}

/** Identities and twins as a service sees them, with the time of their last activity. */
export class IdentityViews {
  readonly #from: ViewSources;
  readonly #activity: Table<ActivityRecord>;

  constructor(from: ViewSources) {
    this.#from = from;
    this.#activity = from.store.table("activity");
  }

  /** @throws {HubError} DeviceNotFound */
  device(deviceId: string): DeviceIdentity {
    return deviceView(this.#from.registry.require({ deviceId }), this.#activityOf({ deviceId }));
  }

  /** Returns up to `limit` devices in the order of creation. */
  devices(limit: number): DeviceIdentity[] {
    return this.#from.registry
      .devices()
      .slice(0, limit)
      .map(({ deviceId }) => this.device(deviceId));
  }

  /** @throws {HubError} ModuleNotFound */
  module(identity: Required<Identity>): ModuleIdentity {
    return moduleView(this.#from.registry.require(identity), this.#activityOf(identity));
  }

  /** Returns the modules of a device. */
  modules(deviceId: string): ModuleIdentity[] {
    return this.#from.registry
      .modules(deviceId)
      .map(({ moduleId = "" }) => this.module({ deviceId, moduleId }));
  }

  /** @throws {HubError} DeviceNotFound, ModuleNotFound */
  twin(identity: Identity): ServiceTwin {
    const record = this.#from.registry.require(identity);
    const configurations = this.#from.applied.section(identity);
    return {
      ...twinView(record, this.#from.twins.of(identity), this.#activityOf(identity)),
      ...(configurations === undefined ? {} : { configurations }),
    };
  }

  /** Records that an identity has connected or disconnected. */
  note({ key, clientInfo }: Session): void {
    const time = isoTime(this.#from.clock.now());
    this.#activity.set(key, { time, modelId: clientInfo.modelId ?? "" });
  }

  forget(identity: Identity): void {
    this.#activity.delete(identityKey(identity));
  }

  #activityOf(identity: Identity): IdentityActivity {
    const { sessions, c2d } = this.#from;
    const key = identityKey(identity);
    const { time = never, modelId = "" } = this.#activity.get(key) ?? {};
    return {
      connected: sessions.live(key) !== undefined,
      connectionStateUpdatedTime: time,
      lastActivityTime: time,
      modelId,
      cloudToDeviceMessageCount: identity.moduleId === undefined ? c2d.count(identity.deviceId) : 0,
    };
  }
}
