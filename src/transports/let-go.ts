/**
 * Bytes that have been opened, to be read once. A generator that nobody has begun to read does not end what it was made of; this
 * one does, when it is returned (`return()`), as the intake does with what is refused before it was read.
 */
export function lettingGo(pieces: AsyncGenerator<Uint8Array>, close: () => unknown): AsyncIterableIterator<Uint8Array> {
  let hasBegun = false;
  const bytes: AsyncIterableIterator<Uint8Array> = {
    next() {
      hasBegun = true;
      return pieces.next();
    },
    async return() {
      if (!hasBegun) await close();
      hasBegun = true;
      return pieces.return(undefined);
    },
    [Symbol.asyncIterator]: () => bytes,
  };
  return bytes;
}
