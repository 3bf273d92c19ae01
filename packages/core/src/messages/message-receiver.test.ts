import { describe, expect, it } from "vitest";
import { ClientError } from "../errors.ts";
import { Channel } from "../events/channel.ts";
import { openLink, type ScriptedLink } from "../testing/scripted-engine.ts";
import { VirtualClock } from "../testing/virtual-clock.ts";
import { type Deferred, deferred } from "../util/deferred.ts";
import { utf8 } from "../util/text.ts";
import { Message, type ReceivedMessage } from "./message.ts";
import { MessageReceiver } from "./message-receiver.ts";

/** A receiver with its channel and an open link, as a client puts them together. */
class Mail {
  readonly open: ScriptedLink;
  readonly reports: Error[] = [];
  readonly channel: Channel<ReceivedMessage> = new Channel((wanted) => {
    if (wanted) this.receiver.flush();
  });
  readonly receiver: MessageReceiver;

  constructor(open: ScriptedLink, limit = 1000) {
    this.open = open;
    this.receiver = new MessageReceiver(this.channel, limit, (error) => this.reports.push(error));
  }

  /** Delivers messages with these packet ids. */
  deliver(...packetIds: number[]): void {
    for (const id of packetIds) {
      const message: ReceivedMessage = new Message(utf8(String(id)));
      this.receiver.receive(message, this.open.link, id);
    }
  }

  get acknowledged(): number[] {
    return this.open.session.acknowledged;
  }
}

async function setUp(limit?: number): Promise<Mail> {
  return new Mail(await openLink(), limit);
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
  it("comes only once the handler has settled", async () => {
    const mail = await setUp();
    const { listen, outcome } = decided();
    mail.channel.handler = listen;
    mail.deliver(1);
    await rest();
    expect(mail.acknowledged).toEqual([]);
    outcome.get("1")?.resolve();
    await rest();
    expect(mail.acknowledged).toEqual([1]);
  });

  it("comes once all who listen have settled", async () => {
    const mail = await setUp();
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

  it("goes out in the order of delivery, whatever the order in which handlers finish [MQTT-4.6.0-2]", async () => {
    const mail = await setUp();
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

  it("of a message whose handler failed stays out, and with it those behind; the failure is reported", async () => {
    const mail = await setUp();
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

  it("a handler that throws in place of rejecting is the same", async () => {
    const mail = await setUp();
    mail.channel.handler = () => {
      throw new RangeError("no");
    };
    mail.deliver(1);
    await rest();
    expect(mail.acknowledged).toEqual([]);
    expect(mail.reports).toMatchObject([{ code: "handler_failed" }]);
  });

  it("is not given for a message of QoS 0", async () => {
    const mail = await setUp();
    const got: string[] = [];
    mail.channel.handler = (message) => got.push(message.text());
    mail.receiver.receive(new Message(utf8("0")), mail.open.link, undefined);
    await rest();
    expect(got).toEqual(["0"]);
    expect(mail.acknowledged).toEqual([]);
  });

  it("is not given after the connection was lost: on the next one that packet id means another message", async () => {
    const mail = await setUp();
    const { listen, outcome } = decided();
    mail.channel.handler = listen;
    mail.deliver(1);
    mail.receiver.onDisconnected();
    const next = await openLink();
    outcome.get("1")?.resolve();
    await rest();
    expect(mail.acknowledged).toEqual([]);
    expect(next.session.acknowledged).toEqual([]);
    const second = deferred<void>();
    mail.channel.handler = () => second.promise;
    mail.receiver.receive(new Message(utf8("again")), next.link, 1);
    await rest();
    expect(next.session.acknowledged).toEqual([]);
    second.resolve();
    await rest();
    expect(next.session.acknowledged).toEqual([1]);
  });

  it("a handler of the old connection that fails late is reported and holds nothing up on the next", async () => {
    const mail = await setUp();
    const { listen, outcome } = decided();
    mail.channel.handler = listen;
    mail.deliver(1);
    mail.receiver.onDisconnected();
    const next = await openLink();
    mail.receiver.receive(new Message(utf8("new")), next.link, 1);
    outcome.get("1")?.reject(new RangeError("late"));
    outcome.get("new")?.resolve();
    await rest();
    expect(next.session.acknowledged).toEqual([1]);
    expect(mail.reports).toMatchObject([{ code: "handler_failed" }]);
  });
});

describe("MessageReceiver: while nobody listens", () => {
  it("messages are held, unacknowledged, and handed over in their order when somebody does", async () => {
    const mail = await setUp();
    mail.deliver(1, 2, 3);
    await rest();
    expect(mail.acknowledged).toEqual([]);
    const got: string[] = [];
    mail.channel.handler = (message) => got.push(message.text());
    await rest();
    expect(got).toEqual(["1", "2", "3"]);
    expect(mail.acknowledged).toEqual([1, 2, 3]);
  });

  it("a listener that goes after its first message leaves the others to the next one", async () => {
    const mail = await setUp();
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

  it("what does not fit stays with the hub; that is reported once, until somebody listens", async () => {
    const mail = await setUp(2);
    mail.deliver(1, 2, 3, 4);
    expect(mail.reports).toHaveLength(1);
    expect(mail.reports[0]).toBeInstanceOf(ClientError);
    expect(mail.reports[0]).toMatchObject({
      code: "queue_overflow",
      message: "2 messages wait and nobody listens; further ones stay at the hub",
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

  it("held messages of a lost connection are dropped, for the hub delivers them again; those of QoS 0 are kept", async () => {
    const mail = await setUp();
    mail.deliver(1);
    mail.receiver.receive(new Message(utf8("qos 0")), mail.open.link, undefined);
    mail.receiver.onDisconnected();
    const got: string[] = [];
    mail.channel.handler = (message) => got.push(message.text());
    await rest();
    expect(got).toEqual(["qos 0"]);
    expect(mail.acknowledged).toEqual([]);
  });
});

describe("MessageReceiver: loops", () => {
  it("a message is acknowledged when the loop asks for the next", async () => {
    const mail = await setUp();
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

  it("what a loop that ended never came to goes to the next who listens", async () => {
    const mail = await setUp();
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

  it("also when that one began to listen in the very moment the loop ended", async () => {
    const mail = await setUp();
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

  it("one that a handler beside the loop has dealt with is done, and holds no later one up", async () => {
    const mail = await setUp();
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

  it("one that a handler beside the loop failed at has failed, whatever became of the loop", async () => {
    const mail = await setUp();
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

  it("what a loop of a lost connection never came to is not handed on: the hub delivers it again", async () => {
    const mail = await setUp();
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

describe("MessageReceiver: a message that comes again", () => {
  /** Delivers a message with an id, as the hub does, on the open link or another one. */
  function send(mail: Mail, id: string, packetId: number, dup: boolean, on = mail.open): void {
    const message: ReceivedMessage = new Message(utf8(id), { messageId: id });
    mail.receiver.receive(message, on.link, packetId, dup);
  }

  it("because it failed is handled again, in its place, and frees those behind it", async () => {
    const mail = await setUp();
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

  it("although it was dealt with is not handled a second time, and what failed before it is given up", async () => {
    const mail = await setUp();
    const handled: string[] = [];
    mail.channel.handler = async (message) => {
      handled.push(message.text());
      if (message.text() === "poison") throw new RangeError("no");
    };
    send(mail, "poison", 1, false);
    send(mail, "good", 2, false);
    await rest();
    // The hub has put the first one away and goes on with the second.
    send(mail, "good", 4, true);
    await rest();
    expect(handled).toEqual(["poison", "good"]);
    expect(mail.acknowledged).toEqual([4]);
  });

  it("on the next connection, dealt with but not acknowledged, is acknowledged there at once", async () => {
    const mail = await setUp();
    const { listen, outcome } = decided();
    mail.channel.handler = listen;
    send(mail, "a", 1, false);
    send(mail, "b", 2, false);
    outcome.get("b")?.resolve();
    await rest();
    mail.receiver.onDisconnected();
    const next = await openLink();
    send(mail, "a", 7, true, next);
    send(mail, "b", 8, true, next);
    await rest();
    expect(next.session.acknowledged).toEqual([]);
    // The handler of the first connection is still at it; its result counts for the second.
    outcome.get("a")?.resolve();
    await rest();
    expect(outcome.size).toBe(2);
    expect(next.session.acknowledged).toEqual([7, 8]);
    expect(mail.acknowledged).toEqual([]);
  });

  it("on the next connection, held because nobody listens, is handed over once", async () => {
    const mail = await setUp();
    send(mail, "a", 1, false);
    mail.receiver.onDisconnected();
    const next = await openLink();
    send(mail, "a", 5, true, next);
    const handled: string[] = [];
    mail.channel.handler = (message) => handled.push(message.text());
    await rest();
    expect(handled).toEqual(["a"]);
    expect(next.session.acknowledged).toEqual([5]);
  });

  it("on the next connection, left by a loop that ended in between, is handled there", async () => {
    const mail = await setUp();
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
    const next = await openLink();
    send(mail, "a", 7, true, next);
    send(mail, "b", 8, true, next);
    await rest();
    expect(handled).toEqual(["b"]);
    expect(next.session.acknowledged).toEqual([7, 8]);
  });

  it("because there was no room for it is handled now that there is", async () => {
    const mail = await setUp(1);
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
    const mail = await setUp();
    const handled: string[] = [];
    mail.channel.handler = (message) => handled.push(message.text());
    send(mail, "a", 1, false);
    send(mail, "a", 2, false);
    await rest();
    expect(handled).toEqual(["a", "a"]);
    expect(mail.acknowledged).toEqual([1, 2]);
  });
});
