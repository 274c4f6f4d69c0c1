import { type Request, type RequestHandler, type Response, Router } from 'express';
import { randomId } from '../../base/ids.ts';
import type { Log } from '../../base/log.ts';
import { type Problem, problem } from '../../base/problem.ts';
import { failed, ok, type Result } from '../../base/result.ts';
import { type Access, type Context, everyTenant, mayDo } from '../../roster/index.ts';
import type { Sync } from '../../sync/index.ts';
import {
  basicCredential,
  bytesOf,
  callerOf,
  fileNameOf,
  makeProblemDoor,
  type PlainHttp,
  refusedBody,
} from '../../wire/index.ts';
import type { Arrival, Intake } from '../types.ts';
import { checkedBody, toldDigests } from './digests.ts';

/** What the addresses of feeds need. */
export interface HttpPutDeps {
  readonly access: Pick<Access, 'adminKey'>;
  readonly sync: Pick<Sync, 'feed'>;
  readonly intake: Intake;
  readonly log: Log;
  /** Where keys may come over plain HTTP; unset: from this machine only. */
  readonly plainHttp?: PlainHttp;
}

/** Longest key that is looked at. */
const longest = 1_024;
const { refuse, plainHttp, method, errors } = makeProblemDoor(
  'Basic realm="rostergate drop", charset="UTF-8", Bearer realm="rostergate drop"',
);

/**
 * Makes the addresses to which feeds' files are sent; the router belongs at `/drop`. `PUT` and `POST /drop/<feed>` or
 * `/drop/<feed>/<name>` take the file as the body, with the feed's key as a Bearer token or as the password of HTTP Basic,
 * and answer 202 with the run. Errors are RFC 9457 problem documents.
 */
export function makeHttpPut(deps: HttpPutDeps): Router {
  const router = Router({ caseSensitive: true });
  const take = takeHandler(deps);
  const steps = [plainHttp(deps.plainHttp ?? 'loopback'), take];
  for (const path of ['/:feed', '/:feed/:name']) {
    router.route(path).put(steps).post(steps).all(refuseMethod);
  }
  router.use(errors(deps.log));
  return router;
}

const refuseMethod = method('PUT, POST', 'Send the file by PUT or POST, as curl -T FILE does.');

function takeHandler({ access, sync, intake }: HttpPutDeps): RequestHandler<{ feed: string; name?: string }> {
  return async (request, response) => {
    response.locals['route'] = `${request.baseUrl}/:feed`;
    const { feed } = request.params;
    const context = await contextOf(access, request, response, feed);
    if (!context.ok) return refuse(request, response, context.problem);
    const settings = await sync.feed(context.value, feed);
    if (settings?.transport !== 'http-put') return refuse(request, response, noAddress(settings !== undefined, feed));
    const wrong = refusedBody(request);
    if (wrong !== undefined) return refuse(request, response, wrong.problem);
    const digests = toldDigests(request.headers);
    if (!digests.ok) return refuse(request, response, digests.problem);
    const length = request.headers['content-length'];
    const arrival: Arrival = {
      name: fileNameOf(request.params.name, request.headers, feed),
      // Each file that is put is one of its own, whatever it is called.
      version: randomId(),
      bytes: length === undefined ? undefined : Number(length),
      by: context.value.writer,
      open: async () => ok(checkedBody(bytesOf(request), digests.value)),
    };
    const place = { tenant: context.value.tenant, feed };
    const taken = await intake.take(place, 'http-put', arrival, new AbortController().signal);
    if (taken.state === 'taken') response.status(202).json({ feed, file: arrival.name, run: taken.run });
    else if (taken.state !== 'known') refuse(request, response, taken.problem);
  };
}

/** Who sends a file of a feed, by a key that may. */
async function contextOf(
  access: HttpPutDeps['access'],
  request: Request<{ feed: string }>,
  response: Response,
  feed: string,
): Promise<Result<Context>> {
  const authorization = request.get('authorization');
  const key = /^bearer +([\x21-\x7e]+) *$/i.exec(authorization ?? '')?.[1] ?? basicCredential(authorization)?.password;
  if (key === undefined || key === '' || key.length > longest) {
    return failed(
      'unauthenticated',
      'Send the feed’s key: as Authorization: Bearer KEY, or as the password of HTTP Basic (curl -u feed:KEY).',
    );
  }
  const context = await access.adminKey(key, callerOf(request, response));
  if (!context.ok) return context;
  const { role, feeds, tenant } = context.value;
  const may = role !== undefined && tenant !== everyTenant && mayDo(role, 'imports.send');
  if (may && (feeds === undefined || feeds.includes(feed))) return context;
  return failed(
    'forbidden',
    'This key may not send files of this feed; an admin makes a key of the role sender for it.',
  );
}

function noAddress(isThere: boolean, feed: string): Problem {
  return isThere
    ? problem('conflict', 'The feed takes no files at this address: its setting transport must be http-put.')
    : problem('unknown-object', `There is no feed ${feed.slice(0, 64)}; an admin makes it first.`);
}
