import { HubError } from "../hub/hub-error.ts";
import type { Attested } from "./attesting.ts";
import type { Allocation } from "./enrollment.ts";
import { everyHub, type LinkedHub, type LinkedHubs } from "./linked-hubs.ts";

/** The hubs that an enrollment allows for a device, the preferred one first, and what else was allocated. */
export interface AllocatedHubs extends Omit<Allocation, "hub"> {
  readonly hubs: readonly LinkedHub[];
}

/**
 * Selects hubs by the allocation policy of the enrollment.
 *
 * @throws {HubError} ServiceUnavailable if those of the enrollment are still to be linked
 * @throws {Error} if none is known, or what a custom allocation throws
 */
export async function allocate(
  linked: LinkedHubs,
  { enrollment, registrationId }: Attested,
  payload: unknown,
): Promise<AllocatedHubs> {
  const { hubs: named, allocation, allocator } = enrollment;
  if (allocator !== undefined) {
    const enrollmentGroupId = enrollment.kind === "group" ? enrollment.id : undefined;
    const all = linked.list().map((hub) => hub.host());
    const hubs =
      named.length === 0 ? [linked.home.host()] : named.flatMap((name) => (name === everyHub ? all : name));
    const { hub, ...others } = await allocator({ registrationId, enrollmentGroupId, payload, hubs });
    return { ...others, hubs: [hub === undefined ? linked.home : requireHub(linked, hub)] };
  }
  if (allocation === "custom") throw new Error("the enrollment was restored without its function");
  const [first = linked.home, ...others] = resolve(linked, named);
  // The other hubs don't replace the first while it can't be reached.
  if (allocation === "static") return { hubs: [first] };
  // There are no latencies to compare, so the nearest hub is the first.
  if (allocation === "geoLatency") return { hubs: [first, ...others] };
  return { hubs: byHash([first, ...others], registrationId) };
}

/** Returns the hubs of an enrollment, each once. @throws {Error} if it names some, and none of them is linked */
function resolve(linked: LinkedHubs, names: readonly string[]): LinkedHub[] {
  const found = names.flatMap((name) => (name === everyHub ? linked.list() : (linked.find(name) ?? [])));
  const awaited = names.find((name) => linked.awaits(name));
  if (found.length === 0 && awaited !== undefined)
    throw new HubError("ServiceUnavailable", `The hub '${awaited}' hasn't joined yet.`);
  const [unknown] = names;
  if (found.length === 0 && unknown !== undefined) throw notLinked(unknown);
  return [...new Set(found)];
}

function requireHub(linked: LinkedHubs, name: string): LinkedHub {
  const hub = linked.find(name);
  if (hub !== undefined) return hub;
  throw notLinked(name);
}

function notLinked(name: string): Error {
  return new Error(`'${name}' is not a hub of this emulator`);
}

// Rendezvous hashing: if a hub joins or leaves, only the devices that it gains or loses change their hub.
function byHash(hubs: readonly LinkedHub[], registrationId: string): LinkedHub[] {
  const id = registrationId.toLowerCase();
  return hubs
    .map((hub) => ({ hub, weight: hash(`${id}\n${hub.name.toLowerCase()}`) }))
    .sort((one, other) => other.weight - one.weight)
    .map(({ hub }) => hub);
}

// FNV-1a, mixed as in MurmurHash3; otherwise, names that differ only in their last letter would have similar hashes.
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
