import type { EmulatorState } from "../api/state.ts";
import type { HubState } from "../config/state.ts";
import { policiesOf, requireState } from "../config/state-check.ts";
import { HubError } from "../hub/hub-error.ts";
import type { StoreContents } from "../store/store.ts";
import { contentsOf, snapshotOf } from "../store/store-contents.ts";
import type { EmulatorStore } from "./emulator-store.ts";

/**
 * Implements {@link EmulatorState}.
 *
 * @param replace - replaces the state of every hub
 */
export function stateOf(
  store: EmulatorStore,
  replace: (contents: StoreContents, seed?: HubState) => Promise<void>,
): EmulatorState {
  return {
    reset: () => replace(store.initial),
    exportState: async () => ({ snapshot: snapshotOf(store.contents()) }),
    importState: async (state) => {
      requireState(state);
      const before = store.contents();
      try {
        await replace(
          state.snapshot === undefined ? policiesOf(before) : contentsOf(state.snapshot, "snapshot"),
          state,
        );
      } catch (error) {
        await replace(before);
        throw error instanceof TypeError
          ? new HubError("ArgumentInvalid", `${error.message.replace(/\.$/, "")}.`)
          : error;
      }
    },
  };
}
