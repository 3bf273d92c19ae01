import { type Reducer, to } from "../util/reducer.ts";

/** The time before its expiry at which a token is renewed, in seconds. @source Python `SasTokenStage` */
const renewalMarginSeconds = 120;

/**
 * The time to renew a token, in seconds since 1970. A token that is valid for less than twice the margin is renewed halfway;
 * with the full margin it would be renewed continually.
 *
 * @param issuedAt - when the token came into use, in seconds since 1970
 * @param expiry - in seconds since 1970
 */
export function renewalTime(issuedAt: number, expiry: number): number {
  const lifetime = Math.max(0, expiry - issuedAt);
  return expiry - Math.min(renewalMarginSeconds, lifetime / 2);
}

/** The renewal of the token in use. Times are in seconds since 1970, as in tokens. */
export interface TokenRenewalState {
  readonly expiry: number;
  readonly renewAt: number;
  /** A generated token is renewed by reconnecting; for a supplied one the application is asked, once per token. */
  readonly source: "generated" | "supplied";
  /** Whether the application has been asked for the next token, or there is no token. */
  readonly isAsked: boolean;
}

export type TokenRenewalEvent =
  /** A token came into use. */
  | { readonly type: "issued"; readonly expiry: number; readonly source: "generated" | "supplied" }
  | { readonly type: "timer" }
  /** No fresh token could be obtained. */
  | { readonly type: "failed"; readonly retryInMs: number };

export type TokenRenewalEffect =
  /** @param at - in milliseconds since 1970 */
  | { readonly type: "setTimer"; readonly at: number }
  /** Reconnect with a fresh token. */
  | { readonly type: "renew" }
  /** Ask the application for a new token. */
  | { readonly type: "ask" };

/** There is no token yet. */
export const initialTokenRenewalState: TokenRenewalState = {
  expiry: 0,
  renewAt: 0,
  source: "generated",
  isAsked: true,
};

/** Decides when a token is renewed. */
export const reduceTokenRenewal: Reducer<TokenRenewalState, TokenRenewalEvent, TokenRenewalEffect> = (
  before,
  event,
  now,
) => {
  let state = before;
  if (event.type === "issued") {
    const { expiry, source } = event;
    // Reconnecting with the same supplied token changes nothing.
    if (before.expiry !== expiry || before.source !== source)
      state = { expiry, source, renewAt: renewalTime(now / 1000, expiry), isAsked: false };
  } else if (event.type === "failed") {
    state = { ...before, renewAt: (now + event.retryInMs) / 1000 };
  }
  const at = state.renewAt * 1000;
  if (state.isAsked) return to(state);
  if (event.type !== "timer" || now < at) return to(state, { type: "setTimer", at });
  return state.source === "generated"
    ? to(state, { type: "renew" })
    : to({ ...state, isAsked: true }, { type: "ask" });
};
