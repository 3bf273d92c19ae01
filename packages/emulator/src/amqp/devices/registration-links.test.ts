import rhea from "rhea";
import { describe, expect, it } from "vitest";
import { AmqpClient, nextMessages } from "../../testing/amqp-client.ts";
import { TestBench } from "../../testing/emulator.ts";
import { registrationToken } from "../../testing/provisioning.ts";

const bench = new TestBench({ idScope: "0neTEST", provisioningRetryAfterSeconds: 2 });
let made = 0;

/** Connects as a device with an enrollment, and opens both of its links. */
async function open(otherKey?: string) {
  const registrationId = `amqp-${++made}`;
  const { primaryKey } = await bench.hub.createEnrollment(registrationId);
  const password = await registrationToken(otherKey ?? primaryKey, registrationId);
  const address = `/0neTEST/registrations/${registrationId}`;
  const client = await AmqpClient.open(bench.hub, { username: address.slice(1), password });
  const answers = await client.receiver(address);
  const requests = await client.sender(address);
  /** Sends a request and returns the properties and the body of the answer. */
  const ask = async (properties: object, body: unknown = null) => {
    const received = nextMessages(answers, 1);
    const content = body === null ? null : rhea.message.data_section(Buffer.from(JSON.stringify(body)));
    requests.send({ message_id: "m1", application_properties: { ...properties }, body: content });
    const [answer] = await received;
    const bytes = (answer?.["body"] as { content: Buffer } | undefined)?.content ?? Buffer.alloc(0);
    return { ...answer, json: JSON.parse(bytes.toString()) } as Record<string, unknown> & {
      json: Record<string, unknown>;
    };
  };
  return { registrationId, client, ask };
}

describe("registration over AMQP", () => {
  it("registers, and answers polls", async () => {
    const { registrationId, client, ask } = await open();
    const accepted = await ask({ "iotdps-operation-type": "iotdps-register" }, { registrationId });
    expect(accepted).toMatchObject({
      correlation_id: "m1",
      application_properties: { "status-code": 202, "retry-after": 2 },
      json: { status: "assigning" },
    });
    const poll = (id: unknown) =>
      ask({ "iotdps-operation-type": "iotdps-get-operationstatus", "iotdps-operation-id": id });
    expect(await poll("5.x")).toMatchObject({ application_properties: { "status-code": 404 } });
    expect(await poll(accepted.json["operationId"])).toMatchObject({
      application_properties: { "status-code": 200 },
      json: { status: "assigned", registrationState: { deviceId: registrationId } },
    });
    client.close();
  });

  it("answers a body that isn't JSON with status 400", async () => {
    const { client, ask } = await open();
    expect(await ask({ "iotdps-operation-type": "iotdps-register" })).toMatchObject({
      application_properties: { "status-code": 400 },
    });
    client.close();
  });

  it("is refused with another key, and without credentials", async () => {
    await expect(open(Buffer.alloc(32, 7).toString("base64"))).rejects.toThrow();
    expect(bench.events.at(-1)).toMatchObject({ type: "registrationRefused", deviceId: `amqp-${made}` });
    const client = await AmqpClient.open(bench.hub);
    await expect(client.receiver(`/0neTEST/registrations/amqp-${made}`)).rejects.toMatchObject({
      condition: "amqp:unauthorized-access",
    });
    client.close();
  });

  it("ends by kick", async () => {
    const { registrationId, client } = await open();
    expect(bench.hub.kick(`$dps/${registrationId}`)).toBe(true);
    await client.closed;
  });
});
