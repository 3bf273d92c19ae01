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
  | { readonly type: "alarm" }
  /** There was no fresh token to be had: the next try, in seconds since 1970. */
  | { readonly type: "failed"; readonly retryAt: number };

export type TokenEffect =
  | { readonly type: "alarmAt"; readonly at: number }
  /** Reconnect with a fresh token. */
  | { readonly type: "renew" }
  /** Ask the application for a new token. */
  | { readonly type: "ask" };

export function renewToken(
  state: TokenState | undefined,
  event: TokenEvent,
  nowSeconds: number,
): { state: TokenState | undefined; effects: readonly TokenEffect[] } {
  if (event.type === "issued") {
    const same = state !== undefined && state.expiry === event.expiry && state.source === event.source;
    // A reconnection with the same supplied token starts nothing over.
    const renewAt = same ? state.renewAt : renewalTime(nowSeconds, event.expiry);
    const asked = same && state.asked;
    return {
      state: { expiry: event.expiry, renewAt, source: event.source, asked },
      effects: asked ? [] : [{ type: "alarmAt", at: renewAt }],
    };
  }
  if (state === undefined) return { state, effects: [] };
  if (event.type === "failed") {
    return { state: { ...state, renewAt: event.retryAt }, effects: [{ type: "alarmAt", at: event.retryAt }] };
  }
  if (nowSeconds < state.renewAt) return { state, effects: [{ type: "alarmAt", at: state.renewAt }] };
  if (state.source === "generated") return { state, effects: [{ type: "renew" }] };
  if (state.asked) return { state, effects: [] };
  return { state: { ...state, asked: true }, effects: [{ type: "ask" }] };
}
