import type { JsonObject } from "@isohub/core";
import { type Clock, setTimerAt, type Timer } from "@isohub/core/internal";
import type { Store, Table } from "../../store/store.ts";
import { parseEtagCondition } from "../etag.ts";
import { HubError, hubErrorOf } from "../hub-error.ts";
import { identityKey } from "../identities/identity.ts";
import type { Registry } from "../identities/registry.ts";
import type { Methods } from "../methods.ts";
import type { RouteCondition } from "../telemetry/message-router.ts";
import type { TwinChange } from "../twins/twin.ts";
import type { Twins } from "../twins/twins.ts";
import type { IdentityViews } from "../views/identity-views.ts";
import {
  type DeviceJobRecord,
  deviceJobView,
  hasEnded,
  type JobOptions,
  type JobRecord,
  jobView,
  type TwinUpdate,
} from "./job-records.ts";
import { targetOf } from "./target.ts";

/** Parts of a hub that {@link Jobs} need. */
export interface JobsOptions {
  readonly clock: Clock;
  readonly store: Store;
  readonly registry: Registry;
  readonly views: IdentityViews;
  readonly twins: Twins;
  readonly methods: Methods;
  /** Parses a condition. @throws {HubError} ArgumentInvalid */
  parseCondition(condition: string): RouteCondition;
}

/** A job on one device, with a position that rises from one to the next. */
export interface PlacedDeviceJob {
  readonly position: number;
  view(): JsonObject;
}

const maxJobs = 1000;
const maxRunningJobs = 100;
const maxIdLength = 64;
// Keeps the frames of a job on many devices from being written all at once.
const parallelDevices = 20;
const devicesPerPosition = 1e7;

/**
 * Jobs: methods and twin updates on every device that meets a condition, at once or later.
 *
 * A restart of the hub continues a job. The device may have carried out a method that had no response then: it counts as
 * failed, and isn't called again.
 *
 * @source IoT Hub documentation, "Schedule jobs on multiple devices"
 */
export class Jobs {
  readonly #options: JobsOptions;
  readonly #table: Table<JobRecord>;
  readonly #timers = new Map<string, Timer>();
  #lastNumber = 0;
  #closed = false;

  constructor(options: JobsOptions) {
    this.#options = options;
    this.#table = options.store.table("jobs");
    for (const job of [...this.#table.values()]) {
      this.#lastNumber = Math.max(this.#lastNumber, job.number);
      if (!hasEnded(job)) this.#resume(job);
    }
  }

  /** @throws {HubError} JobAlreadyExists; ArgumentInvalid; ThrottlingMaxActiveJobCountExceeded with a hundred jobs that haven't ended */
  create(options: JobOptions): JsonObject {
    const { jobId, queryCondition, updateTwin } = options;
    if (!/^[A-Za-z0-9\-:.+%_#*?!(),=@;$']+$/.test(jobId) || jobId.length > maxIdLength) {
      throw new HubError(
        "ArgumentInvalid",
        `jobId must be 1 to ${maxIdLength} characters of those of a deviceId, got '${jobId.slice(0, 80)}'.`,
      );
    }
    if (this.#table.has(jobId)) {
      throw new HubError("JobAlreadyExists", `A job with ID '${jobId}' already exists.`);
    }
    targetOf(queryCondition, this.#options.parseCondition);
    if (updateTwin !== undefined) this.#options.twins.check(changeOf(updateTwin));
    const running = [...this.#table.values()].filter((job) => !hasEnded(job)).length;
    if (running >= maxRunningJobs) {
      throw new HubError(
        "ThrottlingMaxActiveJobCountExceeded",
        `A hub can have up to ${maxRunningJobs} jobs that haven't ended.`,
      );
    }
    const createdAt = this.#now;
    const startsAt = options.startsAt ?? createdAt;
    const status = startsAt > createdAt ? "scheduled" : "queued";
    const job: JobRecord = { ...options, number: ++this.#lastNumber, createdAt, startsAt, status };
    this.#table.set(jobId, job);
    this.#forgetOldest();
    this.#wait(job);
    return this.#view(job);
  }

  /** @throws {HubError} JobNotFound */
  get(jobId: string): JsonObject {
    return this.#view(this.#require(jobId));
  }

  /** Returns the jobs in the order of creation, each with its position. */
  *list(): Generator<PlacedDeviceJob> {
    for (const job of this.#table.values()) {
      yield { position: job.number, view: () => this.#view(job) };
    }
  }

  /** Returns the devices of all jobs, in the order of the jobs' creation. */
  *devices(): Generator<PlacedDeviceJob> {
    for (const job of this.#table.values()) {
      let position = job.number * devicesPerPosition;
      for (const device of this.#devicesOf(job).values()) {
        yield { position: position++, view: () => deviceJobView(job, device) };
      }
    }
  }

  /** Cancels a job on the devices that it hasn't reached. Has no effect on a job that has ended. @throws {HubError} JobNotFound */
  cancel(jobId: string): JsonObject {
    const job = this.#require(jobId);
    if (!hasEnded(job)) this.#end(job, "cancelled", { status: "canceled" });
    return this.get(jobId);
  }

  /** Stops every job, until a hub with the same store continues it. */
  close(): void {
    this.#closed = true;
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }

  get #now(): number {
    return this.#options.clock.now();
  }

  #require(jobId: string): JobRecord {
    const job = this.#table.get(jobId);
    if (job !== undefined) return job;
    throw new HubError("JobNotFound", `There is no job '${jobId.slice(0, 80)}'.`);
  }

  #view(job: JobRecord): JsonObject {
    return jobView(job, this.#devicesOf(job).values());
  }

  #devicesOf({ number }: JobRecord): Table<DeviceJobRecord> {
    return this.#options.store.scope("jobs").scope(`${number}`).table("devices");
  }

  #resume(job: JobRecord): void {
    if (job.status !== "running") {
      this.#wait(job);
      return;
    }
    const devices = this.#devicesOf(job);
    for (const [key, device] of [...devices.entries()]) {
      if (device.status !== "running") continue;
      const error = { code: "ServerError", description: "The hub stopped before the device responded." };
      devices.set(key, { ...device, status: "failed", endedAt: this.#now, error });
    }
    this.#setTimer(job.jobId, this.#now, () => this.#run(job.jobId));
  }

  #wait({ jobId, startsAt }: JobRecord): void {
    this.#setTimer(jobId, startsAt, () => this.#start(jobId));
  }

  #setTimer(jobId: string, at: number, run: () => void): void {
    this.#timers.get(jobId)?.cancel();
    this.#timers.set(jobId, setTimerAt(this.#options.clock, at, run));
  }

  #start(jobId: string): void {
    const job = this.#table.get(jobId);
    if (job === undefined || hasEnded(job)) return;
    const { registry, views, store, parseCondition } = this.#options;
    const target = targetOf(job.queryCondition, parseCondition);
    store.batch(() => {
      const devices = this.#devicesOf(job);
      for (const record of registry.list()) {
        const { deviceId, moduleId } = record;
        if (target.modules !== (moduleId !== undefined) || !target.matches({ ...views.twin(record) }))
          continue;
        const identity = { deviceId, ...(moduleId === undefined ? {} : { moduleId }) };
        devices.set(identityKey(record), { ...identity, status: "pending", createdAt: this.#now });
      }
      this.#table.set(jobId, { ...job, status: "running" });
    });
    this.#run(jobId);
  }

  #run(jobId: string): void {
    const job = this.#require(jobId);
    const pending = [...this.#devicesOf(job).entries()].filter(([, { status }]) => status === "pending");
    const left = pending.map(([key]) => key)[Symbol.iterator]();
    this.#setTimer(jobId, job.startsAt + job.maxExecutionTimeInSeconds * 1000, () => this.#timeOut(jobId));
    const workers = Array.from({ length: Math.min(parallelDevices, pending.length) }, async () => {
      for (const key of left) await this.#runOn(job, key);
    });
    void Promise.all(workers).then(() => {
      if (this.#isRunning(jobId)) this.#end(this.#require(jobId), "completed");
    });
  }

  async #runOn(job: JobRecord, key: string): Promise<void> {
    const devices = this.#devicesOf(job);
    const device = devices.get(key);
    if (device === undefined || !this.#isRunning(job.jobId)) return;
    const started: DeviceJobRecord = { ...device, status: "running", startedAt: this.#now };
    devices.set(key, started);
    const outcome = await this.#carryOut(job, started);
    if (this.#isRunning(job.jobId)) devices.set(key, { ...started, ...outcome, endedAt: this.#now });
  }

  async #carryOut(
    { cloudToDeviceMethod, updateTwin = {} }: JobRecord,
    device: DeviceJobRecord,
  ): Promise<Pick<DeviceJobRecord, "status" | "response" | "error">> {
    const { registry, methods, twins } = this.#options;
    try {
      registry.require(device);
      if (cloudToDeviceMethod !== undefined) {
        return { status: "completed", response: await methods.invoke(device, cloudToDeviceMethod) };
      }
      twins.change(device, changeOf(updateTwin), { condition: parseEtagCondition(updateTwin.etag) });
      return { status: "completed" };
    } catch (error) {
      const { name, message } = hubErrorOf(error);
      return { status: "failed", error: { code: name, description: message } };
    }
  }

  #isRunning(jobId: string): boolean {
    return !this.#closed && this.#table.get(jobId)?.status === "running";
  }

  #timeOut(jobId: string): void {
    if (!this.#isRunning(jobId)) return;
    const description = "The job's maxExecutionTimeInSeconds are over.";
    const error = { code: "GatewayTimeout", description };
    this.#end({ ...this.#require(jobId), failureReason: description }, "failed", { status: "failed", error });
  }

  #end(
    job: JobRecord,
    status: JobRecord["status"],
    unfinished: Pick<DeviceJobRecord, "status" | "error"> = { status: "canceled" },
  ): void {
    this.#timers.get(job.jobId)?.cancel();
    this.#timers.delete(job.jobId);
    const endedAt = this.#now;
    this.#options.store.batch(() => {
      const devices = this.#devicesOf(job);
      for (const [key, device] of [...devices.entries()]) {
        if (device.endedAt === undefined) devices.set(key, { ...device, ...unfinished, endedAt });
      }
      this.#table.set(job.jobId, { ...job, status, endedAt });
    });
  }

  #forgetOldest(): void {
    if (this.#table.size <= maxJobs) return;
    const oldest = [...this.#table.values()].find(hasEnded);
    if (oldest === undefined) return;
    this.#table.delete(oldest.jobId);
    this.#options.store.scope("jobs").deleteScope(`${oldest.number}`);
  }
}

function changeOf({ tags, properties }: TwinUpdate): TwinChange {
  const desired = properties?.desired;
  return { ...(tags === undefined ? {} : { tags }), ...(desired === undefined ? {} : { desired }) };
}
