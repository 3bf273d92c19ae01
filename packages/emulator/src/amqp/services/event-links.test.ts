import rhea, { type Receiver } from "rhea";
import { describe, expect, it } from "vitest";
import { partitionOf } from "../../hub/telemetry/telemetry-partition.ts";
import { AmqpClient, nextMessages } from "../../testing/amqp-client.ts";
import { TestBench } from "../../testing/emulator.ts";
import { policyToken } from "../../testing/service.ts";

const bench = new TestBench();
const address = (partition: number | string, group = "$default"): string =>
  `localhost/ConsumerGroups/${group}/Partitions/${partition}`;

async function reader(resource = "sb://localhost/localhost", policy = "service"): Promise<AmqpClient> {
  const client = await AmqpClient.open(bench.hub);
  const token = await policyToken(bench.hub, policy, encodeURIComponent(resource));
  expect(await client.putToken(token)).toBe(200);
  return client;
}

const from = (filter: string): object => ({
  filter: {
    "apache.org:selector-filter:string": rhea.types.wrap_described(filter, 0x468c00000004),
  },
});

function receive(
  client: AmqpClient,
  to: string,
  options: object = {},
  source: object = {},
): Promise<Receiver> {
  return client.receiver(to, { source: { address: to, ...source }, ...options });
}

const epoch = (value: number): object => ({
  properties: { "com.microsoft:epoch": rhea.types.wrap_long(value) },
});

describe("an event reader", () => {
  it("receives what devices send, before and after it has attached, in order", async () => {
    const device = await bench.device();
    const send = (text: string): Promise<unknown> =>
      device.client.publishAsync(`devices/${device.id}/messages/events/a=b&%24.mid=m1`, text, { qos: 1 });
    await send("one");
    const client = await reader();
    const receiver = await receive(client, address(partitionOf(device.id, 4)));
    const messages = nextMessages(receiver, 3);
    await send("two");
    await send("three");
    const texts = (await messages).map(({ body }) => (body as { content: Buffer }).content.toString());
    expect(texts).toEqual(["one", "two", "three"]);
    expect((await messages)[0]).toMatchObject({
      message_id: "m1",
      application_properties: { a: "b" },
      message_annotations: {
        "x-opt-offset": expect.stringMatching(/^\d+$/),
        "x-opt-partition-key": device.id,
        "iothub-connection-device-id": device.id,
        "iothub-message-source": "Telemetry",
      },
    });
    client.close();
  });

  it("receives no more than it has granted credit for", async () => {
    const device = await bench.device();
    for (let n = 0; n < 5; n++) {
      await device.client.publishAsync(`devices/${device.id}/messages/events/`, String(n), { qos: 1 });
    }
    const client = await reader();
    const [slow, other] = [
      await receive(client, address(partitionOf(device.id, 4)), { credit_window: 0 }),
      await receive(client, address(partitionOf(device.id, 4)), { credit_window: 0 }),
    ];
    let received = 0;
    slow.on("message", () => received++);
    slow.add_credit(2);
    const rest = nextMessages(other, 4);
    other.add_credit(4);
    await rest;
    expect(received).toBe(2);
    client.close();
  });

  it.each([
    ["an unknown partition", address("9"), "com.microsoft:argument-out-of-range"],
    ["an unknown consumer group", address(0, "nobody"), "amqp:not-found"],
    ["an unknown event hub", "other/ConsumerGroups/$Default/Partitions/0", "amqp:not-found"],
  ])("is refused for %s", async (_name, to, condition) => {
    const client = await reader();
    await expect(receive(client, to)).rejects.toMatchObject({ condition });
    client.close();
  });

  it("is refused for an unknown filter, another path in its token, and a policy without ServiceConnect", async () => {
    const client = await reader();
    const unknown = receive(client, address(0), {}, from("amqp.annotation.x-opt-color > '1'"));
    await expect(unknown).rejects.toMatchObject({ condition: "amqp:invalid-field" });
    client.close();
    const limited = await reader("sb://localhost/localhost/ConsumerGroups/$Default/Partitions/1");
    await receive(limited, address(1));
    const condition = "amqp:unauthorized-access";
    await expect(receive(limited, address(0))).rejects.toMatchObject({ condition });
    limited.close();
    const device = await reader("sb://localhost/localhost", "device");
    await expect(receive(device, address(0))).rejects.toMatchObject({ condition });
    device.close();
  });

  it("reads the built-in event hub also as messages/events, where a service is redirected", async () => {
    const inGroup = "messages/events/ConsumerGroups/$Default/Partitions/0";
    const client = await reader("sb://localhost/messages/events");
    await receive(client, inGroup);
    const properties = { operation: "READ", type: "com.microsoft:eventhub", name: "messages/events" };
    expect(await client.request("$management", properties)).toMatchObject({ body: { name: "localhost" } });
    const limited = await reader(`sb://localhost/${inGroup}`);
    await receive(limited, inGroup);
    const other = receive(limited, inGroup.replace("/0", "/1"));
    await expect(other).rejects.toMatchObject({ condition: "amqp:unauthorized-access" });
    const service = await reader("localhost");
    await expect(receive(service, inGroup)).rejects.toMatchObject({ condition: "amqp:link:redirect" });
    for (const each of [client, limited, service]) each.close();
  });

  it("reads in its consumer group", async () => {
    bench.hub.createConsumerGroup("dashboard");
    bench.hub.createConsumerGroup("Dashboard");
    expect(bench.hub.consumerGroups()).toEqual(["$Default", "dashboard"]);
    expect(() => bench.hub.createConsumerGroup("a b")).toThrow("consumer group must be");
    const client = await reader();
    await receive(client, address(0, "DASHBOARD"));
    client.close();
  });
});

describe("the readers of a partition", () => {
  it("are five without an epoch", async () => {
    const client = await reader();
    const readers: Receiver[] = [];
    for (let count = 0; count < 5; count++) readers.push(await receive(client, address(2)));
    const condition = "amqp:resource-limit-exceeded";
    await expect(receive(client, address(2))).rejects.toMatchObject({ condition });
    const closed = new Promise((resolve) => readers[0]?.once("receiver_close", resolve));
    readers[0]?.close();
    await closed;
    await receive(client, address(2));
    client.close();
  });

  it("are one with the highest epoch", async () => {
    const client = await reader();
    const stolen = (receiver: Receiver): Promise<string> =>
      new Promise((resolve) => {
        receiver.once("receiver_error", () => resolve((receiver.error as { condition: string }).condition));
      });
    const first = stolen(await receive(client, address(3)));
    const second = stolen(await receive(client, address(3), epoch(1)));
    expect(await first).toBe("amqp:link:stolen");
    const third = stolen(await receive(client, address(3), epoch(1)));
    expect(await second).toBe("amqp:link:stolen");
    await receive(client, address(3), epoch(5));
    expect(await third).toBe("amqp:link:stolen");
    const condition = "amqp:link:stolen";
    await expect(receive(client, address(3), epoch(4))).rejects.toMatchObject({ condition });
    await expect(receive(client, address(3))).rejects.toMatchObject({ condition });
    client.close();
  });
});

describe("$management", () => {
  const read = (type: string, more: object = {}): Record<string, unknown> => ({
    operation: "READ",
    type: `com.microsoft:${type}`,
    name: "LOCALHOST",
    ...more,
  });
  const status = (reply: Record<string, unknown>): unknown =>
    (reply["application_properties"] as Record<string, unknown>)["status-code"];

  it("returns the properties of the event hub and its partitions", async () => {
    const client = await reader();
    expect(await client.request("$management", read("eventhub"))).toMatchObject({
      body: { name: "localhost", partition_count: 4, partition_ids: ["0", "1", "2", "3"] },
    });
    expect(
      await client.request("localhost/$management", read("partition", { partition: "0" })),
    ).toMatchObject({
      body: { partition: "0", begin_sequence_number: expect.any(Number) },
    });
    client.close();
  });

  it.each([
    [read("partition", { partition: "9" }), 404],
    [read("eventhub", { name: "other" }), 404],
    [read("queue"), 400],
    [{ operation: "WRITE" }, 501],
  ])("refuses %j with %i", async (request, code) => {
    const client = await reader();
    expect(status(await client.request("$management", request))).toBe(code);
    client.close();
  });

  it("answers only with a token of the event hub", async () => {
    const client = await reader("sb://localhost/other");
    expect(status(await client.request("$management", read("eventhub")))).toBe(404);
    client.close();
    const withoutToken = await AmqpClient.open(bench.hub);
    expect(status(await withoutToken.request("$management", read("eventhub")))).toBe(401);
    const security_token = await policyToken(bench.hub, "service");
    expect(status(await withoutToken.request("$management", read("eventhub", { security_token })))).toBe(200);
    withoutToken.close();
  });
});
