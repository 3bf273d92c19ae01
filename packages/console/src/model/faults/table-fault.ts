import {
  type ControlClient,
  type Fault,
  type FaultName,
  faultArguments,
} from "@isohub/emulator/control-client";
import type { FaultChoice, FaultField, FaultValues } from "./fault-choice.ts";

type FieldSchema = Fault["options"][string]["schema"];

/** Creates the menu entry of a fault from its row in the hub's table. */
export function choiceFromTable(name: FaultName, fault: Fault): FaultChoice {
  const { summary, scope, positional, options } = fault;
  const all = { ...positional, ...options };
  const fields = Object.entries(all).flatMap(([field, { schema, isOptional }]) => {
    const choice = fieldOf(field, schema, isOptional);
    return isTarget(field) || choice === undefined ? [] : [choice];
  });
  const valuesFor = (deviceId: string, values: FaultValues): Record<string, unknown> => {
    const targets = Object.keys(all).filter(isTarget);
    return Object.fromEntries([...givenValues(fault, values), ...targets.map((field) => [field, deviceId])]);
  };
  return {
    name,
    title: titleOf(name),
    group: scope === "hub" ? "Hub" : "Connection",
    scope: scope === "hub" ? "hub" : "device",
    fields,
    sentence: (_values, target) => `${summary}. Affects ${scope === "hub" ? "the whole hub" : target}.`,
    apply: async ({ faults }: ControlClient, deviceId, values) => {
      const named = valuesFor(deviceId, values);
      const args = faultArguments(name, named);
      return (faults[name] as (...args: unknown[]) => Promise<unknown>)(...args);
    },
  };
}

/** Lists the values of a form. An optional field that is left at 0 or empty isn't among them: it has the hub's default. */
export function givenValues(
  { positional, options }: Fault,
  values: FaultValues,
): [string, string | number][] {
  const fields = { ...positional, ...options };
  return Object.entries(values).filter(
    ([field, value]) => fields[field]?.isOptional !== true || (value !== 0 && value !== ""),
  );
}

const isTarget = (field: string): boolean => field === "deviceId" || field === "registrationId";

function fieldOf(name: string, schema: FieldSchema, isOptional: boolean): FaultField | undefined {
  const label = `${titleOf(name)}${isOptional ? "; optional" : ""}`;
  if (schema.enum !== undefined) {
    const options = schema.enum.map((each) => [String(each), String(each)] as const);
    return { name, label, kind: "choice", value: options[0]?.[0] ?? "", options };
  }
  if (schema.type === "integer" || schema.type === "number") {
    const min = isOptional ? 0 : (schema.minimum ?? 0);
    return { name, label, kind: "number", value: min, min, max: schema.maximum ?? 1_000_000 };
  }
  return schema.type === "string" ? { name, label, kind: "text", value: "" } : undefined;
}

/** Turns a name into a title: `failTwin` into "Fail twin". */
function titleOf(name: string): string {
  const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}
