import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { useConsole } from "../../ui/context.ts";
import { Button, TextField } from "../../ui/controls.tsx";
import { Errors, Status } from "../../ui/parts.tsx";
import { useAction } from "../../ui/use-action.ts";

/** Lists the modules of a device, adds and deletes them, and selects the one whose method calls and twin are shown. */
export function ModulePicker(props: {
  readonly deviceId: string;
  /** The selected module; undefined for the device itself. */
  readonly selected: string | undefined;
  onSelect(moduleId: string | undefined): void;
}): JSX.Element {
  const { deviceId, selected, onSelect } = props;
  const { hub } = useConsole();
  const { client } = hub;
  const list = useAction<Awaited<ReturnType<typeof client.listModules>>>();
  const change = useAction<unknown>();
  const id = useSignal("");
  const load = (): Promise<void> => list.run(() => client.listModules(deviceId));
  // The hub reports new and deleted modules with the events that renew the list of devices.
  useEffect(() => void load(), [deviceId, hub.devices.value]);
  const modules = list.result.value ?? [];
  const connected = new Set(
    hub.sessions.value.filter((session) => session.deviceId === deviceId).map(({ moduleId }) => moduleId),
  );
  const after = (action: () => Promise<unknown>): void => void change.run(action).then(load);
  const add = (): void => {
    const moduleId = id.value.trim();
    id.value = "";
    after(() => client.createModule(deviceId, moduleId));
  };
  return (
    <details open={modules.length > 0}>
      <summary>Modules ({modules.length})</summary>
      <div class="stack">
        <ul class="stack tight" aria-label={`Modules of ${deviceId}`}>
          {modules.map(({ moduleId }) => (
            <li key={moduleId} class="row spread">
              <button
                type="button"
                class="link"
                aria-pressed={moduleId === selected}
                onClick={() => onSelect(moduleId === selected ? undefined : moduleId)}
              >
                {moduleId}
              </button>
              <span class="row">
                <Status tone={connected.has(moduleId) ? "good" : "idle"}>
                  {connected.has(moduleId) ? "connected" : "not connected"}
                </Status>
                <Button
                  small
                  kind="quiet"
                  icon="trash"
                  label={`Delete the module ${moduleId}`}
                  onClick={() => {
                    if (moduleId === selected) onSelect(undefined);
                    after(() => client.deleteModule(deviceId, moduleId));
                  }}
                />
              </span>
            </li>
          ))}
        </ul>
        <div class="row end">
          <TextField
            grow
            label="New module"
            value={id.value}
            placeholder="module id"
            onInput={(text) => {
              id.value = text;
            }}
          />
          <Button icon="plus" disabled={id.value.trim() === "" || change.isRunning.value} onClick={add}>
            Add module
          </Button>
        </div>
        <Errors of={[list, change]} />
      </div>
    </details>
  );
}
