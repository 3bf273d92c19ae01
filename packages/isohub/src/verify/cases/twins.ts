import { aborted, expectEqual, outcomeOf, until, type VerifyCase } from "../case.ts";

/** The device's twin. */
export const twinCases: readonly VerifyCase[] = [
  {
    name: "twin: services see reported properties",
    needsStandardTier: true,
    async run({ newClient, service, deviceId, signal }) {
      const client = newClient();
      await client.patchTwinReportedProperties({ battery: { level: 80 }, old: true });
      await client.patchTwinReportedProperties({ old: null });
      const twin = await until(
        () => service.twin(deviceId),
        ({ properties: { reported } }) => reported["battery"] !== undefined && !("old" in reported),
        signal,
      );
      expectEqual("battery", twin.properties.reported["battery"], { level: 80 });
    },
  },
  {
    name: "twin: the device receives desired properties",
    needsStandardTier: true,
    async run({ newClient, service, deviceId, signal }) {
      const client = newClient();
      const patches = client.twinDesiredPropertiesPatches({ signal });
      const next = patches.next();
      await client.connect();
      await client.getTwin();
      const target = Date.now();
      await service.patchDesired(deviceId, { target });
      for (let patch = next; ; patch = patches.next()) {
        const { value } = await Promise.race([patch, aborted(signal)]);
        if (Object(value).target === target) break;
      }
      await patches.return(undefined);
    },
  },
  {
    name: "twin: the device reads what changed while it was offline",
    needsStandardTier: true,
    async run({ newClient, service, deviceId }) {
      await service.patchDesired(deviceId, { mode: "night" });
      const { desired } = await newClient().getTwin();
      expectEqual("mode", desired["mode"], "night");
    },
  },
  {
    name: "twin: an outdated etag is rejected",
    needsStandardTier: true,
    async run({ service, deviceId }) {
      const { etag } = await service.twin(deviceId);
      await service.patchDesired(deviceId, { counter: Date.now() }, `"${etag}"`);
      const outdated = service.patchDesired(deviceId, { counter: 0 }, `"${etag}"`);
      expectEqual("the status", await outcomeOf(outdated), "412");
    },
  },
];
