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
