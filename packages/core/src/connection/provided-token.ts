import { readSuppliedToken, type TokenSubject } from "../auth/supplied-token.ts";
import type { TokenProvider } from "../auth/token-provider.ts";
import { renewalTime } from "../auth/token-renewal-state.ts";
import {
  asError,
  ConnectionFailedError,
  CredentialError,
  IsoHubError,
  OperationTimeoutError,
} from "../errors.ts";
import type { Clock } from "../util/clock.ts";
import { withDeadline } from "../util/deadline.ts";
import type { Credential } from "./attempt/credential.ts";

/** The source of the tokens. */
export interface ProvidedTokenConfig {
  readonly provider: TokenProvider;
  /** Tokens for the other kind are rejected. */
  readonly kind: "device" | "module";
  /** The device and module that the tokens must be for, as far as the application has named them. */
  readonly requested?: { readonly deviceId?: string; readonly moduleId?: string };
  readonly clock: Clock;
  /** The time-out of a call of the provider. */
  readonly timeoutMs: number;
}

/** Tokens from a provider. Each is used until its renewal. The first one determines the identity of all of them. */
export class ProvidedToken implements Credential {
  readonly kind = "provided";
  readonly #config: ProvidedTokenConfig;
  #subject: TokenSubject | undefined;
  #token: { readonly value: string; readonly expiry: number; readonly renewAt: number } | undefined;
  /** Whether the hub has accepted the token. */
  #used = false;

  constructor(config: ProvidedTokenConfig) {
    this.#config = config;
  }

  /** The identity of the tokens; gets the first one. */
  async subject(): Promise<TokenSubject> {
    return this.#subject ?? (await this.#fetch());
  }

  async prepare(signal?: AbortSignal): Promise<void> {
    if (this.#token !== undefined && this.#config.clock.now() / 1000 < this.#token.renewAt) return;
    await this.#fetch(signal);
  }

  async password(_nowMs: number, signal?: AbortSignal): Promise<{ password: string; expiry: number }> {
    await this.prepare(signal);
    const { value = "", expiry = 0 } = this.#token ?? {};
    return { password: value, expiry };
  }

  accepted(): void {
    this.#used = true;
  }

  refused(): boolean {
    this.#token = undefined;
    return this.#used;
  }

  async #fetch(signal?: AbortSignal): Promise<TokenSubject> {
    const { provider, clock, timeoutMs } = this.#config;
    const operation = "Calling the token provider";
    const run = async (inner: AbortSignal): Promise<unknown> => provider({ signal: inner });
    let value: unknown;
    try {
      value = await withDeadline(clock, operation, { signal }, timeoutMs, run);
    } catch (error) {
      signal?.throwIfAborted();
      throw asProviderFailure(error);
    }
    const now = clock.now();
    const subject = this.#check(value, now);
    this.#subject ??= subject;
    this.#used = false;
    this.#token = {
      value: subject.text,
      expiry: subject.expiry,
      renewAt: renewalTime(now / 1000, subject.expiry),
    };
    return subject;
  }

  /** @throws {CredentialError} `invalid_sas_token` */
  #check(value: unknown, nowMs: number): TokenSubject {
    let subject: TokenSubject;
    try {
      // The expiry is checked below.
      subject = readSuppliedToken(value, this.#config.kind, 0);
    } catch (error) {
      throw unusable(
        asError(error).message,
        "Return a SAS token of the device: 'SharedAccessSignature sr=…&sig=…&se=…'",
      );
    }
    if (subject.expiry * 1000 <= nowMs) {
      throw unusable(
        `The SAS token expired at ${new Date(subject.expiry * 1000).toISOString()}`,
        "Check the clocks of this machine and of the provider, and that it doesn't return an old token",
      );
    }
    const before = this.#subject ?? { ...subject, ...this.#config.requested };
    for (const [name, actual, expected] of [
      ["host name", subject.hostName, before.hostName],
      ["device id", subject.deviceId, before.deviceId],
      ["module id", subject.moduleId, before.moduleId],
    ]) {
      if (actual === expected) continue;
      throw unusable(
        `The ${name} of the SAS token must be '${expected}', got '${actual}'`,
        "The provider must return tokens for the requested device. Create a separate client for each device",
      );
    }
    return subject;
  }
}

function unusable(rule: string, remediation: string): CredentialError {
  return new CredentialError("invalid_sas_token", `The token provider returned an unusable token. ${rule}`, {
    remediation,
  });
}

function asProviderFailure(error: unknown): IsoHubError {
  if (error instanceof OperationTimeoutError) {
    return new OperationTimeoutError(error.message, {
      remediation: "Find out why it doesn't return; its signal is aborted when no token is needed",
    });
  }
  if (error instanceof IsoHubError) return error;
  return new ConnectionFailedError(
    "token_provider_failed",
    `The token provider failed: ${asError(error).message}`,
    { cause: error, remediation: "If a retry cannot help, throw a CredentialError in it" },
  );
}
