import { type FaultName, faultTable } from "@isohub/emulator/control-client";
import type { FaultChoice, FaultValues } from "./fault-choice.ts";
import { answers, choice, number, times, times3 } from "./fault-fields.ts";
import { choiceFromTable } from "./table-fault.ts";

type Muted = "puback" | "suback" | "pingresp" | "twin";

const count = (values: FaultValues, name: string): number => Number(values[name] ?? 0);
const repetitions = (n: number): string => (n === 1 ? "once" : `${n} times`);

/** The faults whose effects are described for people. */
const described: readonly FaultChoice[] = [
  {
    name: "drop",
    title: "Cut the connection",
    group: "Connection",
    scope: "device",
    fields: [
      choice("how", "End of the connection", [
        ["rst", "reset, as in a network failure"],
        ["fin", "closed in order"],
      ]),
      number("afterPublishes", "After messages; 0 is now", 0, 0, 1_000_000),
    ],
    sentence: (values, target) =>
      count(values, "afterPublishes") === 0
        ? `The connection of ${target} ends now. Each device reconnects by itself, and sends again what wasn't acknowledged.`
        : `The connection of ${target} ends after ${count(values, "afterPublishes")} more messages. The hub keeps the last one without acknowledging it, so the device sends it again.`,
    apply: ({ faults }, deviceId, values) =>
      faults.drop(deviceId, {
        how: values["how"] as "rst" | "fin",
        ...(count(values, "afterPublishes") === 0 ? {} : { afterPublishes: count(values, "afterPublishes") }),
      }),
  },
  {
    name: "dropRandomly",
    title: "Cut at random",
    group: "Connection",
    scope: "device",
    fields: [number("percent", "Percent of messages", 10, 1, 100), number("seed", "Seed", 1, 0, 1_000_000)],
    sentence: (values, target) =>
      `The connection of ${target} ends at ${count(values, "percent")} % of its messages, the same ones for each seed. The hub keeps each without acknowledging it.`,
    apply: ({ faults }, deviceId, values) =>
      faults.dropRandomly({ seed: count(values, "seed"), percent: count(values, "percent"), deviceId }),
  },
  {
    name: "kick",
    title: "Disconnect silently",
    group: "Connection",
    scope: "device",
    fields: [],
    sentence: (_values, target) =>
      `The hub closes the connection of ${target} as Azure does: without giving a reason.`,
    apply: (client, deviceId) => client.kick(deviceId),
  },
  {
    name: "blackHole",
    title: "Half-open connection",
    group: "Connection",
    scope: "device",
    fields: [],
    sentence: (_values, target) =>
      `The hub neither reads from nor writes to the connection of ${target}, and it stays open. The client notices by a missing acknowledgement or ping.`,
    apply: ({ faults }, deviceId) => faults.blackHole(deviceId),
  },
  {
    name: "refuseConnects",
    title: "Refuse to connect",
    group: "Connection",
    scope: "device",
    fields: [
      choice("returnCode", "Return code", [
        ["3", "3: server unavailable"],
        ["5", "5: not authorized"],
        ["4", "4: bad user name or password"],
        ["2", "2: identifier rejected"],
        ["1", "1: protocol version"],
      ]),
      times3,
    ],
    sentence: (values, target) =>
      `The hub refuses ${target} ${repetitions(count(values, "times"))} with return code ${values["returnCode"]}, from the next attempt to connect. ${
        values["returnCode"] === "3"
          ? "The client retries with a growing delay."
          : "The client stops, because retrying doesn't help."
      }`,
    apply: ({ faults }, deviceId, values) =>
      faults.refuseConnects(Number(values["returnCode"]) as 3, { times: count(values, "times"), deviceId }),
  },
  {
    name: "withholdConnack",
    title: "Leave CONNECT unanswered",
    group: "Connection",
    scope: "device",
    fields: [times],
    sentence: (values, target) =>
      `The hub doesn't answer the next CONNECT of ${target} (${repetitions(count(values, "times"))}). The client gives up the attempt after 10 s and tries again.`,
    apply: ({ faults }, deviceId, values) =>
      faults.withholdConnack({ times: count(values, "times"), deviceId }),
  },
  {
    name: "delayConnack",
    title: "Slow CONNACK",
    group: "Connection",
    scope: "device",
    fields: [number("ms", "Delay, in ms", 3000, 0, 600_000), times],
    sentence: (values, target) =>
      `The hub answers the next CONNECT of ${target} only after ${count(values, "ms")} ms (${repetitions(count(values, "times"))}). After 10 s, the client would give up the attempt.`,
    apply: ({ faults }, deviceId, values) =>
      faults.delayConnack(count(values, "ms"), { times: count(values, "times"), deviceId }),
  },
  {
    name: "mute",
    title: "Withhold answers",
    group: "Answers",
    scope: "device",
    fields: [answers, number("times", "Answers; 0 is all", 0, 0, 1000)],
    sentence: (values, target) =>
      `The hub processes what ${target} sends, but withholds ${
        count(values, "times") === 0 ? "all" : `the next ${count(values, "times")}`
      } of these answers. The client must reconnect and send again, without losing anything.`,
    apply: ({ faults }, deviceId, values) =>
      faults.mute(
        values["answer"] as Muted,
        deviceId,
        count(values, "times") === 0 ? {} : { times: count(values, "times") },
      ),
  },
  {
    name: "unmute",
    title: "Send answers again",
    group: "Answers",
    scope: "device",
    fields: [answers],
    sentence: (_values, target) => `The hub answers ${target} again.`,
    apply: ({ faults }, deviceId, values) => faults.unmute(values["answer"] as Muted, deviceId),
  },
  {
    name: "delayPuback",
    title: "Slow acknowledgements",
    group: "Answers",
    scope: "device",
    fields: [number("ms", "Delay, in ms; 0 ends it", 2000, 0, 600_000)],
    sentence: (values, target) =>
      count(values, "ms") === 0
        ? `Acknowledgements for ${target} are on time again.`
        : `Each acknowledgement for ${target} takes ${count(values, "ms")} ms longer. Messages stay in flight for that time.`,
    apply: ({ faults }, deviceId, values) => faults.delayPuback(deviceId, count(values, "ms")),
  },
  {
    name: "latency",
    title: "Slow network",
    group: "Answers",
    scope: "device",
    fields: [number("ms", "Latency, in ms; 0 ends it", 500, 0, 600_000)],
    sentence: (values, target) =>
      count(values, "ms") === 0
        ? `Packets to ${target} are on time again.`
        : `Every packet to ${target} arrives ${count(values, "ms")} ms later, in order.`,
    apply: ({ faults }, deviceId, values) => faults.latency(deviceId, count(values, "ms")),
  },
  {
    name: "failTwin",
    title: "Fail twin requests",
    group: "Answers",
    scope: "device",
    fields: [
      number("status", "Status", 429, 300, 599),
      number("retryAfterSeconds", "Retry after, in s", 2, 0, 3600),
      times3,
    ],
    sentence: (values, target) =>
      `The next ${count(values, "times")} twin requests of ${target} are answered with status ${count(values, "status")}. With 429, the client learns when to try again.`,
    apply: ({ faults }, deviceId, values) =>
      faults.failTwin(deviceId, {
        status: count(values, "status"),
        retryAfterSeconds: count(values, "retryAfterSeconds"),
        times: count(values, "times"),
      }),
  },
  {
    name: "exceedQuota",
    title: "Use up the quota",
    group: "Hub",
    scope: "device",
    fields: [number("times", "Messages; 0 is all", 3, 0, 1000)],
    sentence: (values, target) =>
      `The hub closes the connection of ${target} at ${
        count(values, "times") === 0 ? "each message" : `each of the next ${count(values, "times")} messages`
      } and stores none of them, as Azure does once the daily quota is used up. The client suspects it after a few times, and waits longer.`,
    apply: ({ faults }, deviceId, values) =>
      faults.exceedQuota({
        deviceId,
        ...(count(values, "times") === 0 ? {} : { times: count(values, "times") }),
      }),
  },
  {
    name: "publishRaw",
    title: "Send any packet",
    group: "Data",
    scope: "device",
    fields: [
      {
        name: "topic",
        label: "Topic",
        kind: "text",
        value: "$iothub/twin/PATCH/properties/desired/?$version=99",
      },
      { name: "payload", label: "Payload", kind: "text", value: "this isn't JSON" },
    ],
    sentence: (values, target) =>
      `${target} receives a message with the topic ${values["topic"]}, valid or not.`,
    apply: ({ faults }, deviceId, values) =>
      faults.publishRaw(deviceId, String(values["topic"]), String(values["payload"])),
  },
  {
    name: "provisioning",
    title: "Throttle registrations",
    group: "Hub",
    scope: "device",
    fields: [
      number("throttle", "Times with 429", 2, 0, 1000),
      number("retryAfterSeconds", "Retry after, in s", 2, 0, 3600),
    ],
    sentence: (values, target) =>
      `The provisioning service answers ${repetitions(count(values, "throttle"))} with 429 when ${target} registers, and names the time to wait.`,
    apply: ({ faults }, deviceId, values) =>
      faults.provisioning({
        registrationId: deviceId,
        throttle: count(values, "throttle"),
        retryAfterSeconds: count(values, "retryAfterSeconds"),
      }),
  },
  {
    name: "failService",
    title: "Fail services",
    group: "Hub",
    scope: "hub",
    fields: [number("status", "Status", 429, 400, 599), times3],
    sentence: (values) =>
      `The next ${count(values, "times")} requests of services fail with status ${count(values, "status")}, over REST and AMQP. Devices don't notice.`,
    apply: ({ faults }, _deviceId, values) =>
      faults.failService({ status: count(values, "status"), times: count(values, "times") }),
  },
  {
    name: "skewClock",
    title: "Set the hub's clock",
    group: "Hub",
    scope: "hub",
    fields: [number("seconds", "Ahead by, in s", 7200, -1_000_000, 1_000_000)],
    sentence: (values) =>
      `The hub's clock is ${count(values, "seconds")} s ahead. Connections whose tokens have expired by that clock end now; 0 sets it right.`,
    apply: ({ faults }, _deviceId, values) => faults.skewClock(count(values, "seconds")),
  },
  {
    name: "stopListening",
    title: "Take the hub down",
    group: "Hub",
    scope: "hub",
    fields: [],
    sentence: () =>
      "All connections end, and no device can connect until you bring the hub back. Every device waits and retries, at different times.",
    apply: ({ faults }) => faults.stopListening(),
  },
  {
    name: "listenAgain",
    title: "Bring the hub back",
    group: "Hub",
    scope: "hub",
    fields: [],
    sentence: () => "The hub accepts devices again. Each reconnects at its next attempt.",
    apply: ({ faults }) => faults.listenAgain(),
  },
];

/** Every fault of the hub's table, including new ones that aren't described here yet, and the kick. */
export const faultMenu: readonly FaultChoice[] = [
  ...described,
  ...(Object.keys(faultTable) as FaultName[])
    .filter((name) => described.every((each) => each.name !== name))
    .map((name) => choiceFromTable(name, faultTable[name])),
];
