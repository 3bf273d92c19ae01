import fc from "fast-check";
import { expect } from "vitest";
import { encodePropertyBag } from "../../packages/core/src/messages/property-bag.ts";
import { parseUserName } from "../../packages/emulator/src/hub/credentials/user-name.ts";
import { eventsBag, parseInboundTopic } from "../../packages/emulator/src/hub/sessions/topics.ts";
import { parseRegistrationTopic } from "../../packages/emulator/src/provisioning/topics.ts";
import { parseProvisioningUserName } from "../../packages/emulator/src/provisioning/user-name.ts";
import { testHub } from "../../packages/emulator/src/testing/hub.ts";
import { TestProvisioning } from "../../packages/emulator/src/testing/provisioning.ts";
import { editedJson } from "../edited-json.ts";
import { editedText } from "../edits.ts";
import { defineTarget, type Target } from "../target.ts";

const topic = editedText(
  fc.oneof(
    fc
      .array(fc.tuple(fc.string({ unit: "binary" }), fc.string({ unit: "binary" })), { maxLength: 3 })
      .map((pairs) => `devices/d1/messages/events/${encodePropertyBag(pairs)}`),
    fc.constantFrom(
      "devices/d1/messages/events/%24.mid=1&%24.ct=application%2Fjson",
      "$iothub/twin/GET/?$rid=1",
      "$iothub/twin/PATCH/properties/reported/?$rid=1&$version=2",
      "$iothub/methods/res/200/?$rid=1",
      "$dps/registrations/PUT/iotdps-register/?$rid=1",
      "$dps/registrations/GET/iotdps-get-operationstatus/?$rid=1&operationId=5.71",
    ),
  ),
  8 * 1024,
);
const userName = editedText(
  fc.constantFrom(
    "localhost/d1/?api-version=2021-04-12&DeviceClientType=a%20b&model-id=dtmi%3Aa%3Bb%3B1",
    "localhost/d1/api-version=2018-06-30",
    "0neTEST/registrations/r1/api-version=2019-03-31&ClientVersion=x",
  ),
  8 * 1024,
);
const input = fc.record({
  topic,
  userName,
  clientId: editedText(fc.constantFrom("d1", "d1/m1", "r1")),
  payload: editedJson(
    fc.constantFrom<unknown>(
      { temperature: 21.5, nested: { a: [1, "x"], b: null } },
      { registrationId: "r1", payload: { model: "x" }, tpm: null, csr: "AAAA" },
    ),
  ),
  qos: fc.constantFrom(0 as const, 1 as const, 2 as const),
});

/** Input of devices to the emulator: user names, topics, twin patches, registrations. */
export const deviceInput: Target = defineTarget("device-input", input, async (values) => {
  const { topic: name, payload, qos, clientId } = values;
  const identity = { deviceId: "d1" };
  const bag = eventsBag(name, identity);
  if (bag !== undefined) expect(name.startsWith("devices/d1/messages/events")).toBe(true);
  parseInboundTopic(name, identity);
  parseRegistrationTopic(name);
  const user = parseUserName(values.userName, clientId);
  if (typeof user === "object") expect(values.userName.startsWith(user.hostName)).toBe(true);
  parseProvisioningUserName(values.userName, (host) => host === "localhost");

  const hub = testHub();
  await hub.attempt(clientId, { userName: values.userName });
  const { session, connection } = await hub.device("d1");
  hub.listen(session, "$iothub/twin/res/#");
  // A refusal is a reason to close, not an exception.
  hub.operations.publish(session, { topic: name, payload, qos, retain: false, dup: false });
  for (const { text } of connection.take()) if (text !== "") JSON.parse(text);

  const service = new TestProvisioning();
  service.individual.create("r1");
  const attested = await service.attestDevice("r1");
  if ("detail" in attested) throw new Error(attested.detail);
  const { status } = service.register(attested, parseJson(payload));
  expect(status).toBeLessThan(500);
});

/** As the emulator reads a body: one that isn't JSON counts as none. */
function parseJson(payload: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(payload).toString());
  } catch {
    return undefined;
  }
}
