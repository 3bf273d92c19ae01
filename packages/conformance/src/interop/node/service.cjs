// Manages devices, twins and methods with the official service client, and writes the outcome of each step.
const { Client, DigitalTwinClient, IoTHubTokenCredentials, JobClient, Registry } = require("azure-iothub");

const { connectionString, prefix, online, container } = JSON.parse(
  require("node:fs").readFileSync(0, "utf8"),
);
const registry = Registry.fromConnectionString(connectionString);
const client = Client.fromConnectionString(connectionString);

const jobClient = JobClient.fromConnectionString(connectionString);

const bodyOf = (promise) => promise.then(({ responseBody }) => responseBody);
const failure = (promise) =>
  promise.then(
    () => "no failure",
    ({ name, response }) => ({ name, status: response?.statusCode }),
  );

async function identities() {
  const deviceId = `${prefix}-one`;
  const created = await bodyOf(registry.create({ deviceId }));
  const again = await failure(registry.create({ deviceId }));
  const updated = await bodyOf(registry.update({ ...created, status: "disabled" }));
  const list = await bodyOf(registry.list());
  await registry.addModule({ deviceId, moduleId: "m", managedBy: "me" });
  const module = await bodyOf(registry.getModule(deviceId, "m"));
  const changedModule = await bodyOf(registry.updateModule({ ...module, managedBy: "you" }));
  const staleModule = await failure(registry.updateModule(module));
  const modules = await bodyOf(registry.getModulesOnDevice(deviceId));
  await registry.removeModule(deviceId, "m");
  const statistics = await bodyOf(registry.getRegistryStatistics());
  await registry.delete(deviceId);
  const gone = await failure(registry.get(deviceId));
  const counts = { listed: list.length, modules: modules.length };
  return { created, again, updated, module, changedModule, staleModule, counts, statistics, gone };
}

async function bulk() {
  const devices = [1, 2, 3].map((at) => ({ deviceId: `${prefix}-bulk-${at}`, status: "enabled" }));
  const added = await bodyOf(registry.addDevices(devices));
  const updated = await bodyOf(
    registry.updateDevices(
      devices.map((each) => ({ ...each, status: "disabled" })),
      true,
    ),
  );
  const { responseBody: one } = await registry.get(devices[0].deviceId);
  const matching = await bodyOf(registry.updateDevices([{ ...one, status: "enabled" }], false));
  const refused = await registry.updateDevices([one], false).catch(({ response, responseBody }) => ({
    status: response.statusCode,
    codes: JSON.parse(responseBody).errors.map(({ errorCode }) => errorCode),
  }));
  return { added, updated, status: one.status, matching, refused };
}

async function twins() {
  const { responseBody: twin } = await registry.getTwin(`${prefix}-bulk-1`);
  const stale = { ...twin, etag: twin.etag };
  await twin.update({ tags: { kind: prefix }, properties: { desired: { interval: 5 } } });
  const refused = await failure(registry.updateTwin(twin.deviceId, { tags: { a: 1 } }, stale.etag));
  for (const at of [2, 3]) await registry.updateTwin(`${prefix}-bulk-${at}`, { tags: { kind: prefix } }, "*");
  const query = registry.createQuery(`SELECT * FROM devices WHERE tags.kind = '${prefix}'`, 2);
  const pages = [];
  while (query.hasMoreResults) {
    const { result } = await query.nextAsTwin();
    pages.push(result.map(({ deviceId }) => deviceId));
  }
  const counting = registry.createQuery(`SELECT COUNT() AS n FROM devices WHERE tags.kind = '${prefix}'`);
  const { result: counted } = await counting.next();
  const removed = await bodyOf(
    registry.removeDevices(
      [1, 2, 3].map((at) => ({ deviceId: `${prefix}-bulk-${at}` })),
      true,
    ),
  );
  return { tags: twin.tags, desired: twin.properties.desired.interval, refused, pages, counted, removed };
}

async function methods() {
  const reboot = { methodName: "reboot", payload: { delay: 5 }, connectTimeoutInSeconds: 30 };
  const { result } = await client.invokeDeviceMethod(online, reboot);
  const offline = await failure(client.invokeDeviceMethod("missing", { methodName: "reboot" }));
  return { result, offline };
}

async function jobEnd(jobId) {
  for (;;) {
    const { jobStatus } = await jobClient.getJob(jobId);
    if (["completed", "failed", "cancelled"].includes(jobStatus.status)) return jobStatus;
  }
}

async function jobs() {
  const [twinJob, methodJob, lateJob] = ["twin", "method", "late"].map((name) => `${prefix}-${name}`);
  const condition = `deviceId = '${online}'`;
  await jobClient.scheduleTwinUpdate(twinJob, condition, { etag: "*", tags: { byJob: true } });
  const updated = await jobEnd(twinJob);
  const { responseBody: twin } = await registry.getTwin(online);
  const reboot = { methodName: "reboot", payload: { delay: 6 }, responseTimeoutInSeconds: 30 };
  await jobClient.scheduleDeviceMethod(methodJob, condition, reboot, new Date(), 60);
  await jobEnd(methodJob);
  const query = registry.createQuery(`SELECT * FROM devices.jobs WHERE devices.jobs.jobId = '${methodJob}'`);
  const { result: onDevices } = await query.next();
  await jobClient.scheduleTwinUpdate(lateJob, "*", { tags: { late: 1 } }, new Date(Date.now() + 3_600_000));
  const { jobStatus: cancelled } = await jobClient.cancelJob(lateJob);
  const listing = jobClient.createQuery("scheduleUpdateTwin", "completed", 10);
  const { result: listed } = await listing.next();
  const missing = await failure(jobClient.getJob("missing"));
  return {
    updated: updated.deviceJobStatistics,
    tags: twin.tags,
    onDevices: onDevices.map(({ status, outcome }) => ({ status, outcome })),
    cancelled: cancelled.status,
    listed: listed.map(({ jobId }) => jobId),
    missing,
  };
}

async function configurations() {
  const id = `${prefix}-configuration`;
  const deviceId = `${prefix}-configured`;
  await registry.create({ deviceId });
  const added = await bodyOf(
    registry.addConfiguration({
      id,
      schemaVersion: "1.0",
      labels: { app: "rest" },
      content: { deviceContent: { "properties.desired.color": "red" } },
      targetCondition: `deviceId = '${deviceId}'`,
      priority: 10,
      metrics: { queries: { all: "SELECT deviceId FROM devices" } },
    }),
  );
  const { responseBody: twin } = await registry.getTwin(deviceId);
  const updated = await bodyOf(registry.updateConfiguration({ ...added, priority: 20 }));
  const stale = await failure(registry.updateConfiguration(added));
  const read = await bodyOf(registry.getConfiguration(id));
  const list = await bodyOf(registry.getConfigurations());
  await registry.removeConfiguration(id);
  const gone = await failure(registry.getConfiguration(id));
  const direct = { deviceContent: { "properties.desired.color": "blue" } };
  await registry.applyConfigurationContentOnDevice(deviceId, direct);
  const { responseBody: after } = await registry.getTwin(deviceId);
  return {
    counts: [read.systemMetrics.results, list.length],
    applied: [twin.properties.desired.color, twin.configurations, after.properties.desired.color],
    updated: updated.priority,
    stale,
    gone,
  };
}

async function digitalTwins() {
  const digital = new DigitalTwinClient(new IoTHubTokenCredentials(connectionString));
  await digital.updateDigitalTwin(online, [{ op: "add", path: "/interval", value: 7 }]);
  const twin = await digital.getDigitalTwin(online);
  const command = await digital.invokeCommand(online, "reboot", { delay: 8 });
  return {
    id: twin.$dtId,
    interval: twin.$metadata.interval.desiredValue,
    command: [command.xMsCommandStatuscode, command.body.got],
  };
}

async function registryJobEnd(jobId) {
  for (;;) {
    const job = await registry.getJob(jobId);
    if (["completed", "failed", "cancelled"].includes(job.status)) return job;
  }
}

async function blob(name) {
  const { origin, pathname, search } = new URL(container);
  return (await fetch(`${origin}${pathname}/${name}${search}`)).text();
}

async function registryJobs() {
  const deviceId = `${prefix}-exported`;
  await registry.create({ deviceId });
  const { jobId } = await registry.exportDevicesToBlob(container, true);
  const exported = await registryJobEnd(jobId);
  const lines = (await blob("devices.txt")).trim().split("\n").map(JSON.parse);
  await registry.delete(deviceId);
  const { jobId: importId } = await registry.importDevicesFromBlob(container, container);
  const imported = await registryJobEnd(importId);
  const back = await bodyOf(registry.get(deviceId));
  const cancelled = await registry.cancelJob(importId);
  const listed = await bodyOf(registry.listJobs());
  await registry.delete(deviceId);
  return {
    exported,
    keys: lines.find(({ id }) => id === deviceId).authentication.symmetricKey,
    imported: [imported.type, imported.status, await blob("importErrors.log")],
    back: back.deviceId,
    cancelled: cancelled.status,
    listed: listed.map(({ type }) => type),
    missing: await failure(registry.getJob("missing")),
  };
}

async function run() {
  return {
    ...(await identities()),
    bulk: await bulk(),
    twins: await twins(),
    methods: await methods(),
    jobs: await jobs(),
    configurations: await configurations(),
    digitalTwins: await digitalTwins(),
    registryJobs: await registryJobs(),
  };
}

run().then((outcome) => process.stdout.write(JSON.stringify([outcome])));
