import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { numericFields, seriesOf } from "../../model/devices/series.ts";
import type { SimulatedDevice } from "../../model/devices/simulated-device.ts";
import { repaint } from "../../model/repaint.ts";
import { Chart, Legend } from "../../ui/chart.tsx";
import { useConsole, useRepaints } from "../../ui/context.ts";
import { Button, Check, NumberField, Tabs } from "../../ui/controls.tsx";
import { DeviceStatus } from "../../ui/device-status.tsx";
import { Errors, Figures, Json, Moment, Status } from "../../ui/parts.tsx";
import { CloudActions } from "./cloud-actions.tsx";
import { Composer } from "./composer.tsx";
import { Route, routesOf } from "./route.tsx";

const views = [
  ["values", "Values"],
  ["cloud", "Cloud"],
  ["send", "Send"],
  ["log", "Log"],
  ["type", "Type"],
] as const;

/** The details of one device: its values, the actions of a cloud service, its messages, and its log. */
export function DeviceDetails({ device }: { readonly device: SimulatedDevice }): JSX.Element {
  const { fleet, hub, selected } = useConsole();
  useRepaints();
  const view = useSignal<(typeof views)[number][0]>("values");
  const counts = device.ledger.counts(hub.knownUntil);
  return (
    <section class="card stack" aria-label={`Device ${device.id}`}>
      <header>
        <div>
          <h2 class="break">{device.id}</h2>
          <DeviceStatus device={device} />
        </div>
        <div class="row">
          <Button
            icon="power"
            kind={device.isOn.value ? undefined : "primary"}
            onClick={() => (device.isOn.value ? void device.powerOff() : fleet.powerOn([device]))}
          >
            {device.isOn.value ? "Switch off" : "Switch on"}
          </Button>
          <Button
            icon="copy"
            label="Clone this device"
            onClick={() => {
              const clones = fleet.clone(device);
              if (device.isOn.value) fleet.powerOn(clones);
              selected.value = clones[0]?.id ?? device.id;
            }}
          />
          <Button icon="trash" label="Remove this device" onClick={() => void fleet.remove([device])} />
        </div>
      </header>
      <Errors of={[device]} />
      <Figures
        values={[
          ["Sent", counts.sent],
          ["Acknowledged", counts.acknowledged],
          ["Repeated", counts.repeated],
          ["Lost", counts.lost],
        ]}
      />
      <Tabs
        label="Views of the device"
        tabs={views}
        current={view.value}
        onSelect={(next) => (view.value = next)}
      />
      {view.value === "values" && <Values device={device} />}
      {view.value === "cloud" && <CloudActions device={device} />}
      {view.value === "send" && <Composer device={device} />}
      {view.value === "log" && <DeviceLog device={device} />}
      {view.value === "type" && <Json label="Type of the device" value={device.spec.type} />}
    </section>
  );
}

function Values({ device }: { readonly device: SimulatedDevice }): JSX.Element {
  useRepaints();
  const samples = device.samples.values.slice(-120);
  const fields = numericFields(samples);
  const routes = routesOf([device]);
  if (samples.length === 0) return <p class="soft">No message yet. The device sends once it is connected.</p>;
  const lines = fields.map((label) => ({ label }));
  return (
    <div class="stack">
      {fields.length > 0 && (
        <>
          <Chart label={`Values of ${device.id}`} lines={lines} data={seriesOf(samples, fields)} />
          <Legend lines={lines} />
        </>
      )}
      {routes.length > 0 && <Route routes={routes} />}
      <HeldValues device={device} fields={fields} />
      <Json label="Latest message" value={samples.at(-1)?.values} />
    </div>
  );
}

/** Sets fields by hand: a value that is held replaces that of the generator. */
function HeldValues(props: {
  readonly device: SimulatedDevice;
  readonly fields: readonly string[];
}): JSX.Element {
  const { device, fields } = props;
  const { overrides } = device.behavior;
  const hold = (field: string, value: number | undefined): void => {
    if (value === undefined) overrides.delete(field);
    else overrides.set(field, value);
    repaint();
  };
  return (
    <details>
      <summary>Set values by hand</summary>
      <div class="stack tight">
        {fields.map((field) => (
          <div key={field} class="row">
            <Check
              label={`Hold ${field}`}
              checked={overrides.has(field)}
              onChange={(on) => hold(field, on ? Number(device.samples.last?.values[field] ?? 0) : undefined)}
            />
            {overrides.has(field) && (
              <NumberField
                label={`Value of ${field}`}
                value={Number(overrides.get(field))}
                onInput={(value) => hold(field, value)}
              />
            )}
          </div>
        ))}
      </div>
    </details>
  );
}

function DeviceLog({ device }: { readonly device: SimulatedDevice }): JSX.Element {
  useRepaints();
  const entries = device.log.values.toReversed();
  if (entries.length === 0) return <p class="soft">Nothing has happened to this device yet.</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: keyboards scroll it
    <ol class="log" tabIndex={0} aria-label="Log of the device">
      {entries.map((entry, index) => (
        <li key={`${entry.at} ${index}`}>
          <Moment at={entry.at} />
          {entry.tone === undefined ? entry.text : <LogText tone={entry.tone} text={entry.text} />}
        </li>
      ))}
    </ol>
  );
}

function LogText({
  tone,
  text,
}: {
  readonly tone: "good" | "warn" | "bad";
  readonly text: string;
}): JSX.Element {
  return (
    <span class="break">
      <Status tone={tone}>
        <span class="hidden">{tone === "good" ? "" : "Problem: "}</span>
      </Status>{" "}
      {text}
    </span>
  );
}
