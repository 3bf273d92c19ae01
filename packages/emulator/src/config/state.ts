import type { PolicyKeys } from "../hub/credentials/policies.ts";
import type { EdgeRouteSpec } from "../hub/deliveries/edge-routes.ts";
import type { IdentityOptions, ModuleOptions } from "../hub/identities/registry.ts";
import type { MessageRouteOptions } from "../hub/telemetry/message-router.ts";
import type { EnrollmentGroupOptions, EnrollmentOptions } from "../provisioning/enrollment.ts";
import type { StoreSnapshot } from "../store/store.ts";

/** A twin in a {@link HubState}. */
export interface TwinSeed {
  readonly tags?: object;
  readonly desired?: object;
  readonly reported?: object;
}

/** A module in a {@link HubState}. */
export interface ModuleSeed extends ModuleOptions {
  moduleId: string;
  twin?: TwinSeed;
}

/** A device in a {@link HubState}, with its modules. */
export interface DeviceSeed extends IdentityOptions {
  deviceId: string;
  iotEdge?: boolean;
  twin?: TwinSeed;
  modules?: readonly ModuleSeed[];
}

/** Another hub in a {@link HubState}. */
export interface HubSeed {
  name: string;
  hostName?: string;
  port?: number;
  plainPort?: number;
  advertise?: string;
}

/**
 * The state of an emulator as JSON: what a hub begins with, what it exports, and what it imports. Everything is optional.
 * Each member other than `snapshot` creates what doesn't exist yet, and sets the keys and status of what does.
 */
export interface HubState {
  /** The keys of shared access policies, by name; those of `provisioningserviceowner`, too. */
  readonly policies?: Readonly<Record<string, Partial<PolicyKeys>>>;
  readonly devices?: readonly DeviceSeed[];
  /** PEM of the certificate authorities that the hub trusts. */
  readonly caCertificates?: readonly string[];
  /** Routes between modules. */
  readonly routes?: readonly EdgeRouteSpec[];
  /** Event hubs that messages can be routed to. */
  readonly eventHubs?: readonly string[];
  /** Routes of messages to event hubs. */
  readonly messageRoutes?: readonly (MessageRouteOptions & { readonly name: string })[];
  /** Other hubs that share the provisioning service. */
  readonly hubs?: readonly HubSeed[];
  /** The names of hubs that join from other processes, so that enrollments can name them before. */
  readonly joinedHubs?: readonly string[];
  readonly enrollments?: readonly (EnrollmentOptions & { readonly registrationId: string })[];
  readonly enrollmentGroups?: readonly (EnrollmentGroupOptions & { readonly enrollmentGroupId: string })[];
  /** Everything that a hub has exported. It comes first; the other members add to it. */
  readonly snapshot?: StoreSnapshot;
}
