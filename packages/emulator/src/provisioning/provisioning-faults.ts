/** What goes wrong in the next registration. */
export interface ProvisioningFaultOptions {
  /** Only this registration; any when left out. */
  registrationId?: string;
  /** How many polls are answered with `assigning`, however fast the assignment is. */
  assigningPolls?: number;
  /** What the answers of this registration say in `retry-after`, in seconds. */
  retryAfterSeconds?: number;
  /** How many requests to register are answered with 429 before one is taken. */
  throttle?: number;
  /** How many polls are answered with 429. */
  throttlePolls?: number;
  /** The registration ends as `failed`. */
  fail?: { readonly errorCode: number; readonly message: string };
  /** The connection is cut when the registration is taken, without an answer. MQTT only. */
  dropAfterRegister?: boolean;
}

/** Faults of one registration: what is left of them. */
export interface RegistrationFaults {
  readonly assigningPolls?: number;
  readonly retryAfterSeconds?: number;
  readonly throttlePolls?: number;
  readonly fail?: { readonly errorCode: number; readonly message: string };
  readonly dropAfterRegister?: boolean;
}

/** A request to register is answered with 429. */
export interface Throttled {
  readonly throttled: true;
  readonly retryAfterSeconds?: number;
}

/** Takes one from the requests that are to be throttled; `undefined` when none is left. */
export function throttle(rule: ProvisioningFaultOptions): Throttled | undefined {
  const { throttle = 0, retryAfterSeconds } = rule;
  if (throttle <= 0) return undefined;
  rule.throttle = throttle - 1;
  return { throttled: true, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) };
}

/** Asked at each request to register: `throttled` refuses it, faults go with it. */
export type ProvisioningInterceptor = (registrationId: string) => Throttled | RegistrationFaults | undefined;
