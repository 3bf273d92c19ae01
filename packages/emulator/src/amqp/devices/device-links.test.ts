import rhea, { type Sender } from "rhea";
import { describe, expect, it } from "vitest";
import { AmqpClient, nextMessages } from "../../testing/amqp-client.ts";
import { deviceToken } from "../../testing/device.ts";
import { TestBench } from "../../testing/emulator.ts";

const bench = new TestBench();
const text = (message: Record<string, unknown>): string =>
  (message["body"] as { content: Buffer }).content.toString();
const dataOf = (body: string) => rhea.message.data_section(Buffer.from(body));

/** A connection of a device or module. */
async function open(key: string): Promise<AmqpClient> {
  const client = await AmqpClient.open(bench.hub);
  expect(await client.putToken(await deviceToken(bench.hub, key))).toBe(200);
  return client;
}

async function device(): Promise<{ id: string; client: AmqpClient; sender: Sender }> {
  const id = await bench.newDevice();
  const client = await open(id);
  return { id, client, sender: await client.sender(`/devices/${id}/messages/events`) };
}

/** Sends a batch as Java's client does, and resolves with its outcome. */
function sendBatch(client: AmqpClient, sender: Sender, parts: readonly Buffer[], format = 0x80013700) {
  const batch = rhea.message.encode({ body: rhea.message.data_sections([...parts]) } as never);
  return client.send(sender, batch, format);
}

describe("telemetry over AMQP", () => {
  it("can be a batch of messages, each with its own properties", async () => {
    const { id, client, sender } = await device();
    const parts = ["one", "two", "three"].map((body, at) =>
      rhea.message.encode({
        message_id: `m${at}`,
        application_properties: { at: String(at) },
        body: dataOf(body),
      } as never),
    );
    expect(await sendBatch(client, sender, parts)).toBe("accepted");
    expect(await sendBatch(client, sender, parts.slice(0, 1))).toBe("accepted");
    const received = bench.hub.telemetry(id);
    expect(received.map(({ body }) => new TextDecoder().decode(body))).toEqual([
      "one",
      "two",
      "three",
      "one",
    ]);
    expect(received[2]).toMatchObject({ properties: { at: "2" }, systemProperties: { messageId: "m2" } });
    expect(await sendBatch(client, sender, parts, 7)).toBe("amqp:not-implemented");
    client.close();
  });
});

describe("a module over AMQP", () => {
  it.each(["messages/events", "messages/devicebound"])(
    "receives the messages of its inputs at %s, and settles them",
    async (address) => {
      const id = await bench.newDevice();
      await bench.hub.createModule(id, "to");
      const client = await open(`${id}/to`);
      const receiver = await client.receiver(`/devices/${id}/modules/to/${address}`, { autoaccept: false });
      const deliveries: { accept(): void }[] = [];
      receiver.on("message", ({ delivery }) => deliveries.push(delivery));
      const arrived = nextMessages(receiver, 1);
      await bench.hub.sendToInput(id, "to", "in put", "hello", { properties: { a: "b" } });
      const [message] = await arrived;
      expect(message).toMatchObject({
        application_properties: { a: "b" },
        message_annotations: { "x-opt-input-name": "in put", "iothub-connection-device-id": id },
      });
      expect(text(message ?? {})).toBe("hello");
      expect(bench.hub.inputQueue(id, "to")).toMatchObject([{ inputName: "in put", locked: true }]);
      deliveries[0]?.accept();
      expect(await bench.event("inputCompleted", `${id}/to`)).toMatchObject({ outcome: "Success" });
      client.close();
    },
  );
});

describe("a fault of a device over AMQP", () => {
  const send = (client: AmqpClient, sender: Sender, body = "x"): Promise<string> =>
    client.send(sender, { body: dataOf(body) });

  it("refuses connections", async () => {
    const id = await bench.newDevice();
    bench.hub.faults.refuseConnects(5, { deviceId: id });
    const client = await AmqpClient.open(bench.hub);
    const token = await deviceToken(bench.hub, id);
    expect(await client.putToken(token)).toBe(401);
    expect(await bench.event("connectionRefused", id)).toMatchObject({ reason: "fault" });
    expect(await client.putToken(token)).toBe(200);
    client.close();
  });

  it("delays the answer to a token, or withholds it", async () => {
    const id = await bench.newDevice();
    const client = await AmqpClient.open(bench.hub);
    const token = await deviceToken(bench.hub, id);
    bench.hub.faults.delayConnack(200, { deviceId: id });
    const started = performance.now();
    expect(await client.putToken(token)).toBe(200);
    expect(performance.now() - started).toBeGreaterThan(195);
    const other = await bench.newDevice();
    bench.hub.faults.withholdConnack({ deviceId: other });
    let isAnswered = false;
    void client.putToken(await deviceToken(bench.hub, other)).then(() => {
      isAnswered = true;
    });
    // The second token of the connection is answered first.
    const another = await bench.newDevice();
    expect(await client.putToken(await deviceToken(bench.hub, another))).toBe(200);
    expect(isAnswered).toBe(false);
    client.close();
  });

  it("refuses telemetry as if the quota was used up", async () => {
    const { id, client, sender } = await device();
    bench.hub.faults.exceedQuota({ times: 1, deviceId: id });
    expect(await send(client, sender)).toBe("amqp:resource-limit-exceeded");
    expect(bench.hub.telemetry(id)).toEqual([]);
    expect(await send(client, sender)).toBe("accepted");
    client.close();
  });

  it("withholds and delays the outcomes of messages", async () => {
    const { id, client, sender } = await device();
    bench.hub.faults.mute("puback", id, { times: 1 });
    bench.hub.faults.delayPuback(id, 200);
    let isFirstSettled = false;
    void send(client, sender, "muted").then(() => {
      isFirstSettled = true;
    });
    const started = performance.now();
    const other = new Promise<void>((resolve) => sender.on("accepted", () => resolve()));
    sender.send({ body: dataOf("delayed") });
    await other;
    expect(performance.now() - started).toBeGreaterThan(195);
    expect(isFirstSettled).toBe(false);
    expect(bench.hub.telemetry(id)).toHaveLength(2);
    client.close();
  });

  it.each([
    ["immediately", {}, 0],
    ["after messages", { afterPublishes: 2 }, 2],
    ["after bytes", { afterBytes: 300 }, undefined],
  ] as const)("cuts the connection %s", async (_when, options, stored) => {
    const { id, client, sender } = await device();
    bench.hub.faults.drop(id, options);
    for (let at = 0; at < 20; at++) sender.send({ body: dataOf("x".repeat(30)) });
    await client.closed;
    expect(await bench.event("deviceDisconnected", id)).toMatchObject({ reason: "fault" });
    if (stored !== undefined) expect(bench.hub.telemetry(id)).toHaveLength(stored);
    else expect(bench.hub.telemetry(id).length).toBeLessThan(20);
    expect(bench.hub.faults.rules(id)).toEqual([]);
  });

  it("silences the connection, which stays open", async () => {
    const { id, client, sender } = await device();
    expect(bench.hub.faults.blackHole(id)).toBe(true);
    let isOver = false;
    void client.closed.then(() => {
      isOver = true;
    });
    sender.send({ body: dataOf("lost") });
    const other = await device();
    expect(await send(other.client, other.sender)).toBe("accepted");
    expect(bench.hub.telemetry(id)).toEqual([]);
    expect(isOver).toBe(false);
    bench.hub.kick(id);
    await client.closed;
    other.client.close();
  });

  it("is refused if it is one of MQTT only", async () => {
    const { id, client } = await device();
    expect(() => bench.hub.faults.publishRaw(id, "topic", "x")).toThrow(`'${id}' is connected over AMQP`);
    client.close();
  });

  it("delays messages to the device", async () => {
    const { id, client } = await device();
    const receiver = await client.receiver(`/devices/${id}/messages/devicebound`);
    bench.hub.faults.latency(id, 200);
    const arrived = nextMessages(receiver, 1);
    const started = performance.now();
    await bench.hub.sendC2d(id, "late");
    await arrived;
    expect(performance.now() - started).toBeGreaterThan(195);
    client.close();
  });
});
