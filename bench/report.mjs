import { median } from "./results.mjs";

/**
 * Renders one table: a column per peer with median and range, then a column per ratio ours / peer with its goal.
 *
 * @param {import("./metrics/metric.mjs").Metric} metric
 * @param {import("./metrics/metric.mjs").Table} table
 * @param {(import("./peers/peer.mjs").Peer & { version: string })[]} peers
 * @param {import("./results.mjs").Results} results
 * @returns {{ title: string, lines: string[][] }} the header is the first line
 */
export function tableOf(metric, table, peers, results) {
  const ours = peers.filter((peer) => peer.ours);
  const pairs = ours.flatMap((mine) => peers.filter((peer) => !peer.ours).map((theirs) => [mine, theirs]));
  const baselines = Object.keys(metric.baselines ?? {});
  const summary = (row, peer) => results.summary(metric.name, table.id, row, peer.name, baselines);
  const goal = (row, mine, other) => table.goals?.[row]?.[mine.name]?.[other];

  const header = [
    "",
    ...peers.map(({ title, version }) => `${title} ${version}`),
    ...pairs.map(([mine, theirs]) => `${mine.title} / ${theirs.title}`),
  ];
  const lines = metric.rows.map((row) => [
    row,
    ...peers.map((peer) => figure(summary(row, peer), table, goal(row, peer, "itself"))),
    ...pairs.map(([mine, theirs]) =>
      theirs.isSameSdk
        ? ratioByRound(summary(row, mine), summary(row, theirs))
        : ratio(summary(row, mine), summary(row, theirs), goal(row, mine, theirs.name), table.better),
    ),
  ]);
  const unit = table.unit === "" ? "" : `, ${table.unit}`;
  return { title: `${table.title}${unit} (${table.better} is better)`, lines: [header, ...lines] };
}

/** Renders a table for the console. @param {{ title: string, lines: string[][] }} table */
export function renderText({ title, lines }) {
  return `${title}\n${align(lines)}`;
}

/** @param {import("./results.mjs").Summary | undefined} summary */
function figure(summary, { digits, better }, goal) {
  if (!summary) return "–";
  const { median, min, max, busy } = summary;
  const range = min === max ? "" : ` (${min.toFixed(digits)}–${max.toFixed(digits)})`;
  return `${median.toFixed(digits)}${busy ? "*" : ""}${range}${goal ? ` ${verdict(median, goal, better)}` : ""}`;
}

function ratio(ours, theirs, goal, better) {
  if (!ours || !theirs || theirs.median <= 0) return "–";
  const value = ours.median / theirs.median;
  const digits = value < 0.1 ? 3 : 2;
  return `${value.toFixed(digits)}×${goal ? ` ${verdict(value, goal, better)}` : ""}`;
}

/** Both were measured in each round, one after the other: that leaves out what changes on the machine from round to round. */
function ratioByRound(ours, theirs) {
  if (!ours || !theirs || ours.samples.length !== theirs.samples.length) return "–";
  const ratios = ours.samples.map((value, round) => value / theirs.samples[round]);
  const [low, middle, high] = [Math.min(...ratios), median(ratios), Math.max(...ratios)];
  return `${middle.toFixed(3)}×${ratios.length > 1 ? ` (${low.toFixed(3)}–${high.toFixed(3)})` : ""}`;
}

function verdict(value, goal, better) {
  const met = better === "less" ? value <= goal : value >= goal;
  return `[${better === "less" ? "≤" : "≥"} ${goal}${met ? "" : " MISSED"}]`;
}

/** @param {string[][]} lines */
function align(lines) {
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines
    .map((line) => line.map((cell, column) => cell.padEnd(widths[column])).join("  "))
    .map((line) => `  ${line.trimEnd()}\n`)
    .join("");
}
