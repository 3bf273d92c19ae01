import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useConsole } from "../../ui/context.ts";
import { Button, NumberField, TextField } from "../../ui/controls.tsx";
import { Errors, Json, Status } from "../../ui/parts.tsx";
import { useAction } from "../../ui/use-action.ts";

interface Answer {
  readonly status: number;
  readonly payload: unknown;
  readonly ms: number;
}

/** Calls a direct method, and shows its answer and how long it took. */
export function MethodCall(props: { readonly identity: string; readonly suggestion: string }): JSX.Element {
  const { hub } = useConsole();
  const name = useSignal(props.suggestion);
  const payload = useSignal("null");
  const responseSeconds = useSignal(30);
  const connectSeconds = useSignal(0);
  const call = useAction<Answer>();
  const isJson = isValid(payload.value);
  const run = (): Promise<void> =>
    call.run(async () => {
      const start = performance.now();
      const answer = await hub.client.invokeMethod(
        props.identity,
        name.value,
        JSON.parse(payload.value || "null"),
        {
          responseTimeoutInSeconds: responseSeconds.value,
          connectTimeoutInSeconds: connectSeconds.value,
        },
      );
      return { status: answer.status, payload: answer.payload, ms: Math.round(performance.now() - start) };
    });
  const answer = call.result.value;
  return (
    <section class="stack tight" aria-label="Direct method">
      <h3>Direct method</h3>
      <div class="row end">
        <TextField grow label="Method" value={name.value} onInput={(text) => (name.value = text)} />
        <Button
          kind="primary"
          disabled={call.isRunning.value || name.value === "" || !isJson}
          onClick={() => void run()}
        >
          {call.isRunning.value ? "Calling…" : "Call method"}
        </Button>
      </div>
      <details>
        <summary>Payload and time-outs</summary>
        <div class="stack tight">
          <TextField
            label="Payload"
            lines={2}
            value={payload.value}
            error={isJson ? undefined : "Must be JSON"}
            onInput={(text) => (payload.value = text)}
          />
          <div class="row">
            <NumberField
              grow
              label="Answer within, in s"
              min={5}
              max={300}
              step={1}
              value={responseSeconds.value}
              onInput={(n) => (responseSeconds.value = n)}
            />
            <NumberField
              grow
              label="Connected within, in s"
              min={0}
              max={300}
              step={1}
              value={connectSeconds.value}
              onInput={(n) => (connectSeconds.value = n)}
            />
          </div>
        </div>
      </details>
      {answer !== undefined && (
        <>
          <Status tone={answer.status < 400 ? "good" : "warn"}>
            Answered with {answer.status} after {answer.ms} ms
          </Status>
          <Json label="Payload of the answer" value={answer.payload} />
        </>
      )}
      <Errors of={[call]} />
    </section>
  );
}

function isValid(text: string): boolean {
  try {
    JSON.parse(text || "null");
    return true;
  } catch {
    return false;
  }
}
