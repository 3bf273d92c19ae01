import type { MqttConnectOptions } from "@isohub/core/runtime";

/** Another project's MQTT broker, on a local port without TLS. */
export interface Broker {
  readonly port: number;
  /** A CONNECT packet that it refuses, and the return code. */
  readonly refuses: {
    readonly port: number;
    readonly options: Partial<MqttConnectOptions>;
    readonly returnCode: number;
  };
  /** Whether it sets DUP on redelivered messages, as MQTT requires. */
  readonly marksRedelivery: boolean;
  close(): Promise<void>;
}
