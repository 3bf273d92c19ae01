import { applyPatch } from "../twin/twin-patch.ts";
import type { JsonObject } from "../util/json.ts";
import { fromUtf8 } from "../util/text.ts";
import type { MemoryPeer, PeerOwner } from "./memory-peer.ts";
import type { ClientPacket, PublishPacket } from "./mqtt-packets.ts";

interface Session {
  readonly filters: Set<string>;
  peer: MemoryPeer | undefined;
}

/**
 * The parts of an IoT hub that client tests need: it accepts every client, keeps one connection per client id, remembers
 * subscriptions, acknowledges telemetry and has one twin. {@link intercept} overrides its reaction to any packet. For a
 * complete hub, use the emulator.
 */
export class MemoryHub implements PeerOwner {
  /** Called with each packet first; return `true` to keep the hub from handling it. */
  intercept: (packet: ClientPacket, peer: MemoryPeer) => boolean = () => false;
  /** The twin of all clients. */
  twin: { desired: JsonObject; reported: JsonObject } = {
    desired: { $version: 1 },
    reported: { $version: 1 },
  };
  /** Telemetry that the hub has acknowledged, in order. */
  readonly telemetry: PublishPacket[] = [];
  /** Answers to method calls, in order. */
  readonly methodResponses: PublishPacket[] = [];
  readonly #sessions = new Map<string, Session>();

  /** Handles a packet from a client. */
  onPacket(packet: ClientPacket, peer: MemoryPeer): void {
    if (this.intercept(packet, peer)) return;
    switch (packet.type) {
      case "connect":
        this.#accept(packet.clientId, packet.cleanSession, peer);
        return;
      case "publish":
        this.#publish(packet, peer);
        return;
      case "subscribe":
        for (const { filter } of packet.filters) this.#sessionOf(peer)?.filters.add(filter);
        peer.send({
          type: "suback",
          packetId: packet.packetId,
          granted: packet.filters.map(({ qos }) => Math.min(qos, 1)),
        });
        return;
      case "unsubscribe":
        for (const filter of packet.filters) this.#sessionOf(peer)?.filters.delete(filter);
        peer.send({ type: "unsuback", packetId: packet.packetId });
        return;
      case "pingreq":
        peer.send({ type: "pingresp" });
        return;
      case "puback":
      case "disconnect":
    }
  }

  /** Handles the end of a connection. */
  onGone(peer: MemoryPeer): void {
    const session = this.#sessionOf(peer);
    if (session !== undefined) session.peer = undefined;
  }

  /** The topic filters that a client is subscribed to. */
  filtersOf(clientId: string): readonly string[] {
    return [...(this.#sessions.get(clientId)?.filters ?? [])];
  }

  /** Drops all sessions; the next CONNACK has no session present. */
  forgetSessions(): void {
    this.#sessions.clear();
  }

  /** Changes the desired properties and notifies connected, subscribed clients. */
  patchDesired(patch: JsonObject): void {
    const $version = Number(this.twin.desired["$version"]) + 1;
    this.twin.desired = { ...applyPatch(this.twin.desired, patch), $version };
    const topic = `$iothub/twin/PATCH/properties/desired/?$version=${$version}`;
    for (const { filters, peer } of this.#sessions.values()) {
      if (filters.has("$iothub/twin/PATCH/properties/desired/#")) {
        peer?.publish(topic, JSON.stringify({ ...patch, $version }));
      }
    }
  }

  #accept(clientId: string, cleanSession: boolean, peer: MemoryPeer): void {
    const before = this.#sessions.get(clientId);
    before?.peer?.close();
    const session = before !== undefined && !cleanSession ? before : { filters: new Set<string>(), peer };
    session.peer = peer;
    this.#sessions.set(clientId, session);
    peer.send({ type: "connack", sessionPresent: session === before, returnCode: 0 });
  }

  #publish(packet: PublishPacket, peer: MemoryPeer): void {
    const { topic, payload, packetId, qos } = packet;
    const requestId = /\?\$rid=([^&]*)/.exec(topic)?.[1] ?? "";
    if (topic.startsWith("$iothub/twin/GET/")) {
      this.#answer(peer, `200/?$rid=${requestId}`, JSON.stringify(this.twin));
    } else if (topic.startsWith("$iothub/twin/PATCH/properties/reported/")) {
      const $version = Number(this.twin.reported["$version"]) + 1;
      this.twin.reported = {
        ...applyPatch(this.twin.reported, JSON.parse(fromUtf8(payload)) as JsonObject),
        $version,
      };
      this.#answer(peer, `204/?$rid=${requestId}&$version=${$version}`, "");
    } else if (topic.startsWith("$iothub/methods/res/")) {
      this.methodResponses.push(packet);
    } else {
      this.telemetry.push(packet);
    }
    if (qos === 1) peer.send({ type: "puback", packetId });
  }

  /** The hub answers a twin request only if the client is subscribed to the responses. */
  #answer(peer: MemoryPeer, tail: string, body: string): void {
    if (this.#sessionOf(peer)?.filters.has("$iothub/twin/res/#")) {
      peer.publish(`$iothub/twin/res/${tail}`, body);
    }
  }

  #sessionOf(peer: MemoryPeer): Session | undefined {
    for (const session of this.#sessions.values()) if (session.peer === peer) return session;
    return undefined;
  }
}
