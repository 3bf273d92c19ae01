import type { JSX } from "preact";
import type { CredentialKind } from "../../model/devices/credential.ts";
import type { CredentialDraft } from "../../model/devices/credential-draft.ts";
import { Button, Choice, TextField } from "../../ui/controls.tsx";
import { Notice } from "../../ui/parts.tsx";

const kinds: readonly (readonly [CredentialKind, string])[] = [
  ["local", "The local hub"],
  ["connectionString", "A connection string"],
  ["sasToken", "A SAS token"],
  ["tokenBroker", "A token broker"],
  ["provisioning", "Provisioning with a group key"],
];

/** The fields for the hub of devices, and for their credential. */
export function CredentialFields({ draft }: { readonly draft: CredentialDraft }): JSX.Element {
  const kind = draft.kind.value;
  const secretField = (label: string, placeholder = ""): JSX.Element => (
    <TextField
      label={label}
      secret
      value={draft.secret.value}
      placeholder={placeholder}
      onInput={(text) => (draft.secret.value = text)}
    />
  );
  return (
    <>
      <Choice
        label="Connect to"
        value={kind}
        options={kinds}
        onInput={(next) => draft.choose(next as CredentialKind)}
      />
      {kind !== "local" && (
        <Notice tone="warn">
          Whoever can open this page's developer tools can read a key in it. The console keeps it in memory
          only, and forgets it with the page. For pages that others use, read <em>Keep keys out of pages</em>
          {" in docs/browser-security.md, and use a token broker."}
        </Notice>
      )}
      {kind === "connectionString" &&
        secretField("Connection string", "HostName=…;DeviceId=…;SharedAccessKey=…")}
      {kind === "sasToken" && (
        <>
          {secretField("SAS token", "SharedAccessSignature sr=…&sig=…&se=…")}
          <Address draft={draft} />
        </>
      )}
      {kind === "tokenBroker" && (
        <>
          <TextField
            label="URL of the token broker"
            value={draft.secret.value}
            placeholder="https://…/token"
            hint={`The broker must allow the origin of this page: ${location.origin}`}
            onInput={(text) => (draft.secret.value = text)}
          />
          <TextField
            label="Access token, if the broker requires one"
            secret
            value={draft.accessToken.value}
            placeholder="The JWT of a user who may use the devices"
            onInput={(text) => (draft.accessToken.value = text)}
          />
          <Address draft={draft} />
        </>
      )}
      {kind === "provisioning" && (
        <>
          <div class="row end">
            <TextField
              grow
              label="Provisioning service"
              value={draft.host.value}
              onInput={(text) => (draft.host.value = text)}
            />
            <TextField
              grow
              label="Id scope"
              value={draft.idScope.value}
              placeholder="0ne…"
              onInput={(text) => (draft.idScope.value = text)}
            />
            {draft.localAddress !== "" && (
              <Button onClick={() => draft.useLocalProvisioning()}>Use the local hub's</Button>
            )}
          </div>
          {secretField("Key of the enrollment group")}
        </>
      )}
    </>
  );
}

/** The address of a hub that isn't at the host of its tokens. */
function Address({ draft }: { readonly draft: CredentialDraft }): JSX.Element {
  return (
    <div class="row end">
      <TextField
        grow
        label="Address of the hub, if it isn't the token's host"
        value={draft.address}
        placeholder="ws://localhost:7788"
        onInput={(text) => (draft.address = text)}
      />
      {draft.localAddress !== "" && (
        <Button onClick={() => (draft.address = draft.localAddress)}>Use the local hub's</Button>
      )}
    </div>
  );
}
