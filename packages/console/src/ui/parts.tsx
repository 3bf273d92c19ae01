import type { ReadonlySignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { Button } from "./controls.tsx";
import { Icon, type IconName } from "./icons.tsx";

/** The severity of a status, which determines its color and shape. */
export type Tone = "good" | "warn" | "bad" | "idle";

const shapes: Readonly<Record<Tone, JSX.Element>> = {
  good: <circle cx="6" cy="6" r="5" fill="currentColor" />,
  warn: <path d="M6 1 11.5 11h-11z" fill="currentColor" />,
  bad: <path d="M1 1h10v10H1z" fill="currentColor" />,
  idle: <circle cx="6" cy="6" r="4.2" fill="none" stroke="currentColor" stroke-width="1.6" />,
};

/** A status: a shape, a color, and the word for it. */
export function Status({
  tone,
  children,
}: {
  readonly tone: Tone;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <span class={`status ${tone}`}>
      <svg viewBox="0 0 12 12" aria-hidden="true">
        {shapes[tone]}
      </svg>
      {children}
    </span>
  );
}

/** A message about the state of the page, with what a person can do about it. */
export function Notice(props: {
  readonly tone?: "warn" | "bad";
  readonly children: ComponentChildren;
  readonly action?: ComponentChildren;
}): JSX.Element {
  const { tone, children, action } = props;
  return (
    <div class={`notice ${tone ?? ""}`} role={tone === "bad" ? "alert" : "status"}>
      <div class="grow">{children}</div>
      {action}
    </div>
  );
}

/** The errors of actions or devices, each in a notice. */
export function Errors({
  of,
}: {
  readonly of: readonly { readonly error: ReadonlySignal<string | undefined> }[];
}): JSX.Element {
  const messages = of.flatMap(({ error }) => error.value ?? []);
  return (
    <>
      {messages.map((message) => (
        <Notice key={message} tone="bad">
          {message}
        </Notice>
      ))}
    </>
  );
}

/** The message of a list that has nothing to show, with the action that fills it. */
export function Empty(props: {
  readonly icon: IconName;
  readonly title: string;
  readonly text: string;
  readonly children?: ComponentChildren;
}): JSX.Element {
  const { icon, title, text, children } = props;
  return (
    <div class="empty">
      <Icon name={icon} />
      <h2>{title}</h2>
      <p>{text}</p>
      {children}
    </div>
  );
}

/** A modal dialog. Escape closes it, and the focus returns to where it was. */
export function Dialog(props: {
  readonly title: string;
  readonly children: ComponentChildren;
  readonly foot?: ComponentChildren;
  onClose(): void;
}): JSX.Element {
  const { title, children, foot, onClose } = props;
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby={id} onCancel={onClose}>
      <div class="dialog-head">
        <h2 id={id}>{title}</h2>
        <Button label="Close" icon="close" kind="quiet" onClick={onClose} />
      </div>
      <div class="dialog-body">{children}</div>
      {foot !== undefined && <div class="dialog-foot">{foot}</div>}
    </dialog>
  );
}

/** JSON, indented. Long documents are cut, because a page with megabytes of text stops responding. */
export function Json({ value, label }: { readonly value: unknown; readonly label: string }): JSX.Element {
  const text = JSON.stringify(value, null, 2) ?? "undefined";
  const cut =
    text.length > 20_000 ? `${text.slice(0, 20_000)}\n… ${text.length - 20_000} more characters` : text;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: keyboards scroll it
    <section class="code" tabIndex={0} aria-label={label}>
      <pre>{cut}</pre>
    </section>
  );
}

/** A row of figures with their names. */
export function Figures({
  values,
}: {
  readonly values: readonly (readonly [string, ComponentChildren])[];
}): JSX.Element {
  return (
    <dl class="figures">
      {values.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

const time = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hour12: false,
});

/** The time of day of a moment. */
export function Moment({ at }: { readonly at: number | string | Date }): JSX.Element {
  const date = new Date(at);
  return <time dateTime={date.toISOString()}>{time.format(date)}</time>;
}
