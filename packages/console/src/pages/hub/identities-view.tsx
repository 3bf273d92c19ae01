import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useConsole } from "../../ui/context.ts";
import { Button, TextField } from "../../ui/controls.tsx";
import { Empty, Errors, Moment, Notice, Status } from "../../ui/parts.tsx";
import { useAction } from "../../ui/use-action.ts";
import { MethodCall } from "./method-call.tsx";
import { ModulePicker } from "./module-picker.tsx";
import { SendToDevice } from "./send-to-device.tsx";
import { TwinEditor } from "./twin-editor.tsx";

const shownLimit = 100;

/** The devices of the hub with their sessions. The selected one has its method call, twin and messages next to the table. */
export function IdentitiesView(): JSX.Element {
  const { hub } = useConsole();
  const filter = useSignal("");
  const selected = useSignal<string | undefined>(undefined);
  const change = useAction<unknown>();
  const sessions = new Map(hub.sessions.value.map((session) => [session.deviceId, session]));
  const shown = hub.devices.value.filter(({ deviceId }) =>
    deviceId.toLowerCase().includes(filter.value.toLowerCase()),
  );
  const isSelected = hub.devices.value.some(({ deviceId }) => deviceId === selected.value);
  return (
    <div class={isSelected ? "split" : undefined}>
      <section class="card flush" aria-label="Devices of the hub">
        <div class="bar">
          <TextField
            label="Filter"
            value={filter.value}
            placeholder="device id"
            onInput={(text) => {
              filter.value = text;
            }}
          />
          <NewDevice />
        </div>
        <Errors of={[change]} />
        {hub.devices.value.length === 0 ? (
          <Empty
            icon="device"
            title="No devices"
            text="The hub has no device. Add one here, or start one on the page Devices."
          />
        ) : (
          <div class="table stacks">
            <table>
              <thead>
                <tr>
                  <th>Device</th>
                  <th>Connection</th>
                  <th class="wide">Since</th>
                  <th class="wide">Client</th>
                  <th>
                    <span class="hidden">Actions</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {shown.slice(0, shownLimit).map(({ deviceId, status }) => {
                  const session = sessions.get(deviceId);
                  return (
                    <tr key={deviceId} aria-selected={selected.value === deviceId}>
                      <td class="grow">
                        <button
                          type="button"
                          class="link"
                          aria-expanded={selected.value === deviceId}
                          onClick={() => {
                            selected.value = selected.value === deviceId ? undefined : deviceId;
                          }}
                        >
                          {deviceId}
                        </button>
                      </td>
                      <td>
                        {status === "disabled" ? (
                          <Status tone="warn">disabled</Status>
                        ) : hub.status.value === "offline" ? (
                          <Status tone="idle">unknown</Status>
                        ) : (
                          <Status tone={session === undefined ? "idle" : "good"}>
                            {session === undefined ? "not connected" : session.transport}
                          </Status>
                        )}
                      </td>
                      <td class="wide">{session !== undefined && <Moment at={session.connectedAt} />}</td>
                      <td class="wide soft small break">{session?.remoteAddress}</td>
                      <td>
                        <div class="row whole">
                          {session !== undefined && (
                            <Button small onClick={() => void change.run(() => hub.client.kick(deviceId))}>
                              Kick
                            </Button>
                          )}
                          <Button
                            small
                            kind="quiet"
                            icon="trash"
                            label={`Delete ${deviceId} from the hub`}
                            onClick={() => void change.run(() => hub.client.deleteDevice(deviceId))}
                          />
                        </div>
                      </td>
                    </tr>
                  );
                })}
              </tbody>
            </table>
          </div>
        )}
        {shown.length > shownLimit && (
          <p class="bar soft">
            The first {shownLimit} of {shown.length} devices.
          </p>
        )}
      </section>
      {isSelected && selected.value !== undefined && (
        <IdentityDetails key={selected.value} deviceId={selected.value} />
      )}
    </div>
  );
}

function NewDevice(): JSX.Element {
  const { hub } = useConsole();
  const id = useSignal("");
  const create = useAction<unknown>();
  const add = (): void => {
    void create.run(async () => {
      await hub.client.createDevice(id.value.trim());
      id.value = "";
    });
  };
  return (
    <div class="row end">
      <TextField
        label="New device"
        value={id.value}
        placeholder="device id"
        error={create.error.value}
        onInput={(text) => {
          id.value = text;
        }}
      />
      <Button icon="plus" disabled={id.value.trim() === "" || create.isRunning.value} onClick={add}>
        Add
      </Button>
    </div>
  );
}

function IdentityDetails({ deviceId }: { readonly deviceId: string }): JSX.Element {
  const { hub, fleet } = useConsole();
  const session = hub.sessions.value.find(
    (each) => each.deviceId === deviceId && each.moduleId === undefined,
  );
  const moduleId = useSignal<string | undefined>(undefined);
  const identity = moduleId.value === undefined ? deviceId : `${deviceId}/${moduleId.value}`;
  const [method = "reboot"] = Object.keys(fleet.find(identity)?.spec.type.methods ?? {});
  return (
    <section class="card stack" aria-label={`Device ${deviceId} at the hub`}>
      <h2 class="break">{deviceId}</h2>
      {session === undefined ? (
        <p class="soft">The device isn't connected. Messages wait for it in its queue.</p>
      ) : (
        <dl class="pairs">
          <dt>Transport</dt>
          <dd>
            {session.transport} from {session.remoteAddress}
          </dd>
          <dt>Keep-alive</dt>
          <dd>{session.keepAlive} s</dd>
          <dt>Subscriptions</dt>
          <dd>{Object.keys(session.subscriptions).join(", ") || "none"}</dd>
          <dt>Token until</dt>
          <dd>{session.tokenExpiry === undefined ? "no token" : <Moment at={session.tokenExpiry} />}</dd>
          <dt>User agent</dt>
          <dd class="soft small">
            {session.userAgent === undefined ? "none" : safeDecode(session.userAgent)}
          </dd>
        </dl>
      )}
      <ModulePicker
        deviceId={deviceId}
        selected={moduleId.value}
        onSelect={(next) => {
          moduleId.value = next;
        }}
      />
      {moduleId.value !== undefined && (
        <Notice
          action={
            <Button
              small
              onClick={() => {
                moduleId.value = undefined;
              }}
            >
              Show the device
            </Button>
          }
        >
          The method call and the twin below are those of the module <strong>{moduleId.value}</strong>.
        </Notice>
      )}
      <MethodCall key={`method ${identity}`} identity={identity} suggestion={method} />
      <TwinEditor key={`twin ${identity}`} identity={identity} />
      {moduleId.value === undefined && <SendToDevice deviceId={deviceId} />}
    </section>
  );
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
