import type { OutboxStore } from "@isohub/core/outbox";
import { describe, expect, it, onTestFinished } from "vitest";
import { createClient, createDevice, freshId } from "../device.ts";
import { eventually } from "../eventually.ts";
import type { Fixtures } from "../fixtures.ts";

/** Messages that are stored before they are sent: in memory, and in the persistent store of the runtime. */
export function outboxSuite(fixtures: Fixtures): void {
  const { hub } = fixtures;
  const { createOutbox, newStore } = fixtures.outbox;

  const arrived = async (deviceId: string): Promise<[body: string, messageId: string | undefined][]> =>
    (await hub.telemetry(deviceId)).map(({ body, systemProperties }) => [
      new TextDecoder().decode(body),
      systemProperties["messageId"],
    ]);

  /** Opens a store, and closes it at the end of the test. */
  const opened = async (store: OutboxStore): Promise<Awaited<ReturnType<OutboxStore["open"]>>> => {
    onTestFinished(() => store.close());
    return store.open();
  };

  describe("the persistent store of an outbox", () => {
    it("returns what was stored and not removed, in order, each time it is opened", async () => {
      const create = newStore();
      const store = create();
      expect(await opened(store)).toMatchObject({ messages: [] });
      const all = [1, 2, 3, 10, 2 ** 40].map((key) => ({
        key,
        bytes: Uint8Array.from({ length: key % 1000 }, (_, index) => index),
      }));
      await store.append(all.slice(0, 2));
      await store.append(all.slice(2));
      await store.remove([2, 10]);
      await store.close();
      const left = all.filter(({ key }) => key !== 2 && key !== 10);
      for (let times = 0; times < 2; times++) {
        const next = create();
        const { messages, damage } = await opened(next);
        expect(messages.map(({ key, bytes }) => ({ key, bytes: Uint8Array.from(bytes) }))).toEqual(left);
        expect(damage).toBeUndefined();
        await next.close();
      }
    });

    it("stores large messages", async () => {
      const create = newStore();
      const store = create();
      await opened(store);
      const bytes = new Uint8Array(262_144).fill(7);
      await store.append([1, 2, 3].map((key) => ({ key, bytes })));
      await store.close();
      const { messages } = await opened(create());
      expect(messages.map((message) => message.bytes.length)).toEqual([262_144, 262_144, 262_144]);
    });

    it("is refused while it is open, also for another object, and opens afterwards", async () => {
      const create = newStore();
      const [first, second] = [create(), create()];
      await opened(first);
      const inUse = { name: "ClientError", code: "outbox_in_use", remediation: expect.stringMatching(/./) };
      await expect(second.open()).rejects.toMatchObject(inUse);
      await expect(first.open()).rejects.toMatchObject(inUse);
      await first.close();
      expect(await opened(second)).toMatchObject({ messages: [] });
    });
  });

  describe.each(["memory", "the persistent store"])("an outbox in %s", (place) => {
    const newOutbox = (): (() => ReturnType<typeof createOutbox>) => {
      if (place === "memory") {
        const outbox = createOutbox();
        return () => outbox;
      }
      const create = newStore();
      return () => createOutbox({ store: create() });
    };

    it("keeps messages until the next client, which sends them in order with the same ids, before newer ones", async () => {
      const open = newOutbox();
      const before = await createDevice(fixtures, { outbox: open(), autoConnect: false });
      const ids: string[] = [];
      for (const data of ["1", "2", "3"]) ids.push((await before.client.enqueue(data)).messageId);
      expect(before.client.queue).toMatchObject({ depth: 3 });
      await before.client.shutdown();
      const { client, background } = createClient(fixtures, before.connectionString, { outbox: open() });
      const last = await client.enqueue("4");
      await last.acknowledged;
      expect(await arrived(before.deviceId)).toEqual([
        ["1", ids[0]],
        ["2", ids[1]],
        ["3", ids[2]],
        ["4", last.messageId],
      ]);
      expect(client.queue).toMatchObject({ depth: 0 });
      expect(background).toEqual([]);
    });

    it("accepts messages while the hub is unavailable, and loses none", async () => {
      const { client, deviceId } = await createDevice(fixtures, { outbox: newOutbox()() });
      await client.connect();
      await hub.faults.refuseConnects(3, { deviceId, times: 2 });
      await hub.kick(deviceId);
      const receipts = [];
      for (let number = 0; number < 20; number++) receipts.push(await client.enqueue(String(number)));
      await Promise.all(receipts.map(({ acknowledged }) => acknowledged));
      const bodies = (await arrived(deviceId)).map(([body]) => body);
      expect([...new Set(bodies)]).toEqual(receipts.map((_, number) => String(number)));
    });

    it("is refused for a second client until the first one is shut down", async () => {
      const open = newOutbox();
      const first = await createDevice(fixtures, { outbox: open() });
      await first.client.enqueue("1");
      const second = await createDevice(fixtures, { outbox: open() });
      await expect(second.client.enqueue("2")).rejects.toMatchObject({ code: "outbox_in_use" });
      await first.client.shutdown();
      await second.client.enqueue("3");
      await second.client.flush();
      await eventually(async () => expect((await arrived(second.deviceId)).at(-1)?.[0]).toBe("3"));
    });

    it("is drained by shutdown({ drain })", async () => {
      const { client, deviceId } = await createDevice(fixtures, { outbox: newOutbox()() }, freshId("drain"));
      for (let number = 0; number < 50; number++) await client.enqueue({ number });
      await client.shutdown({ drain: true });
      expect(await arrived(deviceId)).toHaveLength(50);
    });
  });
}
