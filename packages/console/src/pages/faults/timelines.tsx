import type { JSX } from "preact";
import type { SimulatedDevice, TimelineEntry } from "../../model/devices/simulated-device.ts";
import { useConsole, useRepaints } from "../../ui/context.ts";
import { DeviceStatus, toneOf } from "../../ui/device-status.tsx";
import type { Tone } from "../../ui/parts.tsx";

/** The time that a timeline shows. */
const spanMs = 120_000;
const shownLimit = 30;

/** The place of each state on a track of 14, because colors alone are hard to distinguish for some people. */
const heights: Readonly<Record<Tone, { readonly y: number; readonly height: number }>> = {
  good: { y: 0, height: 14 },
  warn: { y: 5, height: 9 },
  bad: { y: 10, height: 4 },
  idle: { y: 6.25, height: 1.5 },
};

/** The states of each device over the last two minutes, with the reason of the latest loss, and the counts. */
export function Timelines({ devices }: { readonly devices: readonly SimulatedDevice[] }): JSX.Element {
  const { faults, hub } = useConsole();
  useRepaints();
  const now = Date.now();
  const trouble = (device: SimulatedDevice): number => device.timeline.last?.at ?? 0;
  const shown = devices.toSorted((one, other) => trouble(other) - trouble(one)).slice(0, shownLimit);
  return (
    <>
      <ul class="legend">
        {(["good", "warn", "bad", "idle"] as const).map((tone) => (
          <li key={tone}>
            <svg class="tall" viewBox="0 0 18 14" aria-hidden="true">
              <rect class={`span ${tone}`} width="18" {...heights[tone]} />
            </svg>
            {{ good: "connected", warn: "connecting", bad: "waiting to retry", idle: "off" }[tone]}
          </li>
        ))}
        <li>
          <svg class="tall" viewBox="0 0 18 14" aria-hidden="true">
            <path class="mark" d="M9 0v14" />
          </svg>
          fault
        </li>
      </ul>
      <div class="table stacks">
        <table>
          <thead>
            <tr>
              <th>Device</th>
              <th>Last two minutes</th>
              <th class="number">Sent</th>
              <th class="number">Acknowledged</th>
              <th class="number">Repeated</th>
              <th class="number">Lost</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((device) => {
              const counts = device.ledger.counts(hub.knownUntil);
              const marks = faults.injected.values
                .filter(({ deviceIds, scope }) => scope === "hub" || deviceIds.includes(device.id))
                .map(({ at }) => at);
              return (
                <tr key={device.id}>
                  <td class="device whole">
                    <div class="break">{device.id}</div>
                    <DeviceStatus device={device} />
                  </td>
                  <td class="timeline whole">
                    <Timeline entries={device.timeline.values} marks={marks} now={now} />
                    <span class="soft small break">{reasonOf(device)}</span>
                  </td>
                  <td class="number" data-label="Sent">
                    {counts.sent}
                  </td>
                  <td class="number" data-label="Acknowledged">
                    {counts.acknowledged}
                  </td>
                  <td class="number" data-label="Repeated">
                    {counts.repeated}
                  </td>
                  <td class="number" data-label="Lost">
                    {counts.lost}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {devices.length > shownLimit && (
        <p class="soft small">
          The {shownLimit} of {devices.length} devices whose state changed last.
        </p>
      )}
    </>
  );
}

/** The reason of the latest loss, and how long the device was without a connection. */
function reasonOf({ timeline }: SimulatedDevice): string {
  const entries = timeline.values;
  const lost = entries.findLastIndex(({ reason }) => reason !== undefined);
  const entry = entries[lost];
  if (entry === undefined) return "";
  const back = entries.slice(lost).find(({ status }) => status === "connected");
  const time =
    back === undefined ? "" : ` Back after ${((back.at - startOfLoss(entries, lost)) / 1000).toFixed(1)} s.`;
  return `${entry.reason ?? ""}.${time}`.replace("..", ".");
}

function startOfLoss(entries: readonly TimelineEntry[], lost: number): number {
  for (let index = lost; index > 0; index--) {
    if (entries[index - 1]?.status === "connected") return entries[index]?.at ?? 0;
  }
  return entries[0]?.at ?? 0;
}

function Timeline(props: {
  readonly entries: readonly TimelineEntry[];
  readonly marks: readonly number[];
  readonly now: number;
}): JSX.Element {
  const { entries, marks, now } = props;
  const start = now - spanMs;
  const x = (at: number): number => (Math.max(0, at - start) / spanMs) * 240;
  const spans = entries.flatMap(({ at, status }, index) => {
    const end = entries[index + 1]?.at ?? now;
    return end < start ? [] : [{ from: x(at), to: x(end), status }];
  });
  const words = entries
    .slice(-4)
    .map(({ status }) => status)
    .join(", ");
  return (
    <svg
      class="states"
      viewBox="0 0 240 14"
      preserveAspectRatio="none"
      role="img"
      aria-label={`Latest states: ${words}`}
    >
      {spans.map(({ from, to, status }) => (
        <rect
          key={`${from} ${status}`}
          class={`span ${toneOf[status]}`}
          x={from}
          width={Math.max(0.6, to - from)}
          {...heights[toneOf[status]]}
        />
      ))}
      {marks
        .filter((at) => at > start)
        .map((at) => (
          <path key={at} class="mark" d={`M${x(at)} 0v14`} />
        ))}
    </svg>
  );
}
