import { checkFields } from "../schema/check.ts";
import { nameArguments, parametersOf } from "../schema/signature.ts";
import { type FaultName, faultNames, faultTable } from "./fault-table.ts";
import type { Faults } from "./faults.ts";

type Inject = (...args: unknown[]) => unknown;

/** Checks the arguments of every fault against its row in the table before the fault is injected. */
export function checkedFaults(faults: Faults): Faults {
  const checked = (name: FaultName): Inject => {
    const fault = faultTable[name];
    const parameters = parametersOf(fault);
    // The check establishes the types that the cast removes.
    const inject = (faults[name] as Inject).bind(faults);
    return (...args) => {
      checkFields(parameters, nameArguments(fault, args));
      return inject(...args);
    };
  };
  const methods = Object.fromEntries(faultNames.map((name) => [name, checked(name)]));
  return {
    ...(methods as Pick<Faults, FaultName>),
    rules: (deviceId) => faults.rules(deviceId),
    clear: (deviceId) => faults.clear(deviceId),
  };
}
