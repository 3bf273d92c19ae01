import fc from "fast-check";
import { deviceToken, userNameOf } from "../../packages/emulator/src/testing/device.ts";
import { packets, RawClient } from "../../packages/emulator/src/testing/raw-client.ts";
import { editedBytes } from "../edits.ts";
import { hubOfRun } from "../hub-of-run.ts";
import { defineTarget, type Target } from "../target.ts";

const sent = fc
  .array(
    fc.constantFrom(
      packets.subscribe(1, ["$iothub/twin/res/#", 0], ["devices/d1/messages/devicebound/#", 1]),
      packets.publish("devices/d1/messages/events/a=b", "body"),
      packets.publish("$iothub/twin/GET/?$rid=1", " ", 1, 0),
      packets.publish("$iothub/twin/PATCH/properties/reported/?$rid=2", '{"a":1}', 2),
      packets.puback(1),
      packets.pingreq(),
      packets.disconnect(),
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((list) => new Uint8Array(Buffer.concat(list)));
const input = fc.record({ bytes: editedBytes(sent), connects: fc.boolean() });

/** Bytes of a device, before and after its CONNECT: the emulator answers or closes, and then serves the next device. */
export const deviceBytes: Target = defineTarget("device-bytes", input, async ({ bytes, connects }) => {
  const hub = await hubOfRun();
  const client = await RawClient.open(hub, "tcp");
  const connect = packets.connect("d1", userNameOf(hub, "d1"), await deviceToken(hub, "d1"));
  client.send(...(connects ? [connect] : []), bytes);
  const next = await RawClient.open(hub, "tcp");
  next.send(connect);
  await next.until((received) => received.some((one) => one[0] === 0x20));
  for (const each of [client, next]) {
    each.end();
    await each.closed;
  }
});
