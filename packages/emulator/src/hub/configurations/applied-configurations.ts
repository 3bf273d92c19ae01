import type { Store, Table } from "../../store/store.ts";
import { type Identity, identityKey } from "../identities/identity.ts";

/** The place of a value that a configuration has set. */
export interface AppliedSetting {
  readonly identity: Identity;
  readonly path: readonly string[];
}

/** The configurations of a device or module, as they are stored. */
export interface AppliedRecord {
  /** The ids of the configurations that select it, and aren't applied because of their priority. */
  readonly targeted: readonly string[];
  /** The ids and etags of the configurations that are applied to it. */
  readonly applied: readonly (readonly [id: string, etag: string])[];
  /** The values that they have set, which are removed with them. */
  readonly settings: readonly AppliedSetting[];
}

/** The section `configurations` of a twin. */
export type TwinConfigurations = Readonly<Record<string, { readonly status: "Applied" | "Targeted" }>>;

const none: AppliedRecord = { targeted: [], applied: [], settings: [] };

/** The configurations of each device and module. */
export class AppliedConfigurations {
  readonly #table: Table<AppliedRecord>;

  constructor(store: Store) {
    this.#table = store.table("appliedConfigurations");
  }

  get size(): number {
    return this.#table.size;
  }

  of(identity: Identity): AppliedRecord {
    return this.#table.get(identityKey(identity)) ?? none;
  }

  set(identity: Identity, record: AppliedRecord): void {
    const key = identityKey(identity);
    if (record.targeted.length + record.applied.length > 0) this.#table.set(key, record);
    else this.#table.delete(key);
  }

  forget(identity: Identity): void {
    this.#table.delete(identityKey(identity));
  }

  /** Returns the section of a twin; `undefined` if no configuration selects it. */
  section(identity: Identity): TwinConfigurations | undefined {
    const { targeted, applied } = this.of(identity);
    if (targeted.length + applied.length === 0) return undefined;
    return Object.fromEntries([
      ...targeted.map((id) => [id, { status: "Targeted" }] as const),
      ...applied.map(([id]) => [id, { status: "Applied" }] as const),
    ]);
  }
}
