import type { MqttEngine } from "@isohub/core";
import type { InboundPublish } from "@isohub/core/runtime";

/** Returns the events of a session that receives a broker's bytes in blocks. */
export function replay(engine: MqttEngine, blocks: readonly Uint8Array[]): unknown[] {
  const events: unknown[] = [];
  const session = engine.start(
    { send: () => true },
    { clientId: "replay", username: "user", password: undefined, cleanSession: true, keepAliveSeconds: 60 },
    {
      onOpen: (sessionPresent) => events.push({ sessionPresent }),
      onRefused: (code) => events.push({ refused: code }),
      onPublish: ({ payload, ...message }: InboundPublish) =>
        events.push({ ...message, payload: [...payload] }),
      onPuback: (packetId) => events.push({ acknowledged: packetId }),
      onProtocolError: (error) => events.push(error),
    },
  );
  for (const block of blocks) session.receive(block);
  session.stop();
  return events;
}
