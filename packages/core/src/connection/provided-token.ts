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
import type { Credential } from "./credential.ts";

/** Where the tokens come from, and whose they must be. */
export interface ProvidedTokenConfig {
  readonly provider: TokenProvider;
  readonly kind: "device" | "module";
  readonly clock: Clock;
  /** How long the provider may take. */
  readonly timeoutMs: number;
}

/** Tokens from a provider: one is used until it is time to renew it. The first one says whose they are. */
export class ProvidedToken implements Credential {
  readonly kind = "provided";
  readonly #config: ProvidedTokenConfig;
  #subject: TokenSubject | undefined;
  #token: { readonly text: string; readonly expiry: number; readonly renewAt: number } | undefined;
  /** Whether the token has been shown to the hub. */
  #used = false;

  constructor(config: ProvidedTokenConfig) {
    this.#config = config;
  }

  /** Whom the tokens are for: asks for the first one. */
  async subject(): Promise<TokenSubject> {
    return this.#subject ?? (await this.#ask());
  }

  async prepare(signal?: AbortSignal): Promise<void> {
    if (this.#token !== undefined && this.#config.clock.now() / 1000 < this.#token.renewAt) return;
    await this.#ask(signal);
  }

  async password(_nowMs: number, signal?: AbortSignal): Promise<{ password: string; expiry: number }> {
    await this.prepare(signal);
    const { text = "", expiry = 0 } = this.#token ?? {};
    return { password: text, expiry };
  }

  accepted(): void {
    this.#used = true;
  }

  refused(): boolean {
    this.#token = undefined;
    return this.#used;
  }

  async #ask(signal?: AbortSignal): Promise<TokenSubject> {
    const { provider, clock, timeoutMs } = this.#config;
    const what = "Asking the token provider";
    const run = async (inner: AbortSignal): Promise<unknown> => provider({ signal: inner });
    let text: unknown;
    try {
      text = await withDeadline(clock, what, { signal }, timeoutMs, run);
    } catch (error) {
      signal?.throwIfAborted();
      throw asProviderFailure(error);
    }
    const now = clock.now();
    const subject = this.#check(text, now);
    this.#subject ??= subject;
    this.#used = false;
    this.#token = {
      text: String(text),
      expiry: subject.expiry,
      renewAt: renewalTime(now / 1000, subject.expiry),
    };
    return subject;
  }

  /** @throws {CredentialError} `invalid_sas_token` */
  #check(text: unknown, nowMs: number): TokenSubject {
    let subject: TokenSubject;
    try {
      // Its end is looked at below.
      subject = readSuppliedToken(text, this.#config.kind, 0);
    } catch (error) {
      throw unusable(
        asError(error).message,
        "It must answer with a SAS token of the device: 'SharedAccessSignature sr=…&sig=…&se=…'",
      );
    }
    if (subject.expiry * 1000 <= nowMs) {
      throw unusable(
        `The SAS token has expired at ${new Date(subject.expiry * 1000).toISOString()}`,
        "Check the clocks of this machine and of the provider, and that it does not answer with an old token",
      );
    }
    const before = this.#subject ?? subject;
    for (const [name, is, must] of [
      ["host name", subject.hostName, before.hostName],
      ["device id", subject.deviceId, before.deviceId],
      ["module id", subject.moduleId, before.moduleId],
    ]) {
      if (is === must) continue;
      throw unusable(
        `The SAS token has ${name} '${is}', the ones before had '${must}'`,
        "Make a client of its own for each device",
      );
    }
    return subject;
  }
}

function unusable(rule: string, remediation: string): CredentialError {
  return new CredentialError("invalid_sas_token", `The token provider's answer cannot be used. ${rule}`, {
    remediation,
  });
}

function asProviderFailure(error: unknown): IsoHubError {
  if (error instanceof OperationTimeoutError) {
    return new OperationTimeoutError(error.message, {
      remediation: "Find out why it does not answer; the signal it is given says when nobody waits any more",
    });
  }
  if (error instanceof IsoHubError) return error;
  return new ConnectionFailedError(
    "token_provider_failed",
    `The token provider failed: ${asError(error).message}`,
    { cause: error, remediation: "Throw a CredentialError in it where asking again cannot help" },
  );
}
