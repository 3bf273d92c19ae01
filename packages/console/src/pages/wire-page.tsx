import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { exportWire } from "../model/wire/wire-export.ts";
import type { WireEntry } from "../model/wire/wire-log.ts";
import { bodyValue, type PacketKind, withoutSecrets } from "../model/wire/wire-packet.ts";
import { useConsole, useRepaints } from "../ui/context.ts";
import { Button, Choice, TextField } from "../ui/controls.tsx";
import { Dialog, Empty, Json, Moment } from "../ui/parts.tsx";
import { saveFile } from "./hub/uploads-view.tsx";

const shownLimit = 80;

const kinds: readonly (readonly [PacketKind | "all", string])[] = [
  ["all", "Everything"],
  ["telemetry", "Telemetry"],
  ["twin", "Twins"],
  ["method", "Direct methods"],
  ["c2d", "Cloud-to-device"],
  ["provisioning", "Provisioning"],
  ["connection", "Connection"],
];

/** The page of packets: all that the devices of this page send and receive, each answer with its latency. */
export function WirePage(): JSX.Element {
  const { wire, fleet } = useConsole();
  useRepaints();
  const words = useSignal("");
  const kind = useSignal<PacketKind | "all">("all");
  const device = useSignal("");
  const opened = useSignal<WireEntry | undefined>(undefined);
  const entries = wire.entries.values;
  const matches = (entry: WireEntry): boolean =>
    (device.value === "" || entry.tapped.clientId === device.value) &&
    (kind.value === "all" || entry.kind === kind.value) &&
    `${entry.summary} ${entry.tapped.packet.type} ${entry.tapped.packet.topic ?? ""} ${entry.tapped.clientId}`
      .toLowerCase()
      .includes(words.value.toLowerCase());
  const shown = entries.filter(matches);
  return (
    <section class="card flush" aria-label="Packets">
      {opened.value !== undefined && (
        <PacketDialog
          entry={opened.value}
          other={entries.find(({ number }) => number === opened.value?.pair)}
          onClose={() => {
            opened.value = undefined;
          }}
        />
      )}
      <div class="bar">
        <div class="row end">
          <TextField
            label="Filter"
            value={words.value}
            placeholder="topic, packet or device"
            onInput={(text) => {
              words.value = text;
            }}
          />
          <Choice
            label="Kind"
            value={kind.value}
            options={kinds}
            onInput={(next) => {
              kind.value = next as PacketKind;
            }}
          />
          <Choice
            label="Device"
            value={device.value}
            options={[["", "All devices"], ...fleet.devices.value.map(({ id }) => [id, id] as const)]}
            onInput={(next) => {
              device.value = next;
            }}
          />
        </div>
        <div class="row">
          <Button
            icon={wire.isRecording.value ? "stop" : "record"}
            pressed={wire.isRecording.value}
            onClick={() => {
              wire.isRecording.value = !wire.isRecording.value;
            }}
          >
            {wire.isRecording.value ? "Pause" : "Record"}
          </Button>
          <Button onClick={() => wire.clear()}>Clear</Button>
          <Button
            icon="download"
            disabled={shown.length === 0}
            onClick={() =>
              saveFile("isohub-wire.json", new Blob([exportWire(shown)], { type: "application/json" }))
            }
          >
            Export
          </Button>
        </div>
      </div>
      {entries.length === 0 ? (
        <Empty
          icon="wire"
          title="No packets yet"
          text="Every MQTT packet of the devices in this page appears here, decoded: topics, bodies, and answers with their latency. Passwords are never shown."
        />
      ) : (
        <div class="table stacks">
          <table>
            <thead>
              <tr>
                <th>Time</th>
                <th>Device</th>
                <th>Packet</th>
                <th>Meaning</th>
                <th class="number wide">Bytes</th>
                <th class="number">Answer</th>
              </tr>
            </thead>
            <tbody>
              {shown
                .slice(-shownLimit)
                .reverse()
                .map((entry) => (
                  <PacketRow
                    key={entry.number}
                    entry={entry}
                    onOpen={() => {
                      opened.value = entry;
                    }}
                  />
                ))}
            </tbody>
          </table>
        </div>
      )}
      {entries.length > 0 && (
        <p class="bar soft small">
          {Math.min(shownLimit, shown.length)} of {shown.length} packets that match; the page keeps the latest
          2,000.
        </p>
      )}
    </section>
  );
}

function PacketRow({ entry, onOpen }: { readonly entry: WireEntry; onOpen(): void }): JSX.Element {
  const { tapped, summary, latencyMs, answeredMs, pair, at } = entry;
  const isSent = tapped.direction === "sent";
  const answer = latencyMs ?? answeredMs;
  return (
    <tr>
      <td>
        <Moment at={at} />
      </td>
      <td class="break grow">{tapped.clientId}</td>
      <td>
        <button type="button" class="link mono" onClick={onOpen}>
          {isSent ? "→" : "←"} {tapped.packet.type}
          <span class="hidden">{isSent ? " sent" : " received"}</span>
        </button>
      </td>
      <td class="break meaning">{withoutSecrets(summary)}</td>
      <td class="number wide">{tapped.packet.bytes}</td>
      <td class="number soft">
        {answer === undefined ? (pair === undefined && entry.isRequest ? "open" : "") : `${answer} ms`}
      </td>
    </tr>
  );
}

function PacketDialog(props: {
  readonly entry: WireEntry;
  readonly other: WireEntry | undefined;
  onClose(): void;
}): JSX.Element {
  const { entry, other, onClose } = props;
  return (
    <Dialog title={entry.tapped.packet.type} onClose={onClose}>
      <div class="halves">
        <PacketDetails title={entry.tapped.direction === "sent" ? "Sent" : "Received"} entry={entry} />
        {other === undefined ? (
          <p class="soft">{entry.isRequest ? "No answer yet." : "This packet needs no answer."}</p>
        ) : (
          <PacketDetails
            title={`${entry.latencyMs === undefined ? "Its answer" : "It answers"}, ${entry.latencyMs ?? other.latencyMs} ms`}
            entry={other}
          />
        )}
      </div>
    </Dialog>
  );
}

function PacketDetails({ title, entry }: { readonly title: string; readonly entry: WireEntry }): JSX.Element {
  const { payload, ...fields } = entry.tapped.packet;
  return (
    <section class="stack tight" aria-label={title}>
      <h3>
        {title} <span class="soft">{entry.summary}</span>
      </h3>
      <Json label="Fields" value={JSON.parse(withoutSecrets(JSON.stringify(fields)))} />
      {payload !== undefined && payload.length > 0 && <Json label="Body" value={bodyValue(payload)} />}
    </section>
  );
}
