import { expect, it } from "vitest";
import type { HubClient } from "../clients/hub-client.ts";
import { Message } from "./message.ts";

const promised = "then";

interface Reading {
  temperature: number;
  tags?: string[];
}

// Each value is one that TypeScript must accept or refuse as a body or a reported patch. Nothing is sent: what counts is that this
// compiles.
const accepted = (client: HubClient, reading: Reading): unknown[] => [
  client.sendMessage("text"),
  client.sendMessage({ temperature: 21.5, at: new Date(0), list: [1, { a: null }], none: undefined }),
  client.sendMessage(reading),
  client.sendMessage([reading, reading]),
  client.sendMessage(new Uint8Array(1)),
  client.sendMessage(new ArrayBuffer(1)),
  client.sendMessage(new SharedArrayBuffer(1)),
  client.sendMessage(new DataView(new ArrayBuffer(1))),
  client.sendMessage(new Int16Array(1)),
  client.sendMessage(new Message(reading)),
  client.sendMessage(new Date()),
  client.sendMessage({ [promised]: "x", length: 3, pipe: "DN50", stack: "a" }),
  client.sendMessage(null),
  client.sendMessage(5),
  client.sendMessage(true),
  client.patchTwinReportedProperties({ a: { b: null } }),
  client.patchTwinReportedProperties({}).then(({ version }) => version?.toFixed()),
];

const refused = (client: HubClient): unknown[] => [
  // @ts-expect-error a forgotten await
  client.sendMessage(client.getTwin()),
  // @ts-expect-error a Map
  client.sendMessage(new Map([["a", 1]])),
  // @ts-expect-error a Set
  client.sendMessage(new Set([1])),
  // @ts-expect-error a WeakMap
  client.sendMessage(new WeakMap()),
  // @ts-expect-error a regular expression
  client.sendMessage(/x/),
  // @ts-expect-error an iterator
  client.sendMessage([1].values()),
  // @ts-expect-error a generator
  client.sendMessage((function* () {})()),
  // @ts-expect-error parameters
  client.sendMessage(new URLSearchParams()),
  // @ts-expect-error a web stream
  client.sendMessage(new ReadableStream()),
  // @ts-expect-error a Blob
  client.sendMessage(new Blob()),
  // @ts-expect-error a form
  client.sendMessage(new FormData()),
  // @ts-expect-error a function
  client.sendMessage(() => 1),
  // @ts-expect-error a symbol
  client.sendMessage(Symbol("s")),
  // @ts-expect-error a bigint
  client.sendMessage(1n),
  // @ts-expect-error nothing
  client.sendMessage(undefined),
  // @ts-expect-error a forgotten await
  client.patchTwinReportedProperties(client.getTwin()),
  // @ts-expect-error a Map
  client.patchTwinReportedProperties(new Map([["a", 1]])),
];

it("the types of a body and a reported patch refuse what has no JSON form", () => {
  expect([accepted, refused]).toHaveLength(2);
});
