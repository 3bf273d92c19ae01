/** A part of the received bytes: one or more whole frames or parts of them, or what follows a protocol header. */
export interface ScannedBytes {
  readonly bytes: Uint8Array;
  /** Whether the part begins with a protocol header. */
  readonly isHeader: boolean;
}

const header = [0x41, 0x4d, 0x51, 0x50];
const headerBytes = 8;
const smallestFrame = 8;

/**
 * Divides a stream into the parts that begin with a protocol header, and checks the size of each frame before its bytes are
 * kept anywhere.
 */
export class FrameScanner {
  readonly #maxFrameSize: number;
  // The first four bytes of a frame or header, as far as they were received.
  #start: number[] = [];
  // How many bytes of the present frame or header follow.
  #remaining = 0;

  constructor(maxFrameSize: number) {
    this.#maxFrameSize = maxFrameSize;
  }

  /**
   * Scans the next bytes.
   *
   * @throws {RangeError} for a frame that is too small or too large
   */
  scan(bytes: Uint8Array): ScannedBytes[] {
    const parts: ScannedBytes[] = [];
    let begin = 0;
    let isHeader = false;
    for (let at = 0; at < bytes.length; ) {
      if (this.#remaining > 0) {
        const step = Math.min(this.#remaining, bytes.length - at);
        this.#remaining -= step;
        at += step;
        continue;
      }
      this.#start.push(bytes[at++] ?? 0);
      if (this.#start.length < 4) continue;
      if (this.#start.every((byte, index) => byte === header[index])) {
        this.#remaining = headerBytes - 4;
        // A header divided between two reads belongs to the part of its first byte, which is near enough.
        const headerAt = Math.max(at - 4, 0);
        if (headerAt > begin) parts.push({ bytes: bytes.subarray(begin, headerAt), isHeader });
        begin = headerAt;
        isHeader = true;
      } else {
        const [a = 0, b = 0, c = 0, d = 0] = this.#start;
        const size = a * 0x1000000 + b * 0x10000 + c * 0x100 + d;
        if (size < smallestFrame || size > this.#maxFrameSize) {
          throw new RangeError(
            `a frame must have ${smallestFrame} to ${this.#maxFrameSize} bytes, got ${size}`,
          );
        }
        this.#remaining = size - 4;
      }
      this.#start = [];
    }
    if (begin < bytes.length) parts.push({ bytes: bytes.subarray(begin), isHeader });
    return parts;
  }
}
