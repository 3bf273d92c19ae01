import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { useConsole, useRepaints } from "../../ui/context.ts";
import { Button, Choice, TextField } from "../../ui/controls.tsx";
import { Errors, Moment, Status } from "../../ui/parts.tsx";
import { useAction } from "../../ui/use-action.ts";

/** Sends a cloud-to-device message, and shows the queue of the device and the feedback. */
export function SendToDevice({ deviceId }: { readonly deviceId: string }): JSX.Element {
  const { hub } = useConsole();
  const { client } = hub;
  const repaints = useRepaints();
  const body = useSignal("open the window");
  const ack = useSignal("full");
  const send = useAction<unknown>();
  const queue = useAction<Awaited<ReturnType<typeof client.c2dQueue>>>();
  const feedback = useAction<Awaited<ReturnType<typeof client.feedback>>>();
  const events = (hub.eventCounts.get("c2dEnqueued") ?? 0) + (hub.eventCounts.get("c2dCompleted") ?? 0);
  const read = (): void => {
    void queue.run(() => client.c2dQueue(deviceId));
    void feedback.run(() => client.feedback());
  };
  // The queue changes with these events.
  useEffect(read, [events, deviceId]);
  const outcomes = (feedback.result.value ?? []).filter((each) => each.deviceId === deviceId).slice(-3);
  void repaints;
  return (
    <section class="stack tight" aria-label="Cloud-to-device message">
      <h3>Cloud-to-device message</h3>
      <div class="row end">
        <TextField grow label="Message" value={body.value} onInput={(text) => (body.value = text)} />
        <Choice
          label="Feedback"
          value={ack.value}
          options={["none", "positive", "negative", "full"].map((each) => [each, each] as const)}
          onInput={(value) => (ack.value = value)}
        />
        <Button
          icon="send"
          disabled={send.isRunning.value}
          onClick={() =>
            void send.run(() => client.sendC2d(deviceId, body.value, { ack: ack.value as "full" })).then(read)
          }
        >
          Send to device
        </Button>
      </div>
      <div class="row">
        <span class="chip">{queue.result.value?.length ?? 0} in the queue</span>
        <Button
          small
          disabled={(queue.result.value?.length ?? 0) === 0}
          onClick={() => void client.purgeC2d(deviceId).then(read, read)}
        >
          Discard the queue
        </Button>
      </div>
      {outcomes.length > 0 && (
        <ol class="log" aria-label="Feedback">
          {outcomes.map((each) => (
            <li key={each.originalMessageId}>
              <Moment at={each.enqueuedTimeUtc} />
              <Status tone={each.statusCode === "Success" ? "good" : "warn"}>{each.statusCode}</Status>
            </li>
          ))}
        </ol>
      )}
      <Errors of={[send, queue]} />
    </section>
  );
}
