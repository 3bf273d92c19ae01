import type { MqttEngine } from "@isohub/core";
import type { InboundPublish } from "@isohub/core/runtime";

/** What a session tells when a broker's bytes come to it in these blocks. */
export function replay(engine: MqttEngine, blocks: readonly Uint8Array[]): unknown[] {
  const told: unknown[] = [];
  const session = engine.start(
    { send: () => true },
    { clientId: "replay", username: "user", password: undefined, cleanSession: true, keepAliveSeconds: 60 },
    {
      onOpen: (sessionPresent) => told.push({ sessionPresent }),
      onRefused: (code) => told.push({ refused: code }),
      onPublish: ({ payload, ...message }: InboundPublish) =>
        told.push({ ...message, payload: [...payload] }),
      onPuback: (packetId) => told.push({ acknowledged: packetId }),
      onProtocolError: (error) => told.push(error),
    },
  );
  for (const block of blocks) session.receive(block);
  session.stop();
  return told;
}
