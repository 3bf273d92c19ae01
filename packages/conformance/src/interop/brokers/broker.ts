import type { MqttConnectOptions } from "@isohub/core/runtime";

/** An MQTT broker that others wrote, on a port of this machine, without TLS. */
export interface Broker {
  readonly port: number;
  /** A CONNECT that it refuses, and with which return code. */
  readonly refuses: {
    readonly port: number;
    readonly options: Partial<MqttConnectOptions>;
    readonly returnCode: number;
  };
  /** Whether it sets DUP on what it delivers again, as MQTT says that it must. */
  readonly marksRedelivery: boolean;
  close(): Promise<void>;
}
