import fc from "fast-check";
import { expect } from "vitest";
import { ControlAccess } from "../../packages/emulator/src/control/access.ts";
import { type ControlApi, createControlApi } from "../../packages/emulator/src/control/control-api.ts";
import { pathsOf } from "../../packages/emulator/src/control/operation.ts";
import type { JoinMethods } from "../../packages/emulator/src/control/operations/joining.ts";
import { faultOperations, operations } from "../../packages/emulator/src/control/operations.ts";
import { JoinedHubs } from "../../packages/emulator/src/joining/joined-hubs.ts";
import { LinkedHubs } from "../../packages/emulator/src/provisioning/linked-hubs.ts";
import { LocalDevices } from "../../packages/emulator/src/provisioning/local-devices.ts";
import { MemoryStore } from "../../packages/emulator/src/store/memory-store.ts";
import { testHub } from "../../packages/emulator/src/testing/hub.ts";
import { editedJsonText } from "../edited-json.ts";
import { editedText } from "../edits.ts";
import { hubOfRun } from "../hub-of-run.ts";
import { defineTarget, type Target } from "../target.ts";

/** Operations that open or close ports, or wait for something. */
const excluded = new Set([
  "startWorkload",
  "createHub",
  "closeHub",
  "events",
  "telemetry",
  "callMethod",
  "invokeMethod",
  // Answers 503 if it can't reach the hub that joins.
  "joinHub",
]);
const all = Object.entries({ ...operations, ...faultOperations }).filter(([name]) => !excluded.has(name));

/** A value for every field that an operation has, of a type that it may be. */
const guesses: Readonly<Record<string, unknown>> = {
  string: "d1",
  integer: 3,
  number: 0.5,
  boolean: true,
  array: [],
};
const requests = fc.constantFrom(...all).chain(([, operation]) => {
  const { positional, options } = operation as {
    positional: Record<string, { schema: { type?: string } }>;
    options?: Record<string, { schema: { type?: string } }>;
  };
  const body = Object.fromEntries(
    Object.entries({ ...positional, ...options }).map(([name, { schema }]) => [
      name === "identity" ? "deviceId" : name,
      guesses[schema.type ?? ""] ?? { desired: { a: 1 }, properties: { p: "x" } },
    ]),
  );
  const segment = editedText(fc.constantFrom("d1", "m1", "1", "r1", "dropPackets")).map(encodeSegment);
  return fc.record({
    method: fc.constant(operation.method),
    path: fc
      .tuple(fc.constantFrom(...pathsOf(operation)), fc.array(segment, { minLength: 4, maxLength: 4 }))
      .map(([path, segments]) => path.replace(/\{\+?\w+\}/g, () => segments.pop() ?? "d1")),
    query: editedText(fc.constantFrom("", "deviceId=d1", "deviceId=d1&moduleId=m1&count=3")).map(encoded),
    body: editedJsonText(fc.constant(body)),
  });
});

let control: ControlApi | undefined;

/** Requests to the control API of the emulator: answered, or refused with a status below 500. */
export const controlRequests: Target = defineTarget("control-requests", requests, async (request) => {
  const hub = await hubOfRun();
  control ??= createControlApi(hub, {
    access: new ControlAccess({ isOwnName: () => false, allowedOrigins: [] }),
    joining: joiningMethods(),
    telemetry: { messages: () => hub.telemetry() },
    state: new MemoryStore(),
  });
  const { method, path, query, body } = request;
  const hasBody = method === "POST" || method === "PATCH";
  const response = await control(
    new Request(`http://localhost/control${path}?${query}`, {
      method,
      ...(hasBody ? { body, headers: { "content-type": "application/json" } } : {}),
    }),
  );
  const text = await response.text();
  if (response.status >= 500)
    throw new Error(`${method} ${path} was answered with ${response.status}: ${text}`);
  if (response.status >= 400) expect(JSON.parse(text)).toMatchObject({ message: expect.any(String) });
});

function joiningMethods(): JoinMethods {
  const hub = testHub();
  const devices = new LocalDevices(hub, new MemoryStore());
  const joined = new JoinedHubs({
    linked: new LinkedHubs(),
    table: new Map(),
    authority: undefined,
    ca: "",
    version: "1",
    needsToken: true,
    joinedUrl: () => undefined,
    events: () => hub.events,
  });
  return {
    joinedHubs: () => joined.list(),
    joinHub: (name, options) => joined.join(name, options),
    leaveHub: (name, instance) => joined.leave(name, instance),
    certifyHub: (names, publicKey) => joined.certify(names, publicKey),
    joinStatus: () => ({ name: "d1", url: "", instance: "", isJoined: true }),
    assignDevice: (deviceId, device) => devices.assign(deviceId, device),
  };
}

function encodeSegment(text: string): string {
  return text === "" ? "d1" : encoded(text).replace(/^\.+$/, "d1");
}

function encoded(text: string): string {
  return encodeURIComponent(text.slice(0, 2000).replace(/\p{Surrogate}/gu, "x"))
    .replace(/%3D/g, "=")
    .replace(/%26/g, "&");
}
