import { once } from "node:events";
import { connect } from "node:net";
import rhea from "rhea";
import { describe, expect, it } from "vitest";
import { AmqpClient, nextMessages } from "../../testing/amqp-client.ts";
import { TestBench } from "../../testing/emulator.ts";
import { policyToken } from "../../testing/service.ts";

const bench = new TestBench();
const c2d = "/messages/devicebound";
const feedback = "/messages/serviceBound/feedback";

const keyOf = (policy: string): string =>
  /SharedAccessKey=(.*)/.exec(bench.hub.policyConnectionStrings[policy] ?? "")?.[1] ?? "";

async function service(policy = "service"): Promise<AmqpClient> {
  const client = await AmqpClient.open(bench.hub);
  expect(await client.putToken(await policyToken(bench.hub, policy))).toBe(200);
  return client;
}

describe("credentials over AMQP", () => {
  it("are a token over $cbs, whose resource may be a URL", async () => {
    const client = await AmqpClient.open(bench.hub);
    const url = encodeURIComponent("amqps://LOCALHOST:5671");
    expect(await client.putToken(await policyToken(bench.hub, "service", url))).toBe(200);
    await client.sender(c2d);
    client.close();
  });

  it.each([
    ["another host", () => policyToken(bench.hub, "service", "example.com")],
    [
      "an unknown policy",
      async () => (await policyToken(bench.hub)).replace("skn=iothubowner", "skn=nobody"),
    ],
    ["no token", async () => "token"],
  ])("are refused with status 401: %s", async (_name, token) => {
    const client = await AmqpClient.open(bench.hub);
    expect(await client.putToken(await token())).toBe(401);
    await expect(client.sender(c2d)).rejects.toMatchObject({ condition: "amqp:unauthorized-access" });
    client.close();
  });

  it("are limited by the policy", async () => {
    const client = await service("registryReadWrite");
    await expect(client.sender(c2d)).rejects.toMatchObject({ condition: "amqp:unauthorized-access" });
    client.close();
  });

  it("are a user name with a token or a key over SASL PLAIN", async () => {
    const token = await policyToken(bench.hub, "service");
    for (const credentials of [
      { username: "service@sas.root.localhost", password: token },
      { username: "service", password: keyOf("service") },
    ]) {
      const client = await AmqpClient.open(bench.hub, credentials);
      await client.sender(c2d);
      client.close();
    }
    for (const credentials of [
      { username: "device@sas.root.localhost", password: token },
      { username: "service", password: keyOf("device") },
      { username: "nobody", password: token },
    ]) {
      await expect(AmqpClient.open(bench.hub, credentials)).rejects.toThrow();
    }
  });

  it("let links fail while a fault is active", async () => {
    const client = await service();
    await bench.hub.faults.failService({ status: 429, protocol: "AMQP" });
    await expect(client.sender(c2d)).rejects.toMatchObject({
      condition: "com.microsoft:device-container-throttled",
    });
    await client.sender(c2d);
    client.close();
  });

  it("end with the token", async () => {
    const client = await AmqpClient.open(bench.hub);
    const expiry = Math.floor(Date.now() / 1000) + 1800;
    expect(await client.putToken(await policyToken(bench.hub, "service", "localhost", expiry))).toBe(200);
    bench.hub.faults.skewClock(3600);
    expect(await client.closed).toMatchObject({ condition: "amqp:unauthorized-access" });
    bench.hub.faults.skewClock(0);
  });
});

describe("a cloud-to-device message over AMQP", () => {
  it("is accepted with its properties, or rejected with a condition", async () => {
    const deviceId = await bench.newDevice();
    const client = await service();
    const sender = await client.sender(c2d);
    const to = `/devices/${deviceId}/messages/devicebound`;
    const message_id = rhea.string_to_uuid("6f9619ff-8b86-d011-b42d-00cf4fc964ff");
    const body = rhea.message.data_section(Buffer.from("hi"));
    const application_properties = { "iothub-ack": "none", level: 3 };
    const message = { to, message_id, correlation_id: "c", user_id: "u", body, application_properties };
    expect(await client.send(sender, message)).toBe("accepted");
    expect(bench.hub.c2dQueue(deviceId)).toMatchObject([
      { messageId: "6f9619ff-8b86-d011-b42d-00cf4fc964ff" },
    ]);
    expect(await client.send(sender, { ...message, to: "/devices/nobody/messages/devicebound" })).toBe(
      "amqp:not-found",
    );
    expect(await client.send(sender, { ...message, to: "nowhere" })).toBe("com.microsoft:argument-error");
    expect(await client.send(sender, { ...message, body: [1] })).toBe("com.microsoft:argument-error");
    const module = `/devices/${deviceId}/modules/m/messages/devicebound`;
    expect(await client.send(sender, { ...message, to: module })).toBe("amqp:not-implemented");
    const large = rhea.message.data_section(Buffer.alloc(70_000));
    expect(await client.send(sender, { ...message, body: large })).toBe("amqp:link:message-size-exceeded");
    for (let count = 1; count < 50; count++) await client.send(sender, { to, body });
    expect(await client.send(sender, { to, body })).toBe("amqp:resource-limit-exceeded");
    client.close();
  });

  it("gets feedback, which is delivered again until it is completed", async () => {
    const deviceId = await bench.newDevice();
    const client = await service();
    await bench.hub.sendC2d(deviceId, "x", { messageId: "m", ack: "full" });
    await bench.hub.purgeC2d(deviceId);
    const abandoning = await client.receiver(feedback, { autoaccept: false, credit_window: 0 });
    const first = new Promise<Buffer>((resolve) => {
      abandoning.once("message", ({ delivery }) => {
        delivery?.release();
        resolve(Buffer.from(delivery?.tag ?? ""));
      });
    });
    abandoning.add_credit(1);
    expect((await first).length).toBe(16);
    abandoning.close();
    const receiver = await client.receiver(feedback);
    const [message = {}] = await nextMessages(receiver, 1);
    const { content } = message["body"] as { content: Buffer };
    expect(message).toMatchObject({ content_type: "application/vnd.microsoft.iothub.feedback.json" });
    expect(JSON.parse(content.toString())).toMatchObject([
      { originalMessageId: "m", deviceId, statusCode: "Purged" },
    ]);
    client.close();
  });
});

describe("a link", () => {
  it("to the hub's events is redirected to the event hub", async () => {
    const client = await service();
    const { port } = bench.hub.endpoints;
    await expect(
      client.receiver("messages/events/ConsumerGroups/$Default/Partitions/0"),
    ).rejects.toMatchObject({
      condition: "amqp:link:redirect",
      info: { hostname: "localhost", port, address: `amqps://localhost:${port}/localhost/` },
    });
    client.close();
  });

  it("to an unknown address is refused, with an event", async () => {
    const client = await service();
    await expect(client.receiver("/nowhere")).rejects.toMatchObject({ condition: "amqp:not-found" });
    expect(bench.events.filter(({ type }) => type === "requestRefused")).toContainEqual(
      expect.objectContaining({ path: "/nowhere", status: 404 }),
    );
    client.close();
  });
});

describe("a connection", () => {
  it.each([
    ["an oversized frame", "AMQP\x00\x01\x00\x00\x7f\xff\xff\xff"],
    ["another version", "AMQP\x00\x00\x09\x01"],
    ["an array that announces four billion nulls", nullsFrame()],
  ])("is closed for %s", async (_name, bytes) => {
    const { host, plainPort } = bench.hub.endpoints;
    const socket = connect(plainPort, host);
    socket.resume().write(bytes, "latin1");
    await once(socket, "close");
  });
});

// An open frame whose list has one item: an array of 0xffffffff nulls.
function nullsFrame(): string {
  const array = "\xf0\x00\x00\x00\x05\xff\xff\xff\xff\x40";
  const list = `\xd0\x00\x00\x00${String.fromCharCode(4 + array.length)}\x00\x00\x00\x01${array}`;
  const performative = `\x00\x53\x10${list}`;
  const frame = `\x02\x00\x00\x00${performative}`;
  return `AMQP\x00\x01\x00\x00\x00\x00\x00${String.fromCharCode(4 + frame.length)}${frame}`;
}
