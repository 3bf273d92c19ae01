import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { SimulatedDevice } from "../model/devices/simulated-device.ts";
import type { FaultChoice } from "../model/faults/fault-choice.ts";
import { faultMenu } from "../model/faults/fault-menu.ts";
import { useConsole, useRepaints } from "../ui/context.ts";
import { Button } from "../ui/controls.tsx";
import { Empty } from "../ui/parts.tsx";
import { FleetFigures } from "./devices-page.tsx";
import { ActiveRules } from "./faults/active-rules.tsx";
import { FaultForm } from "./faults/fault-form.tsx";
import { TargetPicker } from "./faults/target-picker.tsx";
import { Timelines } from "./faults/timelines.tsx";

const groups = ["Connection", "Answers", "Data", "Hub"] as const;

/** The page of faults: the fault to inject and its devices, the active rules, and the reactions of the devices. */
export function FaultsPage(): JSX.Element {
  const { fleet, tab, hub } = useConsole();
  useRepaints();
  const fault = useSignal<FaultChoice>(faultMenu[0] as FaultChoice);
  const unchosen = useSignal<ReadonlySet<string>>(new Set());
  const local = fleet.devices.value.filter(
    ({ spec }) => spec.credential.kind === "local" || spec.credential.kind === "provisioning",
  );
  const others = hub.sessions.value
    .map(({ deviceId }) => deviceId)
    .filter((id) => fleet.find(id) === undefined);
  const ids = [...local.map(({ id }: SimulatedDevice) => id), ...new Set(others)];
  const targets = ids.filter((id) => !unchosen.value.has(id));
  return (
    <>
      <div class="split">
        <section class="card stack" aria-label="Inject a fault">
          <h2>Inject a fault</h2>
          {groups.map((group) => (
            <div key={group} class="labelled">
              <h3 class="soft">{group}</h3>
              <div class="row">
                {faultMenu
                  .filter((each) => each.group === group)
                  .map((each) => (
                    <Button
                      key={each.name}
                      small
                      pressed={each === fault.value}
                      kind={each === fault.value ? "primary" : undefined}
                      onClick={() => {
                        fault.value = each;
                      }}
                    >
                      {each.title}
                    </Button>
                  ))}
              </div>
            </div>
          ))}
          {fault.value.scope === "device" && ids.length > 0 && (
            <TargetPicker
              ids={ids}
              targets={targets}
              onChange={(next) => {
                unchosen.value = new Set(ids.filter((id) => !next.includes(id)));
              }}
            />
          )}
          <FaultForm key={fault.value.name} fault={fault.value} targets={targets} />
        </section>
        <ActiveRules />
      </div>
      <FleetFigures />
      <section class="card stack" aria-label="Timelines">
        <h2>How the devices react</h2>
        {fleet.devices.value.length === 0 ? (
          <Empty
            icon="fault"
            title="No devices in this page"
            text="Faults also affect other programs. To see how a client reacts, start a device here."
          >
            <Button
              kind="primary"
              onClick={() => {
                tab.value = "devices";
              }}
            >
              Go to Devices
            </Button>
          </Empty>
        ) : (
          <Timelines devices={fleet.devices.value} />
        )}
      </section>
    </>
  );
}
