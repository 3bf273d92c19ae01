import { type Receiver, type Sender, type Session, types } from "./rhea.ts";

/** The parts of rhea's objects that its types lack. */
interface Internals {
  readonly local: { readonly begin: Fields; readonly attach: Fields };
  readonly remote: { readonly attach: Fields };
}
type Fields = Record<string, unknown>;
type Frame = Fields & { readonly constructor: { readonly descriptor?: { readonly numeric: number } } };
interface SessionInternals {
  output(frame: Frame, payload?: Buffer): void;
  on_transfer(frame: { readonly performative: Fields; readonly payload?: Buffer }): void;
  _get_link(frame: unknown): object;
}

const transferCode = 0x14;
// A receiving client never sees it, but a strict one wants the field.
const tracking = { "com.microsoft:tracking-id": "isohub" };

/**
 * Makes a session's frames complete. rhea leaves out trailing fields that are null, but the Event Hubs client for Python
 * reads fields by index.
 *
 * @param maxMessageBytes - the largest message; a longer one calls `onTooLarge`, and is dropped
 */
export function completeSession(session: Session, maxMessageBytes: number, onTooLarge: () => void): void {
  const { local } = session as unknown as Internals;
  local.begin["handle_max"] = 255;
  local.begin["properties"] = tracking;
  const internals = session as unknown as SessionInternals;
  const output = internals.output.bind(session);
  internals.output = (frame, payload) => {
    if (frame.constructor.descriptor?.numeric === transferCode) frame["batchable"] = true;
    output(frame, payload);
  };
  // rhea collects the frames of a message without a limit.
  const received = new WeakMap<object, number>();
  const onTransfer = internals.on_transfer.bind(session);
  internals.on_transfer = (frame) => {
    const link = internals._get_link(frame);
    const size = (received.get(link) ?? 0) + (frame.payload?.length ?? 0);
    received.set(link, frame.performative["more"] === true ? size : 0);
    if (size > maxMessageBytes) onTooLarge();
    else onTransfer(frame);
  };
}

/** Answers an attach with every field that a strict client requires, and the settle modes that it asked for. */
export function completeAttach(link: Sender | Receiver, maxMessageBytes: number): void {
  const { local, remote } = link as unknown as Internals;
  const { source, target } = link;
  link.set_source({
    address: source?.address ?? "",
    ...(source?.filter === undefined ? {} : { filter: source.filter }),
  });
  link.set_target({ address: target?.address ?? "" });
  const { snd_settle_mode, rcv_settle_mode } = remote.attach;
  if (isSet(snd_settle_mode)) local.attach["snd_settle_mode"] = snd_settle_mode;
  // A receiver settles at once: uamqp would wait indefinitely for a second disposition.
  if (link.is_sender() && isSet(rcv_settle_mode)) local.attach["rcv_settle_mode"] = rcv_settle_mode;
  local.attach["max_message_size"] = maxMessageBytes;
  local.attach["properties"] = tracking;
}

/** Delays the answer to an attach. Call the returned function to send it. */
export function holdAttach(link: Sender | Receiver): () => void {
  const internals = link as unknown as { _process?: () => void; readonly connection: { _register(): void } };
  internals._process = () => {};
  return () => {
    delete internals._process;
    internals.connection._register();
  };
}

/** Whether the client demands that messages aren't settled when they are sent. */
export function wantsUnsettled(sender: Sender): boolean {
  return (sender as unknown as Internals).remote.attach["snd_settle_mode"] === 0;
}

/** Returns a 64-bit integer. */
export function long(value: number): ReturnType<typeof types.wrap_long> {
  return types.wrap_long(value);
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}
