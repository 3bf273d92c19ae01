import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { OutgoingMessage } from "../../model/devices/outgoing-message.ts";
import type { SentMessage, SimulatedDevice } from "../../model/devices/simulated-device.ts";
import { useRepaints } from "../../ui/context.ts";
import { Button, NumberField, TextField } from "../../ui/controls.tsx";
import { Countdown } from "../../ui/device-status.tsx";
import { Moment, Status } from "../../ui/parts.tsx";

/** Composes a message of a device, with its properties, once or as a burst, now or later; and lists what was sent. */
export function Composer({ device }: { readonly device: SimulatedDevice }): JSX.Element {
  const body = useSignal('{ "temperature": 21.5 }');
  const contentType = useSignal("application/json");
  const properties = useSignal("");
  const burst = useSignal(1);
  const delay = useSignal(0);
  const every = useSignal(0);
  const parsed = readProperties(properties.value);
  const send = (): void => {
    const message: OutgoingMessage = {
      body: body.value,
      contentType: contentType.value.trim(),
      properties: parsed.properties,
    };
    device.schedule.add(message, {
      burst: burst.value,
      afterSeconds: delay.value,
      everySeconds: every.value,
    });
  };
  const isOn = device.isOn.value;
  return (
    <div class="stack">
      <TextField label="Body" lines={4} value={body.value} onInput={(text) => (body.value = text)} />
      <TextField
        label="Content type"
        value={contentType.value}
        onInput={(text) => (contentType.value = text)}
      />
      <div class="row end">
        <NumberField
          grow
          label="Messages"
          value={burst.value}
          min={1}
          max={1000}
          step={1}
          onInput={(n) => (burst.value = n)}
        />
        <NumberField
          grow
          label="After, in s"
          value={delay.value}
          min={0}
          max={86_400}
          onInput={(n) => (delay.value = n)}
        />
        <NumberField
          grow
          label="Every, in s; 0 is once"
          value={every.value}
          min={0}
          max={86_400}
          onInput={(n) => (every.value = n)}
        />
      </div>
      <TextField
        label="Application properties"
        lines={2}
        value={properties.value}
        placeholder="alert=true"
        hint="One name=value on each line"
        error={parsed.error}
        onInput={(text) => (properties.value = text)}
      />
      <div class="row">
        <Button kind="primary" icon="send" disabled={!isOn || parsed.error !== undefined} onClick={send}>
          {delay.value > 0 || every.value > 0
            ? "Schedule"
            : burst.value > 1
              ? `Send ${burst.value} messages`
              : "Send message"}
        </Button>
        {!isOn && <span class="soft small">Switch the device on first.</span>}
      </div>
      <Scheduled device={device} />
      <History device={device} />
    </div>
  );
}

function Scheduled({ device }: { readonly device: SimulatedDevice }): JSX.Element | null {
  const { schedule } = device;
  if (schedule.list.value.length === 0) return null;
  return (
    <section class="stack tight" aria-label="Scheduled messages">
      <h3>Scheduled messages</h3>
      <ul class="stack tight">
        {schedule.list.value.map((each) => (
          <li key={`${each.nextAt} ${each.message.body}`} class="row spread">
            <span class="grow">
              <code class="break">{each.message.body.slice(0, 80)}</code>
              <br />
              <span class="soft small">
                {each.burst > 1 && `${each.burst} messages `}in <Countdown to={new Date(each.nextAt)} />
                {each.everySeconds > 0 && `, then every ${each.everySeconds} s`}
              </span>
            </span>
            <Button small onClick={() => schedule.cancel(each)}>
              Cancel
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function readProperties(text: string): {
  readonly properties: Record<string, string>;
  readonly error?: string;
} {
  const properties: Record<string, string> = {};
  for (const line of text.split("\n").filter((each) => each.trim() !== "")) {
    const at = line.indexOf("=");
    if (at < 1) return { properties, error: `A property must be name=value, got '${line}'` };
    properties[line.slice(0, at).trim()] = line.slice(at + 1).trim();
  }
  return { properties };
}

function History({ device }: { readonly device: SimulatedDevice }): JSX.Element {
  useRepaints();
  const latest = device.history.values.slice(-20).reverse();
  return (
    <div class="stack tight">
      <h3>Sent messages</h3>
      {latest.length === 0 && <p class="soft">None yet.</p>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: keyboards scroll it */}
      <ol class="log" tabIndex={0} aria-label="Sent messages">
        {latest.map((message) => (
          <li key={message.number}>
            <Moment at={message.at} />
            <div class="row spread">
              <span class="grow">
                <code class="break">{message.body.slice(0, 160)}</code>
                <br />
                <Result message={message} />
              </span>
              <Button small disabled={!device.isOn.value} onClick={() => void device.send(message)}>
                Send again
              </Button>
            </div>
          </li>
        ))}
      </ol>
    </div>
  );
}

function Result({ message }: { readonly message: SentMessage }): JSX.Element {
  if (message.result === "pending") return <Status tone="idle">in flight</Status>;
  if (message.result === "acknowledged")
    return <Status tone="good">acknowledged in {message.latencyMs} ms</Status>;
  return <span class="status bad break">{message.result}</span>;
}
