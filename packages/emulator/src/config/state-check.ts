import { HubError } from "../hub/hub-error.ts";
import { problemIn } from "../schema/check.ts";
import type { StoreSnapshot } from "../store/store.ts";
import type { HubState } from "./state.ts";
import { stateFields } from "./state-schema.ts";

/** An empty snapshot, as of an emulator that has just started. */
export const emptySnapshot: StoreSnapshot = { tables: {}, logs: {}, scopes: {} };

/** Checks a state. @throws {HubError} ArgumentInvalid with the path of what isn't valid */
export function requireState(state: HubState): void {
  const problem = problemIn(stateFields, { ...state });
  if (problem !== undefined) throw new HubError("ArgumentInvalid", `${problem}.`);
}

/** Returns the part of a snapshot that has the keys of policies. */
export function policiesOf({ scopes }: StoreSnapshot): StoreSnapshot {
  const kept = ["hub", "provisioning"].map((name) => {
    const policies = scopes[name]?.tables["policies"] ?? [];
    return [name, { ...emptySnapshot, tables: { policies } }] as const;
  });
  return { ...emptySnapshot, scopes: Object.fromEntries(kept) };
}
