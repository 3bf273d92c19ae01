import { type Clock, setTimerAt, type Timer } from "@isohub/core/internal";
import type { Permission } from "../../hub/credentials/policies.ts";
import type { PolicyClaim } from "../../hub/credentials/policy-token.ts";

/** The rights that the tokens of one connection grant. The connection ends when the first of them expires unless it was renewed. */
export class Claims {
  readonly #clock: Clock;
  readonly #onExpiry: () => void;
  // By policy and path: a renewed token replaces the one before.
  readonly #claims = new Map<string, PolicyClaim>();
  #timer: Timer | undefined;

  constructor(clock: Clock, onExpiry: () => void) {
    this.#clock = clock;
    this.#onExpiry = onExpiry;
  }

  get isEmpty(): boolean {
    return this.#claims.size === 0;
  }

  add(claim: PolicyClaim): void {
    this.#claims.set([claim.policy, ...claim.path].join("/").toLowerCase(), claim);
    this.#schedule();
  }

  /** Whether a claim grants a permission for a path. The case of a path doesn't matter, as in Azure. */
  grants(permission: Permission, path: readonly string[] = []): boolean {
    const now = this.#clock.now();
    return [...this.#claims.values()].some(
      (claim) =>
        claim.permissions.has(permission) && (claim.expiresAt ?? now) >= now && covers(claim.path, path),
    );
  }

  /** Whether a claim grants a permission for an event hub, or for a part of it. */
  grantsBelow(permission: Permission, eventHub: string): boolean {
    const name = eventHub.split("/");
    return [...this.#claims.values()].some(
      ({ path, permissions }) => permissions.has(permission) && (path.length === 0 || covers(name, path)),
    );
  }

  /** Whether a claim is limited to a path, or to a part of it. */
  isFor(path: readonly string[]): boolean {
    return [...this.#claims.values()].some((claim) => covers(path, claim.path));
  }

  /** Calls back if a token has expired. The timer does; call it yourself after the clock was set. */
  checkExpiry(): void {
    const now = this.#clock.now();
    if ([...this.#claims.values()].some(({ expiresAt = now }) => expiresAt < now)) this.#onExpiry();
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #schedule(): void {
    this.#timer?.cancel();
    const ends = [...this.#claims.values()].flatMap(({ expiresAt }) =>
      expiresAt === undefined ? [] : expiresAt,
    );
    this.#timer =
      ends.length === 0
        ? undefined
        : setTimerAt(this.#clock, Math.min(...ends) + 1, () => this.checkExpiry());
  }
}

function covers(granted: readonly string[], requested: readonly string[]): boolean {
  return (
    granted.length <= requested.length &&
    granted.every((segment, at) => segment.toLowerCase() === requested[at]?.toLowerCase())
  );
}
