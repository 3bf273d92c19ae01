import { publish } from "./packets.mjs";

const DEVICE = "bench-device";
const LAST_ID = 60_000;
const PATCHES_AT_ONCE = 64;

/**
 * The tasks of a session besides acknowledging. A feed gets each incoming packet, and returns the packets to send.
 *
 * @typedef {object} Feed
 * @property {boolean} topics whether it needs the topics of incoming messages
 * @property {(filter: string) => Buffer[]} subscribed
 * @property {(topic: string) => Buffer[]} published
 * @property {() => Buffer[]} acknowledged
 * @property {(send: (packets: Buffer[]) => boolean, whenRoom: (run: () => void) => void) => void} [stream] for
 *   deliveries without response: sends while there is room
 */

const nothing = () => [];
const idle = { topics: false, subscribed: nothing, published: nothing, acknowledged: nothing };

const ridOf = (topic) => /\$rid=([^&]*)/.exec(topic)?.[1] ?? "";
const twinOf = (version) =>
  Buffer.from(
    JSON.stringify({
      desired: { interval: 30, limits: { low: 5, high: 35 }, name: "x".repeat(100), $version: version },
      reported: { firmware: "1.2.3", state: { heating: true, since: 1_700_000_000 }, $version: 7 },
    }),
  );

/** @param {{ served: number, delivered: number, answered: number }} counts */
function twin(counts, version = () => 1) {
  return {
    ...idle,
    topics: true,
    published(topic) {
      const rid = ridOf(topic);
      if (topic.startsWith("$iothub/twin/GET/")) {
        counts.served++;
        return [publish(`$iothub/twin/res/200/?$rid=${rid}`, twinOf(version()))];
      }
      if (topic.startsWith("$iothub/twin/PATCH/properties/reported/")) {
        counts.served++;
        return [publish(`$iothub/twin/res/204/?$rid=${rid}&$version=${counts.served}`, Buffer.alloc(0))];
      }
      return [];
    },
  };
}

/** Direct methods: `inFlight` calls at once, and each response triggers the next. */
function methods(counts, inFlight) {
  const payload = Buffer.from(JSON.stringify({ delay: 5, reason: "x".repeat(60) }));
  const call = () => publish(`$iothub/methods/POST/echo/?$rid=${++counts.delivered}`, payload);
  return {
    ...idle,
    topics: true,
    subscribed: (filter) =>
      filter.startsWith("$iothub/methods/POST") ? Array.from({ length: inFlight }, call) : [],
    published(topic) {
      if (!topic.startsWith("$iothub/methods/res/200/")) return [];
      counts.answered++;
      return [call()];
    },
  };
}

/** Cloud-to-device messages: `inFlight` wait for their PUBACK, and each PUBACK triggers the next. */
function messages(counts, inFlight) {
  const payload = Buffer.alloc(200, "m");
  const to = encodeURIComponent(`/devices/${DEVICE}/messages/devicebound`);
  let id = 0;
  const next = () => {
    id = id >= LAST_ID ? 1 : id + 1;
    const bag = `%24.mid=message-${++counts.delivered}&%24.to=${to}&site=plant%204&sequence=${counts.delivered}`;
    return publish(`devices/${DEVICE}/messages/devicebound/${bag}`, payload, id);
  };
  return {
    ...idle,
    subscribed: (filter) => (filter.includes("/devicebound/") ? Array.from({ length: inFlight }, next) : []),
    acknowledged() {
      counts.answered++;
      return [next()];
    },
  };
}

/** Desired patches, which have no response: as many as the connection can send. */
function desired(counts) {
  let version = 1;
  const patch = () => {
    counts.delivered++;
    version++;
    const body = Buffer.from(
      JSON.stringify({ interval: version, limits: { high: version % 90 }, $version: version }),
    );
    return publish(`$iothub/twin/PATCH/properties/desired/?$version=${version}`, body);
  };
  const { published } = twin(counts, () => version);
  let streaming = false;
  return {
    ...idle,
    topics: true,
    published,
    subscribed(filter) {
      streaming ||= filter.startsWith("$iothub/twin/PATCH/properties/desired");
      return [];
    },
    stream(send, whenRoom) {
      if (!streaming) return;
      const more = () => {
        if (send(Array.from({ length: PATCHES_AT_ONCE }, patch))) setImmediate(more);
        else whenRoom(more);
      };
      streaming = false;
      setImmediate(more);
    },
  };
}

/** @type {Record<string, (counts: object, inFlight: number) => Feed>} */
const feeds = { twin, methods, messages, desired };

/** @param {string | undefined} name @returns {Feed} */
export function createFeed(name, counts, inFlight) {
  if (name === undefined) return idle;
  return name === "twin" ? twin(counts) : feeds[name](counts, inFlight);
}
