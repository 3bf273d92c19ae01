import { describe, expect, it } from "vitest";
import { encodePublish } from "../../mqtt/publish-packet.ts";
import { payloadText } from "../../testing/payload.ts";
import { openLink, type ScriptedLink } from "../../testing/scripted-engine.ts";
import { VirtualClock } from "../../testing/virtual-clock.ts";
import { fromUtf8, utf8 } from "../../util/text.ts";
import { noPrefix } from "./in-flight-entry.ts";
import { InFlightWindow } from "./in-flight-window.ts";

/** A window with the topic prefix of a device. */
class MovingWindow extends InFlightWindow {
  readonly hub: { prefix: Uint8Array; state: { reason: undefined } };

  constructor(prefix: string, limit?: number) {
    const hub = { prefix: utf8(prefix), state: { reason: undefined } };
    super(new VirtualClock(0), hub, limit);
    this.hub = hub;
  }
}

function add(
  window: MovingWindow,
  kind: "relative" | "reply",
  text: string,
  signal?: AbortSignal,
): Promise<unknown> {
  const prefix = kind === "reply" ? undefined : window.hub.prefix;
  const topic = fromUtf8(prefix ?? noPrefix) + text;
  const packet = encodePublish({ topic, payload: text, qos: 1, dup: false, packetId: 0 });
  return window.add({ operation: "Sending", packet, prefix }, { signal }, 60_000).then(
    () => "sent",
    (error: unknown) => error,
  );
}

/** Attaches a connection, whose acknowledgements go to the window. */
function attach(window: InFlightWindow, scripted: ScriptedLink): void {
  scripted.acknowledged = (packetId) => window.acknowledged(packetId);
  window.attach(scripted.link);
}

const sentBy = ({ session }: ScriptedLink): unknown[] =>
  session.published.map(({ topic, payload, dup, packetId }) => [topic, payloadText(payload), dup, packetId]);

describe("InFlightWindow: a device that moves to another hub", () => {
  it("adds the prefix to relative topics when messages are sent, and not to replies", async () => {
    const window = new MovingWindow("");
    add(window, "relative", "a=1");
    add(window, "reply", "$iothub/x");
    window.hub.prefix = utf8("devices/d1/");
    const open = await openLink();
    attach(window, open);
    expect(sentBy(open)).toEqual([
      ["devices/d1/a=1", "a=1", false, 1],
      ["$iothub/x", "$iothub/x", false, 2],
    ]);
  });

  it("sends messages in flight and waiting ones with the new prefix, in order and as if for the first time", async () => {
    const window = new MovingWindow("old/", 2);
    const results = ["1", "2", "3"].map((text) => add(window, "relative", text));
    const first = await openLink();
    attach(window, first);
    expect(sentBy(first)).toHaveLength(2);
    window.detach();
    window.hub.prefix = utf8("new/");
    window.startOver();
    expect(window.size).toBe(3);
    const second = await openLink();
    attach(window, second);
    second.session.ack(...second.session.ids);
    expect(sentBy(second).map((sent) => (sent as unknown[]).slice(0, 3))).toEqual([
      ["new/1", "1", false],
      ["new/2", "2", false],
      ["new/3", "3", false],
    ]);
    second.session.ack(...second.session.ids);
    expect(await Promise.all(results)).toEqual(["sent", "sent", "sent"]);
    expect(window.size).toBe(0);
  });

  it("rejects replies, in flight or not, and drops aborted messages", async () => {
    const window = new MovingWindow("old/", 2);
    const controller = new AbortController();
    const results = [
      add(window, "relative", "1", controller.signal),
      add(window, "reply", "2"),
      add(window, "reply", "3"),
    ];
    const first = await openLink();
    attach(window, first);
    window.detach();
    controller.abort("enough");
    window.startOver();
    expect(await Promise.all(results)).toMatchObject([
      "enough",
      { code: "connection_dropped" },
      { code: "connection_dropped" },
    ]);
    expect(window.size).toBe(0);
    const second = await openLink();
    attach(window, second);
    expect(sentBy(second)).toEqual([]);
  });
});
