/** The faults of the next registration. */
export interface ProvisioningFaultOptions {
  /** The registration; any by default. */
  registrationId?: string;
  /** The number of polls that are answered with `assigning`, however fast the assignment is. */
  assigningPolls?: number;
  /** The `retry-after` of the responses, in seconds. */
  retryAfterSeconds?: number;
  /** The number of requests to register that are answered with 429 before one is accepted. */
  throttle?: number;
  /** The number of polls that are answered with 429. */
  throttlePolls?: number;
  /** The registration ends as `failed`. */
  fail?: { readonly errorCode: number; readonly message: string };
  /** Cuts the connection instead of answering the accepted request to register. MQTT only. */
  dropAfterRegister?: boolean;
}

/** The remaining faults of one registration. */
export interface RegistrationFaults {
  readonly assigningPolls?: number;
  readonly retryAfterSeconds?: number;
  readonly throttlePolls?: number;
  readonly fail?: { readonly errorCode: number; readonly message: string };
  readonly dropAfterRegister?: boolean;
}

/** The fault of a request to register that is answered with 429. */
export interface Throttled {
  readonly throttled: true;
  readonly retryAfterSeconds?: number;
}

/** Throttles one of the requests of a rule; returns `undefined` when none is left. */
export function throttle(rule: ProvisioningFaultOptions): Throttled | undefined {
  const { throttle = 0, retryAfterSeconds } = rule;
  if (throttle <= 0) return undefined;
  rule.throttle = throttle - 1;
  return { throttled: true, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) };
}

/** Called for each request to register: returns whether to refuse it, or the faults of the registration. */
export type ProvisioningInterceptor = (registrationId: string) => Throttled | RegistrationFaults | undefined;
