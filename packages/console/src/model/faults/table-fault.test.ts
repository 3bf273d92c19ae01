import { type ControlClient, faultTable } from "@isohub/emulator/control-client";
import { expect, it } from "vitest";
import { initialValues } from "./fault-choice.ts";
import { faultMenu } from "./fault-menu.ts";
import { choiceFromTable } from "./table-fault.ts";

it("the menu has every fault of the hub's table once", () => {
  const names = faultMenu.map(({ name }) => name).filter((name) => name !== "kick");
  expect([...names].sort()).toEqual(Object.keys(faultTable).sort());
});

it("a fault without its own sentence gets its fields, sentence and call from the table", async () => {
  const calls: unknown[][] = [];
  const client = { faults: { failTwin: async (...args: unknown[]) => calls.push(args) } };
  const choice = choiceFromTable("failTwin", faultTable.failTwin);
  expect(choice.title).toBe("Fail twin");
  expect(choice.fields.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
    "status number",
    "retryAfterSeconds number",
    "times number",
    "operation choice",
  ]);
  expect(choice.sentence({}, "d1")).toBe("Answers twin requests with this status. Affects d1.");
  await choice.apply(client as unknown as ControlClient, "d1", { ...initialValues(choice), status: 429 });
  expect(calls).toEqual([["d1", { status: 429, operation: "get" }]]);
});

it("a fault of the whole hub needs no device", () => {
  const choice = choiceFromTable("skewClock", faultTable.skewClock);
  expect(choice).toMatchObject({ scope: "hub", group: "Hub" });
  expect(choice.fields).toMatchObject([{ name: "seconds", kind: "number" }]);
});
