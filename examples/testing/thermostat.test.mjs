import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startEmulator } from "isohub/emulator";
import { startThermostat } from "./thermostat.mjs";

/** @type {import("isohub/emulator").Emulator} */
let hub;
before(async () => {
  hub = await startEmulator();
});
after(() => hub.close());

test("the thermostat follows its desired temperature", async (t) => {
  const { connectionString } = await hub.createDevice("thermostat-1");
  const client = await startThermostat(connectionString, { serverVerificationCert: hub.ca });
  t.after(() => client.shutdown());
  await hub.patchDesired("thermostat-1", { target: 21 });
  const [message] = await hub.waitForTelemetry({ deviceId: "thermostat-1" });
  assert.deepEqual(JSON.parse(new TextDecoder().decode(message?.body)), { heatingTo: 21 });
});

test("the thermostat reconnects after a lost connection", async (t) => {
  const { connectionString } = await hub.createDevice("thermostat-2");
  const client = await startThermostat(connectionString, { serverVerificationCert: hub.ca });
  t.after(() => client.shutdown());
  hub.kick("thermostat-2");
  assert.equal(
    (await hub.invokeMethod("thermostat-2", "boost", undefined, { connectTimeoutInSeconds: 60 })).status,
    200,
  );
});
