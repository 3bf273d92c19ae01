import type { DeviceType } from "@isohub/simulator";
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { checkCredential, deviceIdIn } from "../../model/devices/credential.ts";
import { CredentialDraft } from "../../model/devices/credential-draft.ts";
import { deviceTypes, problemsOf } from "../../model/devices/device-type.ts";
import { messageOf } from "../../model/message-of.ts";
import { useConsole } from "../../ui/context.ts";
import { Button, Choice, NumberField, TextField } from "../../ui/controls.tsx";
import { Dialog, Notice } from "../../ui/parts.tsx";
import { CredentialFields } from "./credential-fields.tsx";
import { TypeEditor } from "./type-editor.tsx";

/** The dialog that adds devices: where they connect, of which type they are, and how many. */
export function AddDevices({ onClose }: { onClose(): void }): JSX.Element {
  const { fleet, hub, selected } = useConsole();
  const draft = useMemo(() => new CredentialDraft(hub), [hub]);
  const typeName = useSignal("thermostat");
  const type = useSignal<DeviceType>(deviceTypes["thermostat"] ?? {});
  const prefix = useSignal("");
  const count = useSignal(5);
  const stagger = useSignal(50);
  const error = useSignal<string | undefined>(undefined);

  const add = (): void => {
    try {
      const credential = draft.credential();
      const named = deviceIdIn(credential);
      if (draft.isForOne && named === undefined) {
        throw new Error(
          "The credential must contain a device id, as the connection string or token of a device does",
        );
      }
      checkCredential(credential);
      const [problem] = problemsOf(type.value);
      if (problem !== undefined) throw new Error(problem);
      const start = prefix.value.trim() || typeName.value;
      const number = draft.isForOne ? 1 : count.value;
      const added = Array.from({ length: number }).flatMap(() =>
        fleet.add({
          id: named ?? fleet.freeId(start),
          typeName: typeName.value,
          type: type.value,
          credential,
        }),
      );
      fleet.powerOn(added, stagger.value);
      if (number === 1) selected.value = added[0]?.id;
      onClose();
    } catch (cause) {
      error.value = messageOf(cause);
    }
  };
  return (
    <Dialog
      title="Add devices"
      onClose={onClose}
      foot={
        <>
          {error.value !== undefined && <Notice tone="bad">{error.value}</Notice>}
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" icon="plus" onClick={add}>
            {draft.isForOne || count.value === 1 ? "Add 1 device" : `Add ${count.value} devices`}
          </Button>
        </>
      }
    >
      <div class="stack">
        <CredentialFields draft={draft} />
        <Choice
          label="Type"
          value={typeName.value}
          options={Object.entries(deviceTypes).map(
            ([name, { summary }]) => [name, `${name}: ${summary ?? ""}`] as const,
          )}
          onInput={(name) => {
            typeName.value = name;
            type.value = deviceTypes[name] ?? {};
          }}
        />
        {!draft.isForOne && (
          <div class="row end">
            <TextField
              grow
              label="Prefix of the ids"
              value={prefix.value}
              placeholder={typeName.value}
              onInput={(text) => (prefix.value = text)}
            />
            <NumberField
              label="Devices"
              value={count.value}
              min={1}
              max={200}
              step={1}
              onInput={(next) => (count.value = next)}
            />
            <NumberField
              label="Stagger, in ms"
              value={stagger.value}
              min={0}
              max={60_000}
              step={1}
              onInput={(next) => (stagger.value = next)}
            />
          </div>
        )}
        <details>
          <summary>What the devices send and answer</summary>
          <TypeEditor key={typeName.value} type={type.value} onChange={(next) => (type.value = next)} />
        </details>
      </div>
    </Dialog>
  );
}
