import type { IncomingMessage } from 'node:http';
import { type Failed, failed } from '../../base/result.ts';

/**
 * The bytes of the body. Whoever stops reading early (with an error, too) ends this generator and not the connection,
 * so that there is a way to say why.
 */
export async function* bytesOf(request: IncomingMessage): AsyncGenerator<Uint8Array> {
  for await (const chunk of request.iterator({ destroyOnReturn: false })) yield chunk as Uint8Array;
}

/** Why a body cannot be the bytes of a file. */
export function refusedBody({ headers }: IncomingMessage): Failed | undefined {
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') {
    return failed('unsupported-media-type', 'The file must come as it is, without a Content-Encoding.');
  }
  if (/^\s*multipart\//i.test(headers['content-type'] ?? '')) {
    return failed(
      'unsupported-media-type',
      'The body must be the file itself, not a form: with curl use --data-binary @FILE or -T FILE in place of -F.',
    );
  }
  return undefined;
}
