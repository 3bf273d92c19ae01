import type { ConnectionDroppedError } from "@isohub/core";
import type { MqttEngine } from "@isohub/core/runtime";

/** Watches the connections of a client, and can break them. */
export class ConnectionTap {
  #bytesSent = 0;
  #bytesReceived = 0;
  #break: ((error: Error) => void) | undefined;

  /** The bytes of MQTT packets that were sent. */
  get bytesSent(): number {
    return this.#bytesSent;
  }

  /** The bytes of MQTT packets that were received. */
  get bytesReceived(): number {
    return this.#bytesReceived;
  }

  /** Whether there is a connection to break. */
  get isOpen(): boolean {
    return this.#break !== undefined;
  }

  /** Breaks the connection, as a network failure does. */
  drop(error: ConnectionDroppedError): void {
    this.#break?.(error);
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
        const breakThis = (error: Error): void => events.onProtocolError(error);
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
