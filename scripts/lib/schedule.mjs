/**
 * A step of a run.
 *
 * @typedef {object} Step
 * @property {string} name
 * @property {() => Promise<void>} run
 * @property {string[]} [after] - the steps that have to end before it starts
 */

/**
 * Runs steps side by side, each as soon as those before it have ended, in the order of the list where there is a choice.
 *
 * @param {Step[]} steps
 * @param {number} lanes - the number of steps that may run at a time
 */
export async function runSteps(steps, lanes) {
  const waiting = [...steps];
  const ended = new Set();
  const running = new Map();
  const isReady = ({ after = [] }) => after.every((name) => ended.has(name));
  for (const { name, after = [] } of steps) {
    for (const before of after) {
      if (!steps.some((step) => step.name === before))
        throw new Error(`'${name}' waits for '${before}', which isn't a step`);
    }
  }
  while (waiting.length > 0 || running.size > 0) {
    const next = running.size < lanes ? waiting.findIndex(isReady) : -1;
    if (next >= 0) {
      const [step] = waiting.splice(next, 1);
      running.set(
        step,
        step.run().then(() => step),
      );
    } else if (running.size === 0)
      throw new Error(`these steps wait for each other: ${waiting.map(({ name }) => name).join(", ")}`);
    else {
      const step = await Promise.race(running.values());
      running.delete(step);
      ended.add(step.name);
    }
  }
}
