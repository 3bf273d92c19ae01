import { startServer } from "./server.mjs";

/** The sink's process. It gets commands over IPC, and samples its own CPU time by the clock that both sides share. */
const SAMPLE_MS = 20;
const KEPT = 6_000;

const server = await startServer();
/** @type {{ at: number, cpuMs: number }[]} */
const samples = [];

const totalCpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

const sample = () => {
  samples.push({ at: Date.now(), cpuMs: totalCpuMs() });
  if (samples.length > KEPT) samples.shift();
};
setInterval(sample, SAMPLE_MS);
sample();

/** Returns the share of a core used between two times; samples are up to 20 ms off at each end. */
function load(from, to) {
  sample();
  const first = samples.findLast(({ at }) => at <= from) ?? samples[0];
  const last = samples.find(({ at }) => at >= to) ?? samples[samples.length - 1];
  return last.at > first.at ? (last.cpuMs - first.cpuMs) / (last.at - first.at) : 0;
}

const commands = {
  reset({ wanted }) {
    server.hub.reset(wanted);
    return {};
  },
  stats({ from, to }) {
    const { sessions, counts } = server.hub;
    return {
      published: sessions.reduce((sum, session) => sum + session.published, 0),
      first: sessions.find((session) => session.first)?.first?.toString("base64"),
      counts,
      load: from === undefined ? 0 : load(from, to),
      cpuMs: totalCpuMs(),
    };
  },
};

process.on("message", ({ id, command, ...argument }) => {
  process.send({ id, answer: commands[command](argument) });
});
process.on("disconnect", () => process.exit());
process.send({ ready: { ca: server.ca, port: server.port, fixed: server.fixed } });
