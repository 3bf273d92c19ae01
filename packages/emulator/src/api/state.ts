import type { HubState } from "../config/state.ts";

/** The state of an emulator as one document. */
export interface EmulatorState {
  /**
   * Returns all hubs and the provisioning service to the state in which they began, within milliseconds: with the seed, and
   * the devices of the command. Ends all connections and fault rules. Ports and connection strings stay.
   */
  reset(): Promise<void>;
  /**
   * Exports everything: identities with keys, twins, queued messages, telemetry, enrollments and registrations. The document
   * is a `seed`, a configuration file, and what `importState` takes. It contains keys, but no certificate authority.
   */
  exportState(): Promise<HubState>;
  /**
   * Replaces the state: with an export, or with what a document describes. Policy keys stay unless the document has them. Ends
   * all connections and fault rules.
   *
   * @throws {HubError} ArgumentInvalid with the path of the invalid member; the state is as before then
   */
  importState(state: HubState): Promise<void>;
}
