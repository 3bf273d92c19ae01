// The part of MQTT.js and of Node's streams that the engine uses. The types of those packages would bring Node's globals into
// core.

/** The modules for `createMqttJsEngine`: `MqttClient` of the package `mqtt`, and `Duplex` of `node:stream` or `readable-stream`. */
export interface MqttJsModules {
  readonly MqttClient: new (streamBuilder: () => DuplexStream, options: object) => MqttJsClient;
  readonly Duplex: DuplexConstructor;
}

export interface MqttJsClient {
  readonly connected: boolean;
  handleMessage: (packet: unknown, done: (error?: Error) => void) => void;
  on(event: "connect", run: (packet?: { sessionPresent?: boolean }) => void): void;
  on(event: "error", run: (error: Error & { code?: unknown }) => void): void;
  on(event: "message", run: (topic: string, payload: Uint8Array, packet: MqttJsInbound) => void): void;
  on(event: "packetreceive", run: (packet: { cmd: string; messageId: number }) => void): void;
  connect(): void;
  subscribe(
    filters: Record<string, { qos: 0 | 1 }>,
    done: (error: Error | null, granted?: unknown, packet?: { granted: number[] }) => void,
  ): void;
  unsubscribe(filters: string[], done: () => void): void;
  end(force: boolean): void;
}

export interface MqttJsInbound {
  readonly qos: number;
  readonly dup?: boolean;
  readonly messageId?: number;
}

export interface WriteEntry {
  readonly chunk: Uint8Array | string;
  readonly encoding: string;
}

export interface DuplexStream {
  push(bytes: Uint8Array): boolean;
  on(event: "error", run: (error: Error) => void): void;
  destroy(): void;
}

export type DuplexConstructor = new (options: {
  decodeStrings: boolean;
  read(): void;
  write(chunk: Uint8Array | string, encoding: string, done: () => void): void;
  writev(entries: readonly WriteEntry[], done: () => void): void;
  destroy(error: Error | null, done: (error: null) => void): void;
}) => DuplexStream;
