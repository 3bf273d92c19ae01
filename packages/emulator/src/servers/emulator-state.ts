import type { EmulatorState } from "../api/state.ts";
import type { HubState } from "../config/state.ts";
import { policiesOf, requireState } from "../config/state-check.ts";
import { HubError } from "../hub/hub-error.ts";
import type { StoreSnapshot } from "../store/store.ts";
import type { EmulatorStore } from "./emulator-store.ts";

/**
 * Implements {@link EmulatorState}.
 *
 * @param replace - replaces the state of every hub
 */
export function stateOf(
  store: EmulatorStore,
  replace: (snapshot: StoreSnapshot, seed?: HubState) => Promise<void>,
): EmulatorState {
  return {
    reset: () => replace(store.initial),
    exportState: async () => ({ snapshot: store.snapshot() }),
    importState: async (state) => {
      requireState(state);
      const before = store.snapshot();
      try {
        await replace(state.snapshot ?? policiesOf(before), state);
      } catch (error) {
        await replace(before);
        throw error instanceof TypeError ? new HubError("ArgumentInvalid", `${error.message}.`) : error;
      }
    },
  };
}
