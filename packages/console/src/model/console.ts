import { type Signal, signal } from "@preact/signals";
import { Fleet } from "./devices/fleet.ts";
import { FaultLog } from "./faults/fault-log.ts";
import { HubAccess, type HubSource } from "./hub/hub-access.ts";
import { Recorder } from "./scenarios/recorder.ts";
import { ScenarioRun } from "./scenarios/scenario-run.ts";
import { WireLog } from "./wire/wire-log.ts";

/** The pages of the console. */
export const tabs = ["devices", "hub", "faults", "wire", "scenarios"] as const;
export type Tab = (typeof tabs)[number];

/** State that all views share. */
export class Console {
  readonly hub: HubAccess;
  readonly wire: WireLog = new WireLog();
  readonly fleet: Fleet;
  readonly faults: FaultLog;
  readonly run: ScenarioRun;
  readonly recorder: Recorder;
  /** The document of the scenario that is edited. */
  readonly draft: Signal<string> = signal("");
  readonly tab: Signal<Tab> = signal(tabInAddress() ?? "devices");
  /** The device whose details are shown. */
  readonly selected: Signal<string | undefined> = signal(undefined);
  /** Whether another tab of this browser has the console open. */
  readonly isSecond: Signal<boolean> = signal(false);

  constructor(hub: HubSource) {
    this.hub = new HubAccess(hub);
    this.fleet = new Fleet(this.hub, this.wire);
    this.faults = new FaultLog(this.hub);
    this.run = new ScenarioRun(this.hub, this.wire);
    this.recorder = new Recorder(this.fleet, this.faults);
  }

  /** Follows the hub and the address of the page. */
  start(): void {
    this.hub.start();
    this.tab.subscribe((tab) => {
      if (tabInAddress() !== tab) history.replaceState(null, "", `#${tab}`);
    });
    addEventListener("hashchange", () => {
      this.tab.value = tabInAddress() ?? this.tab.peek();
    });
    this.#watchTabs();
  }

  /** The first tab holds a lock. The others wait for it, and show meanwhile that they aren't the first. */
  #watchTabs(): void {
    const name = "isohub console";
    const forever = () => new Promise<never>(() => {});
    void navigator.locks?.request(name, { ifAvailable: true }, (lock) => {
      if (lock !== null) return forever();
      this.isSecond.value = true;
      void navigator.locks.request(name, () => {
        this.isSecond.value = false;
        return forever();
      });
      return undefined;
    });
  }
}

function tabInAddress(): Tab | undefined {
  if (location.hash.startsWith("#scenario=")) return "scenarios";
  const name = location.hash.slice(1);
  return tabs.find((tab) => tab === name);
}
