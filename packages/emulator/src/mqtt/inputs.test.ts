import { expect, it } from "vitest";
import { connect } from "../testing/device.ts";
import { TestBench } from "../testing/emulator.ts";

const bench = new TestBench();

it.each(["tls", "wss"] as const)(
  "what a module sends by an output arrives at another's input over %s",
  async (transport) => {
    const key = await bench.newModule("sender");
    const [deviceId = ""] = key.split("/");
    await bench.hub.createModule(deviceId, "receiver");
    const to = { moduleId: "receiver", input: "in put" };
    const route = await bench.hub.addRoute({ from: { deviceId, moduleId: "sender", output: "out" }, to });
    expect(bench.hub.routes()).toContainEqual(route);
    const sender = await connect(bench.hub, key, { transport });
    const send = (body: string): Promise<unknown> =>
      sender.client.publishAsync(
        `devices/${deviceId}/modules/sender/messages/events/%24.on=out&%24.mid=${body}/`,
        body,
        {
          qos: 1,
        },
      );
    await send("1");
    await send("2");
    // This connection acknowledges nothing.
    const deaf = await connect(bench.hub, `${deviceId}/receiver`, {
      transport,
    });
    deaf.client.handleMessage = () => {};
    expect(await deaf.subscribe(`devices/${deviceId}/modules/receiver/inputs/#`)).toBe(1);
    await expect
      .poll(() => bench.hub.inputQueue(deviceId, "receiver"))
      .toMatchObject([
        { messageId: "1", locked: true, deliveryCount: 1, inputName: "in put" },
        { messageId: "2", locked: true, deliveryCount: 1 },
      ]);
    await deaf.end(true);
    // Nothing is lost or out of order, and the subscription is still there.
    const receiver = await connect(bench.hub, `${deviceId}/receiver`, { transport });
    for (const body of ["1", "2"]) {
      const packet = await receiver.next();
      expect(packet).toMatchObject({ qos: 1, dup: true });
      expect(packet.topic).toBe(
        `devices/${deviceId}/modules/receiver/inputs/in%20put/%24.cdid=${deviceId}&%24.cmid=sender&%24.mid=${body}`,
      );
      expect(packet.payload.toString()).toBe(body);
    }
    await expect.poll(() => bench.hub.inputQueue(deviceId, "receiver")).toEqual([]);
    await bench.hub.sendToInput(deviceId, "receiver", "other", { by: "hand" });
    expect((await receiver.next()).payload.toString()).toBe('{"by":"hand"}');
    expect(bench.hub.telemetry(deviceId)).toEqual([]);
    await bench.hub.removeRoute(route.id);
    await send("3");
    expect(bench.hub.telemetry(key)).toMatchObject([
      { systemProperties: { outputName: "out", messageId: "3" } },
    ]);
    await Promise.all([sender.end(), receiver.end()]);
  },
);
