import { HubError } from "../hub/hub-error.ts";
import { problemIn } from "../schema/check.ts";
import type { StoreContents } from "../store/store.ts";
import { emptyContents } from "../store/store-contents.ts";
import type { HubState } from "./state.ts";
import { stateFields } from "./state-schema.ts";

/** Checks a state. @throws {HubError} ArgumentInvalid with the path of the invalid member */
export function requireState(state: HubState): void {
  const problem = problemIn(stateFields, { ...state });
  if (problem !== undefined) throw new HubError("ArgumentInvalid", `${problem}.`);
}

/** Returns the part of a state that has the keys of policies. */
export function policiesOf({ scopes }: StoreContents): StoreContents {
  const kept = ["hub", "provisioning"].map((name) => {
    const policies = scopes.get(name)?.tables.get("policies") ?? [];
    return [name, { ...emptyContents, tables: new Map([["policies", policies]]) }] as const;
  });
  return { ...emptyContents, scopes: new Map(kept) };
}
