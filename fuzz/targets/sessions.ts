import fc from "fast-check";
import { expect } from "vitest";
import { ProtocolError } from "../../packages/core/src/errors.ts";
import type { MqttEngine, MqttSession } from "../../packages/core/src/mqtt/engine.ts";
import { encodePublish } from "../../packages/core/src/mqtt/publish-packet.ts";
import { PacketReader } from "../../packages/core/src/testing/mqtt-packets.ts";
import { engines } from "../../packages/core/test/engines.ts";
import { hubBytesAfter } from "../packets.ts";
import { sizes, split } from "../split.ts";
import { defineTarget, type Target } from "../target.ts";

/** A call of a session between two blocks of bytes. */
type Call = "publish" | "subscribe" | "unsubscribe" | "drained" | "ping" | "none";

const connack = { type: "connack", sessionPresent: true, returnCode: 0 } as const;
const input = fc.record({
  bytes: fc.oneof(
    { weight: 4, arbitrary: hubBytesAfter([connack]) },
    { weight: 1, arbitrary: hubBytesAfter([]) },
  ),
  sizes,
  calls: fc.array(fc.constantFrom<Call>("publish", "subscribe", "unsubscribe", "drained", "ping", "none"), {
    maxLength: 60,
  }),
  accepts: fc.array(fc.boolean(), { maxLength: 20 }),
});
type Input = typeof input extends fc.Arbitrary<infer T> ? T : never;

/**
 * Sessions of both engines: what a hub sends ends them with one ProtocolError at most, never with an exception. Nothing follows
 * it, and every packet that was sent is one that a client may send.
 */
export const sessions: readonly Target[] = engines.map((engine) =>
  defineTarget(`sessions-${engine.name}`, input, async (values) => {
    await engine.prepare();
    await runSession(engine, values);
  }),
);

async function runSession(engine: MqttEngine, { bytes, sizes: cuts, calls, accepts }: Input): Promise<void> {
  const sent = new PacketReader();
  const ends: string[] = [];
  let errors = 0;
  let sends = 0;
  let session: MqttSession | undefined;
  const note = (event: string): void => {
    if (errors > 0) throw new Error(`${event} after the error`);
    if (event === "open" || event === "refused") ends.push(event);
  };
  session = engine.start(
    {
      send(packet) {
        sent.push(packet);
        return accepts[sends++ % 20] ?? true;
      },
    },
    { clientId: "d", username: "u", password: undefined, cleanSession: false, keepAliveSeconds: 60 },
    {
      onOpen: () => note("open"),
      onRefused: () => note("refused"),
      onPublish: ({ packetId }) => {
        note("publish");
        if (packetId !== undefined) session?.acknowledge(packetId);
      },
      onPuback: () => note("puback"),
      onProtocolError: (error) => {
        errors++;
        expect(error).toBeInstanceOf(ProtocolError);
        session?.stop();
      },
    },
  );
  for (const [at, part] of split(bytes, cuts).entries()) {
    if (errors > 0) break;
    perform(session, calls[at] ?? "none");
    session.receive(part);
  }
  session.stop();
  expect(errors).toBeLessThanOrEqual(1);
  if (engine.name === "lean") expect(ends.length).toBeLessThanOrEqual(1);
  // MQTT.js reports some errors in a later turn.
  await new Promise((resolve) => setImmediate(resolve));
}

function perform(session: MqttSession, call: Call): void {
  if (call === "publish")
    session.publish(encodePublish({ topic: "t", payload: "p", qos: 1, dup: false, packetId: 1 }));
  else if (call === "subscribe") void session.subscribe([{ filter: "a", qos: 1 }]);
  else if (call === "unsubscribe") void session.unsubscribe(["a"]);
  else if (call === "drained") session.drained();
  else if (call === "ping") session.ping();
}
