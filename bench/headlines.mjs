import { metrics } from "./metrics/index.mjs";

/** The rows that matter first: metric, table, row, and the question that it answers. */
const HEADLINES = [
  ["telemetry", "cpu", "TLS, 1 in flight", "CPU per message of a device that sends one at a time, µs"],
  ["telemetry", "cpu", "TLS, 256 in flight", "CPU per message under load, TLS, µs"],
  ["telemetry", "cpu", "WSS, 256 in flight", "CPU per message under load, WebSockets, µs"],
  ["requests", "cpu", "twin get, 16 in flight", "CPU per twin request, µs"],
  ["deliveries", "cpu", "direct methods, 16 in flight", "CPU per direct method, µs"],
  ["deliveries", "cpu", "cloud-to-device messages, 256 in flight", "CPU per cloud-to-device message, µs"],
  ["connect", "cpu", "TLS", "CPU to create, connect and disconnect a device, ms"],
  ["memory", "memory", "resident memory", "Memory per idle device, KiB"],
  ["burst", "block", "TLS", "Longest block of the event loop by 20,000 sends at once, ms"],
  ["bundle", "size", "minified and gzipped, lite", "Bundle of a page, kB gzipped"],
];

/**
 * Renders the rows that matter first, with ratios of `@isohub/node` to its peers.
 *
 * @param {(import("./peers/peer.mjs").Peer & { version: string })[]} peers
 * @param {import("./results.mjs").Results} results
 * @returns {string[][]} the header is the first line
 */
export function headlines(peers, results) {
  const others = peers.filter(({ ours }) => !ours);
  const header = ["", "@isohub/node", ...others.map(({ title, version }) => `/ ${title} ${version}`)];
  const lines = HEADLINES.map(([metricName, table, row, question]) => {
    const metric = metrics.find(({ name }) => name === metricName);
    const digits = metric.tables.find(({ id }) => id === table).digits;
    const of = ({ name }) => results.summary(metricName, table, row, name)?.median;
    const ours = of({ name: "lean" });
    const ratio = (theirs) => (ours && theirs ? `${(ours / theirs).toPrecision(2)}×` : "–");
    return [question, ours?.toFixed(digits) ?? "–", ...others.map((peer) => ratio(of(peer)))];
  });
  return [header, ...lines];
}
