import { OpeningError } from './error.ts';

/** What opening a file may give at most. */
export interface OpeningLimits {
  /** Bytes after each step. */
  readonly bytes: number;
  /** Bytes that one byte as it came may give, beyond the first mebibyte. */
  readonly ratio: number;
}

const freeBytes = 1024 ** 2;

/** Counts what goes into a step and what comes out of it. */
export interface OpeningMeter {
  in(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array>;
  /** Counts bytes that came out; throws an {@link OpeningError} (`too-large`) where they are too many. */
  out(count: number): void;
}

/** Makes an {@link OpeningMeter}. */
export function makeMeter({ bytes: most, ratio }: OpeningLimits): OpeningMeter {
  let given = 0;
  let opened = 0;
  return {
    async *in(bytes) {
      for await (const chunk of bytes) {
        given += chunk.length;
        yield chunk;
      }
    },
    out(count) {
      opened += count;
      if (opened > most) throw new OpeningError('too-large', `opened, it has more than ${most} bytes`);
      if (opened > freeBytes && opened - freeBytes > given * ratio) {
        throw new OpeningError('too-large', `it unpacks to more than ${ratio} times its packed size`);
      }
    },
  };
}
