import type { Request } from 'express';
import type { ProblemCode } from '../../base/problem.ts';
import { type Failed, failed, type Result } from '../../base/result.ts';
import type { RolloverRequest, Run } from '../../sync/index.ts';
import { bytesOf, fileNameOf, refusedBody } from '../../wire/index.ts';
import { mayUseFeed } from '../access/authenticate.ts';
import type { Answer } from '../answer.ts';
import { present } from '../parameters.ts';
import { route } from '../route.ts';
import { modes } from '../run-schemas.ts';

const fileProblems: readonly ProblemCode[] = [
  'invalid-request',
  'conflict',
  'too-large',
  'unsupported-media-type',
  'unreadable-input',
  'storage-full',
];
const fileName = {
  kind: 'text',
  max: 1024,
  doc: 'The file’s name for reports; else from `Content-Disposition` or `X-File-Name`.',
} as const;
const dryRun = { kind: 'flag', doc: 'Report what would happen, change nothing.' } as const;

/** What becomes a queued run: files, and Plans that people ask for. */
export const importRoutes = [
  route({
    id: 'createImport',
    action: 'imports.send',
    method: 'post',
    path: '/imports',
    summary: 'Takes a file, stores it safely and queues the run that works on it.',
    query: {
      feed: { kind: 'text', max: 64, doc: 'The feed that the file belongs to; made on first use. Default: `default`.' },
      mode: {
        kind: 'choice',
        choices: modes,
        doc: 'What the file means; without it as the feed’s settings say. OneRoster CSV follows its own data.',
      },
      dryRun,
      name: fileName,
    },
    body: 'file',
    clients: true,
    success: { status: 202, doc: 'The file is stored; `Location` is the address of the run.', schema: 'Run' },
    problems: fileProblems,
    async handle({ sync }, { context, query, request }) {
      if (!(await mayUseFeed(sync, context, query.feed ?? 'default'))) {
        request.resume();
        return failed('forbidden', 'The feed’s setting `clients` must list a OneRoster client that sends its files.');
      }
      const asked = {
        feed: query.feed ?? 'default',
        ...present({ mode: query.mode }),
        dryRun: query.dryRun,
        fileName: fileNameOf(query.name, request.headers, 'upload.xml'),
      };
      return takeFile(request, (bytes) => sync.submit(context, asked, bytes));
    },
  }),
  route({
    id: 'createCrosswalk',
    action: 'imports.send',
    method: 'post',
    path: '/crosswalks',
    summary:
      'Takes a CSV of old and new ids (columns `oldId`, `newId`, optionally `type`) and queues the run that renames what has them, as when a school moves to another student system.',
    query: {
      feed: { kind: 'text', max: 64, required: true, doc: 'The feed whose records are renamed.' },
      dryRun,
      name: fileName,
    },
    body: 'file',
    success: { status: 202, doc: 'The file is stored; `Location` is the address of the run.', schema: 'Run' },
    problems: [...fileProblems, 'unknown-object'],
    async handle({ sync }, { context, query, request }) {
      const asked = {
        feed: query.feed,
        dryRun: query.dryRun,
        fileName: fileNameOf(query.name, request.headers, 'upload.csv'),
      };
      return takeFile(request, (bytes) => sync.crosswalk(context, asked, bytes));
    },
  }),
  route({
    id: 'createRollover',
    action: 'rollovers.start',
    method: 'post',
    path: '/rollovers',
    summary:
      'Queues the run that retires a school year: all that is below a group, or the classes of an academic session; `next` is the year after it.',
    query: {},
    body: 'Rollover',
    success: { status: 202, doc: 'The run is queued; `Location` is its address.', schema: 'Run' },
    problems: [
      'invalid-request',
      'unknown-object',
      'conflict',
      'unreadable-input',
      'too-large',
      'unsupported-media-type',
    ],
    async handle({ sync }, { context, body, request }) {
      const asked = body as Omit<RolloverRequest, 'dryRun'> & { dryRun?: boolean };
      return queued(request, await sync.rollover(context, { ...asked, dryRun: asked.dryRun === true }));
    },
  }),
  route({
    id: 'undoRun',
    action: 'runs.undo',
    method: 'post',
    path: '/runs/:id/undo',
    summary:
      'Queues the run that puts back what a run has changed, where nobody has changed it since; conflicts are among its problems.',
    query: { dryRun },
    success: { status: 202, doc: 'The run is queued; `Location` is its address.', schema: 'Run' },
    problems: ['unknown-object', 'conflict'],
    async handle({ sync }, { context, id, query, request }) {
      return queued(request, await sync.undo(context, id, { dryRun: query.dryRun }));
    },
  }),
];

async function takeFile(
  request: Request,
  take: (bytes: AsyncIterable<Uint8Array>) => Promise<Result<Run>>,
): Promise<Answer | Failed> {
  const refused = refusedBody(request);
  if (refused !== undefined) return refused;
  const run = await take(bytesOf(request));
  // What is left of the body is read and dropped: a client that still sends would not see the answer otherwise.
  if (!run.ok) request.resume();
  return queued(request, run);
}

function queued(request: Request, run: Result<Run>): Answer | Failed {
  if (!run.ok) return run;
  const location = `${request.baseUrl}/runs/${encodeURIComponent(run.value.id)}`;
  return { status: 202, body: run.value, headers: { Location: location } };
}
