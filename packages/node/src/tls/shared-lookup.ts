import dns, { type LookupAddress, type LookupAllOptions } from "node:dns";
import type { LookupFunction } from "node:net";
import type { Clock } from "@isohub/core/runtime";
import { nodeClock } from "../clock.ts";

/** The time for which addresses are shared: enough for a fleet that connects together, and short enough to follow a hub that moves. */
const sharedMs = 1_000;

/** Finds the addresses of a host, as `dns.lookup` does. */
type Resolve = (
  host: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * Creates a lookup that asks the system once for all connections to a host that begin within a second. Node asks for each one, on
 * its four threads, which are then busy for files and everything else while a fleet connects. A failure isn't shared any longer
 * than the question takes.
 */
export function createSharedLookup(resolve: Resolve, clock: Clock): LookupFunction {
  const answers = new Map<string, Promise<LookupAddress[]>>();
  const ask = (host: string, options: LookupAllOptions, key: string): Promise<LookupAddress[]> => {
    const forget = (): void => void answers.delete(key);
    const answer = new Promise<LookupAddress[]>((found, failed) => {
      resolve(host, options, (error, addresses) => (error === null ? found(addresses) : failed(error)));
    });
    answers.set(key, answer);
    answer.catch(forget);
    clock.setTimer(forget, sharedMs, true);
    return answer;
  };
  return (host, { all, ...options }, callback) => {
    const key = JSON.stringify([host, options.family, options.hints]);
    const answer = answers.get(key) ?? ask(host, { ...options, all: true }, key);
    answer.then(
      (addresses) => {
        const [first] = addresses;
        if (all === true) callback(null, addresses);
        else callback(null, first?.address ?? "", first?.family);
      },
      (error) => callback(error, ""),
    );
  };
}

/** The lookup of all connections of this process. Like Node's own sockets, it uses a `dns.lookup` that the application has replaced. */
export const sharedLookup: LookupFunction = createSharedLookup(
  (host, options, callback) => dns.lookup(host, options, callback),
  nodeClock,
);
