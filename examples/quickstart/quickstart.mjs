// A device and a hub in one process: from an enrollment to everything a device does, over MQTT in WebSockets in TLS.
import { startEmulator } from "@isohub/emulator";
import { IoTHubDeviceClient, Message, ProvisioningDeviceClient } from "@isohub/node";
import { expect, say, signal, step } from "./story.mjs";

const deviceId = "thermostat-1";
const started = performance.now();

const hub = await step("1. Start a local hub", async () => {
  const emulator = await startEmulator({ provisioningRetryAfterSeconds: 1 });
  say("hub", `listens on localhost:${emulator.endpoints.port} (MQTT over TLS and over WebSockets, HTTPS)`);
  return emulator;
});

const device = await step("2. Provision the device", async () => {
  // What a factory knows: a registration id and a key. Which hub the device belongs to is decided now.
  const registrationId = "serial-0001";
  const { primaryKey } = await hub.createEnrollment(registrationId, { deviceId });
  say("dps", `expects '${registrationId}' in the id scope ${hub.idScope}`);
  const options = { websockets: true, serverVerificationCert: hub.ca };
  const provisioningHost = `localhost:${hub.endpoints.provisioning.port}`;
  const provisioning = ProvisioningDeviceClient.createFromSymmetricKey(
    provisioningHost,
    registrationId,
    hub.idScope,
    primaryKey,
    options,
  );
  const { registrationState } = await provisioning.register({
    onProgress: ({ status, nextPollMs }) =>
      say(
        "device",
        nextPollMs === undefined ? `is ${status}` : `is told '${status}', asks again in ${nextPollMs} ms`,
      ),
  });
  const { assignedHub } = registrationState;
  say("dps", `assigned '${registrationState.deviceId}' to ${assignedHub} (${registrationState.subStatus})`);
  expect(registrationState.deviceId === deviceId, "it was given another device id");
  return IoTHubDeviceClient.createFromSymmetricKey(primaryKey, assignedHub, registrationState.deviceId, {
    ...options,
    connectionRetryInterval: 1,
  });
});

await step("3. Connect over WebSockets", async () => {
  await device.connect();
  const [session] = hub.sessions();
  expect(session?.deviceId === deviceId, "the hub does not see the device");
  say("device", `is ${device.state.status}`);
  say("hub", `accepted '${session.clientId}' over ${session.transport}`);
});

await step("4. Send ten telemetry messages", async () => {
  const sent = [];
  for (let n = 1; n <= 10; n++) {
    const message = new Message({ n, temperature: 20 + n / 10 });
    message.messageId = `reading-${n}`;
    message.customProperties = {
      room: n % 2 === 0 ? "kitchen" : "Küche / Süd & 100 %",
      alert: String(n > 8),
    };
    sent.push(device.sendMessage(message));
  }
  await Promise.all(sent);
  say("device", "sent 10, and the hub acknowledged each of them");
  const arrived = await hub.waitForTelemetry({ deviceId, count: 10 }, { timeoutMs: 10_000 });
  for (const { body, properties, systemProperties } of arrived) {
    say("hub", `${text(body)} ${JSON.stringify(properties)} ${systemProperties.messageId}`);
  }
  expect(
    arrived.every(({ properties }) => properties.room && properties.alert),
    "properties are missing",
  );
  expect(arrived[0].properties.room === "Küche / Süd & 100 %", "a property was changed on its way");
});

await step("5. Receive a cloud-to-device message", async () => {
  const received = signal();
  device.onMessageReceived = received.fulfil;
  await hub.sendC2d(deviceId, "Have a nice day", { properties: { from: "the-cloud" } });
  say("hub", "queued 'Have a nice day'");
  const message = await received.promise;
  say("device", `received '${message.text()}' ${JSON.stringify(message.customProperties)}`);
  expect(message.text() === "Have a nice day", "the text was changed on its way");
});

await step("6. Answer a direct method", async () => {
  device.handleMethod("reboot", async ({ payload }) => {
    say("device", `is asked to reboot in ${payload.delay} s`);
    return { status: 200, payload: { rebooting: true } };
  });
  const answer = await hub.invokeMethod(deviceId, "reboot", { delay: 5 }, { connectTimeoutInSeconds: 5 });
  say("hub", `got status ${answer.status} and ${JSON.stringify(answer.payload)}`);
  expect(
    answer.status === 200 && answer.payload.rebooting === true,
    "the answer is not what the device said",
  );
});

await step("7. Follow the twin", async () => {
  const changed = signal();
  device.onTwinDesiredPropertiesPatchReceived = (patch) => {
    if (patch.targetTemperature !== undefined) changed.fulfil(patch);
  };
  await hub.patchDesired(deviceId, { targetTemperature: 22 });
  say("hub", "wants 22 °C");
  const { targetTemperature, $version } = await changed.promise;
  say("device", `is told ${targetTemperature} °C (version ${$version}), and reports back`);
  await device.patchTwinReportedProperties({ targetTemperature, status: "heating" });
  const twin = await device.getTwin();
  say("device", `reads its twin: reported ${JSON.stringify(twin.reported)}`);
  expect(
    twin.reported.targetTemperature === 22 && twin.reported.status === "heating",
    "the twin does not have it",
  );
});

await step("8. Lose the connection in the middle, and nothing else", async () => {
  const before = hub.telemetry(deviceId).length;
  const sent = [];
  for (let n = 1; n <= 40; n++) {
    sent.push(device.sendMessage({ afterAll: n }));
    if (n === 20) {
      // Some are on their way now, some have not left yet.
      await new Promise((resolve) => setImmediate(resolve));
      expect(hub.kick(deviceId), "there was no connection to cut");
      say("hub", "cuts the connection without a word");
    }
  }
  await Promise.all(sent);
  say("device", `reconnected by itself; all 40 messages are acknowledged`);
  const arrived = hub.telemetry(deviceId).slice(before);
  const numbers = new Set(arrived.map(({ body }) => JSON.parse(text(body)).afterAll));
  say(
    "hub",
    `has ${numbers.size} of 40 messages (${arrived.length - numbers.size} came twice, marked as such)`,
  );
  expect(numbers.size === 40, `${40 - numbers.size} messages are lost`);
});

await step("9. Shut down", async () => {
  await device.shutdown();
  expect(hub.sessions().length === 0, "the hub still sees the device");
  await hub.close();
  say("device", "and hub are gone; nothing is left that keeps this process alive");
});

console.log(`\nAll of it worked, in ${((performance.now() - started) / 1000).toFixed(1)} s.`);

function text(bytes) {
  return new TextDecoder().decode(bytes);
}
