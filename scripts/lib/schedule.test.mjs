import { expect, test } from "vitest";
import { runSteps } from "./schedule.mjs";

/** Steps that record their start and wait to be ended. */
function createSteps(...definitions) {
  const started = [];
  const ends = new Map();
  const steps = definitions.map(([name, ...after]) => ({
    name,
    after,
    run: () => {
      started.push(name);
      return new Promise((resolve) => ends.set(name, resolve));
    },
  }));
  const end = async (name) => {
    ends.get(name)();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { steps, started, end };
}

test("steps run in the order of the list, as many at a time as there are lanes", async () => {
  const { steps, started, end } = createSteps(["a"], ["b"], ["c"]);
  const done = runSteps(steps, 2);
  expect(started).toEqual(["a", "b"]);
  await end("b");
  expect(started).toEqual(["a", "b", "c"]);
  await end("a");
  await end("c");
  await done;
});

test("a step waits for those before it, and others overtake it", async () => {
  const { steps, started, end } = createSteps(["a"], ["b", "a"], ["c"]);
  const done = runSteps(steps, 2);
  expect(started).toEqual(["a", "c"]);
  await end("c");
  expect(started).toEqual(["a", "c"]);
  await end("a");
  expect(started).toEqual(["a", "c", "b"]);
  await end("b");
  await done;
});

test("a name that isn't a step, and steps that wait for each other, are errors", async () => {
  await expect(runSteps(createSteps(["a", "b"]).steps, 2)).rejects.toThrow("'a' waits for 'b'");
  await expect(runSteps(createSteps(["a", "b"], ["b", "a"]).steps, 2)).rejects.toThrow("each other: a, b");
});
