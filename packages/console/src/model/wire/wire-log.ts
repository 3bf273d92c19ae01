import type { MqttEngine } from "@isohub/browser";
import { type TappedPacket, tapPackets } from "@isohub/browser/wire";
import { type Signal, signal } from "@preact/signals";
import { repaint } from "../repaint.ts";
import { Ring } from "../ring.ts";
import { describePacket, kindOf, type PacketKind, pairKey } from "./wire-packet.ts";

/** A packet in the log, with its answer or the request that it answers. */
export interface WireEntry {
  readonly number: number;
  readonly at: number;
  readonly tapped: TappedPacket;
  readonly summary: string;
  /** The kind. An answer is of the kind of its request. */
  kind: PacketKind;
  readonly isRequest: boolean;
  /** The number of the request that this packet answers, or of the answer to it. */
  pair: number | undefined;
  /** Of an answer: the time since its request. */
  latencyMs: number | undefined;
  /** Of a request: the time until its answer. */
  answeredMs: number | undefined;
}

const waitingLimit = 2000;

/** The latest packets of all devices in this page. */
export class WireLog {
  readonly isRecording: Signal<boolean> = signal(true);
  readonly entries: Ring<WireEntry> = new Ring(2000);
  readonly #waiting = new Map<string, WireEntry>();
  #count = 0;

  /** Wraps an engine, so that this log receives its packets. */
  tap(engine: MqttEngine): MqttEngine {
    return tapPackets(engine, (tapped) => {
      if (this.isRecording.peek()) this.#add(tapped);
    });
  }

  clear(): void {
    this.entries.clear();
    this.#waiting.clear();
    repaint();
  }

  #add(tapped: TappedPacket): void {
    this.#count += 1;
    const { direction, packet, clientId } = tapped;
    const key = pairKey(direction, packet);
    const entry: WireEntry = {
      number: this.#count,
      at: Date.now(),
      tapped,
      summary: describePacket(direction, packet),
      pair: undefined,
      latencyMs: undefined,
      answeredMs: undefined,
      kind: kindOf(packet),
      isRequest: key?.role === "request",
    };
    if (key?.role === "request") {
      if (this.#waiting.size >= waitingLimit) this.#waiting.clear();
      this.#waiting.set(`${clientId} ${key.name}`, entry);
    } else if (key?.role === "answer") {
      const name = `${clientId} ${key.name}`;
      const request = this.#waiting.get(name);
      if (request !== undefined) {
        this.#waiting.delete(name);
        request.pair = entry.number;
        entry.pair = request.number;
        entry.latencyMs = entry.at - request.at;
        request.answeredMs = entry.latencyMs;
        entry.kind = request.kind;
      }
    }
    this.entries.add(entry);
    repaint();
  }
}
