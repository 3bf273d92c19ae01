import { type Signal, signal } from "@preact/signals";
import type { HubAccess } from "../hub/hub-access.ts";
import { repaint } from "../repaint.ts";
import { Ring } from "../ring.ts";
import type { FaultChoice, FaultValues } from "./fault-choice.ts";

/** A fault that was injected from this page. */
export interface InjectedFault {
  readonly at: number;
  readonly name: FaultChoice["name"];
  readonly title: string;
  readonly scope: FaultChoice["scope"];
  readonly deviceIds: readonly string[];
  readonly values: FaultValues;
}

type Rules = Awaited<ReturnType<HubAccess["client"]["faults"]["rules"]>>;

/** Injects faults, records them for the timelines, and reads which rules are active. */
export class FaultLog {
  readonly injected: Ring<InjectedFault> = new Ring(200);
  readonly rules: Signal<Rules> = signal([]);
  readonly #hub: HubAccess;
  readonly #listeners = new Set<(fault: InjectedFault) => void>();

  constructor(hub: HubAccess) {
    this.#hub = hub;
  }

  /** Calls a listener with each fault that is injected from this page. */
  onInject(listener: (fault: InjectedFault) => void): void {
    this.#listeners.add(listener);
  }

  /** Injects a fault into devices, or into the hub. */
  async inject(fault: FaultChoice, deviceIds: readonly string[], values: FaultValues): Promise<void> {
    const { name, title, scope } = fault;
    const targets = scope === "hub" ? [] : deviceIds;
    const injected = { at: Date.now(), name, title, scope, deviceIds: targets, values };
    const { client } = this.#hub;
    await Promise.all(
      (scope === "hub" ? [""] : targets).map((deviceId) => fault.apply(client, deviceId, values)),
    );
    this.injected.add(injected);
    for (const listener of this.#listeners) listener(injected);
    repaint();
    await this.refresh();
  }

  /** Reads the active rules again. */
  async refresh(): Promise<void> {
    this.rules.value = await this.#hub.client.faults.rules();
  }

  /** Ends the rules of one device, or all faults. */
  async clear(deviceId?: string): Promise<void> {
    await this.#hub.client.faults.clear(deviceId);
    await this.refresh();
  }
}
