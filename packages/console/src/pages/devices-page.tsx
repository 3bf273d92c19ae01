import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { firstType } from "../model/devices/device-type.ts";
import { useConsole, useRepaints } from "../ui/context.ts";
import { Button } from "../ui/controls.tsx";
import { Empty, Figures, Notice } from "../ui/parts.tsx";
import { AddDevices } from "./devices/add-devices.tsx";
import { DeviceDetails } from "./devices/device-details.tsx";
import { DeviceTable } from "./devices/device-table.tsx";
import { FleetChart } from "./devices/fleet-chart.tsx";

/** The page of devices: all of them as a table and a chart, and the details of one. */
export function DevicesPage(): JSX.Element {
  const { fleet, hub, selected } = useConsole();
  const isAdding = useSignal(false);
  const devices = fleet.devices.value;
  const device = devices.find(({ id }) => id === selected.value);
  const startOne = (): void => {
    const added = fleet.add({
      id: fleet.freeId("thermostat"),
      typeName: "thermostat",
      type: firstType,
      credential: { kind: "local" },
    });
    selected.value = added[0]?.id;
    fleet.powerOn(added);
  };
  const add = (
    <Button
      icon="plus"
      kind={devices.length > 0 ? "primary" : undefined}
      onClick={() => (isAdding.value = true)}
    >
      Add devices…
    </Button>
  );
  return (
    <>
      {isAdding.value && <AddDevices onClose={() => (isAdding.value = false)} />}
      {devices.length === 0 ? (
        <section class="card">
          <Empty
            icon="device"
            title="No devices yet"
            text="A device in this page is a real MQTT client with its own connection. Start one on the local hub with one click, or add many, also on a hub in Azure."
          >
            <div class="row">
              <Button kind="primary" icon="power" disabled={hub.status.value !== "online"} onClick={startOne}>
                Start a thermostat
              </Button>
              {add}
            </div>
          </Empty>
        </section>
      ) : (
        <>
          <div class="bar">
            <h2>Devices in this page</h2>
            {add}
          </div>
          <FleetFigures />
          <FleetChart />
          <div class={device === undefined ? undefined : "split"}>
            <DeviceTable />
            {device !== undefined && <DeviceDetails key={device.id} device={device} />}
          </div>
        </>
      )}
    </>
  );
}

/** The number of connected devices. Unlike the sums, it is updated immediately. */
function Connected(): JSX.Element {
  const { fleet } = useConsole();
  return <>{`${fleet.connected.value} of ${fleet.devices.value.length}`}</>;
}

/** The sums over all devices. Lost messages were acknowledged, but aren't at the hub. */
export function FleetFigures(): JSX.Element {
  const { fleet, hub } = useConsole();
  useRepaints();
  const now = hub.knownUntil;
  const sums = { sent: 0, acknowledged: 0, failed: 0, arrived: 0, repeated: 0, lost: 0 };
  for (const device of fleet.devices.value) {
    const counts = device.ledger.counts(now);
    for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += counts[name];
  }
  return (
    <>
      <Figures
        values={[
          ["Connected", <Connected key="connected" />],
          ["Sent", sums.sent],
          ["Acknowledged", sums.acknowledged],
          ["At the local hub", sums.arrived],
          ["Repeated", sums.repeated],
          ["Failed", sums.failed],
          ["Lost", sums.lost],
        ]}
      />
      {sums.lost > 0 && (
        <Notice tone="bad">
          {sums.lost} acknowledged {sums.lost === 1 ? "message isn't" : "messages aren't"} at the local hub.
          The hub keeps only its latest messages; otherwise, this is a bug to report.
        </Notice>
      )}
    </>
  );
}
