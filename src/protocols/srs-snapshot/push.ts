import { type Request, type RequestHandler, type Response, Router } from 'express';
import type { Log } from '../../base/log.ts';
import { problem } from '../../base/problem.ts';
import { failed, ok, type Result } from '../../base/result.ts';
import { type Access, type Context, everyTenant, mayDo } from '../../roster/index.ts';
import { type Feed, type Run, type Sync, UnreadableFile } from '../../sync/index.ts';
import { bytesOf, callerOf, makeProblemDoor, type PlainHttp, refusedBody } from '../../wire/index.ts';
import { makeStudentCutter, parsedStudent } from './students.ts';

/** What the address of snapshots needs. */
export interface SnapshotPushDeps {
  readonly access: Pick<Access, 'adminKey'>;
  readonly sync: Pick<Sync, 'feed' | 'feeds' | 'submit' | 'run'>;
  readonly log: Log;
  /** Where keys may come over plain HTTP; unset: from this machine only. */
  readonly plainHttp?: PlainHttp;
}

/** The name of a body in reports. */
const fileName = 'snapshot.json';
const longestKey = 1_024;
const { refuse, plainHttp, method, errors } = makeProblemDoor('API_KEY realm="rostergate snapshots"');
const only = (allowed: string) => method(allowed, `This address is asked by ${allowed}.`);

/**
 * Makes the address to which a student record system sends its snapshots (`feeds.md` 1); the router belongs at `/v1/sync`. `POST`
 * takes `{"data":{"students":[…]}}` with the feed's key in the header `API_KEY` and answers 202 with the run; `GET /RUN` tells
 * how it stands. Errors are RFC 9457 problem documents.
 */
export function makeSnapshotPush(deps: SnapshotPushDeps): Router {
  const router = Router({ caseSensitive: true });
  const plain = plainHttp(deps.plainHttp ?? 'loopback');
  router.route('/').post(plain, takeHandler(deps)).all(only('POST'));
  router.route('/:run').get(plain, runHandler(deps)).all(only('GET'));
  router.use(errors(deps.log));
  return router;
}

function takeHandler({ access, sync }: SnapshotPushDeps): RequestHandler {
  return async (request, response) => {
    response.locals['route'] = request.baseUrl;
    const context = await contextOf(access, request, response);
    if (!context.ok) return refuse(request, response, context.problem);
    const feed = await feedOf(sync, context.value, request);
    if (!feed.ok) return refuse(request, response, feed.problem);
    const wrong = refusedBody(request) ?? refusedType(request);
    if (wrong !== undefined) return refuse(request, response, wrong.problem);
    const run = await taken(sync, context.value, feed.value, request);
    if (!run.ok) return refuse(request, response, run.problem);
    const { id, state, dryRun } = run.value;
    response.status(202).location(`${request.baseUrl}/${id}`).json({ run: id, feed: feed.value, state, dryRun });
  };
}

function runHandler({ access, sync }: SnapshotPushDeps): RequestHandler<{ run: string }> {
  return async (request, response) => {
    response.locals['route'] = `${request.baseUrl}/:run`;
    const context = await contextOf(access, request, response);
    if (!context.ok) return refuse(request, response, context.problem);
    const run = await sync.run(context.value, request.params.run);
    if (run === undefined || run.protocol !== 'srs-snapshot') {
      return refuse(request, response, problem('unknown-object', 'There is no such run of your feed.'));
    }
    const { id, feed, state, dryRun, reason, counts, problems, queuedAt, startedAt, endedAt } = run;
    response.json({ run: id, feed, state, dryRun, reason, queuedAt, startedAt, endedAt, counts, problems });
  };
}

/** The body as it is stored, once it was seen to be a snapshot to its end; what is none is refused, and nothing is kept of it. */
async function taken(
  sync: SnapshotPushDeps['sync'],
  context: Context,
  feed: string,
  request: Request,
): Promise<Result<Run>> {
  try {
    return await sync.submit(context, { feed, dryRun: false, fileName, behindHeld: true }, checked(bytesOf(request)));
  } catch (error) {
    if (error instanceof UnreadableFile) {
      return failed(error.code, error.message, error.line === undefined ? {} : { line: error.line });
    }
    if ((error as { code?: unknown }).code !== 'ECONNRESET') throw error;
    return failed('invalid-request', 'The body ended before it was whole; nothing was kept. Send it again.');
  }
}

async function* checked(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const cutter = makeStudentCutter('The body', ({ index, line, bytes: student }) => {
    if (student !== undefined) parsedStudent('The body', index, line, student);
  });
  for await (const piece of bytes) {
    cutter.push(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength));
    yield piece;
  }
  cutter.end();
}

/** Who sends snapshots, by the key in the header. */
async function contextOf(
  access: SnapshotPushDeps['access'],
  request: Request<object>,
  response: Response,
): Promise<Result<Context>> {
  const [key] = [request.headers['api_key'], request.headers['api-key']].flat().filter((text) => text !== undefined);
  if (key === undefined || key === '' || key.length > longestKey) {
    return failed(
      'unauthenticated',
      'Send the feed’s key in the header API_KEY, or in API-KEY where a proxy drops headers with an underscore.',
    );
  }
  const context = await access.adminKey(key, callerOf(request, response));
  if (!context.ok) return context;
  const { role, tenant } = context.value;
  if (role !== undefined && tenant !== everyTenant && mayDo(role, 'imports.send')) return context;
  return failed('forbidden', 'This key may not send snapshots; an admin makes a key of the role sender for the feed.');
}

/** The feed that a key sends to: the one that takes snapshots among those that it may use, or that the query names. */
async function feedOf(sync: SnapshotPushDeps['sync'], context: Context, request: Request): Promise<Result<string>> {
  const named = request.query['feed'];
  const takes = ({ name, protocol }: Feed) =>
    protocol === 'srs-snapshot' && (context.feeds === undefined || context.feeds.includes(name));
  const { items } = await sync.feeds(context);
  const found = items.filter(takes).filter(({ name }) => named === undefined || name === named);
  const [feed] = found;
  if (feed === undefined) {
    return failed(
      'conflict',
      'There is no feed of snapshots for this key: an admin makes a feed of the protocol srs-snapshot, and a key of the role sender for it.',
    );
  }
  if (found.length > 1) {
    return failed(
      'invalid-request',
      'This key may send to several feeds of snapshots; name one: POST /v1/sync?feed=NAME.',
      {
        field: 'feed',
      },
    );
  }
  return ok(feed.name);
}

/** JSON, whatever its charset is said to be; what sends no type at all is taken. */
function refusedType({ headers }: Request) {
  const type = headers['content-type'];
  if (
    type === undefined ||
    /^\s*(?:application\/(?:[\w.-]+\+)?json|text\/json|text\/plain|application\/octet-stream)\s*(?:;|$)/i.test(type)
  ) {
    return undefined;
  }
  return failed('unsupported-media-type', 'Send the snapshot as JSON, with Content-Type: application/json.');
}
