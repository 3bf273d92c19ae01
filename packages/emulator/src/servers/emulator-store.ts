import type { HubOptions } from "../config/options.ts";
import { seedPolicies } from "../config/seed.ts";
import type { HubState } from "../config/state.ts";
import type { KeyMaker } from "../hub/identities/authentication.ts";
import type { JoinOptions } from "../joining/join-records.ts";
import type { WriteBarrier } from "../listeners/write-barrier.ts";
import type { Store, StoreContents, StoreSnapshot, Table } from "../store/store.ts";
import { contentsOf, emptyContents, snapshotOf } from "../store/store-contents.ts";
import { machineScope } from "./machine-scope.ts";

/** The open store of an emulator's state. */
export interface OpenStore {
  readonly store: Store;
  /** Holds back outgoing bytes until everything before them is written to disk. */
  readonly barrier: WriteBarrier | undefined;
  close(): Promise<void>;
}

/** The ports of a hub, as they are stored. */
type KeptPorts = { readonly port: number; readonly plainPort: number };

/** The parts of an emulator's store: a scope for each hub, one for the provisioning service, and one for this folder. */
export class EmulatorStore {
  readonly #open: OpenStore;

  constructor(open: OpenStore) {
    this.#open = open;
  }

  get barrier(): WriteBarrier | undefined {
    return this.#open.barrier;
  }

  /** The first hub. */
  get home(): Store {
    return this.#store.scope("hub");
  }

  get provisioning(): Store {
    return this.#store.scope("provisioning");
  }

  /** The hubs that were created besides the first, so that they are there after a restart. */
  get others(): Table<HubOptions> {
    return this.#store.table("hubs");
  }

  /** The ports of each hub, so that a restart has the same ones if they are free. */
  get ports(): Table<KeptPorts> {
    return this.#store.scope(machineScope).table("ports");
  }

  /** The hubs of other processes that have joined. */
  get joined(): Table<JoinOptions> {
    return this.#store.scope(machineScope).table("joined");
  }

  /** Another hub. */
  other(name: string): Store {
    return this.#store.scope("hubs").scope(name);
  }

  /** Deletes another hub. */
  deleteOther(name: string): void {
    this.#store.scope("hubs").deleteScope(name);
    this.others.delete(name);
  }

  /** The state of the first start, which a reset leads back to. */
  get initial(): StoreContents {
    const state = this.#initial.get("state");
    return state === undefined ? emptyContents : contentsOf(state);
  }

  /** Stores the current state as that of the first start, unless there is one. */
  keepInitial(): void {
    if (!this.#initial.has("state")) this.#initial.set("state", snapshotOf(this.contents()));
  }

  /** Returns the state, without the part that belongs to this folder. */
  contents(): StoreContents {
    const { scopes, ...contents } = this.#store.contents();
    const others = [...scopes].filter(([name]) => name !== machineScope);
    return { ...contents, scopes: new Map(others) };
  }

  /** Replaces the state, except for the part that belongs to this folder. */
  load({ scopes, ...contents }: StoreContents): void {
    const machine = this.#store.scope(machineScope).contents();
    this.#store.load({ ...contents, scopes: new Map([...scopes, [machineScope, machine]]) });
  }

  /** Sets the keys of policies that a document gives. */
  seedPolicies({ policies = {} }: HubState, makeKey: KeyMaker): void {
    const { provisioningserviceowner, ...ofHub } = policies;
    seedPolicies(this.home, { policies: ofHub }, makeKey);
    if (provisioningserviceowner === undefined) return;
    seedPolicies(this.provisioning, { policies: { provisioningserviceowner } }, makeKey);
  }

  close(): Promise<void> {
    return this.#open.close();
  }

  get #store(): Store {
    return this.#open.store;
  }

  get #initial(): Table<StoreSnapshot> {
    return this.#store.scope(machineScope).table("initial");
  }
}
