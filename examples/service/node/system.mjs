// A whole system: a service with Microsoft's clients, and a device. Creates the device, uses it, and deletes it.
import { EventHubConsumerClient } from "@azure/event-hubs";
import iothub from "azure-iothub";
import message from "azure-iothub/dist/common-core/message.js";
import { startDevice } from "./device.mjs";

const { SERVICE_CONNECTION_STRING = "", EVENT_HUB_CONNECTION_STRING = "" } = process.env;
const { DEVICE_ID = `heater-${Date.now()}`, CONSUMER_GROUP = "$Default" } = process.env;

const registry = iothub.Registry.fromConnectionString(SERVICE_CONNECTION_STRING);
const service = iothub.Client.fromConnectionString(SERVICE_CONNECTION_STRING);
const events = new EventHubConsumerClient(CONSUMER_GROUP, EVENT_HUB_CONNECTION_STRING);

// #region create
async function createDevice() {
  const { responseBody: identity } = await registry.create({ deviceId: DEVICE_ID });
  const [hostName] = /HostName=[^;]+/i.exec(SERVICE_CONNECTION_STRING) ?? [];
  return `${hostName};DeviceId=${DEVICE_ID};SharedAccessKey=${identity.authentication?.symmetricKey?.primaryKey}`;
}
// #endregion create

// #region telemetry
/** Returns the first event of the device. All partitions are read: the hub chooses one by the device's id. */
async function firstTelemetry() {
  const event = await new Promise((resolve, reject) => {
    /** @type {import("@azure/event-hubs").SubscriptionEventHandlers} */
    const handlers = {
      async processEvents(received) {
        for (const event of received)
          if (event.systemProperties?.["iothub-connection-device-id"] === DEVICE_ID) resolve(event);
      },
      processError: async (error) => reject(error),
    };
    // With a checkpoint store, the client continues where it was before a restart.
    events.subscribe(handlers, { startPosition: { enqueuedOn: Date.now() - 60_000 } });
  });
  await events.close();
  return event.body;
}
// #endregion telemetry

// #region method
async function callMethod() {
  const call = { methodName: "boost", payload: { until: 22 }, responseTimeoutInSeconds: 30 };
  const { result } = await service.invokeDeviceMethod(DEVICE_ID, call);
  return result;
}
// #endregion method

// #region twin
/** Sets the target, and waits until the device has reported it. @param {number} target */
async function setTarget(target) {
  const { responseBody: twin } = await registry.getTwin(DEVICE_ID);
  const patch = { tags: { room: "kitchen" }, properties: { desired: { target } } };
  await registry.updateTwin(DEVICE_ID, patch, twin.etag);
  for (;;) {
    const { responseBody: current } = await registry.getTwin(DEVICE_ID);
    if (current.properties.reported.target === target) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
// #endregion twin

// #region c2d
/** Sends a message, and waits for the feedback: the device has acknowledged it, or never will. @param {string} text */
async function sendMessage(text) {
  const request = new message.Message(text);
  Object.assign(request, { messageId: crypto.randomUUID(), ack: "full" });
  const { result: receiver } = await service.getFeedbackReceiver();
  const outcome = new Promise((resolve, reject) => {
    receiver.on("error", reject);
    receiver.on("message", async (feedback) => {
      const records = JSON.parse(feedback.data.toString());
      const isOurs = (/** @type {{ originalMessageId: string }} */ each) =>
        each.originalMessageId === request.messageId;
      const record = records.find(isOurs);
      // Feedback for other senders stays in the queue.
      if (record === undefined) return receiver.abandon(feedback);
      await receiver.complete(feedback);
      resolve(record.statusCode);
    });
  });
  await service.send(DEVICE_ID, request);
  return outcome;
}
// #endregion c2d

const device = await startDevice(await createDevice());
console.log(`service: created ${DEVICE_ID}`);
try {
  await service.open();
  await device.sendMessage({ temperature: 19.5 });
  console.log("service: telemetry", await firstTelemetry());
  console.log("service: method", await callMethod());
  await setTarget(21);
  console.log("service: target 21 reported");
  console.log("service: feedback", await sendMessage("lunch is ready"));
} finally {
  await device.shutdown();
  await Promise.allSettled([service.close(), events.close()]);
  await registry.delete(DEVICE_ID);
}
console.log("service: deleted the device");
