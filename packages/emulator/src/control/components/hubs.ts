import type { Endpoints } from "../../api/emulator.ts";
import { mapFaults } from "../../faults/fault-table.ts";
import type { HubErrorBody } from "../../hub/hub-error.ts";
import type { HubQuota } from "../../hub/limits/throttles.ts";
import { hubTiers, type ServiceOperation, type TierLimits } from "../../hub/limits/tiers.ts";
import {
  choice,
  count,
  type Field,
  type FieldsOf,
  flag,
  integer,
  object,
  objectOf,
  optional,
  record,
  text,
  time,
  variants,
} from "../../schema/schema.ts";
import { parametersOf } from "../../schema/signature.ts";
import type { HubInfo, NamedHubInfo } from "../control-methods.ts";

const string: Field<false> = text();
const port: Field<false> = integer(0, 65_535);

const hub: FieldsOf<HubInfo> = {
  hostName: string,
  endpoints: object<Endpoints>({
    host: string,
    port,
    plainPort: port,
    provisioning: object<Endpoints["provisioning"]>({ host: string, port, plainPort: port }),
    controlUrl: string,
  }),
  ca: text("PEM"),
  serviceConnectionString: string,
  eventHubConnectionString: string,
  idScope: string,
  provisioningConnectionString: string,
};

const quota: FieldsOf<HubQuota> = {
  tier: optional(choice(...hubTiers)),
  limits: optional(
    object<TierLimits>({
      isBasic: optional(flag()),
      messagesPerDay: count(),
      bytesPerMessage: count(),
      connect: count(),
      send: count(),
      twinRead: count(),
      twinUpdate: count(),
      methodBytes: count(),
      servicePerMinute: object<Record<ServiceOperation, number>>({
        registry: count(),
        query: count(),
        c2d: count(),
        jobs: count(),
        configurations: count(),
      }),
    }),
  ),
  usedToday: count(),
  resetsAt: time(),
  refused: record(count()),
};

// A rule has the parameters of its fault, as far as they apply.
const rules = mapFaults((name, fault) => {
  const parameters = Object.entries({ deviceId: string, ...parametersOf(fault) });
  const fields = parameters.map(([key, field]) => [key, { ...field, isOptional: true }]);
  return objectOf({ fault: choice(name), ...Object.fromEntries(fields) });
});

/** Schemas of hubs, their quotas, fault rules and errors. */
export const hubComponents: Readonly<Record<string, Field<false>>> = {
  Hub: object<HubInfo>(hub),
  NamedHub: object<NamedHubInfo>({ name: string, ...hub }),
  Quota: object<HubQuota>(quota),
  FaultRule: variants("fault", ...Object.values(rules)),
  Error: object<HubErrorBody & { name: string }>({
    name: text("Such as `DeviceNotFound`"),
    errorCode: integer(400_000, 599_999),
    trackingId: string,
    message: string,
    info: record(string),
    timestampUtc: string,
  }),
};
