import type { TwinOperation } from "../hub/twins/twins.ts";
import type { ProvisioningFaultOptions } from "../provisioning/provisioning-faults.ts";

/** An answer that the hub can be made to withhold. `twin` stands for the answers to twin requests. */
export type MutedAnswer = "puback" | "suback" | "pingresp" | "twin";

/** A return code of CONNACK that refuses the connection. */
export type ConnackRefusal = 1 | 2 | 3 | 4 | 5;

/** The end of a TCP connection: closed in order (FIN) or reset (RST). */
export type CutStyle = "fin" | "rst";

/** Options of a fault that affects CONNECTs. */
export interface ConnectFaultOptions {
  /** The number of CONNECTs it affects. Defaults to 1. */
  times?: number;
  /** Affects only this device, or module as `device/module`. By default it affects every one. */
  deviceId?: string;
}

/** Options of `Faults.exceedQuota`. */
export interface QuotaFaultOptions {
  /** The number of messages that are refused. By default, they are refused until `clear`. */
  times?: number;
  /** Affects only this device, or module as `device/module`. By default it affects every one. */
  deviceId?: string;
}

/** Options of `Faults.dropRandomly`. */
export interface RandomDropOptions {
  /** The number that the random choices follow from: the same seed cuts the connection at the same messages. */
  seed: number;
  /** The probability that a message cuts the connection, in percent. */
  percent: number;
  /** Defaults to `rst`, as in a network failure. */
  how?: CutStyle;
  /** The number of connections it cuts. By default, it cuts them until `clear`. */
  times?: number;
  /** Affects only this device, or module as `device/module`. By default it affects every one. */
  deviceId?: string;
}

/** Options of `Faults.mute`. */
export interface MuteOptions {
  /** The number of answers to withhold. By default, they are withheld until `unmute`. */
  times?: number;
}

/** Options of `Faults.failTwin`. */
export interface TwinFaultOptions {
  /** The status of the answer, such as 429. */
  status: number;
  /** The `retry-after` of the answer, in seconds. By default it has none. */
  retryAfterSeconds?: number;
  /** The number of requests that fail. Defaults to 1. */
  times?: number;
  /** Fails only reads, or only updates of reported properties. By default both fail. */
  operation?: TwinOperation;
}

/** Options of `Faults.failService`. */
export interface ServiceFaultOptions {
  /** The status of the answer, such as 429; over AMQP, its error condition. A status that the hub doesn't use counts as 500. */
  status: number;
  /** The `Retry-After` of the answer over HTTPS, in seconds. By default it is 1 for 429. */
  retryAfterSeconds?: number;
  /** The number of requests that fail. Defaults to 1. */
  times?: number;
  /** Fails only requests over this protocol. By default, requests over both fail. */
  protocol?: ServiceProtocol;
}

/** A protocol of services. */
export type ServiceProtocol = "HTTPS" | "AMQP";

/** Options of `Faults.drop`. Without a number, the connection is cut immediately. */
export interface DropOptions {
  /** Defaults to `rst`, as in a network failure. */
  how?: CutStyle;
  /** Cuts the connection after this many PUBLISH packets. The last one is stored but not acknowledged. */
  afterPublishes?: number;
  /** Cuts the connection after this many received bytes. Complete packets among them are processed. */
  afterBytes?: number;
}

/**
 * Fault injection. A fault has the same effect every time.
 *
 * A rule stays active until it is used up or {@link Faults.clear} is called, and also applies to later connections. A
 * `deviceId` may also be `device/module`, or `$dps/{registration id}` for the connection of a registering device. The
 * device doesn't have to be connected or registered.
 *
 * Every method throws a `HubError` `ArgumentInvalid` for an argument that is out of range.
 */
export interface Faults {
  /** Answers the next CONNECTs with this return code. */
  refuseConnects(returnCode: ConnackRefusal, options?: ConnectFaultOptions): void;
  /** Leaves the next CONNECTs unanswered; the connection stays open. */
  withholdConnack(options?: ConnectFaultOptions): void;
  /** Answers the next CONNECTs after `ms` milliseconds. */
  delayConnack(ms: number, options?: ConnectFaultOptions): void;
  /** Processes requests of a device but doesn't send the answers. */
  mute(answer: MutedAnswer, deviceId: string, options?: MuteOptions): void;
  /** Ends a `mute`. */
  unmute(answer: MutedAnswer, deviceId: string): void;
  /** Delays every PUBACK to a device by `ms` milliseconds; 0 ends the delay. */
  delayPuback(deviceId: string, ms: number): void;
  /** Delays every packet to a device by `ms` milliseconds, in order; 0 ends the delay. */
  latency(deviceId: string, ms: number): void;
  /** Answers twin requests of a device with an error status. */
  failTwin(deviceId: string, options: TwinFaultOptions): void;
  /** Fails requests of services over REST, and over AMQP the links they open and the messages they send. */
  failService(options: ServiceFaultOptions): void;
  /** Throttles, delays or fails the next registration of a device with the provisioning service. */
  provisioning(options: ProvisioningFaultOptions): void;
  /**
   * Stops reading from and writing to the connection of a device; its socket stays open. Returns false if the device
   * isn't connected.
   */
  blackHole(deviceId: string): boolean;
  /**
   * Cuts the connection of a device, immediately or after a number of packets or bytes. Returns false if it should be cut
   * immediately and the device isn't connected.
   */
  drop(deviceId: string, options?: DropOptions): boolean;
  /**
   * Closes the connection of a device at each telemetry message, which isn't stored, as a hub whose daily quota is used up. Everything
   * else works.
   */
  exceedQuota(options?: QuotaFaultOptions): void;
  /**
   * Cuts connections at PUBLISH packets that are chosen at random, but the same for each seed. A message that cuts its
   * connection is stored but not acknowledged.
   */
  dropRandomly(options: RandomDropOptions): void;
  /** Sends any PUBLISH to a device unchanged, at QoS 0. Returns false if the device isn't connected. */
  publishRaw(deviceId: string, topic: string, payload: string | Uint8Array): boolean;
  /**
   * Sets the hub's clock ahead by a number of seconds, or back if it is negative. Connections whose tokens are then expired
   * end immediately.
   */
  skewClock(seconds: number): void;
  /**
   * Takes the hub down: closes the TLS port, cuts all connections, and rejects devices on the plain port. The control API
   * stays available.
   */
  stopListening(): Promise<void>;
  /** Brings the hub back on the same ports. */
  listenAgain(): Promise<void>;
  /** Lists the active rules of one device or of all. */
  rules(deviceId?: string): FaultRule[];
  /** Ends the rules of one device. Without a device, ends all faults, including a skewed clock and a hub that is down. */
  clear(deviceId?: string): Promise<void>;
}

/**
 * An active rule. `times`, `afterPublishes` and `afterBytes` are the remaining numbers; a rule without `times` stays until
 * it is cleared. The `seed` of `dropRandomly` is that of the next choice.
 */
export type FaultRule =
  | { fault: "refuseConnects"; deviceId?: string; returnCode: ConnackRefusal; times: number }
  | { fault: "withholdConnack"; deviceId?: string; times: number }
  | { fault: "delayConnack"; deviceId?: string; ms: number; times: number }
  | { fault: "mute"; deviceId: string; answer: MutedAnswer; times?: number }
  | { fault: "delayPuback"; deviceId: string; ms: number }
  | { fault: "latency"; deviceId: string; ms: number }
  | ({ fault: "dropRandomly"; how: CutStyle } & Omit<RandomDropOptions, "how">)
  | ({ fault: "failTwin"; deviceId: string; times: number } & Omit<TwinFaultOptions, "times">)
  | ({ fault: "failService"; deviceId?: string; times: number } & Omit<ServiceFaultOptions, "times">)
  | ({ fault: "provisioning"; deviceId?: string } & Omit<ProvisioningFaultOptions, "registrationId">)
  | { fault: "exceedQuota"; deviceId?: string; times?: number }
  | { fault: "drop"; deviceId: string; how: CutStyle; afterPublishes?: number; afterBytes?: number };
