// Sends cloud-to-device messages with the official service client, receives feedback and file notifications, and writes the outcome
// of each step. A line with the number of received notifications appears as soon as there is one.
const { Client } = require("azure-iothub");
const { AmqpWs } = require("azure-iothub/dist/amqp_ws.js");
const { Message } = require("azure-iothub/dist/common-core/message.js");

const { connectionString, webSockets, deviceId, messageIds } = JSON.parse(
  require("node:fs").readFileSync(0, "utf8"),
);
const client = webSockets
  ? Client.fromConnectionString(connectionString, AmqpWs)
  : Client.fromConnectionString(connectionString);

const failure = (promise) =>
  promise.then(
    () => "no failure",
    ({ name }) => name,
  );

/** Resolves with `count` messages of a receiver. Of the messages that `abandoned` selects, the first is abandoned. */
function receive(receiver, event, count, isAbandoned = () => false) {
  const received = [];
  let abandoned = 0;
  return new Promise((resolve, reject) => {
    receiver.on("error", reject);
    receiver.on(event, async (message) => {
      try {
        if (abandoned === 0 && isAbandoned(message)) {
          abandoned++;
          await receiver.abandon(message);
          return;
        }
        await receiver.complete(message);
        received.push(message);
        if (received.length === count) resolve({ received, abandoned });
      } catch (error) {
        reject(error);
      }
    });
  });
}

async function run() {
  await client.open();
  const { result: feedbackReceiver } = await client.getFeedbackReceiver();
  const { result: fileReceiver } = await client.getFileNotificationReceiver();
  const feedback = receive(feedbackReceiver, "message", messageIds.length, () => true);
  const file = receive(fileReceiver, "message", 1);
  for (const messageId of messageIds) {
    const message = new Message(`body of ${messageId}`);
    Object.assign(message, { messageId, ack: "full", contentType: "text/plain", correlationId: "c" });
    message.properties.add("room", "kitchen");
    await client.send(deviceId, message);
  }
  const unknown = await failure(client.send("nobody", "x"));
  const tooLarge = await failure(client.send(deviceId, Buffer.alloc(70_000)));
  const { received, abandoned } = await feedback;
  const records = received.flatMap(({ data }) => JSON.parse(data.toString()));
  const notification = JSON.parse((await file).received[0].data.toString());
  await client.close();
  return { unknown, tooLarge, abandoned, records, notification };
}

run().then(
  (outcome) => process.stdout.write(JSON.stringify([outcome])),
  (error) => {
    process.stderr.write(`${error?.stack ?? error}\n`);
    process.exitCode = 1;
  },
);
