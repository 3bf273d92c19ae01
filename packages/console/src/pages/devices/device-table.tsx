import { useComputed, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { SimulatedDevice } from "../../model/devices/simulated-device.ts";
import { repaints } from "../../model/repaint.ts";
import { useConsole } from "../../ui/context.ts";
import { Button, Check, Switch, TextField } from "../../ui/controls.tsx";
import { DeviceStatus } from "../../ui/device-status.tsx";

type Column = "id" | "type" | "status" | "acknowledged";

const sortKeys: Readonly<Record<Column, (device: SimulatedDevice) => string | number>> = {
  id: ({ id }) => id,
  type: ({ spec }) => spec.typeName,
  status: ({ state }) => state.peek().status,
  acknowledged: ({ ledger }) => ledger.counts(0).acknowledged,
};

/** The rows that are shown at a time. Thousands of rows make a page slow, and no one reads them. */
const shownLimit = 100;

/** All devices as a table, with a filter, an order, and actions on the chosen ones. */
export function DeviceTable(): JSX.Element {
  const { fleet, selected } = useConsole();
  const filter = useSignal("");
  const sort = useSignal<{ readonly column: Column; readonly isUp: boolean }>({ column: "id", isUp: true });
  const chosen = useSignal<ReadonlySet<string>>(new Set());
  const collator = useComputed(() => new Intl.Collator(undefined, { numeric: true }));

  const words = filter.value.toLowerCase();
  const { column, isUp } = sort.value;
  // Rows repaint themselves. The table repaints with them only if the filter or the order depends on their values.
  if (words !== "" || column === "status" || column === "acknowledged") repaints.value;
  const shown = fleet.devices.value
    .filter(({ id, spec, state }) =>
      `${id} ${spec.typeName} ${state.peek().status}`.toLowerCase().includes(words),
    )
    .sort((one, other) => {
      const [a, b] = [sortKeys[column](one), sortKeys[column](other)];
      const order = typeof a === "number" ? a - Number(b) : collator.value.compare(a, String(b));
      return isUp ? order : -order;
    });
  const choice = fleet.devices.value.filter(({ id }) => chosen.value.has(id));
  const choose = (ids: Iterable<string>): void => {
    chosen.value = new Set(ids);
  };
  const head = (name: Column, title: string, look?: "number" | "wide"): JSX.Element => (
    <th class={look} aria-sort={column === name ? (isUp ? "ascending" : "descending") : "none"}>
      <button
        type="button"
        onClick={() => (sort.value = { column: name, isUp: column === name ? !isUp : true })}
      >
        {title} {column === name ? (isUp ? "↑" : "↓") : ""}
      </button>
    </th>
  );
  return (
    <section class="card flush" aria-label="Table of devices">
      <div class="bar">
        <TextField
          label="Filter"
          value={filter.value}
          placeholder="id, type or state"
          onInput={(text) => (filter.value = text)}
        />
        <BulkActions devices={choice} onDone={() => choose([])} />
      </div>
      <div class="table stacks sorted">
        <table>
          <thead>
            <tr>
              <th>
                <Check
                  label="Choose all devices"
                  hideLabel
                  checked={choice.length > 0 && choice.length === shown.length}
                  mixed={choice.length > 0 && choice.length < shown.length}
                  onChange={(all) => choose(all ? shown.map(({ id }) => id) : [])}
                />
              </th>
              {head("id", "Device")}
              {head("status", "State")}
              {head("type", "Type", "wide")}
              {head("acknowledged", "Acknowledged", "number")}
              <th>Latest</th>
            </tr>
          </thead>
          <tbody>
            {shown.slice(0, shownLimit).map((device) => (
              <DeviceRow
                key={device.id}
                device={device}
                isSelected={device.id === selected.value}
                isChosen={chosen.value.has(device.id)}
                onSelect={() => (selected.value = selected.value === device.id ? undefined : device.id)}
                onChoose={(on) => {
                  const next = new Set(chosen.value);
                  if (on) next.add(device.id);
                  else next.delete(device.id);
                  choose(next);
                }}
              />
            ))}
          </tbody>
        </table>
      </div>
      {shown.length === 0 && <p class="bar soft">No device matches the filter.</p>}
      {shown.length > shownLimit && (
        <p class="bar soft">
          The first {shownLimit} of {shown.length} devices. Filter to see the others.
        </p>
      )}
    </section>
  );
}

function DeviceRow(props: {
  readonly device: SimulatedDevice;
  readonly isSelected: boolean;
  readonly isChosen: boolean;
  onSelect(): void;
  onChoose(on: boolean): void;
}): JSX.Element {
  const { device, isSelected, isChosen, onSelect, onChoose } = props;
  const { fleet } = useConsole();
  const toggle = (): void => {
    if (device.isOn.value) void device.powerOff();
    else fleet.powerOn([device]);
  };
  device.changes.value;
  return (
    <tr aria-selected={isSelected}>
      <td>
        <Check label={`Choose ${device.id}`} hideLabel checked={isChosen} onChange={onChoose} />
      </td>
      <td class="grow">
        <div class="row whole">
          <Switch label={`Power of ${device.id}`} on={device.isOn.value} onToggle={toggle} />
          <button type="button" class="link" aria-expanded={isSelected} onClick={onSelect}>
            {device.id}
          </button>
        </div>
      </td>
      <td>
        <DeviceStatus device={device} />
      </td>
      <td class="soft wide">{device.spec.typeName}</td>
      <td class="number" data-label="Acknowledged">
        {device.ledger.counts(0).acknowledged}
      </td>
      <td class="soft small latest">{latest(device)}</td>
    </tr>
  );
}

function latest({ samples, history, error }: SimulatedDevice): string {
  if (error.value !== undefined) return error.value;
  const { last } = samples;
  if (last === undefined) return history.last?.body.slice(0, 80) ?? "";
  const parts = Object.entries(last.values)
    .filter(([, value]) => typeof value !== "object")
    .map(([name, value]) => `${name} ${value}`);
  return parts.join(" · ").slice(0, 80);
}

function BulkActions(props: { readonly devices: readonly SimulatedDevice[]; onDone(): void }): JSX.Element {
  const { devices, onDone } = props;
  const { fleet } = useConsole();
  const stagger = useSignal(50);
  if (devices.length === 0) return <p class="soft small">Choose devices to act on several at once.</p>;
  return (
    <fieldset class="row bare" aria-label="Actions on the chosen devices">
      <span class="chip">{devices.length} chosen</span>
      <Button small icon="power" onClick={() => fleet.powerOn(devices, stagger.value)}>
        Switch on
      </Button>
      <Button small onClick={() => void fleet.powerOff(devices)}>
        Switch off
      </Button>
      <Button
        small
        icon="copy"
        onClick={() => {
          for (const device of devices) {
            const clones = fleet.clone(device);
            if (device.isOn.value) fleet.powerOn(clones, stagger.value);
          }
        }}
      >
        Clone
      </Button>
      <Button
        small
        kind="danger"
        icon="trash"
        onClick={() => {
          void fleet.remove(devices);
          onDone();
        }}
      >
        Remove
      </Button>
    </fieldset>
  );
}
