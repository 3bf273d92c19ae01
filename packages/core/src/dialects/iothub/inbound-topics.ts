import { type Identity, pathOf } from "../../auth/identity.ts";
import type { Inbound, SubscriptionName } from "../../connection/dialect.ts";
import { decodePercent } from "../../util/percent.ts";
import { prefixes } from "./topics.ts";

const names = Object.keys(prefixes) as SubscriptionName[];

/** The start of the topics of the identity that received the last message; building it takes longer than comparing it. */
let path = "";
let pathOwner: Identity | undefined;

/** Reads the topic of a message. @returns `undefined` for a topic that this identity cannot have subscribed to */
export function readInbound({ topic }: { readonly topic: string }, identity: Identity): Inbound | undefined {
  let start = 0;
  if (!topic.startsWith("$")) {
    if (pathOwner !== identity) {
      path = `${pathOf(identity)}/`;
      pathOwner = identity;
    }
    if (!topic.startsWith(path)) return undefined;
    start = path.length;
  }
  for (const subscription of names) {
    const prefix = prefixes[subscription];
    if (!topic.startsWith(prefix, start)) continue;
    let name = "";
    let requestId: string | undefined = "";
    let bag = topic.slice(start + prefix.length);
    // The other topics consist of their prefix and the bag.
    if (subscription !== "c2d" && subscription !== "twinPatches") {
      const slash = bag.indexOf("/");
      name = decodePercent(slash < 0 ? bag : bag.slice(0, slash));
      bag = slash < 0 ? "" : bag.slice(slash + 1);
      if (subscription !== "inputs") {
        requestId = parameter(bag, "$rid=");
        const isValid = subscription === "methods" ? name !== "" : Number(name) > 0;
        if (!isValid || requestId === undefined) return undefined;
      }
    }
    return { subscription, name, requestId, bag };
  }
  return undefined;
}

/**
 * The value of a parameter behind `?`, the last one if there are several. It is not decoded: `$rid` is an echo, the others
 * are numbers.
 *
 * @param name - with its `=`
 */
export function parameter(bag: string, name: string): string | undefined {
  let value: string | undefined;
  for (let at = bag.indexOf("?"); at >= 0; at = bag.indexOf("&", at)) {
    if (!bag.startsWith(name, ++at)) continue;
    const end = bag.indexOf("&", at);
    value = bag.slice(at + name.length, end < 0 ? bag.length : end);
  }
  return value;
}

/** The value of a parameter that has to be an integer. @param name - with its `=` */
export function numberIn(bag: string, name: string): number | undefined {
  const value = Number(parameter(bag, name) || undefined);
  return Number.isSafeInteger(value) ? value : undefined;
}
