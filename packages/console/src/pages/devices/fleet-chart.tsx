import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { bandsOf, linesOf, numericFields } from "../../model/devices/series.ts";
import { Chart, Legend, type Line } from "../../ui/chart.tsx";
import { useConsole, useRepaints } from "../../ui/context.ts";
import { Choice } from "../../ui/controls.tsx";

/** More devices than this are drawn as bands: more lines are hard to follow. */
const lineLimit = 6;

const bands: readonly Line[] = [
  { label: "highest", isBandTop: true },
  { label: "mean", isBandTop: true },
  { label: "lowest" },
];

/** A field of all devices over the last two minutes. It takes up its space before the first number, so that the page doesn't shift. */
export function FleetChart(): JSX.Element {
  const { fleet } = useConsole();
  useRepaints();
  const chosen = useSignal<string | undefined>(undefined);
  const devices = fleet.devices.value;
  const fields = [
    ...new Set(
      devices.flatMap(({ samples }) => numericFields(samples.last === undefined ? [] : [samples.last])),
    ),
  ];
  const field = chosen.value !== undefined && fields.includes(chosen.value) ? chosen.value : fields[0];
  const senders =
    field === undefined
      ? []
      : devices.filter(({ samples }) => typeof samples.last?.values[field] === "number");
  const isBands = senders.length > lineLimit;
  const lines = isBands ? bands : senders.map(({ id }) => ({ label: id }));
  const data = (isBands ? bandsOf : linesOf)(senders, field ?? "", Date.now());
  return (
    <section class="card stack tight" aria-label="Chart of the last two minutes">
      <div class="bar">
        {lines.length > 0 ? (
          <Legend lines={lines} />
        ) : (
          <p class="soft small">No numbers sent in the last two minutes</p>
        )}
        <Choice
          label="Field"
          value={field ?? ""}
          options={(fields.length > 0 ? fields : [""]).map((name) => [name, name || "none"] as const)}
          onInput={(name) => (chosen.value = name)}
        />
      </div>
      <Chart
        label={`${field ?? "Nothing"} of ${senders.length} devices over the last two minutes`}
        lines={lines}
        data={data}
      />
    </section>
  );
}
