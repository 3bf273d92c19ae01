import { ConnectionDroppedError } from "@isohub/core";
import type { MqttEngine } from "@isohub/core/runtime";

/** Watches the connections of a client, and can break them. */
export class ConnectionTap {
  #bytesSent = 0;
  #bytesReceived = 0;
  #break: ((reason: string) => void) | undefined;

  /** The bytes of MQTT packets that were sent. */
  get bytesSent(): number {
    return this.#bytesSent;
  }

  /** The bytes of MQTT packets that were received. */
  get bytesReceived(): number {
    return this.#bytesReceived;
  }

  /** Breaks the connection, as a network failure does. @returns false without a connection */
  drop(reason: string): boolean {
    if (this.#break === undefined) return false;
    this.#break(reason);
    return true;
  }

  /** Returns an engine whose sessions this tap watches. */
  on(engine: MqttEngine): MqttEngine {
    return {
      name: engine.name,
      prepare: () => engine.prepare(),
      start: (connection, options, events) => {
        const send = (bytes: Uint8Array): boolean => {
          this.#bytesSent += bytes.length;
          return connection.send(bytes);
        };
        const session = engine.start({ send }, options, events);
        const breakThis = (reason: string): void => {
          events.onProtocolError(new ConnectionDroppedError("connection_dropped", reason));
        };
        this.#break = breakThis;
        return {
          receive: (bytes) => {
            this.#bytesReceived += bytes.length;
            session.receive(bytes);
          },
          drained: () => session.drained(),
          publish: (message) => session.publish(message),
          subscribe: (filters) => session.subscribe(filters),
          unsubscribe: (filters) => session.unsubscribe(filters),
          acknowledge: (packetId) => session.acknowledge(packetId),
          ping: () => session.ping(),
          disconnect: () => session.disconnect(),
          stop: () => {
            if (this.#break === breakThis) this.#break = undefined;
            session.stop();
          },
        };
      },
    };
  }
}
