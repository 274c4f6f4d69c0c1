import type { IncomingMessage } from 'node:http';
import { type Failed, failed } from '../../base/result.ts';
import { fileNameOf } from '../file-name.ts';
import { present } from '../parameters.ts';
import { route } from '../route.ts';
import { modes } from '../schemas.ts';

/** Bytes in: a file becomes a queued run. */
export const importRoutes = [
  route({
    id: 'createImport',
    method: 'post',
    path: '/imports',
    summary: 'Takes a file, stores it safely and queues the run that works on it.',
    query: {
      feed: { kind: 'text', max: 64, doc: 'The feed that the file belongs to; made on first use. Default: `default`.' },
      mode: { kind: 'choice', choices: modes, doc: 'What the file means; without it as the feed’s settings say.' },
      dryRun: { kind: 'flag', doc: 'Report what would happen, change nothing.' },
      name: {
        kind: 'text',
        max: 1024,
        doc: 'The file’s name for reports; else from `Content-Disposition` or `X-File-Name`.',
      },
    },
    body: 'file',
    success: { status: 202, doc: 'The file is stored; `Location` is the address of the run.', schema: 'Run' },
    problems: [
      'invalid-request',
      'conflict',
      'too-large',
      'unsupported-media-type',
      'unreadable-input',
      'storage-full',
    ],
    async handle({ sync }, { context, query, request }) {
      const refused = refusedBody(request);
      if (refused !== undefined) return refused;
      const asked = {
        feed: query.feed ?? 'default',
        ...present({ mode: query.mode }),
        dryRun: query.dryRun,
        fileName: fileNameOf(query.name, request.headers),
      };
      const run = await sync.submit(context, asked, bytesOf(request));
      if (!run.ok) {
        // What is left of the body is read and dropped: a client that still sends would not see the answer otherwise.
        request.resume();
        return run;
      }
      const location = `${request.baseUrl}/runs/${encodeURIComponent(run.value.id)}`;
      return { status: 202, body: run.value, headers: { Location: location } };
    },
  }),
];

/**
 * The bytes of the body. Whoever stops reading early (with an error, too) ends this generator and not the connection,
 * so that there is a way to say why.
 */
async function* bytesOf(request: IncomingMessage): AsyncGenerator<Uint8Array> {
  for await (const chunk of request.iterator({ destroyOnReturn: false })) yield chunk as Uint8Array;
}

function refusedBody({ headers }: IncomingMessage): Failed | undefined {
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
