/**
 * When a token has to be renewed: pure, in seconds since 1970.
 *
 * @source Python `SasTokenStage`: 120 s before the end
 */

/** How long before its end a token is renewed, in seconds. */
export const renewalMarginSeconds = 120;

/**
 * The moment to renew a token.
 *
 * A token that lives for less than twice the margin would be renewed without end if the full margin were kept; such a
 * token is renewed half-way.
 *
 * @param issuedAt - when the token came into use, in seconds since 1970
 * @param expiry - when it ends, in seconds since 1970
 */
export function renewalTime(issuedAt: number, expiry: number): number {
  const lifetime = Math.max(0, expiry - issuedAt);
  return expiry - Math.min(renewalMarginSeconds, lifetime / 2);
}

/** The token in use and what has been done about its end. */
export interface TokenState {
  readonly expiry: number;
  readonly renewAt: number;
  /** A generated token is renewed by reconnecting; for a supplied one the application is asked, once a token. */
  readonly source: "generated" | "supplied";
  readonly asked: boolean;
}

export type TokenEvent =
  /** A token came into use. */
  | { readonly type: "issued"; readonly expiry: number; readonly source: "generated" | "supplied" }
  | { readonly type: "timer" }
  /** There was no fresh token to be had: the next try, in seconds since 1970. */
  | { readonly type: "failed"; readonly retryAt: number };

export type TokenEffect =
  | { readonly type: "setTimerAt"; readonly at: number }
  /** Reconnect with a fresh token. */
  | { readonly type: "renew" }
  /** Ask the application for a new token. */
  | { readonly type: "ask" };

export function renewToken(
  before: TokenState | undefined,
  event: TokenEvent,
  nowSeconds: number,
): { readonly state: TokenState | undefined; readonly effect: TokenEffect | undefined } {
  let state = before;
  if (event.type === "issued") {
    const { expiry, source } = event;
    // A reconnection with the same supplied token starts nothing over.
    if (before?.expiry !== expiry || before.source !== source)
      state = { expiry, source, renewAt: renewalTime(nowSeconds, expiry), asked: false };
  } else if (event.type === "failed" && before !== undefined) {
    state = { ...before, renewAt: event.retryAt };
  }
  if (state === undefined || state.asked) return { state, effect: undefined };
  const { renewAt, source } = state;
  if (event.type !== "timer" || nowSeconds < renewAt)
    return { state, effect: { type: "setTimerAt", at: renewAt } };
  if (source === "generated") return { state, effect: { type: "renew" } };
  return { state: { ...state, asked: true }, effect: { type: "ask" } };
}
