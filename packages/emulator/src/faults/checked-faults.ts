import { checkFields } from "../schema/check.ts";
import { nameArguments, parametersOf } from "../schema/signature.ts";
import { type FaultName, mapFaults } from "./fault-table.ts";
import type { Faults } from "./faults.ts";

/** Checks the arguments of every fault against its row in the table before the fault is injected. */
export function checkedFaults(faults: Faults): Faults {
  const injections = mapFaults((name, fault) => {
    const parameters = parametersOf(fault);
    // The check establishes the types that the cast removes.
    const inject = (faults[name] as (...args: unknown[]) => unknown).bind(faults);
    return (...args: unknown[]): unknown => {
      checkFields(parameters, nameArguments(fault, args));
      return inject(...args);
    };
  });
  return {
    ...(injections as Pick<Faults, FaultName>),
    rules: (deviceId) => faults.rules(deviceId),
    clear: (deviceId) => faults.clear(deviceId),
  };
}
