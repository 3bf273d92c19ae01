import { Message } from "@isohub/node";
import { aborted, type CaseContext, expectEqual, type VerifyCase } from "../case.ts";

/** Telemetry and cloud-to-device messages. */
export const messageCases: readonly VerifyCase[] = [
  {
    name: "telemetry: messages are acknowledged",
    async run({ newClient }) {
      const client = newClient();
      await Promise.all([1, 2, 3, 4, 5].map((n) => client.sendMessage({ n })));
    },
  },
  {
    name: "telemetry: readers of events receive bodies and properties",
    async run({ newClient, openEvents, deviceId, signal }) {
      const events = await openEvents();
      const client = newClient();
      for (const n of [1, 2, 3]) {
        const message = new Message(JSON.stringify({ n }));
        message.customProperties["room"] = "Küche & Bad";
        await client.sendMessage(message);
      }
      const isOurs = (event: { deviceId: string }): boolean => event.deviceId === deviceId;
      const received = await Promise.race([events.next(3, isOurs), aborted(signal)]);
      expectEqual(
        "the bodies",
        received.map(({ text }) => JSON.parse(text).n),
        [1, 2, 3],
      );
      expectEqual("the property", received[0]?.properties["room"], "Küche & Bad");
    },
  },
  {
    name: "cloud to device: a connected device receives a message",
    needsStandardTier: true,
    async run(context) {
      const { newClient, openMessages, deviceId, signal } = context;
      const messages = await openMessages();
      const client = newClient();
      const received = client.messages({ signal });
      await client.connect();
      const first = received.next();
      const { feedback } = await messages.send(deviceId, "hello", { room: "hall" });
      await expectMessage(context, first, "hello");
      // The message is acknowledged when the iterator ends.
      await received.return(undefined);
      expectEqual("the feedback", await Promise.race([feedback, aborted(signal)]), "Success");
    },
  },
  {
    name: "cloud to device: the hub keeps a message while the device is offline",
    needsStandardTier: true,
    async run(context) {
      const { newClient, openMessages, deviceId, signal } = context;
      const messages = await openMessages();
      await messages.send(deviceId, "kept");
      const received = newClient().messages({ signal });
      await expectMessage(context, received.next(), "kept");
      await received.return(undefined);
    },
  },
];

type NextMessage = Promise<IteratorResult<{ text(): string }, void>>;

async function expectMessage({ signal }: CaseContext, next: NextMessage, text: string): Promise<void> {
  const { value } = await Promise.race([next, aborted(signal)]);
  expectEqual("the message", value?.text(), text);
}
