import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { HubTelemetry } from "../../model/hub/hub-access.ts";
import { bodyText, bodyValue } from "../../model/wire/wire-packet.ts";
import { useConsole, useRepaints } from "../../ui/context.ts";
import { Button, TextField } from "../../ui/controls.tsx";
import { Dialog, Empty, Json, Moment } from "../../ui/parts.tsx";

const shownLimit = 60;

/** The latest telemetry of all devices, with its properties. It can be held to read it. */
export function TelemetryView(): JSX.Element {
  const { hub } = useConsole();
  useRepaints();
  const filter = useSignal("");
  const held = useSignal<readonly HubTelemetry[] | undefined>(undefined);
  const opened = useSignal<HubTelemetry | undefined>(undefined);
  const words = filter.value.toLowerCase();
  const all = held.value ?? hub.telemetry.values;
  const shown = all
    .filter((message) => `${message.deviceId} ${bodyText(message.body)}`.toLowerCase().includes(words))
    .slice(-shownLimit)
    .reverse();
  return (
    <section class="card flush" aria-label="Telemetry">
      {opened.value !== undefined && (
        <TelemetryDialog
          message={opened.value}
          onClose={() => {
            opened.value = undefined;
          }}
        />
      )}
      <div class="bar">
        <TextField
          label="Filter"
          value={filter.value}
          placeholder="device or text of the body"
          onInput={(text) => {
            filter.value = text;
          }}
        />
        <div class="row">
          <span class="soft small">
            {hub.eventCounts.get("telemetry") ?? 0} messages since the page opened
          </span>
          <Button
            icon={held.value === undefined ? "stop" : "play"}
            pressed={held.value !== undefined}
            onClick={() => {
              held.value = held.value === undefined ? [...hub.telemetry.values] : undefined;
            }}
          >
            {held.value === undefined ? "Hold" : "Continue"}
          </Button>
        </div>
      </div>
      {all.length === 0 ? (
        <Empty
          icon="send"
          title="No telemetry yet"
          text="Messages appear here as soon as a device sends one, from this page or from any program."
        />
      ) : (
        <div class="table stacks">
          <table>
            <thead>
              <tr>
                <th>Time</th>
                <th>Device</th>
                <th>Body</th>
                <th class="wide">Properties</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((message) => (
                <tr key={message.sequenceNumber}>
                  <td>
                    <Moment at={message.enqueuedTime} />
                  </td>
                  <td class="break grow">{message.deviceId}</td>
                  <td class="whole">
                    <button
                      type="button"
                      class="link mono"
                      onClick={() => {
                        opened.value = message;
                      }}
                    >
                      {bodyText(message.body).slice(0, 120) || "empty"}
                    </button>
                  </td>
                  <td class="wide soft small break">
                    {Object.entries(message.properties)
                      .map(([name, value]) => `${name}=${value ?? ""}`)
                      .join(" ")
                      .slice(0, 200)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function TelemetryDialog({
  message,
  onClose,
}: {
  readonly message: HubTelemetry;
  onClose(): void;
}): JSX.Element {
  return (
    <Dialog title={`Message ${message.sequenceNumber}`} onClose={onClose}>
      <div class="stack">
        <Json label="Body" value={bodyValue(message.body)} />
        <h3>Application properties</h3>
        <Json label="Application properties" value={message.properties} />
        <h3>System properties</h3>
        <Json label="System properties" value={message.systemProperties} />
      </div>
    </Dialog>
  );
}
