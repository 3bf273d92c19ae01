import {
  asError,
  ClientError,
  IsoHubError,
  OperationCancelledError,
  OperationTimeoutError,
} from "../errors.ts";

/** @param store - the name of the store, as the start of a sentence */
export function inUse(store: string): ClientError {
  return new ClientError("outbox_in_use", `${store} is in use by another client`, {
    retryable: true,
    remediation: "Use one client, shut the other one down first, or use a store for each device",
  });
}

export function outboxFull(limit: string): ClientError {
  return new ClientError("outbox_full", `The outbox must have ${limit}, and has no room for the message`, {
    retryable: true,
    remediation: "Send less often, raise the limit, or set strategyOnFull to 'dropOldest'",
  });
}

export function outboxDamaged(damage: string): ClientError {
  return new ClientError("outbox_damaged", `The store of the outbox was damaged: ${damage}`, {
    remediation: "Check the disk, and that nothing else writes to the store",
  });
}

/** The reasons for which stores fail, by the code or the name of their error. */
const failures: readonly (readonly [names: RegExp, reason: string, remediation: string])[] = [
  [/^(ENOSPC|EDQUOT|EFBIG|QuotaExceededError)$/, "it is full", "Free space on the disk"],
  [/^(EROFS|ReadonlyFilesystem)$/, "it is read-only", "Mount the file system for writing"],
  [
    /^(EACCES|EPERM|PermissionDenied|NotCapable)$/,
    "permission is denied",
    "Let the program read and write the folder of the store",
  ],
  [/^(ENOENT|NotFound)$/, "its folder doesn't exist", "Create the folder first"],
];

/** An error of a store, as one of the SDK's. */
export function storeFailed(cause: unknown): IsoHubError {
  if (cause instanceof IsoHubError) return cause;
  const { code, name, message } = asError(cause) as Error & { readonly code?: unknown };
  const [, reason = message, remediation = "See the cause"] =
    failures.find(([names]) => names.test(String(code)) || names.test(name)) ?? [];
  return new ClientError("outbox_failed", `The store of the outbox failed: ${reason}`, {
    cause,
    retryable: true,
    remediation,
  });
}

/** @param messages - `the message 'a'` or `3 messages` */
export function expired(messages: string): ClientError {
  return new ClientError(
    "message_expired",
    `The outbox discarded ${messages} at the end of the time to live`,
    {
      remediation: "Raise timeToLiveMs, or check why the hub was unavailable for so long",
    },
  );
}

/** @param messages - `the message 'a'` or `3 messages` */
export function dropped(messages: string): ClientError {
  return new ClientError("message_dropped", `The full outbox dropped ${messages} to accept a newer one`, {
    remediation: "Send less often, or raise maxMessages or maxBytes",
  });
}

export function stillStored(): OperationCancelledError {
  return new OperationCancelledError("The client was shut down; the message stays in the outbox", {
    remediation: "Don't send it again: the next client with this outbox does",
  });
}

export function stillWaiting(cause: OperationTimeoutError): OperationTimeoutError {
  return new OperationTimeoutError(`${cause.message}; the message stays in the outbox`, {
    cause,
    retryable: false,
    remediation: "Don't send it again: the outbox does. Use enqueue() to wait only until it is stored",
  });
}
