import { describe, expect, it } from "vitest";
import { ClientError } from "../errors.ts";
import { Channel } from "../events/channel.ts";
import { VirtualClock } from "../testing/virtual-clock.ts";
import { type Deferred, deferred } from "../util/deferred.ts";
import { utf8 } from "../util/text.ts";
import { Message, type ReceivedMessage } from "./message.ts";
import { MessageReceiver } from "./message-receiver.ts";

/** A connection to the hub, which notes the packet ids that are acknowledged. */
class Hub {
  readonly acknowledged: number[] = [];

  acknowledge(packetId: number): () => void {
    return () => this.acknowledged.push(packetId);
  }
}

/** A receiver with its channel and a connection, as a client combines them. */
class Mail {
  readonly hub: Hub = new Hub();
  readonly reports: Error[] = [];
  readonly channel: Channel<ReceivedMessage> = new Channel((wanted) => {
    if (wanted) this.receiver.flush();
  });
  readonly receiver: MessageReceiver;

  constructor(limit = 1000) {
    this.receiver = new MessageReceiver(this.channel, limit, (error) => this.reports.push(error));
  }

  /** Delivers messages with these packet ids. */
  deliver(...packetIds: number[]): void {
    for (const id of packetIds) {
      const message: ReceivedMessage = new Message(utf8(String(id)));
      this.receiver.deliver(message, this.hub.acknowledge(id));
    }
  }

  get acknowledged(): number[] {
    return this.hub.acknowledged;
  }
}

/** Lets promises settle. */
const rest = (): Promise<void> => new VirtualClock().advance(0);

/** A listener whose outcome a test decides, message by message. */
function decided(): {
  listen: (message: ReceivedMessage) => Promise<void>;
  outcome: Map<string, Deferred<void>>;
} {
  const outcome = new Map<string, Deferred<void>>();
  return {
    outcome,
    listen: (message) => {
      const wait = deferred<void>();
      outcome.set(message.text(), wait);
      return wait.promise;
    },
  };
}

describe("MessageReceiver: acknowledgement", () => {
  it("is sent only after the handler has settled", async () => {
    const mail = new Mail();
    const { listen, outcome } = decided();
    mail.channel.handler = listen;
    mail.deliver(1);
    await rest();
    expect(mail.acknowledged).toEqual([]);
    outcome.get("1")?.resolve();
    await rest();
    expect(mail.acknowledged).toEqual([1]);
  });

  it("is sent only after all listeners have settled", async () => {
    const mail = new Mail();
    const { listen, outcome } = decided();
    mail.channel.handler = listen;
    mail.channel.listen(() => {});
    mail.deliver(1);
    await rest();
    expect(mail.acknowledged).toEqual([]);
    outcome.get("1")?.resolve();
    await rest();
    expect(mail.acknowledged).toEqual([1]);
  });

  it("is sent in the order of delivery, in whatever order handlers finish [MQTT-4.6.0-2]", async () => {
    const mail = new Mail();
    const { listen, outcome } = decided();
    mail.channel.handler = listen;
    mail.deliver(5, 6, 7);
    outcome.get("7")?.resolve();
    outcome.get("6")?.resolve();
    await rest();
    expect(mail.acknowledged).toEqual([]);
    outcome.get("5")?.resolve();
    await rest();
    expect(mail.acknowledged).toEqual([5, 6, 7]);
  });

  it("is withheld for a message whose handler failed and for those behind it; the failure is reported", async () => {
    const mail = new Mail();
    mail.channel.handler = async (message) => {
      if (message.text() === "2") throw new RangeError("no");
    };
    mail.deliver(1, 2, 3);
    await rest();
    expect(mail.acknowledged).toEqual([1]);
    expect(mail.reports).toHaveLength(1);
    expect(mail.reports[0]).toBeInstanceOf(ClientError);
    expect(mail.reports[0]).toMatchObject({ code: "handler_failed", cause: new RangeError("no") });
  });

  it("treats a handler that throws like one that rejects", async () => {
    const mail = new Mail();
    mail.channel.handler = () => {
      throw new RangeError("no");
    };
    mail.deliver(1);
    await rest();
    expect(mail.acknowledged).toEqual([]);
    expect(mail.reports).toMatchObject([{ code: "handler_failed" }]);
  });

  it("is not sent for a message of QoS 0", async () => {
    const mail = new Mail();
    const got: string[] = [];
    mail.channel.handler = (message) => got.push(message.text());
    mail.receiver.deliver(new Message(utf8("0")), undefined);
    await rest();
    expect(got).toEqual(["0"]);
    expect(mail.acknowledged).toEqual([]);
  });

  it("is not sent after the connection was lost: on the next one, that packet id means another message", async () => {
    const mail = new Mail();
    const { listen, outcome } = decided();
    mail.channel.handler = listen;
    mail.deliver(1);
    mail.receiver.onDisconnected();
    const next = new Hub();
    outcome.get("1")?.resolve();
    await rest();
    expect(mail.acknowledged).toEqual([]);
    expect(next.acknowledged).toEqual([]);
    const second = deferred<void>();
    mail.channel.handler = () => second.promise;
    mail.receiver.deliver(new Message(utf8("again")), next.acknowledge(1));
    await rest();
    expect(next.acknowledged).toEqual([]);
    second.resolve();
    await rest();
    expect(next.acknowledged).toEqual([1]);
  });

  it("is not held up by a handler of the old connection that fails late, which is reported", async () => {
    const mail = new Mail();
    const { listen, outcome } = decided();
    mail.channel.handler = listen;
    mail.deliver(1);
    mail.receiver.onDisconnected();
    const next = new Hub();
    mail.receiver.deliver(new Message(utf8("new")), next.acknowledge(1));
    outcome.get("1")?.reject(new RangeError("late"));
    outcome.get("new")?.resolve();
    await rest();
    expect(next.acknowledged).toEqual([1]);
    expect(mail.reports).toMatchObject([{ code: "handler_failed" }]);
  });
});

describe("MessageReceiver: without a listener", () => {
  it("holds messages unacknowledged, and hands them over in order to the first listener", async () => {
    const mail = new Mail();
    mail.deliver(1, 2, 3);
    await rest();
    expect(mail.acknowledged).toEqual([]);
    const got: string[] = [];
    mail.channel.handler = (message) => got.push(message.text());
    await rest();
    expect(got).toEqual(["1", "2", "3"]);
    expect(mail.acknowledged).toEqual([1, 2, 3]);
  });

  it("keeps messages for the next listener if the first one stops after one message", async () => {
    const mail = new Mail();
    mail.deliver(1, 2);
    const got: string[] = [];
    mail.channel.handler = (message) => {
      got.push(message.text());
      mail.channel.handler = undefined;
    };
    await rest();
    expect(got).toEqual(["1"]);
    expect(mail.acknowledged).toEqual([1]);
    mail.channel.handler = (message) => got.push(message.text());
    await rest();
    expect(got).toEqual(["1", "2"]);
    expect(mail.acknowledged).toEqual([1, 2]);
  });

  it("leaves messages beyond the limit at the hub, and reports that once until there is a listener", async () => {
    const mail = new Mail(2);
    mail.deliver(1, 2, 3, 4);
    expect(mail.reports).toHaveLength(1);
    expect(mail.reports[0]).toBeInstanceOf(ClientError);
    expect(mail.reports[0]).toMatchObject({
      code: "queue_overflow",
      message: "2 messages wait for a listener; further ones stay at the hub",
      remediation: expect.stringContaining("receiveQueueLimit"),
    });
    const got: string[] = [];
    const stop = mail.channel.listen((message) => got.push(message.text()));
    await rest();
    expect(got).toEqual(["1", "2"]);
    expect(mail.acknowledged).toEqual([1, 2]);
    stop();
    mail.deliver(5, 6, 7);
    expect(mail.reports).toHaveLength(2);
  });

  it("drops held messages of a lost connection, which the hub delivers again, and keeps those of QoS 0", async () => {
    const mail = new Mail();
    mail.deliver(1);
    mail.receiver.deliver(new Message(utf8("qos 0")), undefined);
    mail.receiver.onDisconnected();
    const got: string[] = [];
    mail.channel.handler = (message) => got.push(message.text());
    await rest();
    expect(got).toEqual(["qos 0"]);
    expect(mail.acknowledged).toEqual([]);
  });
});

describe("MessageReceiver: iterations", () => {
  it("acknowledge a message when they ask for the next one", async () => {
    const mail = new Mail();
    const iterator = mail.channel.iterate();
    const first = iterator.next();
    mail.deliver(1, 2);
    await first;
    await rest();
    expect(mail.acknowledged).toEqual([]);
    await iterator.next();
    await rest();
    expect(mail.acknowledged).toEqual([1]);
    await iterator.return();
    await rest();
    expect(mail.acknowledged).toEqual([1, 2]);
  });

  it("leave what they did not reach to the next listener", async () => {
    const mail = new Mail();
    const iterator = mail.channel.iterate();
    const first = iterator.next();
    mail.deliver(1, 2, 3);
    await first;
    await iterator.return();
    await rest();
    expect(mail.acknowledged).toEqual([1]);
    expect(mail.reports).toEqual([]);
    const got: string[] = [];
    mail.channel.handler = (message) => got.push(message.text());
    await rest();
    expect(got).toEqual(["2", "3"]);
    expect(mail.acknowledged).toEqual([1, 2, 3]);
  });

  it("leave it also to a listener that starts at the moment the iteration ends", async () => {
    const mail = new Mail();
    const iterator = mail.channel.iterate();
    const first = iterator.next();
    mail.deliver(1, 2, 3);
    await first;
    const ended = iterator.return();
    const next = mail.channel.iterate();
    const following = next.next();
    await ended;
    expect((await following).value?.text()).toBe("2");
    expect((await next.next()).value?.text()).toBe("3");
    await next.return();
    await rest();
    expect(mail.acknowledged).toEqual([1, 2, 3]);
  });

  it("do not hold up a message that a handler next to them has handled", async () => {
    const mail = new Mail();
    const got: string[] = [];
    mail.channel.handler = (message) => got.push(message.text());
    const iterator = mail.channel.iterate();
    const first = iterator.next();
    mail.deliver(1, 2);
    await first;
    await iterator.return();
    mail.deliver(3);
    await rest();
    expect(got).toEqual(["1", "2", "3"]);
    expect(mail.acknowledged).toEqual([1, 2, 3]);
    expect(mail.reports).toEqual([]);
  });

  it("do not prevent the failure of a handler next to them", async () => {
    const mail = new Mail();
    mail.channel.listen(async () => {
      await rest();
      throw new RangeError("no");
    });
    const iterator = mail.channel.iterate();
    const first = iterator.next();
    mail.deliver(1, 2);
    await first;
    await iterator.return();
    await rest();
    await rest();
    expect(mail.acknowledged).toEqual([]);
    expect(mail.reports).toMatchObject([{ code: "handler_failed" }, { code: "handler_failed" }]);
  });

  it("do not hand on messages of a lost connection, which the hub delivers again", async () => {
    const mail = new Mail();
    const iterator = mail.channel.iterate();
    const first = iterator.next();
    mail.deliver(1, 2);
    await first;
    mail.receiver.onDisconnected();
    await iterator.return();
    await rest();
    const got: string[] = [];
    mail.channel.handler = (message) => got.push(message.text());
    await rest();
    expect(got).toEqual([]);
  });
});

describe("MessageReceiver: a message that is delivered again", () => {
  /** Delivers a message with an id, as the hub does, on the open link or another one. */
  function send(mail: Mail, id: string, packetId: number, dup: boolean, on = mail.hub): void {
    const message: ReceivedMessage = new Message(utf8(id), { messageId: id });
    mail.receiver.deliver(message, on.acknowledge(packetId), dup);
  }

  it("because it failed is handled again, at its position, and releases those behind it", async () => {
    const mail = new Mail();
    const handled: string[] = [];
    mail.channel.handler = async (message) => {
      handled.push(message.text());
      if (handled.length === 1) throw new RangeError("no");
    };
    send(mail, "a", 1, false);
    send(mail, "b", 2, false);
    await rest();
    expect(mail.acknowledged).toEqual([]);
    send(mail, "a", 3, true);
    await rest();
    expect(handled).toEqual(["a", "b", "a"]);
    expect(mail.acknowledged).toEqual([3, 2]);
  });

  it("although it was handled is not handled a second time, and a failed one before it is given up", async () => {
    const mail = new Mail();
    const handled: string[] = [];
    mail.channel.handler = async (message) => {
      handled.push(message.text());
      if (message.text() === "poison") throw new RangeError("no");
    };
    send(mail, "poison", 1, false);
    send(mail, "valid", 2, false);
    await rest();
    // The hub has given up on the first one and delivers the second one again.
    send(mail, "valid", 4, true);
    await rest();
    expect(handled).toEqual(["poison", "valid"]);
    expect(mail.acknowledged).toEqual([4]);
  });

  it("on the next connection, handled but not acknowledged, is acknowledged there immediately", async () => {
    const mail = new Mail();
    const { listen, outcome } = decided();
    mail.channel.handler = listen;
    send(mail, "a", 1, false);
    send(mail, "b", 2, false);
    outcome.get("b")?.resolve();
    await rest();
    mail.receiver.onDisconnected();
    const next = new Hub();
    send(mail, "a", 7, true, next);
    send(mail, "b", 8, true, next);
    await rest();
    expect(next.acknowledged).toEqual([]);
    // The handler of the first connection is still running; its result counts for the second.
    outcome.get("a")?.resolve();
    await rest();
    expect(outcome.size).toBe(2);
    expect(next.acknowledged).toEqual([7, 8]);
    expect(mail.acknowledged).toEqual([]);
  });

  it("on the next connection, held for lack of a listener, is handed over once", async () => {
    const mail = new Mail();
    send(mail, "a", 1, false);
    mail.receiver.onDisconnected();
    const next = new Hub();
    send(mail, "a", 5, true, next);
    const handled: string[] = [];
    mail.channel.handler = (message) => handled.push(message.text());
    await rest();
    expect(handled).toEqual(["a"]);
    expect(next.acknowledged).toEqual([5]);
  });

  it("on the next connection, not reached by an iteration that has ended, is handled there", async () => {
    const mail = new Mail();
    const iterator = mail.channel.iterate();
    const first = iterator.next();
    send(mail, "a", 1, false);
    send(mail, "b", 2, false);
    await first;
    mail.receiver.onDisconnected();
    await iterator.return();
    await rest();
    const handled: string[] = [];
    mail.channel.handler = (message) => handled.push(message.text());
    const next = new Hub();
    send(mail, "a", 7, true, next);
    send(mail, "b", 8, true, next);
    await rest();
    expect(handled).toEqual(["b"]);
    expect(next.acknowledged).toEqual([7, 8]);
  });

  it("because it was beyond the limit is handled once there is room", async () => {
    const mail = new Mail(1);
    send(mail, "a", 1, false);
    send(mail, "b", 2, false);
    const handled: string[] = [];
    mail.channel.handler = (message) => handled.push(message.text());
    await rest();
    expect(handled).toEqual(["a"]);
    send(mail, "b", 3, true);
    await rest();
    expect(handled).toEqual(["a", "b"]);
    expect(mail.acknowledged).toEqual([1, 3]);
  });

  it("with the same id but not as a duplicate is another message", async () => {
    const mail = new Mail();
    const handled: string[] = [];
    mail.channel.handler = (message) => handled.push(message.text());
    send(mail, "a", 1, false);
    send(mail, "a", 2, false);
    await rest();
    expect(handled).toEqual(["a", "a"]);
    expect(mail.acknowledged).toEqual([1, 2]);
  });
});
