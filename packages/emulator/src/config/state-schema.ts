import { messageSource } from "../control/components/event-hubs.ts";
import { credentials, deviceOptions } from "../control/operations/identities.ts";
import { enrollmentOptions } from "../control/operations/provisioning.ts";
import { builtInPolicyNames, type PolicyKeys } from "../hub/credentials/policies.ts";
import type { EdgeRouteSpec } from "../hub/deliveries/edge-routes.ts";
import { idForm } from "../hub/identities/identity.ts";
import { advertisedHost } from "../schema/advertised-host.ts";
import {
  count,
  type Field,
  type FieldsOf,
  flag,
  integer,
  list,
  object,
  objectOf,
  optional,
  record,
  text,
} from "../schema/schema.ts";
import type { StoreSnapshot } from "../store/store.ts";
import { hubNameForm } from "./hub-name.ts";
import type { DeviceSeed, HubSeed, HubState, ModuleSeed, TwinSeed } from "./state.ts";

const id: Field<false> = {
  schema: { type: "string", pattern: idForm.pattern, title: idForm.rule },
  isOptional: false,
};
const key: Field<true> = {
  schema: {
    type: "string",
    pattern: "^[A-Za-z0-9+/_-]{22,86}={0,2}$",
    title: "base64 of 16 to 64 bytes",
    writeOnly: true,
  },
  isOptional: true,
};
const twin = object<TwinSeed>({
  tags: optional(record()),
  desired: optional(record()),
  reported: optional(record()),
});
const policy = object<Partial<PolicyKeys>>({ primaryKey: key, secondaryKey: key });
const keys = { primaryKey: key, secondaryKey: key };

const module: FieldsOf<ModuleSeed> = { moduleId: id, ...credentials, ...keys, twin: optional(twin) };

const device: FieldsOf<DeviceSeed> = {
  deviceId: id,
  ...deviceOptions,
  ...keys,
  iotEdge: optional(flag()),
  twin: optional(twin),
  modules: optional(list(object<ModuleSeed>(module))),
};

const hubName: Field<false> = {
  schema: { type: "string", pattern: hubNameForm.pattern, title: hubNameForm.rule },
  isOptional: false,
};

const hub: FieldsOf<HubSeed> = {
  name: hubName,
  hostName: optional(text()),
  port: optional(integer(0, 65_535)),
  plainPort: optional(integer(0, 65_535)),
  advertise: advertisedHost,
};

const route = object<EdgeRouteSpec>({
  from: object<EdgeRouteSpec["from"]>({ deviceId: id, moduleId: id, output: optional(text()) }),
  to: object<EdgeRouteSpec["to"]>({ moduleId: id, input: text() }),
});

const messageRoute = objectOf({
  name: text(),
  source: messageSource,
  endpoint: text("events, or the name of an event hub"),
  condition: optional(text(), "true"),
});

const log = objectOf({ last: count(), records: list({ schema: {}, isOptional: false }) });

// A scope has the form of a snapshot, which a schema without definitions can't say.
const snapshot = object<StoreSnapshot>({ tables: record(), logs: record(log), scopes: record() });

const policyNames = [...builtInPolicyNames, "provisioningserviceowner"];

/** The fields of a {@link HubState}. */
export const stateFields: FieldsOf<HubState> = {
  policies: optional(objectOf(Object.fromEntries(policyNames.map((name) => [name, optional(policy)])))),
  devices: optional(list(object<DeviceSeed>(device))),
  caCertificates: optional(list(text("PEM"))),
  routes: optional(list(route)),
  eventHubs: optional(list(text())),
  messageRoutes: optional(list(messageRoute)),
  hubs: optional(list(object<HubSeed>(hub))),
  joinedHubs: optional(list(hubName)),
  enrollments: optional(
    list(objectOf({ registrationId: text(), ...enrollmentOptions, deviceId: optional(id) })),
  ),
  enrollmentGroups: optional(list(objectOf({ enrollmentGroupId: text(), ...enrollmentOptions }))),
  snapshot: optional(snapshot),
};
