import { type Cell, engines } from "./cell.ts";
import { faults } from "./faults.ts";
import { moments } from "./moments.ts";

/** Returns the name of a cell. */
export function nameOf({ fault, moment, transport, engine }: Cell): string {
  return `${fault.name}, ${moment.name}, ${transport}, ${engine.name}`;
}

/** Lists every cell. @param only - names of faults, moments, transports or engines; a cell must have one of each kind that is named */
export function allCells(only: readonly string[] = []): Cell[] {
  const isWanted = (name: string, all: readonly string[]): boolean => {
    const wanted = only.filter((each) => all.includes(each));
    return wanted.length === 0 || wanted.includes(name);
  };
  const faultNames = faults.map(({ name }) => name);
  const momentNames = moments.map(({ name }) => name);
  const engineNames = engines.map(({ name }) => name);
  const transports = ["TLS", "WebSockets"] as const;
  const known = [...faultNames, ...momentNames, ...engineNames, ...transports];
  const unknown = only.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new RangeError(`--only must name ${known.join("; ")}; got '${unknown}'`);
  return faults
    .filter(({ name }) => isWanted(name, faultNames))
    .flatMap((fault) =>
      moments
        .filter(({ name }) => isWanted(name, momentNames))
        .flatMap((moment) =>
          transports
            .filter((name) => isWanted(name, transports) && (fault.transport ?? name) === name)
            .flatMap((transport) =>
              engines
                .filter(({ name }) => isWanted(name, engineNames))
                .map((engine) => ({ fault, moment, transport, engine })),
            ),
        ),
    );
}

/** Selects cells at random. The same seed selects the same cells. */
export function sampleOf(cells: readonly Cell[], count: number, seed: number): Cell[] {
  const random = randomNumbers(seed);
  const left = [...cells];
  for (let index = left.length - 1; index > 0; index--) {
    const other = Math.floor(random() * (index + 1));
    const [one, two] = [left[index], left[other]];
    if (one !== undefined && two !== undefined) [left[index], left[other]] = [two, one];
  }
  return left.slice(0, count);
}

/** The generator mulberry32. */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
