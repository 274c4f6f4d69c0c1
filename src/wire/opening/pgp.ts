import { Readable } from 'node:stream';
import type { Key, PrivateKey } from 'openpgp';
import { OpeningError } from './error.ts';
import { makeMeter, type OpeningLimits } from './limits.ts';
import { shortHead, shortLines } from './pgp-head.ts';

/** The keys of a feed, in their ASCII armor. */
export interface PgpKeys {
  readonly privateKey: string;
  readonly passphrase?: string | undefined;
  /** Keys of the sender: one of them must have signed. Unset: signatures are not looked at. */
  readonly verificationKeys?: string | undefined;
}

type OpenPgp = typeof import('openpgp');

/** A signature, which is known to be good at the end of what it signs. */
interface Verification {
  readonly verified: Promise<unknown>;
}

/**
 * The deciphered bytes of an OpenPGP message (RFC 9580), binary or in ASCII armor. They flow before the end has shown that
 * they are whole and signed: whoever takes them keeps nothing of them unless they end without an {@link OpeningError}.
 */
export async function* deciphered(
  bytes: AsyncIterable<Uint8Array>,
  isArmor: boolean,
  keys: PgpKeys,
  limits: OpeningLimits,
): AsyncGenerator<Uint8Array> {
  // Large, and needed by few.
  const openpgp = await import('openpgp');
  const own = await ownKey(openpgp, keys);
  const senders = await senderKeys(openpgp, keys.verificationKeys);
  const meter = makeMeter(limits);
  let failure: unknown;
  const note = (error: unknown) => {
    // What is ended for it fails too, with words that say nothing.
    if (!(failure instanceof OpeningError)) failure = error;
  };
  const source = noting(isArmor ? shortLines(meter.in(bytes)) : meter.in(bytes), note);
  let packets: ReadableStream<Uint8Array> | undefined;
  try {
    const binary = isArmor ? await unarmored(openpgp, webOf(source)) : source;
    packets = webOf(noting(shortHead(binary), note));
    const { data, signatures } = await openMessage(openpgp, packets, own, senders);
    for await (const chunk of data) {
      meter.out(chunk.length);
      yield chunk;
    }
    if (senders.length > 0) await expectSigned(signatures);
  } catch (error) {
    if (failure !== undefined) throw failure;
    if (error instanceof OpeningError) throw error;
    throw new OpeningError(
      'unreadable-input',
      'the OpenPGP message cannot be deciphered with the feed’s key, or is damaged',
    );
  } finally {
    await packets?.cancel().catch(() => undefined);
  }
}

const webOf = (bytes: AsyncIterable<Uint8Array>) =>
  Readable.toWeb(Readable.from(bytes, { objectMode: false })) as ReadableStream<Uint8Array>;

/** The bytes in ASCII armor (RFC 9580, section 6.2). */
async function unarmored(openpgp: OpenPgp, stream: ReadableStream<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const { data } = await openpgp.unarmor(stream.pipeThrough(new TextDecoderStream()) as never);
  return data as unknown as AsyncIterable<Uint8Array>;
}

async function openMessage(
  openpgp: OpenPgp,
  packets: ReadableStream<Uint8Array>,
  own: PrivateKey,
  senders: Key[],
): Promise<{ data: AsyncIterable<Uint8Array>; signatures: readonly Verification[] }> {
  const message = await openpgp.readMessage({ binaryMessage: packets as never });
  const { data, signatures } = await openpgp.decrypt({
    message,
    decryptionKeys: own,
    verificationKeys: senders,
    format: 'binary',
    // What is not whole at the end is thrown away by whoever reads.
    config: { allowUnauthenticatedStream: true },
  });
  // Nobody asks for them where no key of a sender is set.
  for (const { verified } of signatures) verified.catch(() => undefined);
  return { data: data as unknown as AsyncIterable<Uint8Array>, signatures };
}

async function expectSigned(signatures: readonly Verification[]): Promise<void> {
  for (const { verified } of signatures) if (await verified.catch(() => false)) return;
  throw new OpeningError(
    'forbidden-input',
    'the OpenPGP message is not signed by a key of the setting pgp.verificationKeys',
  );
}

async function ownKey(openpgp: OpenPgp, { privateKey: text, passphrase = '' }: PgpKeys): Promise<PrivateKey> {
  try {
    const key = await openpgp.readPrivateKey({ armoredKey: text });
    return key.isDecrypted() ? key : await openpgp.decryptKey({ privateKey: key, passphrase });
  } catch {
    throw new OpeningError(
      'conflict',
      'the feed’s setting pgp has no private key that its passphrase opens; set both again',
    );
  }
}

async function senderKeys(openpgp: OpenPgp, text: string | undefined): Promise<Key[]> {
  if (text === undefined) return [];
  try {
    return await openpgp.readKeys({ armoredKeys: text });
  } catch {
    throw new OpeningError('conflict', 'the feed’s setting pgp.verificationKeys holds no public keys; set it again');
  }
}

/** Tells of an error of the source, which is not the message’s. */
async function* noting(bytes: AsyncIterable<Uint8Array>, note: (error: unknown) => void): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes;
  } catch (error) {
    note(error);
    throw error;
  }
}
