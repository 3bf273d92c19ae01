import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";
import { Icon, type IconName } from "./icons.tsx";

/** Properties of {@link Button}. */
export interface ButtonProps {
  readonly children?: ComponentChildren;
  /** Names a button that shows only an icon. */
  readonly label?: string;
  readonly icon?: IconName;
  readonly kind?: "primary" | "danger" | "quiet";
  readonly small?: boolean;
  readonly disabled?: boolean;
  readonly type?: "button" | "submit";
  readonly pressed?: boolean;
  onClick?(event: MouseEvent): void;
}

/** A button with a label, an icon or both. */
export function Button(props: ButtonProps): JSX.Element {
  const { children, label, icon, kind, small, disabled, type = "button", pressed, onClick } = props;
  const names = ["button", kind, small && "small", children === undefined && "icon"];
  return (
    <button
      type={type}
      class={names.filter(Boolean).join(" ")}
      disabled={disabled}
      aria-label={label}
      aria-pressed={pressed}
      title={children === undefined ? label : undefined}
      onClick={onClick}
    >
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

/** Properties that all fields share. */
export interface FieldProps {
  readonly label: string;
  readonly hint?: string;
  readonly error?: string;
  readonly grow?: boolean;
}

function Field(
  props: FieldProps & { readonly id: string; readonly children: ComponentChildren },
): JSX.Element {
  const { label, hint, error, grow, id, children } = props;
  return (
    <div class={grow ? "field grow" : "field"}>
      <label class="label" for={id}>
        {label}
      </label>
      {children}
      {hint !== undefined && (
        <span class="hint" id={`${id}-hint`}>
          {hint}
        </span>
      )}
      {error !== undefined && (
        <span class="error" id={`${id}-error`} role="alert">
          {error}
        </span>
      )}
    </div>
  );
}

const described = (id: string, { hint, error }: FieldProps): string | undefined =>
  [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ") || undefined;

/** Properties of {@link TextField}. */
export interface TextFieldProps extends FieldProps {
  readonly value: string;
  readonly placeholder?: string;
  readonly secret?: boolean;
  readonly lines?: number;
  readonly disabled?: boolean;
  onInput(value: string): void;
}

/** A field for text, of one line or several. */
export function TextField(props: TextFieldProps): JSX.Element {
  const { value, placeholder, secret, lines, disabled, onInput } = props;
  const id = useId();
  const common = {
    id,
    class: "input",
    value,
    placeholder,
    disabled,
    spellcheck: false,
    autocomplete: "off" as const,
    "aria-invalid": props.error !== undefined,
    "aria-describedby": described(id, props),
  };
  return (
    <Field {...props} id={id}>
      {lines === undefined ? (
        <input
          {...common}
          type="text"
          // Browsers offer to save what is in a field for passwords.
          class={secret ? "input masked" : "input"}
          onInput={(e) => onInput(e.currentTarget.value)}
        />
      ) : (
        <textarea {...common} rows={lines} onInput={(e) => onInput(e.currentTarget.value)} />
      )}
    </Field>
  );
}

/** Properties of {@link NumberField}. */
export interface NumberFieldProps extends FieldProps {
  readonly value: number;
  readonly min?: number;
  readonly max?: number;
  readonly step?: number;
  onInput(value: number): void;
}

/** A field for a number. Values out of range aren't reported. */
export function NumberField(props: NumberFieldProps): JSX.Element {
  const { value, min, max, step, onInput } = props;
  const id = useId();
  return (
    <Field {...props} id={id}>
      <input
        id={id}
        class="input"
        type="number"
        inputmode="decimal"
        value={value}
        min={min}
        max={max}
        step={step ?? "any"}
        aria-describedby={described(id, props)}
        onInput={({ currentTarget }) => {
          if (currentTarget.value !== "" && currentTarget.validity.valid)
            onInput(currentTarget.valueAsNumber);
        }}
      />
    </Field>
  );
}

/** Properties of {@link Choice}. */
export interface ChoiceProps extends FieldProps {
  readonly value: string;
  readonly options: readonly (readonly [value: string, label: string])[];
  onInput(value: string): void;
}

/** A field with one of several values. */
export function Choice(props: ChoiceProps): JSX.Element {
  const { value, options, onInput } = props;
  const id = useId();
  return (
    <Field {...props} id={id}>
      <select
        id={id}
        class="input"
        value={value}
        aria-describedby={described(id, props)}
        onChange={(e) => onInput(e.currentTarget.value)}
      >
        {options.map(([each, label]) => (
          <option key={each} value={each}>
            {label}
          </option>
        ))}
      </select>
    </Field>
  );
}

/** Properties of {@link Check}. */
export interface CheckProps {
  readonly label: string;
  readonly hideLabel?: boolean;
  readonly checked: boolean;
  readonly mixed?: boolean;
  onChange(checked: boolean): void;
}

/** A checkbox. */
export function Check({ label, hideLabel, checked, mixed = false, onChange }: CheckProps): JSX.Element {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={checked}
        indeterminate={mixed}
        onChange={(e) => onChange(e.currentTarget.checked)}
      />
      <span class={hideLabel ? "hidden" : undefined}>{label}</span>
    </label>
  );
}

/** A switch, such as the power button of a device. */
export function Switch(props: {
  readonly label: string;
  readonly on: boolean;
  onToggle(): void;
}): JSX.Element {
  const { label, on, onToggle } = props;
  return (
    <button
      type="button"
      class="switch"
      role="switch"
      aria-checked={on}
      aria-label={label}
      onClick={onToggle}
    />
  );
}

/** Tabs. The arrow keys move between them. */
export function Tabs<T extends string>(props: {
  readonly label: string;
  readonly tabs: readonly (readonly [T, string])[];
  readonly current: T;
  onSelect(tab: T): void;
}): JSX.Element {
  const { label, tabs, current, onSelect } = props;
  const move = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    const index = tabs.findIndex(([tab]) => tab === current);
    const [next] = tabs[(index + step + tabs.length) % tabs.length] ?? [];
    if (next === undefined) return;
    onSelect(next);
    const list = event.currentTarget as HTMLElement;
    (list.querySelector(`[data-tab="${next}"]`) as HTMLElement | null)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label={label} onKeyDown={move}>
      {tabs.map(([tab, text]) => (
        <button
          key={tab}
          type="button"
          role="tab"
          data-tab={tab}
          aria-selected={tab === current}
          tabIndex={tab === current ? 0 : -1}
          onClick={() => onSelect(tab)}
        >
          {text}
        </button>
      ))}
    </div>
  );
}
