import type { Socket } from "node:net";

/** Whether something must be written to the disk before a peer may know it. */
export interface WriteBarrier {
  readonly isBehind: boolean;
  /** Calls back when everything up to now is written. */
  whenWritten(callback: () => void): void;
}

/**
 * Holds back what is sent over a socket until the disk has what was done before, whatever the protocol: an acknowledgement
 * never arrives for something that a crash could lose.
 */
export function holdBack(socket: Socket, barrier: WriteBarrier): void {
  const whenWritten = (send: () => void): void => {
    if (barrier.isBehind) barrier.whenWritten(send);
    else send();
  };
  // Corking wouldn't do: Node's HTTP server uncorks its socket at the end of a response.
  const { _write, _writev } = socket;
  socket._write = (chunk, encoding, done) => whenWritten(() => _write.call(socket, chunk, encoding, done));
  if (_writev !== undefined) {
    socket._writev = (chunks, done) => whenWritten(() => _writev.call(socket, chunks, done));
  }
}
