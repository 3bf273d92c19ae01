import type { Endpoints } from "../../api/emulator.ts";
import { mapFaults } from "../../faults/fault-table.ts";
import type { HubErrorBody } from "../../hub/hub-error.ts";
import {
  choice,
  type Field,
  type FieldsOf,
  integer,
  object,
  objectOf,
  record,
  text,
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

// A rule has the parameters of its fault, as far as they apply.
const rules = mapFaults((name, fault) => {
  const parameters = Object.entries({ deviceId: string, ...parametersOf(fault) });
  const fields = parameters.map(([key, field]) => [key, { ...field, isOptional: true }]);
  return objectOf({ fault: choice(name), ...Object.fromEntries(fields) });
});

/** Schemas of hubs, fault rules and errors. */
export const hubComponents: Readonly<Record<string, Field<false>>> = {
  Hub: object<HubInfo>(hub),
  NamedHub: object<NamedHubInfo>({ name: string, ...hub }),
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
