import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";

/** A line of a chart. Each has its own color and dash, because colors alone are hard to distinguish for some people. */
export interface Line {
  readonly label: string;
  /** Fills the space between this line and the one after it. */
  readonly isBandTop?: boolean;
}

/** Colors of Okabe and Ito, darkened where white makes them hard to see. */
const colors = ["#1f78c8", "#c2571a", "#0a8a66", "#a8579a", "#8f7700", "#3a9fd6", "#6b6b6b", "#b8394a"];
// Their number and that of the colors have no common divisor, so that forty lines differ.
const dashes: readonly (readonly number[])[] = [[], [7, 3], [2, 2], [10, 3, 2, 3], [4, 4]];

/** The color and dash of the line at a position. */
export const lineStyle = (index: number): { readonly stroke: string; readonly dash: number[] } => ({
  stroke: colors[index % colors.length] ?? "#1f78c8",
  dash: [...(dashes[index % dashes.length] ?? [])],
});

/** The data of a chart: the times in seconds, and the values of each line. */
export type ChartData = readonly [readonly number[], ...(readonly (number | null | undefined)[])[]];

const grid = { stroke: "#8592a133", width: 1 };
const axis: uPlot.Axis = { stroke: "#788694", grid, ticks: grid, font: "11px system-ui", gap: 4 };

/** A chart of lines over time. */
export function Chart(props: {
  readonly label: string;
  readonly lines: readonly Line[];
  readonly data: ChartData;
}): JSX.Element {
  const { label, lines, data } = props;
  const element = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const names = lines.map((line) => line.label).join("\n");
  // New data is set below, without a new chart.
  useEffect(() => {
    const parent = element.current;
    if (parent === null) return;
    const size = (): { width: number; height: number } => ({
      width: Math.max(120, parent.clientWidth),
      height: Math.max(100, parent.clientHeight),
    });
    const series = lines.map((line, index) => ({
      label: line.label,
      ...lineStyle(index),
      width: 1.5,
      points: { show: false },
    }));
    const bands = lines.flatMap((line, index) =>
      line.isBandTop ? [{ series: [index + 1, index + 2] as [number, number], fill: "#1f78c833" }] : [],
    );
    const created = new uPlot(
      {
        ...size(),
        legend: { show: false },
        cursor: { show: false },
        axes: [
          { ...axis, values: timeLabels, size: 26, space: 80, incrs: [1, 2, 5, 10, 15, 30, 60, 300] },
          { ...axis, size: 48 },
        ],
        series: [{}, ...series],
        bands,
      },
      data as unknown as uPlot.AlignedData,
      parent,
    );
    plot.current = created;
    const resized = new ResizeObserver(() => created.setSize(size()));
    resized.observe(parent);
    return () => {
      resized.disconnect();
      created.destroy();
      plot.current = undefined;
    };
  }, [names]);
  useEffect(() => plot.current?.setData(data as unknown as uPlot.AlignedData), [data]);
  return <div class="chart" ref={element} role="img" aria-label={label} />;
}

const clock = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hour12: false,
});
const timeLabels = (_plot: uPlot, ticks: number[]): string[] =>
  ticks.map((tick) => clock.format(tick * 1000));

/** The names of lines, with their colors and dashes. */
export function Legend({ lines }: { readonly lines: readonly Line[] }): JSX.Element {
  return (
    <ul class="legend">
      {lines.map((line, index) => {
        const { stroke, dash } = lineStyle(index);
        return (
          <li key={line.label}>
            <svg class="stroke" viewBox="0 0 30 8" aria-hidden="true">
              <path d="M0 4h30" stroke={stroke} stroke-width="2.5" stroke-dasharray={dash.join(" ")} />
            </svg>
            <span class="break">{line.label}</span>
          </li>
        );
      })}
    </ul>
  );
}
