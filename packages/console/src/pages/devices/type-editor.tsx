import { type DeviceType, type Generator, parseDuration } from "@isohub/simulator";
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { problemsOf } from "../../model/devices/device-type.ts";
import { messageOf } from "../../model/message-of.ts";
import { Button, Choice, NumberField, TextField } from "../../ui/controls.tsx";

/** The generators that the form offers, with the numbers of each and their first values. Others are edited as JSON. */
const generators: Readonly<Record<string, Generator>> = {
  constant: { generator: "constant", value: 1 },
  random: { generator: "random", minimum: 0, maximum: 100 },
  ramp: { generator: "ramp", from: 0, to: 100, over: "1m" },
  sine: { generator: "sine", mean: 50, amplitude: 10, period: "1m" },
  randomWalk: { generator: "randomWalk", start: 20, step: 1 },
  counter: { generator: "counter", start: 0, step: 1 },
};

/** The form and the JSON of a type, side by side. A change of one is a change of the other. */
export function TypeEditor(props: {
  readonly type: DeviceType;
  onChange(type: DeviceType): void;
}): JSX.Element {
  const { onChange } = props;
  const type = useSignal(props.type);
  const text = useSignal(JSON.stringify(props.type, null, 2));
  const error = useSignal<string | undefined>(undefined);
  const accept = (next: DeviceType): void => {
    type.value = next;
    error.value = undefined;
    onChange(next);
  };
  const change = (next: DeviceType): void => {
    text.value = JSON.stringify(next, null, 2);
    accept(next);
  };
  const read = (input: string): void => {
    text.value = input;
    try {
      accept(parseType(input));
    } catch (cause) {
      error.value = messageOf(cause);
    }
  };
  return (
    <div class="halves">
      <TypeForm type={type.value} onChange={change} />
      <TextField label="The same as JSON" lines={18} value={text.value} error={error.value} onInput={read} />
    </div>
  );
}

/** @throws {Error} if the string isn't the JSON of a type */
function parseType(text: string): DeviceType {
  const type: unknown = JSON.parse(text);
  const problems = problemsOf(type);
  if (problems.length > 0) throw new Error(problems.join("; "));
  return type as DeviceType;
}

function TypeForm({
  type,
  onChange,
}: {
  readonly type: DeviceType;
  onChange(type: DeviceType): void;
}): JSX.Element {
  const newName = useSignal("");
  const fields = Object.entries(type.fields ?? {});
  const [message = { every: "1s" }, ...others] = type.messages ?? [];
  const setField = (name: string, field: Generator | undefined): void => {
    const { [name]: _, ...rest } = type.fields ?? {};
    const before = type.fields ?? {};
    onChange({ ...type, fields: field === undefined ? rest : { ...before, [name]: field } });
  };
  return (
    <div class="stack">
      <TextField
        label="Sends every"
        value={message.every}
        hint="A duration such as 500ms, 5s or 2m"
        error={parseDuration(message.every) === undefined ? "Must be a duration such as 5s" : undefined}
        onInput={(every) => onChange({ ...type, messages: [{ ...message, every }, ...others] })}
      />
      {fields.map(([name, field]) => (
        <fieldset key={name} class="card stack tight" aria-label={`Field ${name}`}>
          <div class="row end">
            <Choice
              grow
              label={name}
              value={field.generator}
              options={[...new Set([...Object.keys(generators), field.generator])].map(
                (each) => [each, each] as const,
              )}
              onInput={(generator) => setField(name, generators[generator] ?? field)}
            />
            <Button
              icon="trash"
              kind="quiet"
              label={`Remove the field ${name}`}
              onClick={() => setField(name, undefined)}
            />
          </div>
          <div class="row">
            {Object.entries(field).map(([parameter, value]) =>
              typeof value === "number" ? (
                <NumberField
                  key={parameter}
                  grow
                  label={parameter}
                  value={value}
                  onInput={(next) => setField(name, { ...field, [parameter]: next } as Generator)}
                />
              ) : undefined,
            )}
          </div>
        </fieldset>
      ))}
      <div class="row end">
        <TextField
          grow
          label="New field"
          value={newName.value}
          placeholder="pressure"
          onInput={(text) => (newName.value = text)}
        />
        <Button
          icon="plus"
          disabled={newName.value.trim() === ""}
          onClick={() => {
            setField(newName.value.trim(), generators["randomWalk"]);
            newName.value = "";
          }}
        >
          Add field
        </Button>
      </div>
    </div>
  );
}
