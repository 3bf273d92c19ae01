// Programs with an outbox in a file, killed at random moments. OUTBOX_KILLS, OUTBOX_SEED and OUTBOX_RESULT are set by
// `npm run outbox-crash`.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { seededRandom } from "../../../../scripts/lib/sample.mjs";
import { freshId } from "../device.ts";
import { root, testFolder } from "../files.ts";
import { OutboxJudge } from "../outbox-judge.ts";
import { type Program, startProgram } from "../program.ts";
import { providedHub } from "../provided-hub.ts";

const { hub, ca } = providedHub();
const kills = Number(process.env["OUTBOX_KILLS"] ?? 15);
const seed = Number(process.env["OUTBOX_SEED"] ?? Math.floor(Math.random() * 2 ** 32));

/** Enqueues messages without end, or sends what is left; prints one line for each accepted message. */
const program = `
  import { writeSync } from "node:fs";
  import { IoTHubDeviceClient } from "@isohub/node";
  import { createOutbox, fileOutboxStore } from "@isohub/node/outbox";
  const { CONNECTION_STRING, OUTBOX_FILE, DURABILITY, FIRST, DRAINS } = process.env;
  const print = (line) => writeSync(1, line + "\\n");
  const store = fileOutboxStore(OUTBOX_FILE, { durability: DURABILITY });
  print("started");
  const client = IoTHubDeviceClient.createFromConnectionString(CONNECTION_STRING, {
    outbox: createOutbox({ store, maxInFlight: 20, maxMessages: 1_000_000 }),
  });
  client.onBackgroundException = ({ code }) => print("error " + code);
  if (DRAINS) {
    await client.flush({ timeoutMs: Infinity });
    await client.shutdown();
    print("drained " + client.queue.depth);
  } else {
    const one = async (number) => {
      const priority = ["high", "normal", "low"][number % 3];
      const padding = "x".repeat(Math.random() < 0.1 ? 20_000 : Math.random() * 500);
      const { messageId } = await client.enqueue({ number, priority, padding }, { priority });
      print("accepted " + number + " " + messageId + " " + priority);
    };
    for (let number = Number(FIRST); ; ) {
      const batch = Array.from({ length: 1 + Math.floor(Math.random() * 4) }, () => one(number++));
      await Promise.all(batch);
    }
  }
`;

it(`an outbox loses nothing that it accepted when its program is killed ${kills} times (seed ${seed})`, {
  timeout: 60_000 + kills * 20_000,
}, async () => {
  const random = seededRandom(seed);
  const deviceId = freshId("crash");
  const { connectionString } = await hub.createDevice(deviceId);
  const folder = testFolder();
  const caFile = join(folder, "ca.pem");
  await writeFile(caFile, ca);
  const judge = new OutboxJudge(hub, deviceId);
  const errors = new Map<string, number>();

  /** Starts the program, and calls back with the number of lines that it has printed. */
  const start = (variables: Record<string, string>, onLine: (count: number) => void): Program => {
    const started = startProgram(process.execPath, ["--input-type=module", "--eval", program], {
      cwd: join(root, "examples/node"),
      env: {
        CONNECTION_STRING: connectionString,
        NODE_EXTRA_CA_CERTS: caFile,
        OUTBOX_FILE: join(folder, "outbox"),
        ...variables,
      },
    });
    let count = 0;
    started.onLine((line) => {
      const [word, first = "", messageId = "", priority = ""] = line.split(" ");
      if (word === "accepted") judge.accept({ number: Number(first), messageId, priority });
      if (word === "error") errors.set(first, (errors.get(first) ?? 0) + 1);
      onLine(++count);
    });
    return started;
  };

  for (let run = 0; run < kills; run++) {
    // From before the store is open to hundreds of messages. The program goes on until the signal reaches it.
    const lines = Math.floor(1 + random() ** 3 * 300);
    const afterMs = random() * 30;
    const durability = random() < 0.5 ? "strict" : "relaxed";
    // In some runs there is no connection, so that much is left for the next ones.
    await hub.faults.clear(deviceId);
    if (random() < 0.3) await hub.faults.refuseConnects(3, { deviceId });
    let kill = (): void => {};
    const reached = new Promise<void>((resolve) => {
      kill = () => void setTimeout(resolve, afterMs);
    });
    const running = start({ DURABILITY: durability, FIRST: String(run * 1_000_000) }, (count) => {
      if (count === lines) kill();
    });
    await Promise.race([reached, running.exit]);
    await running.kill();
    expect(await running.exit, running.output).toBe(-1);
    await judge.collect();
  }
  await hub.faults.clear(deviceId);
  const last = start({ DRAINS: "yes", DURABILITY: "strict" }, () => {});
  expect(await last.exit, last.output).toBe(0);
  expect(last.output).toContain("drained 0");
  await judge.collect();
  const verdict = judge.verdict();
  const { OUTBOX_RESULT: resultFile } = process.env;
  const { lost, ambiguous, outOfOrder, ...counts } = verdict;
  const result = {
    kills,
    seed,
    ...counts,
    lost: lost.length,
    ambiguous: ambiguous.length,
    outOfOrder: outOfOrder.length,
    errors: Object.fromEntries(errors),
  };
  if (resultFile !== undefined) await writeFile(resultFile, `${JSON.stringify(result, null, 2)}\n`);
  expect(verdict).toMatchObject({ lost: [], ambiguous: [], outOfOrder: [] });
  expect(verdict.accepted).toBeGreaterThan(kills);
});
