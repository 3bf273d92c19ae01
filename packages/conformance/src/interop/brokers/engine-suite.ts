import type { MqttEngine } from "@isohub/core";
import { encodePublish, type MqttConnectOptions } from "@isohub/core/runtime";
import { expect, it, onTestFinished } from "vitest";
import { freshId } from "../../device.ts";
import type { Broker } from "./broker.ts";
import { type Cut, EngineDevice } from "./engine-device.ts";

/** The behavior of an engine with another project's broker. */
export function engineSuite(engine: MqttEngine, broker: () => Broker, cut: Cut): void {
  const device = async (
    options: Partial<MqttConnectOptions> = {},
    port = broker().port,
  ): Promise<EngineDevice> => {
    await engine.prepare();
    const created = new EngineDevice(engine, port, { clientId: freshId(), ...options }, cut);
    onTestFinished(() => created.cut());
    return created;
  };
  const opened = async (options?: Partial<MqttConnectOptions>): Promise<EngineDevice> =>
    (await device(options)).open();

  it("connects without a session first, and with it again", async () => {
    const clientId = freshId();
    const first = await opened({ clientId, cleanSession: false, password: "password" });
    expect(first.opened).toEqual([false]);
    // aedes keeps only sessions with subscriptions.
    await first.session.subscribe([{ filter: clientId, qos: 1 }]);
    first.session.disconnect();
    await first.until(() => first.closed);
    const second = await opened({ clientId, cleanSession: false });
    expect(second.opened).toEqual([true]);
  });

  it("reports the return code of a refused connection", async () => {
    const { options, port, returnCode } = broker().refuses;
    const refused = await device(options, port);
    await refused.until(() => refused.refused.length > 0);
    expect(refused.refused).toEqual([returnCode]);
    expect(refused.opened).toEqual([]);
  });

  it("receives what it publishes, at QoS 0 and 1 and of any size, until it unsubscribes", async () => {
    const { session, received, publish, until } = bound(await opened());
    const root = freshId();
    expect(
      await session.subscribe([
        { filter: `${root}/0/#`, qos: 0 },
        { filter: `${root}/1/#`, qos: 1 },
      ]),
    ).toEqual([0, 1]);
    const payloads = [0, 1, 100, 127, 128, 5000, 20_000].map((size) =>
      Uint8Array.from({ length: size }, (_, at) => (at * 7) % 256),
    );
    let packetId = 0;
    for (const qos of [0, 1] as const) {
      for (const payload of payloads) {
        packetId += qos;
        await publish({ topic: `${root}/${qos}/ü €/${payload.length}`, payload, qos, packetId });
      }
    }
    await until(() => received.length === 2 * payloads.length);
    for (const qos of [0, 1] as const) {
      const atQos = received.filter(({ topic }) => topic.startsWith(`${root}/${qos}/`));
      expect(atQos.map(({ topic }) => topic)).toEqual(
        payloads.map(({ length }) => `${root}/${qos}/ü €/${length}`),
      );
      expect(atQos.every((message) => message.qos === qos && !message.dup)).toBe(true);
      expect(atQos.map(({ payload }) => Buffer.from(payload))).toEqual(
        payloads.map((payload) => Buffer.from(payload)),
      );
    }
    await session.unsubscribe([`${root}/1/#`]);
    await publish({ topic: `${root}/1/late`, payload: Uint8Array.of(1), qos: 1, packetId: 1 });
    await publish({ topic: `${root}/0/last`, payload: Uint8Array.of(1), qos: 1, packetId: 2 });
    await until(() => received.at(-1)?.topic === `${root}/0/last`);
    expect(received.some(({ topic }) => topic.endsWith("/late"))).toBe(false);
  });

  it("receives only unacknowledged messages again, with DUP", async () => {
    const clientId = freshId();
    const first = await opened({ clientId, cleanSession: false });
    first.acknowledges = false;
    await first.session.subscribe([{ filter: `${clientId}/#`, qos: 1 }]);
    const other = await opened();
    for (const id of [1, 2, 3]) {
      await other.publish({ topic: `${clientId}/${id}`, payload: Uint8Array.of(id), qos: 1, packetId: id });
    }
    await first.until(() => first.received.length === 3);
    const [one] = first.received;
    first.session.acknowledge(one?.packetId ?? 0);
    // The broker handles packets in order, so it has handled the PUBACK.
    await first.session.unsubscribe(["nothing"]);
    await first.cut();
    const second = await opened({ clientId, cleanSession: false });
    await second.until(() => second.received.length === 2);
    expect(second.received.map(({ topic, dup, qos }) => ({ topic, dup, qos }))).toEqual(
      [2, 3].map((id) => ({ topic: `${clientId}/${id}`, dup: broker().marksRedelivery, qos: 1 })),
    );
  });

  it("receives an acknowledgement for a message resent over a new connection, with DUP and the same packet id", async () => {
    const clientId = freshId();
    const first = await opened({ clientId, cleanSession: false });
    const message = { topic: "again", payload: Uint8Array.of(1), qos: 1, packetId: 321 } as const;
    first.session.publish(encodePublish({ ...message, dup: false }));
    await first.cut();
    const second = await opened({ clientId, cleanSession: false });
    await second.publish({ ...message, dup: true });
  });

  it("publishes a thousand messages at once, each acknowledged once", async () => {
    const { publish } = bound(await opened());
    const acknowledged: number[] = [];
    await Promise.all(
      Array.from({ length: 1000 }, (_, at) =>
        publish({ topic: "many", payload: new Uint8Array(50), qos: 1, packetId: at + 1 }).then(() =>
          acknowledged.push(at + 1),
        ),
      ),
    );
    expect([...acknowledged].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, at) => at + 1));
  });

  it("receives PINGRESP, and is disconnected after DISCONNECT", async () => {
    const pinging = await opened({ keepAliveSeconds: 10 });
    const before = pinging.bytes.length;
    pinging.session.ping();
    await pinging.until(() => pinging.bytes.length > before);
    expect([...Buffer.concat(pinging.bytes.slice(before))]).toEqual([0xd0, 0]);
    pinging.session.disconnect();
    await pinging.until(() => pinging.closed);
    expect(pinging.errors).toEqual([]);
  });
}

/** Returns members that can be destructured. */
function bound(device: EngineDevice): Pick<EngineDevice, "session" | "received" | "publish" | "until"> {
  const { session, received } = device;
  return {
    session,
    received,
    publish: (message) => device.publish(message),
    until: (condition) => device.until(condition),
  };
}
