import { createHash } from 'node:crypto';
import { type Problem, problem } from '../../base/problem.ts';
import { failed, ok, type Result } from '../../base/result.ts';
import type { Arrivals } from '../../store/index.ts';
import type { HttpsPullSettings, Sync } from '../../sync/index.ts';
import { type Outbound, OutboundFailed, type OutboundStream, type StreamLimits } from '../../wire/index.ts';
import { feedContext } from '../feed-context.ts';
import { lettingGo } from '../let-go.ts';
import { firstVersion, type LastSeen, lastSeen } from '../overwritten.ts';
import { type Arrival, ArrivalBroken, type Looker } from '../types.ts';
import { conditionOf, problemOf, stampOf } from './answer.ts';

/** What fetching by HTTPS needs. */
export interface HttpsPullDeps {
  readonly outbound: Outbound;
  readonly sync: Pick<Sync, 'feedSecret'>;
  readonly arrivals: Pick<Arrivals, 'last'>;
  /** How large a file may be, and how long it may take. */
  readonly limits: StreamLimits;
}

/** A file at an address, with what is sent to get it. */
interface Source {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Makes the {@link Looker} of files that are fetched by HTTPS: a look reads the head of the answer alone, by which the server
 * says whether the file is another one. One that says nothing of the kind has its file read for its hash.
 */
export function makeHttpsPullLooker({ outbound, sync, arrivals, limits }: HttpsPullDeps): Looker {
  async function get({ url, headers }: Source, more: Readonly<Record<string, string>>, signal: AbortSignal) {
    return outbound.open({ method: 'GET', url, headers: { ...headers, ...more } }, limits, signal);
  }

  /** What the server says of the file now: its stamp, and its size where that is known. */
  async function ask(source: Source, last: LastSeen | undefined, signal: AbortSignal): Promise<Result<Described>> {
    // A file that still waits to be taken is described anew.
    const isOver = last?.state === 'taken' || last?.state === 'refused';
    const answer = await get(source, isOver ? conditionOf(last.stamp) : {}, signal);
    if (!answer.ok) return answer;
    try {
      if (answer.value.status === 304 && last !== undefined) return ok({ stamp: last.stamp, bytes: last.bytes });
      const wrong = problemOf(answer.value);
      if (wrong !== undefined) return { ok: false, problem: wrong };
      const length = answer.value.headers['content-length'];
      const stamp = stampOf(answer.value);
      if (stamp !== undefined) return ok({ stamp, bytes: length === undefined ? undefined : Number(length) });
      return ok(await hashOf(answer.value));
    } catch (error) {
      if (error instanceof OutboundFailed) return { ok: false, problem: error.problem };
      throw error;
    } finally {
      answer.value.close();
    }
  }

  async function open(source: Source, stamp: string, signal: AbortSignal): Promise<Result<AsyncIterable<Uint8Array>>> {
    const answer = await get(source, {}, signal);
    if (!answer.ok) return { ok: false, problem: passing(answer.problem) };
    const wrong = problemOf(answer.value) ?? (isStill(answer.value, stamp) ? undefined : changed);
    if (wrong === undefined) return ok(lettingGo(piecesOf(answer.value, stamp), () => answer.value.close()));
    answer.value.close();
    return { ok: false, problem: wrong };
  }

  return {
    kind: 'https-pull',

    async look(place, feed, signal) {
      const settings = feed.httpsPull;
      if (settings === null) return failed('conflict', 'The feed has no setting httpsPull.', { field: 'httpsPull' });
      const secret = await sync.feedSecret(feedContext(place), place.feed, 'httpsPull', 'secret');
      if (!secret.ok) return secret;
      const source = { url: settings.url, headers: headersOf(settings, secret.value ?? '') };
      const name = nameOf(settings.url);
      const last = await lastSeen(arrivals, place, name);
      const found = await ask(source, last, signal);
      if (!found.ok) return found;
      const { stamp, bytes } = found.value;
      const arrival: Arrival = {
        name,
        version: last?.versionOf(stamp) ?? firstVersion(stamp),
        bytes,
        open: (opening) => open(source, stamp, opening),
      };
      return ok([arrival]);
    },
  };
}

/** A file as its server describes it. */
interface Described {
  readonly stamp: string;
  readonly bytes: number | undefined;
}

const hashMark = 'sha256 ';

async function hashOf({ body }: OutboundStream): Promise<Described> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const piece of body) {
    bytes += piece.length;
    hash.update(piece);
  }
  return { stamp: hashMark + hash.digest('hex'), bytes };
}

/** Whether an answer is the file that was seen, as far as its head says. */
function isStill(answer: OutboundStream, stamp: string): boolean {
  const now = stampOf(answer);
  return now === undefined ? stamp.startsWith(hashMark) : now === stamp;
}

async function* piecesOf(answer: OutboundStream, stamp: string): AsyncGenerator<Uint8Array> {
  const hash = stampOf(answer) === undefined ? createHash('sha256') : undefined;
  try {
    for await (const piece of answer.body) {
      hash?.update(piece);
      yield piece;
    }
  } catch (error) {
    if (error instanceof OutboundFailed) throw new ArrivalBroken(error.problem);
    throw error;
  }
  if (hash !== undefined && hashMark + hash.digest('hex') !== stamp) throw new ArrivalBroken(changed);
}

/** What is sent with each request; `identity`, so that the bytes are those of the file. */
function headersOf({ auth, user, header }: HttpsPullSettings, secret: string): Record<string, string> {
  const usual = { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'Rostergate' };
  switch (auth) {
    case 'none':
      return usual;
    case 'basic':
      return { ...usual, authorization: `Basic ${Buffer.from(`${user ?? ''}:${secret}`).toString('base64')}` };
    case 'bearer':
      return { ...usual, authorization: `Bearer ${secret}` };
    case 'header':
      return { ...usual, [(header ?? 'authorization').toLowerCase()]: secret };
    default:
      return auth satisfies never;
  }
}

/** The last part of an address's path. */
function nameOf(url: string): string {
  const last = new URL(url).pathname.split('/').findLast((part) => part !== '') ?? '';
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}

/** A file is not refused for good for what was wrong with the way to it. */
function passing(told: Problem): Problem {
  return told.code === 'busy' ? told : { ...told, code: 'conflict' };
}

const changed = problem('busy', 'The file was changed while it was read; it is looked at again.');
