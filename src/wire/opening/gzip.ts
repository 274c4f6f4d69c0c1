import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { OpeningError } from './error.ts';
import { makeMeter, type OpeningLimits } from './limits.ts';

/** The bytes of a gzip file (RFC 1952); damage, a missing end and too many bytes are an {@link OpeningError}. */
export async function* gunzipped(bytes: AsyncIterable<Uint8Array>, limits: OpeningLimits): AsyncGenerator<Uint8Array> {
  const meter = makeMeter(limits);
  const packed = Readable.from(meter.in(bytes), { objectMode: false });
  const unpacked = createGunzip({ chunkSize: 131_072 });
  packed.once('error', (error) => unpacked.destroy(error));
  packed.pipe(unpacked);
  try {
    for await (const chunk of unpacked as AsyncIterable<Buffer>) {
      meter.out(chunk.length);
      yield chunk;
    }
  } catch (error) {
    const { code = '' } = error as { readonly code?: string };
    if (!code.startsWith('Z_')) throw error;
    throw new OpeningError(
      'unreadable-input',
      code === 'Z_BUF_ERROR' ? 'the gzip file is cut off' : 'the gzip file is damaged',
    );
  } finally {
    unpacked.destroy();
    packed.destroy();
  }
}
