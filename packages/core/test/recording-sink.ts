import type { InboundPublish } from "../src/mqtt/engine.ts";
import { PacketParser, type PacketSink } from "../src/mqtt/lean/packet-parser.ts";

/** An event of a parser. */
export type ParserEvent =
  | { readonly type: "connack"; readonly sessionPresent: boolean; readonly returnCode: number }
  | ({ readonly type: "publish" } & InboundPublish)
  | { readonly type: "puback" | "unsuback"; readonly packetId: number }
  | { readonly type: "suback"; readonly packetId: number; readonly granted: readonly number[] }
  | { readonly type: "pingresp" }
  | { readonly type: "malformed"; readonly reason: string };

/** A sink that records the events of its parser. */
export class RecordingSink implements PacketSink {
  readonly events: ParserEvent[] = [];
  readonly parser: PacketParser = new PacketParser(this);

  /** The reason why the bytes were rejected. */
  get malformed(): string | undefined {
    const last = this.events.at(-1);
    return last?.type === "malformed" ? last.reason : undefined;
  }

  onConnack(sessionPresent: boolean, returnCode: number): void {
    this.events.push({ type: "connack", sessionPresent, returnCode });
  }
  onPublish(message: InboundPublish): void {
    this.events.push({ type: "publish", ...message, payload: new Uint8Array(message.payload) });
  }
  onPuback(packetId: number): void {
    this.events.push({ type: "puback", packetId });
  }
  onAnswer(packetId: number, granted: readonly number[] | undefined): void {
    if (granted === undefined) this.events.push({ type: "unsuback", packetId });
    else this.events.push({ type: "suback", packetId, granted });
  }
  onPingresp(): void {
    this.events.push({ type: "pingresp" });
  }
  onMalformed(reason: string): void {
    this.events.push({ type: "malformed", reason });
  }
}

/** Parses bytes that arrive in these blocks. */
export function parse(...blocks: readonly (Uint8Array | readonly number[])[]): readonly ParserEvent[] {
  const sink = new RecordingSink();
  for (const block of blocks) sink.parser.push(Uint8Array.from(block));
  return sink.events;
}
