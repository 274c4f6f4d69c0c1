import type { Request, RequestHandler, Response } from 'express';
import type { Failed } from '../../base/result.ts';
import type { Audit, AuditFact, AuditSubject, Context } from '../../roster/index.ts';
import type { Answer } from '../answer.ts';
import type { Route } from '../route.ts';
import type { SchemaName } from '../schemas.ts';

/** How each request of the admin API comes on record. */
export interface OnRecord {
  /** The first step of a route: what is refused before its handler is asked is noted when the answer has gone. */
  begin(route: Route): RequestHandler;
  /** Puts an answer of the handler on record: before it leaves where something was changed or is streamed. */
  end(route: Route, asked: Asked, answer: Answer | Failed): Promise<void>;
}

/** A request that has reached its handler. */
export interface Asked {
  readonly context: Context;
  readonly id: string;
  readonly reason: string | undefined;
  readonly response: Response;
}

/** Answers that are asked for again and again and show no record: the same is noted once in a minute. */
const routine: ReadonlySet<SchemaName | undefined> = new Set<SchemaName>([
  'Run',
  'RunList',
  'Feed',
  'FeedList',
  'Pull',
  'PullCheck',
  'Settings',
  'Downstream',
]);
const onceInMs = 60_000;

/** Names in paths that are no data of persons; all other ids in paths may be anything that a sender thought of. */
const named: ReadonlySet<string> = new Set(['feed', 'credential', 'tenant', 'run']);

/** What the first part of a path is called where there is one of it. */
const nouns: Readonly<Record<string, string>> = {
  trash: 'record',
  archived: 'record',
  imports: 'run',
  crosswalks: 'run',
  rollovers: 'run',
  export: 'roster',
};

function nounOf(path: string): string {
  const [, first = ''] = path.split('/');
  return nouns[first] ?? first.replace(/s$/, '');
}

/** Makes {@link OnRecord}. */
export function makeOnRecord(audit: Pick<Audit, 'record' | 'note'>): OnRecord {
  return {
    begin: (route) => (request, response, next) => {
      response.once('close', () => {
        const { context, recorded, problem } = response.locals as Locals;
        if (context === undefined || recorded === true) return;
        const fact = factOf(route, subjectAsked(route, idOf(request)), problem ?? 'internal');
        void audit.note(context, fact);
      });
      next();
    },

    async end(route, { context, id, reason, response }, answer) {
      response.locals['recorded'] = true;
      const problem = 'problem' in answer ? answer.problem.code : undefined;
      const about =
        'problem' in answer ? { subject: subjectAsked(route, id, problem) } : aboutAnswer(route, id, answer);
      const fact = { ...factOf(route, about.subject, problem), ...about };
      const whole = reason === undefined ? fact : { ...fact, reason };
      const isDone = problem === undefined && (route.method !== 'get' || 'stream' in answer);
      if (isDone) await audit.record(context, whole);
      else await audit.note(context, whole, isRoutine(route, fact) ? { inMs: onceInMs, by: route.id } : undefined);
    },
  };
}

const isRoutine = ({ success }: Route, { outcome }: AuditFact) => outcome === 'done' && routine.has(success.schema);

/** What the router and the answers leave for the record. */
interface Locals {
  readonly context?: Context;
  readonly recorded?: true;
  /** Code of the problem that was answered. */
  readonly problem?: string;
}

function factOf({ action }: Route, subject: AuditSubject, problem: string | undefined): AuditFact {
  return problem === undefined
    ? { action, subject, outcome: 'done' }
    : { action, subject, outcome: 'refused', problem };
}

/** Where nothing was found, what was asked for may be anything. */
function subjectAsked({ path }: Route, id: string, problem?: string): AuditSubject {
  const type = nounOf(path);
  if (id === '') return { type };
  return named.has(type) && problem === 'conflict' ? { type, id } : { type, asked: id };
}

function idOf(request: Request): string {
  const [value] = Object.values(request.params);
  return typeof value === 'string' ? value : '';
}

/** Whom or what an answer is about, and how many. */
function aboutAnswer(
  { path, method }: Route,
  id: string,
  { body = {}, about }: Answer,
): Pick<AuditFact, 'count' | 'run'> & { subject: AuditSubject } {
  const { guid = about, id: made, name, items, kind } = body as Readonly<Record<string, unknown>>;
  const type = nounOf(path);
  const run = typeof made === 'string' && typeof kind === 'string' ? { run: made } : {};
  if (Array.isArray(items)) {
    const [only, ...others] = items as readonly { readonly id?: unknown }[];
    const isOne = method !== 'get' && others.length === 0 && typeof only?.id === 'string';
    return {
      subject: isOne ? { type, asked: only.id as string } : subjectFound(type, id),
      count: items.length,
      ...run,
    };
  }
  if (typeof guid === 'string') return { subject: { type, id: guid }, count: 1, ...run };
  const own = id === '' ? (typeof made === 'string' ? made : typeof name === 'string' ? name : '') : id;
  return { subject: subjectFound(type, own), ...run };
}

function subjectFound(type: string, id: string): AuditSubject {
  if (id === '') return { type };
  return named.has(type) ? { type, id } : { type, asked: id };
}
