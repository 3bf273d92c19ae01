import type { DeviceType } from "@isohub/simulator";
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { type Credential, type CredentialKind, deviceIdIn } from "../../model/credential.ts";
import { deviceTypes, problemsOf } from "../../model/device-type.ts";
import { messageOf } from "../../model/simulated-device.ts";
import { useConsole } from "../../ui/context.ts";
import { Button, Choice, NumberField, TextField } from "../../ui/controls.tsx";
import { Dialog, Notice } from "../../ui/parts.tsx";
import { TypeEditor } from "./type-editor.tsx";

const kinds: readonly (readonly [CredentialKind, string])[] = [
  ["local", "The local hub"],
  ["connectionString", "A connection string"],
  ["sasToken", "A SAS token"],
  ["tokenBroker", "A token broker"],
  ["provisioning", "Provisioning with a group key"],
];

const isForOne = (kind: CredentialKind): boolean => kind === "connectionString" || kind === "sasToken";

/** The dialog that adds devices: where they connect, of which type they are, and how many. */
export function AddDevices({ onClose }: { onClose(): void }): JSX.Element {
  const { fleet, hub, selected } = useConsole();
  const kind = useSignal<CredentialKind>("local");
  const secret = useSignal("");
  const host = useSignal("global.azure-devices-provisioning.net");
  const idScope = useSignal("");
  const typeName = useSignal("thermostat");
  const type = useSignal<DeviceType>(deviceTypes["thermostat"] ?? {});
  const prefix = useSignal("");
  const count = useSignal(5);
  const stagger = useSignal(50);
  const error = useSignal<string | undefined>(undefined);

  const credential = (): Credential => {
    if (kind.value === "connectionString") return { kind: kind.value, connectionString: secret.value };
    if (kind.value === "sasToken") return { kind: kind.value, token: secret.value };
    if (kind.value === "tokenBroker") return { kind: kind.value, url: secret.value };
    if (kind.value === "provisioning") {
      return { kind: kind.value, host: host.value, idScope: idScope.value, groupKey: secret.value };
    }
    return { kind: "local" };
  };
  const add = (): void => {
    try {
      const proof = credential();
      const named = deviceIdIn(proof);
      if (isForOne(kind.value) && named === undefined) {
        throw new Error(
          "The text must contain a device id, as the connection string or token of a device does",
        );
      }
      const [problem] = problemsOf(type.value);
      if (problem !== undefined) throw new Error(problem);
      const start = prefix.value.trim() || typeName.value;
      const number = isForOne(kind.value) ? 1 : count.value;
      const added = Array.from({ length: number }).flatMap(() =>
        fleet.add({
          id: named ?? fleet.freeId(start),
          typeName: typeName.value,
          type: type.value,
          credential: proof,
        }),
      );
      fleet.powerOn(added, stagger.value);
      if (number === 1) selected.value = added[0]?.id;
      onClose();
    } catch (cause) {
      error.value = messageOf(cause);
    }
  };
  const useLocalProvisioning = (): void => {
    host.value = `ws://${location.host}`;
    idScope.value = hub.info.value?.idScope ?? "";
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
            {isForOne(kind.value) || count.value === 1 ? "Add 1 device" : `Add ${count.value} devices`}
          </Button>
        </>
      }
    >
      <div class="stack">
        <Choice
          label="Connect to"
          value={kind.value}
          options={kinds}
          onInput={(next) => (kind.value = next as CredentialKind)}
        />
        {kind.value !== "local" && (
          <Notice tone="warn">
            Whoever can open this page's developer tools can read a key in it. The console keeps it in memory
            only, and forgets it with the page. For pages that others use, read{" "}
            <em>Keep keys out of pages</em>
            {" in docs/browser-security.md, and use a token broker."}
          </Notice>
        )}
        {kind.value === "connectionString" && (
          <TextField
            label="Connection string"
            secret
            value={secret.value}
            placeholder="HostName=…;DeviceId=…;SharedAccessKey=…"
            onInput={(text) => (secret.value = text)}
          />
        )}
        {kind.value === "sasToken" && (
          <TextField
            label="SAS token"
            secret
            value={secret.value}
            placeholder="SharedAccessSignature sr=…&sig=…&se=…"
            onInput={(text) => (secret.value = text)}
          />
        )}
        {kind.value === "tokenBroker" && (
          <TextField
            label="URL of the token broker"
            value={secret.value}
            placeholder="https://…/token"
            hint="The page sends no cookies and no access token; the broker must accept that."
            onInput={(text) => (secret.value = text)}
          />
        )}
        {kind.value === "provisioning" && (
          <>
            <div class="row end">
              <TextField
                grow
                label="Provisioning service"
                value={host.value}
                onInput={(text) => (host.value = text)}
              />
              <TextField
                grow
                label="Id scope"
                value={idScope.value}
                placeholder="0ne…"
                onInput={(text) => (idScope.value = text)}
              />
              <Button onClick={useLocalProvisioning}>Use the local hub's</Button>
            </div>
            <TextField
              label="Key of the enrollment group"
              secret
              value={secret.value}
              onInput={(text) => (secret.value = text)}
            />
          </>
        )}
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
        {!isForOne(kind.value) && (
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
