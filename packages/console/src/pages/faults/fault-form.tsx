import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { type FaultChoice, type FaultValues, initialValues } from "../../model/faults/fault-choice.ts";
import { useConsole } from "../../ui/context.ts";
import { Button, Choice, NumberField, TextField } from "../../ui/controls.tsx";
import { Errors, Notice, Status } from "../../ui/parts.tsx";
import { useAction } from "../../ui/use-action.ts";

/** The parameters of a fault, a sentence that describes the effect, and the button. */
export function FaultForm(props: {
  readonly fault: FaultChoice;
  readonly targets: readonly string[];
}): JSX.Element {
  const { fault, targets } = props;
  const { faults } = useConsole();
  const values = useSignal<FaultValues>(initialValues(fault));
  const inject = useAction<string>();
  const [first] = targets;
  const target = targets.length === 1 && first !== undefined ? first : `${targets.length} devices`;
  const set = (name: string, value: string | number): void => {
    values.value = { ...values.value, [name]: value };
  };
  const isReady = fault.scope === "hub" || targets.length > 0;
  return (
    <div class="stack">
      <div class="row end">
        {fault.fields.map((field) =>
          field.kind === "number" ? (
            <NumberField
              key={field.name}
              grow
              label={field.label}
              value={Number(values.value[field.name])}
              min={field.min}
              max={field.max}
              step={1}
              onInput={(next) => set(field.name, next)}
            />
          ) : field.kind === "choice" ? (
            <Choice
              key={field.name}
              grow
              label={field.label}
              value={String(values.value[field.name])}
              options={field.options}
              onInput={(next) => set(field.name, next)}
            />
          ) : (
            <TextField
              key={field.name}
              grow
              label={field.label}
              value={String(values.value[field.name])}
              onInput={(next) => set(field.name, next)}
            />
          ),
        )}
      </div>
      <Notice>
        {isReady ? fault.sentence(values.value, target) : "Choose at least one device, or start one."}
      </Notice>
      <div class="row">
        <Button
          kind="primary"
          icon="fault"
          disabled={!isReady || inject.isRunning.value}
          onClick={() =>
            void inject.run(async () => {
              await faults.inject(fault, targets, values.value);
              return `${fault.title}: done at ${new Date().toLocaleTimeString()}`;
            })
          }
        >
          {fault.title}
        </Button>
        {inject.result.value !== undefined && <Status tone="good">{inject.result.value}</Status>}
      </div>
      <Errors of={[inject]} />
    </div>
  );
}
