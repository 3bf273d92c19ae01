import type { Hub } from "../../hub/hub.ts";
import { parseRegistration } from "../address.ts";
import { type DeviceSessions, identityOfToken } from "../devices/device-sessions.ts";
import type { RegistrationLinks } from "../devices/registration-links.ts";
import type { LinkHandler } from "../rhea/link-handler.ts";
import { ReplyLinks } from "../rhea/replies.ts";
import type { Message, Receiver, Sender } from "../rhea/rhea.ts";
import { parseTokenRequest, replyTo } from "./cbs.ts";
import type { Claims } from "./claims.ts";
import { claimOfUser, identityOfUser } from "./sasl-user.ts";

/** Options of {@link Credentials}. */
export interface CredentialsOptions {
  readonly hub: Hub;
  /** Receives what the tokens of services grant. */
  readonly claims: Claims;
  /** Receives the tokens of devices. */
  readonly devices: DeviceSessions;
  /** Receives the tokens of devices that register. */
  readonly registration: RegistrationLinks;
  /** Reports credentials that aren't valid. */
  onRefusal(path: string, status: number, detail: string): void;
}

/** Checks the credentials of one connection: over `$cbs` and SASL PLAIN, of services and devices. */
export class Credentials {
  readonly #options: CredentialsOptions;
  readonly #replies = new ReplyLinks();

  constructor(options: CredentialsOptions) {
    this.#options = options;
  }

  /** Opens a link of `$cbs`. */
  openLink(link: Sender | Receiver): LinkHandler {
    if (link.is_sender()) return this.#replies.open(link as Sender);
    return {
      onMessage: (message, delivery) => {
        delivery.accept();
        void this.#acceptToken(message);
      },
      onClose: () => {},
    };
  }

  /** Whether a user name and password of SASL PLAIN are valid. */
  async authenticate(userName: string, password: string): Promise<boolean> {
    const { hub, claims, devices, registration, onRefusal } = this.#options;
    const node = parseRegistration(userName.split("/"));
    // It reports refusals itself.
    if (node !== undefined) return (await registration.present(node, password)) === undefined;
    const identity = identityOfUser(userName);
    const claim =
      identity === undefined
        ? await claimOfUser(hub, userName, password)
        : await devices.present(identity, password);
    if (typeof claim === "object") claims.add(claim);
    if (typeof claim === "string") onRefusal("SASL PLAIN", 401, claim);
    return typeof claim !== "string";
  }

  async #acceptToken(message: Message): Promise<void> {
    const request = parseTokenRequest(message);
    const reply = "status" in request ? request : await replyTo(this.#present(request.token));
    if (reply.status !== 200) this.#options.onRefusal("$cbs", reply.status, reply.description);
    this.#replies.reply(message, reply);
  }

  // Returns why a token isn't valid, if so.
  async #present(token: string): Promise<string | undefined> {
    const { hub, claims, devices } = this.#options;
    const identity = identityOfToken(token);
    if (identity !== undefined) return devices.present(identity, token);
    const claim = await hub.claimOf(token);
    if (typeof claim === "string") return claim;
    claims.add(claim);
    devices.keep(token);
    return undefined;
  }
}
