import type { JsonObject } from "@isohub/core";
import { isoTime } from "../clock.ts";
import type { MethodCall, MethodResult } from "../methods.ts";

/** The operation of a job on each of its devices. */
export type JobType = "scheduleDeviceMethod" | "scheduleUpdateTwin";

/** The state of a job. It ends as `completed`, also if devices have failed; as `failed` only when its time is up. */
export type JobStatus = "queued" | "scheduled" | "running" | "completed" | "failed" | "cancelled";

/** The state of a job on one device. */
export type DeviceJobStatus = "pending" | "running" | "completed" | "failed" | "canceled";

/** A twin as a job sends it: a patch, and the etag that the twin must have. */
export interface TwinUpdate {
  readonly etag?: string;
  readonly tags?: unknown;
  readonly properties?: { readonly desired?: unknown };
}

/** A new job. */
export interface JobOptions {
  readonly jobId: string;
  readonly type: JobType;
  readonly queryCondition: string;
  /** In milliseconds since 1970; at once by default. */
  readonly startsAt?: number;
  readonly maxExecutionTimeInSeconds: number;
  readonly cloudToDeviceMethod?: MethodCall;
  readonly updateTwin?: TwinUpdate;
}

/** A job, as it is stored. */
export interface JobRecord extends JobOptions {
  /** Rises from job to job. Names the scope of the job's devices. */
  readonly number: number;
  readonly createdAt: number;
  readonly startsAt: number;
  readonly status: JobStatus;
  readonly endedAt?: number;
  readonly failureReason?: string;
}

/** A job on one device, as it is stored. */
export interface DeviceJobRecord {
  readonly deviceId: string;
  readonly moduleId?: string;
  readonly status: DeviceJobStatus;
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
  readonly response?: MethodResult;
  readonly error?: { readonly code: string; readonly description: string };
}

/** Whether a job has ended. */
export function hasEnded({ status }: JobRecord): boolean {
  return status === "completed" || status === "failed" || status === "cancelled";
}

/** Returns a job as services see it. @source IoT Hub service REST, JobResponse */
export function jobView(job: JobRecord, devices: Iterable<DeviceJobRecord>): JsonObject {
  const counts = { pending: 0, running: 0, completed: 0, failed: 0, canceled: 0 };
  for (const { status } of devices) counts[status]++;
  return {
    jobId: job.jobId,
    type: job.type,
    queryCondition: job.queryCondition,
    createdTime: isoTime(job.createdAt),
    startTime: isoTime(job.startsAt),
    ...(job.endedAt === undefined ? {} : { endTime: isoTime(job.endedAt) }),
    maxExecutionTimeInSeconds: job.maxExecutionTimeInSeconds,
    ...(job.cloudToDeviceMethod === undefined ? {} : { cloudToDeviceMethod: job.cloudToDeviceMethod }),
    ...(job.updateTwin === undefined ? {} : { updateTwin: job.updateTwin }),
    status: job.status,
    ...(job.failureReason === undefined ? {} : { failureReason: job.failureReason }),
    deviceJobStatistics: {
      deviceCount: counts.pending + counts.running + counts.completed + counts.failed + counts.canceled,
      failedCount: counts.failed,
      succeededCount: counts.completed,
      runningCount: counts.running,
      pendingCount: counts.pending,
    },
  };
}

/** Returns a job on one device as queries see it. @source IoT Hub documentation, "Queries for IoT Hub jobs" */
export function deviceJobView({ jobId, type }: JobRecord, device: DeviceJobRecord): JsonObject {
  const { deviceId, moduleId, status, createdAt, startedAt, endedAt, response, error } = device;
  return {
    deviceId,
    ...(moduleId === undefined ? {} : { moduleId }),
    jobId,
    jobType: type,
    status,
    ...(startedAt === undefined ? {} : { startTimeUtc: isoTime(startedAt) }),
    ...(endedAt === undefined ? {} : { endTimeUtc: isoTime(endedAt) }),
    createdDateTimeUtc: isoTime(createdAt),
    lastUpdatedDateTimeUtc: isoTime(endedAt ?? startedAt ?? createdAt),
    ...outcomeOf(type, response),
    ...(error === undefined ? {} : { error: { ...error } }),
  };
}

// As documented, a twin's has no response. Java's client can't read that of a method before its device has responded.
function outcomeOf(type: JobRecord["type"], response: DeviceJobRecord["response"]): JsonObject {
  if (response === undefined && type === "scheduleDeviceMethod") return {};
  return { outcome: { deviceMethodResponse: response === undefined ? null : { ...response } } };
}
