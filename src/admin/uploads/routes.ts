import type { Request, RequestHandler } from 'express';
import { type Failed, failed, ok, type Result } from '../../base/result.ts';
import type { Mode } from '../../sync/index.ts';
import { bytesOf } from '../../wire/index.ts';
import type { Answer } from '../answer.ts';
import { route } from '../route.ts';
import { modes } from '../run-schemas.ts';
import type { PieceDigest, Upload } from './types.ts';

const version = '1.0.0';
const algorithms = ['md5', 'sha1', 'sha256'] as const;
const piece = 'application/offset+octet-stream';

/** What tus clients ask before they begin: anybody may know it. */
export const tellOfUploads: RequestHandler = (_request, response) => {
  response.set({
    'Tus-Resumable': version,
    'Tus-Version': version,
    'Tus-Extension': 'creation,expiration,checksum,termination',
    'Tus-Checksum-Algorithm': algorithms.join(','),
  });
  response.status(204).end();
};

/** Files in pieces by tus 1.0 (tus.io): core, creation, expiration, checksum and termination. */
export const uploadRoutes = [
  route({
    id: 'createUpload',
    action: 'imports.send',
    method: 'post',
    path: '/uploads',
    summary:
      'Begins an upload in pieces (tus 1.0): `Upload-Length` is its size, `Upload-Metadata` names `feed`, `filename`, `mode` and `dryRun`. The pieces go to `Location` by PATCH; the last one queues the run. It goes on after a broken connection and a restart, for a day.',
    query: {},
    success: { status: 201, doc: 'The upload; `Location` is where its pieces go.', schema: 'Upload' },
    problems: ['invalid-request', 'too-large', 'storage-full'],
    async handle({ uploads }, { context, request }) {
      const refused = otherVersion(request);
      if (refused !== undefined) return refused;
      const wanted = wantedOf(request);
      if (!wanted.ok) return wanted;
      const made = await uploads.create(context, wanted.value);
      if (!made.ok) return made;
      const location = `${request.baseUrl}/uploads/${made.value.id}`;
      return { status: 201, body: made.value, headers: { Location: location, ...headersOf(made.value) } };
    },
  }),
  route({
    id: 'getUpload',
    action: 'imports.send',
    method: 'get',
    path: '/uploads/:id',
    summary: 'How far an upload is (`Upload-Offset`, by HEAD too), and its run when it is whole.',
    query: {},
    success: { status: 200, doc: 'The upload as it stands.', schema: 'Upload' },
    problems: ['unknown-object'],
    async handle({ uploads }, { context, id }) {
      const found = await uploads.look(context, id);
      return found.ok ? { status: 200, body: found.value, headers: headersOf(found.value) } : found;
    },
  }),
  route({
    id: 'appendUpload',
    action: 'imports.send',
    method: 'patch',
    path: '/uploads/:id',
    summary:
      'Adds a piece at `Upload-Offset`. With `Upload-Checksum` a piece counts as a whole or not at all (460); without it, what came before the connection broke is kept.',
    query: {},
    body: 'file',
    success: { status: 204, doc: 'The piece is here: `Upload-Offset`, and `Rostergate-Run` after the last one.' },
    problems: [
      'invalid-request',
      'unknown-object',
      'conflict',
      'too-large',
      'unsupported-media-type',
      'unreadable-input',
      'storage-full',
    ],
    async handle({ uploads }, { context, id, request }) {
      const found = await uploads.look(context, id);
      const asked = found.ok ? pieceOf(request) : found;
      if (!asked.ok) {
        request.resume();
        return asked;
      }
      const refused = otherVersion(request);
      if (refused !== undefined) return refused;
      const done = await uploads.append(context, id, { ...asked.value, bytes: bytesOf(request) });
      if (!done.ok) {
        request.resume();
        return done;
      }
      if (done.value === 'mismatch') return { status: 460, headers: { 'Tus-Resumable': version } };
      return { status: 204, headers: headersOf(done.value) };
    },
  }),
  route({
    id: 'deleteUpload',
    action: 'imports.send',
    method: 'delete',
    path: '/uploads/:id',
    summary: 'Ends an upload and forgets its pieces; its run, if it has one, goes on.',
    query: {},
    success: { status: 204, doc: 'It is forgotten.' },
    problems: ['unknown-object', 'conflict'],
    async handle({ uploads }, { context, id }) {
      const removed = await uploads.remove(context, id);
      return removed.ok ? { status: 204, headers: { 'Tus-Resumable': version } } : removed;
    },
  }),
];

function headersOf({ offset, length, expiresAt, run }: Upload): Record<string, string> {
  return {
    'Tus-Resumable': version,
    'Upload-Offset': String(offset),
    'Upload-Length': String(length),
    'Upload-Expires': new Date(expiresAt).toUTCString(),
    ...(run === null ? {} : { 'Rostergate-Run': run }),
  };
}

/** tus: a client of another version is told which one this is. */
function otherVersion(request: Request): Answer | undefined {
  const asked = request.get('tus-resumable') ?? version;
  return asked === version ? undefined : { status: 412, headers: { 'Tus-Version': version } };
}

function wantedOf(request: Request): Result<{
  length: number;
  feed: string;
  fileName: string;
  dryRun: boolean;
  mode?: Mode;
}> {
  const length = wholeNumber(request.get('upload-length'));
  if (length === undefined) return wrong('Upload-Length', 'is the size of the file in bytes');
  const metadata = metadataOf(request.get('upload-metadata') ?? '');
  if (metadata === undefined) return wrong('Upload-Metadata', 'is a list of names, each with a value in base64');
  const { feed = 'default', filename = 'upload', dryRun = 'false', mode: asked } = metadata;
  const mode = modes.find((one) => one === asked);
  if (feed === '' || feed.length > 64) return wrong('Upload-Metadata', 'names a feed of 1 to 64 characters');
  if (asked !== undefined && mode === undefined) return wrong('Upload-Metadata', `has a mode of ${modes.join(', ')}`);
  const rest = mode === undefined ? {} : { mode };
  return ok({ length, feed, fileName: filename.slice(0, 255), dryRun: dryRun === 'true', ...rest });
}

function metadataOf(text: string): Record<string, string> | undefined {
  if (text.length > 4096) return undefined;
  const found: Record<string, string> = {};
  for (const part of text.split(',').filter((one) => one.trim() !== '')) {
    const [, name, value = ''] = /^ *([A-Za-z]{1,32})(?: +([A-Za-z0-9+/=]*))? *$/.exec(part) ?? [];
    if (name === undefined) return undefined;
    found[name] = Buffer.from(value, 'base64').toString('utf8');
  }
  return found;
}

function pieceOf(request: Request): Result<{ offset: number; digest?: PieceDigest }> {
  const type = request.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== piece) return failed('unsupported-media-type', `Send the piece with Content-Type: ${piece}.`);
  const offset = wholeNumber(request.get('upload-offset'));
  if (offset === undefined) return wrong('Upload-Offset', 'is where the piece begins, in bytes');
  const told = request.get('upload-checksum');
  if (told === undefined) return ok({ offset });
  const [, name, value = ''] = /^(\w+) ([A-Za-z0-9+/]+=*)$/.exec(told) ?? [];
  const algorithm = algorithms.find((one) => one === name);
  if (algorithm === undefined)
    return wrong('Upload-Checksum', `is one of ${algorithms.join(', ')} and a digest in base64`);
  return ok({ offset, digest: { algorithm, digest: Buffer.from(value, 'base64') } });
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function wrong(header: string, text: string): Failed {
  return failed('invalid-request', `The header ${header} ${text}.`, { field: header });
}
