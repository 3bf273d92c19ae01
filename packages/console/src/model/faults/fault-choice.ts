import type { ControlClient } from "@isohub/emulator/control-client";

type Faults = ControlClient["faults"];

/** A parameter of a fault, as a form asks for it. */
export type FaultField =
  | {
      readonly name: string;
      readonly label: string;
      readonly kind: "number";
      readonly value: number;
      readonly min: number;
      readonly max: number;
    }
  | {
      readonly name: string;
      readonly label: string;
      readonly kind: "choice";
      readonly value: string;
      readonly options: readonly (readonly [string, string])[];
    }
  | { readonly name: string; readonly label: string; readonly kind: "text"; readonly value: string };

/** The values of the fields. */
export type FaultValues = Readonly<Record<string, string | number>>;

/** A fault as the menu offers it. */
export interface FaultChoice {
  readonly name: keyof Faults | "kick";
  readonly title: string;
  readonly group: "Connection" | "Answers" | "Data" | "Hub";
  /** Whether it affects chosen devices, or the whole hub. */
  readonly scope: "device" | "hub";
  readonly fields: readonly FaultField[];
  /** Describes the effect as a sentence. @param target - the devices, as in `thermostat-1` or `3 devices` */
  sentence(values: FaultValues, target: string): string;
  apply(client: ControlClient, deviceId: string, values: FaultValues): Promise<unknown>;
}

/** The first values of the fields of a fault. */
export function initialValues({ fields }: FaultChoice): FaultValues {
  return Object.fromEntries(fields.map(({ name, value }) => [name, value]));
}
