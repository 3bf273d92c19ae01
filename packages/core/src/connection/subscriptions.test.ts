import { describe, expect, it } from "vitest";
import { iotHubDialect } from "../dialects/iothub/iothub-dialect.ts";
import { ConnectionDroppedError, ProtocolError } from "../errors.ts";
import type { TopicFilter } from "../mqtt/engine.ts";
import { openLink, type ScriptedSession } from "../testing/scripted-engine.ts";
import { VirtualClock } from "../testing/virtual-clock.ts";
import type { SubscriptionName } from "./dialect.ts";
import type { Link } from "./link/link.ts";
import { Subscriptions } from "./subscriptions.ts";

const device = { hostName: "hub.example", deviceId: "d1", moduleId: undefined };
const hub = { filterOf: (name: SubscriptionName): TopicFilter => iotHubDialect.topicFilter(name, device) };
const c2d = { filter: "devices/d1/messages/devicebound/#", qos: 1 };
const methods = { filter: "$iothub/methods/POST/#", qos: 0 };
const twinResponses = { filter: "$iothub/twin/res/#", qos: 0 };
const twinPatches = { filter: "$iothub/twin/PATCH/properties/desired/#", qos: 0 };

const settle = (): Promise<void> => new VirtualClock().advance(0);

async function attached(): Promise<{ subscriptions: Subscriptions; session: ScriptedSession; link: Link }> {
  const { link, session } = await openLink();
  const subscriptions = new Subscriptions();
  await subscriptions.attach(link, hub, false);
  return { subscriptions, session, link };
}

/** The filters of each SUBSCRIBE. */
const asked = (session: ScriptedSession): unknown[] => session.subscribed.map(({ filters }) => filters);

/** The outcome of a promise, if it has settled. */
function watch(promise: Promise<unknown>): { outcome: unknown } {
  const seen: { outcome: unknown } = { outcome: "pending" };
  promise.then(
    () => {
      seen.outcome = "done";
    },
    (error: unknown) => {
      seen.outcome = error;
    },
  );
  return seen;
}

describe("Subscriptions", () => {
  it("subscribes to what is wanted, C2D at QoS 1 and others at QoS 0, and resolves with the SUBACK", async () => {
    const { subscriptions, session } = await attached();
    const want = watch(subscriptions.want("c2d", "twinResponses"));
    expect(asked(session)).toEqual([[c2d, twinResponses]]);
    await settle();
    expect(want.outcome).toBe("pending");
    session.subscribed[0]?.answer.resolve([1, 0]);
    await settle();
    expect(want.outcome).toBe("done");
  });

  it("subscribes to inputs of a module at QoS 1", async () => {
    const { link, session } = await openLink();
    const subscriptions = new Subscriptions();
    const identity = { ...device, moduleId: "m1" };
    const moduleHub = {
      filterOf: (name: SubscriptionName): TopicFilter => iotHubDialect.topicFilter(name, identity),
    };
    await subscriptions.attach(link, moduleHub, false);
    watch(subscriptions.want("inputs"));
    expect(asked(session)).toEqual([[{ filter: "devices/d1/modules/m1/inputs/#", qos: 1 }]]);
  });

  it("does not subscribe again to what the hub has confirmed", async () => {
    const { subscriptions, session } = await attached();
    watch(subscriptions.want("methods"));
    session.subscribed[0]?.answer.resolve([0]);
    await settle();
    await subscriptions.want("methods");
    expect(session.subscribed).toHaveLength(1);
  });

  it("subscribes on the next connection to what is wanted meanwhile", async () => {
    const subscriptions = new Subscriptions();
    await subscriptions.want("methods");
    await subscriptions.want("c2d");
    const { link, session } = await openLink();
    const attach = watch(subscriptions.attach(link, hub, false));
    expect(asked(session)).toEqual([[methods, c2d]]);
    await settle();
    expect(attach.outcome).toBe("pending");
    session.subscribed[0]?.answer.resolve([0, 1]);
    await settle();
    expect(attach.outcome).toBe("done");
  });

  it("makes one change at a time; changes requested meanwhile follow in one packet", async () => {
    const { subscriptions, session } = await attached();
    const first = watch(subscriptions.want("methods"));
    const second = watch(subscriptions.want("c2d"));
    const third = watch(subscriptions.want("twinPatches"));
    expect(asked(session)).toEqual([[methods]]);
    session.subscribed[0]?.answer.resolve([0]);
    await settle();
    expect(first.outcome).toBe("done");
    expect(second.outcome).toBe("pending");
    expect(asked(session)).toEqual([[methods], [c2d, twinPatches]]);
    session.subscribed[1]?.answer.resolve([1, 0]);
    await settle();
    expect([second.outcome, third.outcome]).toEqual(["done", "done"]);
  });

  it("unsubscribes from what is no longer wanted", async () => {
    const { subscriptions, session } = await attached();
    watch(subscriptions.want("methods", "c2d"));
    session.subscribed[0]?.answer.resolve([0, 1]);
    await settle();
    const drop = watch(subscriptions.drop("methods"));
    expect(session.unsubscribed.map(({ filters }) => filters)).toEqual([[methods.filter]]);
    session.unsubscribed[0]?.answer.resolve();
    await settle();
    expect(drop.outcome).toBe("done");
    watch(subscriptions.want("methods"));
    expect(asked(session).at(-1)).toEqual([methods]);
  });

  it("unsubscribes what is wanted and dropped before the response", async () => {
    const { subscriptions, session } = await attached();
    watch(subscriptions.want("methods"));
    const drop = watch(subscriptions.drop("methods"));
    session.subscribed[0]?.answer.resolve([0]);
    await settle();
    expect(session.unsubscribed.map(({ filters }) => filters)).toEqual([[methods.filter]]);
    session.unsubscribed[0]?.answer.resolve();
    await settle();
    expect(drop.outcome).toBe("done");
  });

  it("keeps what is dropped and wanted again before the response", async () => {
    const { subscriptions, session } = await attached();
    watch(subscriptions.want("methods"));
    session.subscribed[0]?.answer.resolve([0]);
    await settle();
    watch(subscriptions.drop("methods"));
    const want = watch(subscriptions.want("methods"));
    session.unsubscribed[0]?.answer.resolve();
    await settle();
    expect(want.outcome).toBe("pending");
    expect(asked(session)).toEqual([[methods], [methods]]);
    session.subscribed[1]?.answer.resolve([0]);
    await settle();
    expect(want.outcome).toBe("done");
  });

  describe("on a reconnection", () => {
    async function confirmedAndDropped(): Promise<Subscriptions> {
      const { subscriptions, session } = await attached();
      watch(subscriptions.want("methods", "c2d"));
      session.subscribed[0]?.answer.resolve([0, 1]);
      await settle();
      subscriptions.detach();
      return subscriptions;
    }

    it("with a session present, requests nothing that it contains [MQTT-3.2.2-2]", async () => {
      const subscriptions = await confirmedAndDropped();
      const { link, session } = await openLink();
      await subscriptions.attach(link, hub, true);
      expect(session.subscribed).toEqual([]);
    });

    it("with a session present, subscribes to what is newly wanted and unsubscribes from the rest", async () => {
      const subscriptions = await confirmedAndDropped();
      await subscriptions.want("twinPatches");
      await subscriptions.drop("methods");
      const { link, session } = await openLink();
      const attach = watch(subscriptions.attach(link, hub, true));
      expect(asked(session)).toEqual([[twinPatches]]);
      session.subscribed[0]?.answer.resolve([0]);
      await settle();
      expect(session.unsubscribed.map(({ filters }) => filters)).toEqual([[methods.filter]]);
      session.unsubscribed[0]?.answer.resolve();
      await settle();
      expect(attach.outcome).toBe("done");
    });

    it("without a session, subscribes to everything again", async () => {
      const subscriptions = await confirmedAndDropped();
      const { link, session } = await openLink();
      watch(subscriptions.attach(link, hub, false));
      expect(asked(session)).toEqual([[methods, c2d]]);
    });

    it("subscribes again to what was not confirmed when the connection was lost", async () => {
      const { subscriptions, link } = await attached();
      const want = watch(subscriptions.want("methods"));
      link.abort();
      await settle();
      expect(want.outcome).toBeInstanceOf(ConnectionDroppedError);
      subscriptions.detach();
      const next = await openLink();
      watch(subscriptions.attach(next.link, hub, true));
      expect(asked(next.session)).toEqual([[methods]]);
    });
  });

  it("rejects with ProtocolError subscription_refused for a refused filter, keeps the others, and does not retry it", async () => {
    const { subscriptions, session } = await attached();
    const want = watch(subscriptions.want("methods", "c2d"));
    session.subscribed[0]?.answer.resolve([0x80, 1]);
    await settle();
    expect(want.outcome).toBeInstanceOf(ProtocolError);
    expect(want.outcome).toMatchObject({
      code: "subscription_refused",
      message: "The hub refused the subscription to methods",
    });
    await subscriptions.want("c2d");
    expect(session.subscribed).toHaveLength(1);
    const { link, session: second } = await openLink();
    watch(subscriptions.attach(link, hub, false));
    expect(asked(second)).toEqual([[c2d]]);
  });

  it("treats missing return codes of a SUBACK as refusals", async () => {
    const { subscriptions, session } = await attached();
    const want = watch(subscriptions.want("methods", "c2d"));
    session.subscribed[0]?.answer.resolve([0]);
    await settle();
    expect(want.outcome).toMatchObject({ message: "The hub refused the subscription to c2d" });
  });

  it("does not reject a later subscription because of the refusal of an earlier one", async () => {
    const { subscriptions, session } = await attached();
    const refused = watch(subscriptions.want("methods"));
    const other = watch(subscriptions.want("c2d"));
    session.subscribed[0]?.answer.resolve([0x80]);
    await settle();
    session.subscribed[1]?.answer.resolve([1]);
    await settle();
    expect(refused.outcome).toBeInstanceOf(ProtocolError);
    expect(other.outcome).toBe("done");
  });
});
