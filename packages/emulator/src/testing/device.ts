import { parseConnectionString } from "@isohub/core";
import {
  decodeBase64,
  encodePercent,
  hmacSha256,
  signSasToken,
  symmetricKeySigner,
} from "@isohub/core/internal";
import mqtt, { type IClientOptions, type IPublishPacket, type MqttClient } from "mqtt";
import type { Emulator } from "../api/emulator.ts";
import type { Transport } from "../hub/sessions/session.ts";

/** Changes to an ordinary CONNECT. */
export interface DeviceOptions extends IClientOptions {
  transport?: Transport;
  /** The time for which the token is valid, in seconds. */
  ttl?: number;
  /** A token to use instead of one that is signed with the device's key. */
  token?: string;
  /** A client certificate. With it, there is no token unless `token` is set. */
  certificate?: { readonly cert: string; readonly key: string };
}

/** A device with plain MQTT.js and hand-written topics, so that the tests don't depend on our own client. */
export class TestDevice {
  readonly client: MqttClient;
  readonly id: string;
  readonly received: IPublishPacket[] = [];
  readonly #watchers = new Set<() => void>();
  /** The CONNACK; the return code is -1 if there was none. */
  readonly connected: Promise<{ sessionPresent: boolean; returnCode: number }>;
  /** Resolves when the connection has closed. */
  readonly closed: Promise<void>;

  constructor(client: MqttClient, id: string) {
    this.client = client;
    this.id = id;
    this.connected = new Promise((resolve) => {
      client.once("connect", ({ sessionPresent }) => resolve({ sessionPresent, returnCode: 0 }));
      client.on("error", (error) => {
        if ("code" in error && typeof error.code === "number")
          resolve({ sessionPresent: false, returnCode: error.code });
      });
      client.once("close", () => resolve({ sessionPresent: false, returnCode: -1 }));
    });
    this.closed = new Promise((resolve) => client.once("close", () => resolve()));
    client.on("message", (_topic, _payload, packet) => {
      this.received.push(packet);
      for (const watcher of [...this.#watchers]) watcher();
    });
  }

  /** Resolves with the first received PUBLISH that matches, now or later. */
  next(test: (packet: IPublishPacket) => boolean = () => true, timeoutMs = 60_000): Promise<IPublishPacket> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#watchers.delete(watcher);
        const topics = this.received.map(({ topic }) => topic).join(", ");
        reject(new Error(`no matching message was received; received: ${topics || "nothing"}`));
      }, timeoutMs);
      const watcher = (): void => {
        const index = this.received.findIndex(test);
        const packet = this.received[index];
        if (packet === undefined) return;
        this.received.splice(index, 1);
        clearTimeout(timer);
        this.#watchers.delete(watcher);
        resolve(packet);
      };
      this.#watchers.add(watcher);
      watcher();
    });
  }

  /** Subscribes and resolves with the code in the SUBACK. */
  async subscribe(filter: string, qos: 0 | 1 | 2 = 1): Promise<number> {
    return new Promise((resolve, reject) => {
      this.client.subscribe(filter, { qos }, (error, _granted, suback) => {
        const code = suback?.granted[0];
        if (typeof code === "number") resolve(code);
        else reject(error ?? new Error("no response to SUBSCRIBE"));
      });
    });
  }

  /** Sends a request and waits for `$iothub/twin/res/…`. */
  async twin(
    request: "get" | object,
    parameters = "",
  ): Promise<{ status: number; topic: string; body: unknown }> {
    const rid = crypto.randomUUID();
    const topic =
      request === "get"
        ? `$iothub/twin/GET/?$rid=${rid}`
        : `$iothub/twin/PATCH/properties/reported/?$rid=${rid}${parameters}`;
    this.client.publish(topic, request === "get" ? " " : JSON.stringify(request), { qos: 0 });
    const response = await this.next((packet) => packet.topic.includes(rid));
    const status = Number(response.topic.split("/")[3]);
    const text = response.payload.toString();
    return { status, topic: response.topic, body: text === "" ? undefined : JSON.parse(text) };
  }

  end(force = false): Promise<void> {
    return this.client.endAsync(force);
  }
}

/** Signs a SAS token of a device, or of a module as `device/module`. */
export async function deviceToken(emulator: Emulator, clientId: string, ttl = 3600): Promise<string> {
  const { HostName = "", SharedAccessKey = "" } = parseConnectionString(emulator.connectionString(clientId));
  const path = clientId.replace("/", "/modules/");
  const key = decodeBase64(SharedAccessKey) ?? new Uint8Array();
  // Rounded up: rounded down, a token of one second could expire before its CONNECT is read.
  const expiry = Math.ceil(Date.now() / 1000) + ttl;
  return signSasToken(symmetricKeySigner(key, hmacSha256), `${HostName}/devices/${path}`, expiry);
}

/** Returns the user name of a device. */
export function userNameOf(emulator: Emulator, clientId: string): string {
  const agent = encodePercent("test/1.0 (plain mqtt)");
  return `${emulator.hostName}/${clientId}/?api-version=2021-04-12&DeviceClientType=${agent}`;
}

/** Returns the URL that a device connects to. */
export function urlOf({ endpoints: { host, port, plainPort } }: Emulator, transport: Transport): string {
  const path = "/$iothub/websocket";
  const urls = {
    tcp: `mqtt://${host}:${plainPort}`,
    tls: `mqtts://${host}:${port}`,
    ws: `ws://${host}:${plainPort}${path}`,
    wss: `wss://${host}:${port}${path}`,
  };
  return urls[transport];
}

/** Starts to connect; `connected` of the device resolves with the result. */
export async function dial(
  emulator: Emulator,
  deviceId: string,
  options: DeviceOptions = {},
): Promise<TestDevice> {
  const { transport = "tcp", ttl, token, certificate, ...mqttOptions } = options;
  const password = token ?? (certificate ? undefined : await deviceToken(emulator, deviceId, ttl));
  const tls =
    transport === "tls" || transport === "wss"
      ? { ca: [emulator.ca], servername: "localhost", ...certificate }
      : {};
  const client = mqtt.connect(urlOf(emulator, transport), {
    clientId: deviceId,
    username: userNameOf(emulator, deviceId),
    ...(password === undefined ? {} : { password }),
    protocolVersion: 4,
    clean: false,
    keepalive: 60,
    reconnectPeriod: 0,
    connectTimeout: 5_000,
    resubscribe: false,
    ...tls,
    ...(transport === "wss" ? { wsOptions: tls } : {}),
    ...mqttOptions,
  });
  return new TestDevice(client, deviceId);
}

/** Connects a device. @throws {Error} if the CONNECT is refused */
export async function connect(
  emulator: Emulator,
  deviceId: string,
  options: DeviceOptions = {},
): Promise<TestDevice> {
  const device = await dial(emulator, deviceId, options);
  const { returnCode } = await device.connected;
  if (returnCode !== 0) throw new Error(`CONNECT of ${deviceId} was answered with ${returnCode}`);
  return device;
}
