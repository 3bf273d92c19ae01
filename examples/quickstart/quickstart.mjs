// Runs a local hub, a device, a service and an event reader in one process, from enrollment to shutdown.
import { EventHubConsumerClient, earliestEventPosition } from "@azure/event-hubs";
import { startEmulator } from "@isohub/emulator";
import { IoTHubDeviceClient, Message, ProvisioningDeviceClient } from "@isohub/node";
import { createService } from "./service.mjs";
import { deferred, expect, log, step } from "./steps.mjs";

const deviceId = "thermostat-1";
const started = performance.now();

const hub = await step("1. Start a local hub", async () => {
  const emulator = await startEmulator({ provisioningRetryAfterSeconds: 1 });
  log("hub", `listening on localhost:${emulator.endpoints.port} (MQTT over TLS and WebSockets, HTTPS)`);
  return emulator;
});

const device = await step("2. Provision the device", async () => {
  // The factory gives a device its registration id and key. Registering assigns it to a hub.
  const registrationId = "serial-0001";
  const { primaryKey } = await hub.createEnrollment(registrationId, { deviceId });
  log("dps", `enrolled '${registrationId}' in ID scope ${hub.idScope}`);
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
      log(
        "device",
        `status: ${status}${nextPollMs === undefined ? "" : ` (polling again in ${nextPollMs} ms)`}`,
      ),
  });
  const { assignedHub } = registrationState;
  log("dps", `assigned '${registrationState.deviceId}' to ${assignedHub} (${registrationState.subStatus})`);
  expect(
    registrationState.deviceId === deviceId,
    `expected the device id ${deviceId}, got ${registrationState.deviceId}`,
  );
  return IoTHubDeviceClient.createFromSymmetricKey(primaryKey, assignedHub, registrationState.deviceId, {
    ...options,
    connectionRetryInterval: 1,
  });
});

await step("3. Connect over WebSockets", async () => {
  await device.connect();
  const [session] = hub.sessions();
  expect(session?.deviceId === deviceId, "the hub has no session for the device");
  log("device", device.state.status);
  log("hub", `accepted '${session.clientId}' over ${session.transport}`);
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
  log("device", "sent 10 messages; the hub acknowledged all of them");
  const arrived = await hub.waitForTelemetry({ deviceId, count: 10 }, { timeoutMs: 10_000 });
  for (const { body, properties, systemProperties } of arrived) {
    log("hub", `${decode(body)} ${JSON.stringify(properties)} ${systemProperties.messageId}`);
  }
  expect(
    arrived.every(({ properties }) => properties.room && properties.alert),
    "a message arrived without its properties",
  );
  expect(arrived[0].properties.room === "Küche / Süd & 100 %", "a property changed in transit");
});

const { host, plainPort } = hub.endpoints;
const service = createService(`http://${host}:${plainPort}`, hub.serviceConnectionString);

await step("5. Read the telemetry as events", async () => {
  // Microsoft's client, as a service in the cloud uses it.
  const reader = new EventHubConsumerClient("$Default", hub.eventHubConnectionString);
  const { partitionIds } = await reader.getEventHubProperties();
  log("reader", `reads ${partitionIds.length} partitions of '${reader.eventHubName}'`);
  const events = [];
  await new Promise((resolve, reject) => {
    const handlers = {
      async processEvents(received) {
        events.push(...received);
        if (events.length >= 10) resolve();
      },
      processError: async (error) => reject(error),
    };
    reader.subscribe(handlers, { startPosition: earliestEventPosition });
  });
  await reader.close();
  const sender = events[0].systemProperties["iothub-connection-device-id"];
  const numbers = events.map(({ body }) => body.n).join(", ");
  log("reader", `received the readings ${numbers} of '${sender}' at offsets up to ${events.at(-1).offset}`);
  expect(
    sender === deviceId && events.length === 10,
    "the reader received other events than the device sent",
  );
});

await step("6. Receive a cloud-to-device message", async () => {
  const received = deferred();
  device.onMessageReceived = received.resolve;
  await hub.sendC2d(deviceId, "Have a nice day", { properties: { from: "the-cloud" } });
  log("hub", "queued 'Have a nice day'");
  const message = await received.promise;
  log("device", `received '${message.text()}' ${JSON.stringify(message.customProperties)}`);
  expect(message.text() === "Have a nice day", "the message body changed in transit");
});

await step("7. Respond to a direct method of a service", async () => {
  device.handleMethod("reboot", async ({ payload }) => {
    log("device", `received method 'reboot' with a delay of ${payload.delay} s`);
    return { status: 200, payload: { rebooting: true } };
  });
  const call = { methodName: "reboot", payload: { delay: 5 }, connectTimeoutInSeconds: 5 };
  const response = await service("POST", `/twins/${deviceId}/methods`, call);
  log("service", `received status ${response.status} and ${JSON.stringify(response.payload)}`);
  expect(
    response.status === 200 && response.payload.rebooting === true,
    "the service received a different response than the device sent",
  );
});

await step("8. Update the twin from the service", async () => {
  const changed = deferred();
  device.onTwinDesiredPropertiesPatchReceived = (patch) => {
    if (patch.targetTemperature !== undefined) changed.resolve(patch);
  };
  const desired = { targetTemperature: 22 };
  await service("PATCH", `/twins/${deviceId}`, { tags: { floor: 1 }, properties: { desired } });
  log("service", "set the desired temperature to 22 °C");
  const { targetTemperature, $version } = await changed.promise;
  log("device", `received a desired temperature of ${targetTemperature} °C (version ${$version})`);
  await device.patchTwinReportedProperties({ targetTemperature, status: "heating" });
  log("device", "reported its target and its status");
  const query = "SELECT deviceId, properties.reported FROM devices WHERE tags.floor = 1";
  const [twin] = await service("POST", "/devices/query", { query });
  log("service", `found '${twin.deviceId}' by query, which reports '${twin.reported.status}'`);
  expect(
    twin.reported.targetTemperature === 22 && twin.reported.status === "heating",
    "the twin lacks the reported properties",
  );
});

await step("9. Recover from a dropped connection", async () => {
  const before = hub.telemetry(deviceId).length;
  const sent = [];
  for (let n = 1; n <= 40; n++) {
    sent.push(device.sendMessage({ afterAll: n }));
    if (n === 20) {
      // At this point, some messages are in flight and the rest haven't been written yet.
      await new Promise((resolve) => setImmediate(resolve));
      expect(hub.kick(deviceId), "the hub had no connection to drop");
      log("hub", "dropped the connection without notifying the device");
    }
  }
  await Promise.all(sent);
  log("device", "reconnected; the hub acknowledged all 40 messages");
  const arrived = hub.telemetry(deviceId).slice(before);
  const numbers = new Set(arrived.map(({ body }) => JSON.parse(decode(body)).afterAll));
  log("hub", `received ${numbers.size} of 40 messages (${arrived.length - numbers.size} duplicates)`);
  expect(numbers.size === 40, `${40 - numbers.size} messages were lost`);
});

await step("10. Shut down", async () => {
  await device.shutdown();
  expect(hub.sessions().length === 0, "the hub still has a session for the device");
  log("device", "shut down");
  await hub.close();
  log("hub", "closed");
});

console.log(`\nAll steps passed in ${((performance.now() - started) / 1000).toFixed(1)} s.`);

function decode(bytes) {
  return new TextDecoder().decode(bytes);
}
