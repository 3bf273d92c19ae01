import {
  bytes,
  choice,
  type Field,
  type FieldsOf,
  flag,
  integer,
  type OptionsOf,
  object,
  optional,
  text,
} from "../schema/schema.ts";
import type { Signature } from "../schema/signature.ts";
import type { ConnectFaultOptions, Faults } from "./faults.ts";

/** The name of a fault, as in `Faults` and in `POST /control/faults/{name}`. */
export type FaultName = Exclude<keyof Faults, "rules" | "clear">;

/** A fault: its effect, what it affects, and its parameters. */
export interface Fault extends Signature {
  /** The effect, as a sentence. */
  readonly summary: string;
  /** Affects one device; one device, or all if none is named; or the whole hub. */
  readonly scope: "device" | "device or all" | "hub";
  /** The protocols of the devices, or of the services, that it affects. */
  readonly protocols: readonly FaultProtocol[];
}

/** A protocol of devices. */
export type FaultProtocol = "MQTT" | "AMQP" | "HTTPS";

type FaultTable = {
  readonly [Name in FaultName]: Fault & { readonly options: FieldsOf<OptionsOf<Faults[Name]>> };
};

const million = 1_000_000;
const billion = 1_000_000_000;
const deviceId: Field<false> = text("`device`, `device/module`, or `$dps/{registration id}`");
const answer: Field<false> = choice("puback", "suback", "pingresp", "twin");
const times: Field<true> = optional(integer(1, million), 1);
const connectOptions: FieldsOf<ConnectFaultOptions> = { times, deviceId: optional(deviceId) };
const number: Field<true> = optional(integer(0, million));
const everyProtocol: readonly FaultProtocol[] = ["MQTT", "AMQP", "HTTPS"];
// Over HTTPS, devices have neither connections nor twins.
const withConnection: readonly FaultProtocol[] = ["MQTT", "AMQP"];

/**
 * Every fault. The checks of arguments, the routes of the control API, its OpenAPI document, its client, and the table in
 * the README are derived from it. To add a fault, declare it in {@link Faults}, implement it in `FaultRules`, and add a row.
 */
export const faultTable: FaultTable = {
  refuseConnects: {
    summary: "Refuses the next connections, over MQTT with this return code of CONNACK",
    scope: "device or all",
    protocols: withConnection,
    positional: { returnCode: integer(1, 5) },
    options: connectOptions,
  },
  withholdConnack: {
    summary: "Leaves the next CONNECTs or tokens unanswered; the connection stays open",
    scope: "device or all",
    protocols: withConnection,
    positional: {},
    options: connectOptions,
  },
  delayConnack: {
    summary: "Answers the next CONNECTs or tokens after `ms`",
    scope: "device or all",
    protocols: withConnection,
    positional: { ms: integer(0, million, "In milliseconds") },
    options: connectOptions,
  },
  mute: {
    summary:
      "Processes requests but doesn't send the answers; over AMQP and HTTPS, a `puback` is the outcome of a message",
    scope: "device",
    protocols: everyProtocol,
    positional: { answer, deviceId },
    options: { times: optional(integer(1, million)) },
  },
  unmute: {
    summary: "Ends `mute`",
    scope: "device",
    protocols: everyProtocol,
    positional: { answer, deviceId },
    options: {},
  },
  delayPuback: {
    summary: "Delays every PUBACK, or the outcome of every message, by `ms`; 0 ends the delay",
    scope: "device",
    protocols: everyProtocol,
    positional: { deviceId, ms: integer(0, million, "In milliseconds") },
    options: {},
  },
  latency: {
    summary: "Delays every packet, message or answer to the device by `ms`, in order; 0 ends the delay",
    scope: "device",
    protocols: everyProtocol,
    positional: { deviceId, ms: integer(0, million, "In milliseconds") },
    options: {},
  },
  failTwin: {
    summary: "Answers twin requests with this status",
    scope: "device",
    protocols: withConnection,
    positional: { deviceId },
    options: {
      status: integer(300, 599),
      retryAfterSeconds: number,
      times,
      operation: optional(choice("get", "patch")),
    },
  },
  failService: {
    summary:
      "Fails requests of services with this status, and over AMQP the links they open and the messages they send",
    scope: "hub",
    protocols: ["AMQP", "HTTPS"],
    positional: {},
    options: {
      status: integer(400, 599),
      retryAfterSeconds: number,
      times,
      protocol: optional(choice("HTTPS", "AMQP")),
    },
  },
  provisioning: {
    summary:
      "Throttles the next registration with status 429, prolongs it by a number of polls, fails it, " +
      "or drops its connection without an answer",
    scope: "device or all",
    protocols: everyProtocol,
    positional: {},
    options: {
      registrationId: optional(text()),
      throttle: number,
      throttlePolls: number,
      assigningPolls: number,
      retryAfterSeconds: number,
      fail: optional(
        object<{ errorCode: number; message: string }>({
          errorCode: integer(400_000, 599_999),
          message: text(),
        }),
      ),
      dropAfterRegister: optional(flag()),
    },
  },
  blackHole: {
    summary: "Stops reading from and writing to the connection; its socket stays open",
    scope: "device",
    protocols: withConnection,
    positional: { deviceId },
    options: {},
  },
  drop: {
    summary:
      "Cuts the connection immediately, after a number of PUBLISH packets or AMQP messages (the last is stored but not acknowledged), " +
      "or after a number of bytes",
    scope: "device",
    protocols: withConnection,
    positional: { deviceId },
    options: {
      how: optional(choice("rst", "fin"), "rst"),
      afterPublishes: optional(integer(1, million)),
      afterBytes: optional(integer(0, billion)),
    },
  },
  exceedQuota: {
    summary:
      "Refuses each telemetry message, as if the hub's daily quota was used up; over MQTT, the connection closes",
    scope: "device or all",
    protocols: everyProtocol,
    positional: {},
    options: { times: optional(integer(1, million)), deviceId: optional(deviceId) },
  },
  dropRandomly: {
    summary:
      "Cuts the connection at PUBLISH packets or AMQP messages chosen at random, the same ones for each seed; " +
      "each is stored but not acknowledged",
    scope: "device or all",
    protocols: withConnection,
    positional: {},
    options: {
      seed: integer(0, 4_294_967_295),
      percent: integer(1, 100),
      how: optional(choice("rst", "fin"), "rst"),
      times: optional(integer(1, million)),
      deviceId: optional(deviceId),
    },
  },
  publishRaw: {
    summary: "Sends any PUBLISH unchanged, at QoS 0",
    scope: "device",
    protocols: ["MQTT"],
    positional: { deviceId, topic: text(), payload: bytes() },
    options: {},
  },
  skewClock: {
    summary: "Sets the hub's clock ahead; connections whose tokens are then expired end immediately",
    scope: "hub",
    protocols: everyProtocol,
    positional: { seconds: integer(-billion, billion) },
    options: {},
  },
  stopListening: {
    summary:
      "Takes the hub down: closes the TLS port, disconnects and rejects devices. The control API stays available",
    scope: "hub",
    protocols: everyProtocol,
    positional: {},
    options: {},
  },
  listenAgain: {
    summary: "Brings the hub back on the same ports",
    scope: "hub",
    protocols: everyProtocol,
    positional: {},
    options: {},
  },
};

/** Arranges named values as the arguments of a fault's method: the positional ones, then an object with its options. */
export function faultArguments(name: FaultName, values: Readonly<Record<string, unknown>>): unknown[] {
  const { positional, options } = faultTable[name];
  const args = Object.keys(positional).map((each) => values[each]);
  const given = Object.keys(options).filter((each) => values[each] !== undefined);
  if (Object.keys(options).length === 0) return args;
  return [...args, Object.fromEntries(given.map((each) => [each, values[each]]))];
}

const names = Object.keys(faultTable) as FaultName[];

/** Returns an object with a member for every fault, in the order of the table. */
export function mapFaults<Value>(
  value: (name: FaultName, fault: Fault) => Value,
): Readonly<Record<FaultName, Value>> {
  const entries = names.map((name) => [name, value(name, faultTable[name])]);
  return Object.fromEntries(entries) as Record<FaultName, Value>;
}
