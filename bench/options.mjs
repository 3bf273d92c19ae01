import { parseArgs } from "node:util";

export const USAGE = `npm run bench -- [options]

  --rounds N       rounds; the table shows medians (default 3, quick 1)
  --quick          shorter cells and 1 round: to see that everything runs, not for figures
  --only LIST      of the metrics, comma-separated
  --peers LIST     of the peers, comma-separated
  --compare REV    this tree against another commit of it, in turns, with the lean engine; no other peers
  --json FILE      also write everything measured there
`;

/**
 * @param {string[]} args
 * @param {{ metrics: { name: string }[], peers: { name: string }[] }} known
 */
export function parseOptions(args, known) {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: "string" },
      quick: { type: "boolean", default: false },
      only: { type: "string" },
      peers: { type: "string" },
      json: { type: "string" },
      compare: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const rounds = values.rounds === undefined ? (values.quick ? 1 : 3) : Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new Error(`--rounds must be a positive integer, got "${values.rounds}"`);
  }
  if (values.compare !== undefined && values.peers !== undefined)
    throw new Error("--compare measures this tree and another commit of it: leave --peers out");
  return {
    help: values.help,
    quick: values.quick,
    rounds,
    json: values.json,
    compare: values.compare,
    metrics: choose("--only", values.only, known.metrics),
    peers: choose("--peers", values.peers, known.peers),
  };
}

/** @template {{ name: string }} T @param {string} option @param {string | undefined} list @param {T[]} all */
function choose(option, list, all) {
  if (list === undefined) return all;
  const names = list.split(",");
  const unknown = names.find((name) => !all.some((one) => one.name === name));
  if (unknown !== undefined) {
    throw new Error(
      `${option} must name some of ${all.map(({ name }) => name).join(", ")}, got "${unknown}"`,
    );
  }
  return all.filter(({ name }) => names.includes(name));
}
