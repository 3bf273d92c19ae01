import type { Packet } from "mqtt-packet";
import {
  ClientPacketParser,
  type ClientPacketSink,
  type ClientPublish,
  type RequestedFilter,
} from "../src/mqtt/server/client-packet-parser.ts";
import type { ConnectPacket, ForeignConnect } from "../src/mqtt/server/connect-packet.ts";

/** An event of the server's parser. */
export type ClientEvent =
  | ({ readonly type: "connect" } & (ConnectPacket | ForeignConnect))
  | ({ readonly type: "publish" } & ClientPublish)
  | { readonly type: "puback"; readonly packetId: number }
  | { readonly type: "subscribe"; readonly packetId: number; readonly filters: readonly RequestedFilter[] }
  | { readonly type: "unsubscribe"; readonly packetId: number; readonly filters: readonly string[] }
  | { readonly type: "pingreq" | "disconnect" }
  | { readonly type: "malformed"; readonly reason: string };

/** A sink that records the events of its parser. */
export class ClientRecordingSink implements ClientPacketSink {
  readonly events: ClientEvent[] = [];
  readonly parser: ClientPacketParser = new ClientPacketParser(this, { connect: 100_000, publish: 400_000 });

  onConnect(packet: ConnectPacket | ForeignConnect): void {
    this.events.push({ type: "connect", ...packet });
  }
  onPublish(packet: ClientPublish): void {
    this.events.push({ type: "publish", ...packet, payload: new Uint8Array(packet.payload) });
  }
  onPuback(packetId: number): void {
    this.events.push({ type: "puback", packetId });
  }
  onSubscribe(packetId: number, filters: readonly RequestedFilter[]): void {
    this.events.push({ type: "subscribe", packetId, filters });
  }
  onUnsubscribe(packetId: number, filters: readonly string[]): void {
    this.events.push({ type: "unsubscribe", packetId, filters });
  }
  onPingreq(): void {
    this.events.push({ type: "pingreq" });
  }
  onDisconnect(): void {
    this.events.push({ type: "disconnect" });
  }
  onMalformed(reason: string): void {
    this.events.push({ type: "malformed", reason });
  }
}

/** Parses bytes of a client that arrive in these blocks. */
export function parseClient(...blocks: readonly (Uint8Array | readonly number[])[]): ClientEvent[] {
  const sink = new ClientRecordingSink();
  for (const block of blocks) sink.parser.push(Uint8Array.from(block));
  return sink.events;
}

/** A packet of mqtt-packet in the form that the server's parser reports. */
export function asClientEvent(packet: Packet): ClientEvent {
  switch (packet.cmd) {
    case "connect": {
      const { clientId, clean = false, keepalive = 0, username, password, will } = packet;
      return {
        type: "connect",
        clientId,
        cleanSession: clean,
        keepAliveSeconds: keepalive,
        username: username === undefined ? undefined : String(username),
        password: password === undefined ? undefined : new Uint8Array(Buffer.from(password)),
        will:
          will === undefined
            ? undefined
            : {
                topic: will.topic,
                payload: new Uint8Array(Buffer.from(will.payload)),
                qos: will.qos ?? 0,
                retain: will.retain ?? false,
              },
      };
    }
    case "publish":
      return {
        type: "publish",
        topic: String(packet.topic),
        payload: new Uint8Array(Buffer.from(packet.payload)),
        qos: packet.qos,
        retain: packet.retain,
        dup: packet.dup,
        packetId: packet.qos === 0 ? 0 : (packet.messageId ?? 0),
      };
    case "puback":
      return { type: "puback", packetId: packet.messageId ?? 0 };
    case "subscribe": {
      const filters = packet.subscriptions.map(({ topic, qos }) => ({ filter: topic, qos }));
      return { type: "subscribe", packetId: packet.messageId ?? 0, filters };
    }
    case "unsubscribe":
      return { type: "unsubscribe", packetId: packet.messageId ?? 0, filters: packet.unsubscriptions };
    case "pingreq":
    case "disconnect":
      return { type: packet.cmd };
    default:
      throw new Error(`a client sends no ${packet.cmd}`);
  }
}
