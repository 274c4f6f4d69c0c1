import { OpeningError } from './error.ts';
import { peek, signatureBytes, type Wrapping, wrappingOf } from './first-bytes.ts';
import { gunzipped } from './gzip.ts';
import { makeMeter, type OpeningLimits, type OpeningMeter } from './limits.ts';
import { onlyFile } from './one-file.ts';
import { deciphered, type PgpKeys } from './pgp.ts';

/** How a file is opened. */
export interface Opening {
  readonly limits: OpeningLimits;
  /** Whether a zip package is opened; no: it is the file itself. */
  readonly zip: boolean;
  /** Folder in which a zip package is put aside. */
  readonly workFolder: string;
  /** The keys of the feed, asked for where a file is enciphered; undefined: it has none. */
  keys(): Promise<PgpKeys | undefined>;
  /** Whether a file that is not enciphered is refused. */
  readonly pgpRequired: boolean;
}

/** A file out of its wrappings. */
export interface Opened {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** What it was wrapped in, from the outside. */
  readonly wrappings: readonly Wrapping[];
}

const names: Readonly<Record<Wrapping, string>> = { gzip: 'gzip', zip: 'zip', pgp: 'OpenPGP' };

/**
 * Takes a file out of gzip, a zip package of one file and OpenPGP, in any order, each once at most. What must not be opened
 * throws an {@link OpeningError}, here or while the bytes are read: nothing of a file counts that did not end without one.
 */
export async function openWrapped(bytes: AsyncIterable<Uint8Array>, opening: Opening): Promise<Opened> {
  const wrappings: Wrapping[] = [];
  const meter = makeMeter(opening.limits);
  let inner: AsyncIterable<Uint8Array> = meter.in(bytes);
  for (;;) {
    const { first, all } = await peek(inner, signatureBytes);
    inner = all;
    const wrapping = wrappingOf(first);
    if (wrapping === undefined || (wrapping === 'zip' && !opening.zip)) break;
    if (wrappings.includes(wrapping)) {
      await all.return(undefined);
      throw new OpeningError('forbidden-input', `${names[wrapping]} inside ${names[wrapping]} is not opened`);
    }
    wrappings.push(wrapping);
    inner = await unwrapped(all, wrapping, first, opening);
  }
  if (opening.pgpRequired && !wrappings.includes('pgp')) {
    throw new OpeningError(
      'forbidden-input',
      'the file is not enciphered, and the feed takes only OpenPGP messages (setting pgp.required)',
    );
  }
  return { bytes: wrappings.length > 1 ? metered(inner, meter) : inner, wrappings };
}

/** What several wrappings give together counts, too. */
async function* metered(bytes: AsyncIterable<Uint8Array>, meter: OpeningMeter): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    meter.out(chunk.length);
    yield chunk;
  }
}

async function unwrapped(
  bytes: AsyncIterable<Uint8Array>,
  wrapping: Wrapping,
  first: Uint8Array,
  { limits, workFolder, keys }: Opening,
): Promise<AsyncIterable<Uint8Array>> {
  if (wrapping === 'gzip') return gunzipped(bytes, limits);
  if (wrapping === 'zip') return onlyFile(bytes, limits, workFolder);
  const own = await keys();
  if (own === undefined) {
    throw new OpeningError('conflict', 'the file is an OpenPGP message, and the feed has no key for it (setting pgp)');
  }
  return deciphered(bytes, ((first[0] ?? 0) & 0x80) === 0, own, limits);
}
