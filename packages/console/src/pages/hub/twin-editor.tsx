import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { differences, patchBetween, withoutMeta } from "../../model/hub/twin-difference.ts";
import { messageOf } from "../../model/message-of.ts";
import { useConsole, useRepaints } from "../../ui/context.ts";
import { Button, Tabs, TextField } from "../../ui/controls.tsx";
import { Errors, Json, Notice } from "../../ui/parts.tsx";
import { useAction } from "../../ui/use-action.ts";

type Properties = Readonly<Record<string, unknown>>;
type Part = "desired" | "tags";

/** The twin of a device: desired, reported, their difference, and an editor that notices changes made elsewhere. */
export function TwinEditor({ identity }: { readonly identity: string }): JSX.Element {
  const { hub } = useConsole();
  useRepaints();
  const part = useSignal<Part>("desired");
  const draft = useSignal<string | undefined>(undefined);
  const base = useSignal<string>("");
  const read = useAction<Awaited<ReturnType<typeof hub.client.getTwin>>>();
  const save = useAction<unknown>();
  const changes = ["twinDesired", "twinReported", "deviceUpdated"].map(
    (type) => hub.eventCounts.get(type) ?? 0,
  );
  const load = (): Promise<void> => read.run(() => hub.client.getTwin(identity));
  // The twin changes with these events.
  useEffect(() => void load(), [identity, changes.join()]);
  const twin = read.result.value;
  if (twin === undefined) {
    return read.error.value === undefined ? (
      <p class="soft">Reading the twin…</p>
    ) : (
      <Notice tone="bad" action={<Button onClick={() => void load()}>Try again</Button>}>
        {read.error.value}
      </Notice>
    );
  }
  const current = JSON.stringify(
    withoutMeta(part.value === "desired" ? twin.properties.desired : twin.tags),
    null,
    2,
  );
  const hasConflict = draft.value !== undefined && base.value !== current;
  const problem = draft.value === undefined ? undefined : problemOf(draft.value);
  const begin = (text: string): void => {
    if (draft.value === undefined) base.value = current;
    draft.value = text;
  };
  const submit = (): Promise<void> =>
    save.run(async () => {
      const patch = patchBetween(
        JSON.parse(base.value) as Properties,
        JSON.parse(draft.value ?? "{}") as Properties,
      );
      await hub.client.patchTwin(identity, { [part.value]: patch });
      draft.value = undefined;
      await load();
    });
  const open = differences(twin.properties.desired, twin.properties.reported);
  return (
    <section class="stack tight" aria-label="Twin">
      <div class="bar">
        <h3>Twin</h3>
        <span class="soft small">
          desired version {twin.properties.desired["$version"]} · reported version{" "}
          {twin.properties.reported["$version"]}
        </span>
      </div>
      <Tabs
        label="Part of the twin"
        tabs={[
          ["desired", "Desired"],
          ["tags", "Tags"],
        ]}
        current={part.value}
        onSelect={(next) => {
          part.value = next;
          draft.value = undefined;
        }}
      />
      <TextField
        label={part.value === "desired" ? "Desired properties" : "Tags"}
        lines={5}
        value={draft.value ?? current}
        error={problem}
        onInput={begin}
      />
      {hasConflict && (
        <Notice
          tone="warn"
          action={
            <div class="row">
              <Button small onClick={() => (draft.value = undefined)}>
                Show the new values
              </Button>
              <Button small onClick={() => (base.value = current)}>
                Keep mine
              </Button>
            </div>
          }
        >
          These properties have changed at the hub since you began to edit.
        </Notice>
      )}
      <div class="row">
        <Button
          kind="primary"
          disabled={draft.value === undefined || problem !== undefined || hasConflict || save.isRunning.value}
          onClick={() => void submit()}
        >
          Save
        </Button>
        <Button disabled={draft.value === undefined} onClick={() => (draft.value = undefined)}>
          Discard
        </Button>
      </div>
      <Errors of={[save]} />
      <Differences open={open} />
      <h3>Reported properties</h3>
      <Json label="Reported properties" value={withoutMeta(twin.properties.reported)} />
    </section>
  );
}

function Differences({ open }: { readonly open: ReturnType<typeof differences> }): JSX.Element {
  if (open.length === 0) return <p class="soft small">The device has reported every desired property.</p>;
  return (
    <div class="table">
      <table>
        <thead>
          <tr>
            <th>Differs</th>
            <th>Desired</th>
            <th>Reported</th>
          </tr>
        </thead>
        <tbody>
          {open.map(({ path, desired, reported }) => (
            <tr key={path}>
              <td class="break">{path}</td>
              <td class="break">{JSON.stringify(desired)}</td>
              <td class="break">{reported === undefined ? "not reported" : JSON.stringify(reported)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function problemOf(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? undefined
      : "Must be an object";
  } catch (error) {
    return `Must be JSON: ${messageOf(error)}`;
  }
}
