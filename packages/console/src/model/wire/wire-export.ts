import type { WireEntry } from "./wire-log.ts";
import { bodyText, withoutSecrets } from "./wire-packet.ts";

/** Writes packets as JSON that is safe to attach to an issue: without passwords, keys, signatures and tokens. */
export function exportWire(entries: readonly WireEntry[]): string {
  const packets = entries.map(({ number, at, tapped, summary, pair, latencyMs }) => {
    const { payload, ...packet } = tapped.packet;
    return {
      number,
      at: new Date(at).toISOString(),
      direction: tapped.direction,
      device: tapped.clientId,
      connection: tapped.connection,
      summary,
      ...packet,
      ...(payload === undefined ? {} : { body: bodyText(payload) }),
      ...(pair === undefined ? {} : { pair }),
      ...(latencyMs === undefined ? {} : { latencyMs }),
    };
  });
  return withoutSecrets(JSON.stringify({ format: "isohub wire log", version: 1, packets }, null, 1));
}
