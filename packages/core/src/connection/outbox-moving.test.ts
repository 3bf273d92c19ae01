import { describe, expect, it } from "vitest";
import { payloadText } from "../testing/payload.ts";
import { openLink, type ScriptedLink } from "../testing/scripted-engine.ts";
import { VirtualClock } from "../testing/virtual-clock.ts";
import { utf8 } from "../util/text.ts";
import { Outbox } from "./outbox.ts";
import type { OutboundKind } from "./outbox-entry.ts";

/** An outbox that has the address of a device. */
function outboxOf(telemetryTopic: string, limit = 1000): Outbox {
  const outbox = new Outbox(new VirtualClock(0), limit);
  outbox.telemetryTopic = telemetryTopic;
  return outbox;
}

function add(outbox: Outbox, kind: OutboundKind, text: string, signal?: AbortSignal): Promise<unknown> {
  return outbox.add(kind, "Sending", text, utf8(text), { signal }, 60_000).then(
    () => "sent",
    (error: unknown) => error,
  );
}

/** A connection is there; its acknowledgements go to the outbox. */
function attach(outbox: Outbox, scripted: ScriptedLink): void {
  scripted.acknowledged = (packetId) => outbox.acknowledged(packetId);
  outbox.attach(scripted.link);
}

const sentBy = ({ session }: ScriptedLink): unknown[] =>
  session.published.map(({ topic, payload, dup, packetId }) => [topic, payloadText(payload), dup, packetId]);

describe("Outbox: a device that comes to another hub", () => {
  it("addresses telemetry when it is sent, and replies as they are", async () => {
    const outbox = outboxOf("");
    add(outbox, "telemetry", "a=1");
    add(outbox, "reply", "$iothub/x");
    outbox.telemetryTopic = "devices/d1/";
    const open = await openLink();
    attach(outbox, open);
    expect(sentBy(open)).toEqual([
      ["devices/d1/a=1", "a=1", false, 1],
      ["$iothub/x", "$iothub/x", false, 2],
    ]);
  });

  it("sends what was in flight and what waited at the new address, in order and as if for the first time", async () => {
    const outbox = outboxOf("old/", 2);
    const results = ["1", "2", "3"].map((text) => add(outbox, "telemetry", text));
    const first = await openLink();
    attach(outbox, first);
    expect(sentBy(first)).toHaveLength(2);
    outbox.detach();
    outbox.telemetryTopic = "new/";
    outbox.startOver();
    expect(outbox.size).toBe(3);
    const second = await openLink();
    attach(outbox, second);
    second.session.ack(...second.session.ids);
    expect(sentBy(second).map((sent) => (sent as unknown[]).slice(0, 3))).toEqual([
      ["new/1", "1", false],
      ["new/2", "2", false],
      ["new/3", "3", false],
    ]);
    second.session.ack(...second.session.ids);
    expect(await Promise.all(results)).toEqual(["sent", "sent", "sent"]);
    expect(outbox.size).toBe(0);
  });

  it("fails replies, in flight or not, and forgets what was given up", async () => {
    const outbox = outboxOf("old/", 2);
    const controller = new AbortController();
    const results = [
      add(outbox, "telemetry", "1", controller.signal),
      add(outbox, "reply", "2"),
      add(outbox, "reply", "3"),
    ];
    const first = await openLink();
    attach(outbox, first);
    outbox.detach();
    controller.abort("enough");
    outbox.startOver();
    expect(await Promise.all(results)).toMatchObject([
      "enough",
      { code: "connection_dropped" },
      { code: "connection_dropped" },
    ]);
    expect(outbox.size).toBe(0);
    const second = await openLink();
    attach(outbox, second);
    expect(sentBy(second)).toEqual([]);
  });
});
