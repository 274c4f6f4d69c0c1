import type { NextFunction, Request, Response } from 'express';
import { problem } from '../../base/problem.ts';
import { type Caller, scopeAddresses } from '../../roster/index.ts';
import { callerOf } from '../../wire/index.ts';
import { type Answer, refusal, write } from './answer.ts';
import { challenges, contextOfRequest } from './authenticate.ts';
import { challenge } from './bearer.ts';
import type { Call, Handler, Handlers } from './call.ts';
import type { OneRosterDeps } from './deps.ts';
import { documentAt } from './discovery/index.ts';
import { makeOnRecord } from './on-record.ts';
import { makeMatcher, opens, services, type Version } from './operations/index.ts';
import { makePush } from './push/index.ts';
import { makeReads } from './reads.ts';
import { makeWrites } from './write/index.ts';

/** The segments of a path, decoded, without empty ones; undefined for malformed percent-encoding. */
function segmentsOf(path: string): string[] | undefined {
  try {
    return path.split('/').filter(Boolean).map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

/** The beginning of absolute addresses; undefined for a `Host` that is no host. */
export function originOf(request: Request, publicUrl: string | undefined): string | undefined {
  if (publicUrl !== undefined) return publicUrl.replace(/\/+$/, '');
  const host: string | undefined = request.host;
  return host !== undefined && /^[A-Za-z0-9.\-_:[\]]{1,255}$/.test(host) ? `${request.protocol}://${host}` : undefined;
}

/** Makes the handler of every path under `/ims/oneroster`; other paths are passed on. */
export function makeServe(deps: OneRosterDeps) {
  const { access, log, publicUrl } = deps;
  const match = makeMatcher(services);
  const onRecord = makeOnRecord(deps.audit);
  const handlers: Handlers = { ...makeReads(deps), ...makeWrites(deps), ...makePush(deps) };

  async function perform(call: Call, handler: Handler, request: Request, caller: Caller): Promise<Answer> {
    const { service, operation, query } = call;
    const { version } = service;
    const { authorization } = request.headers;
    const path = request.originalUrl.split('?', 1)[0] ?? '';
    const signed = { method: request.method, origin: call.origin, path, query };
    const context = await contextOfRequest(access, authorization, signed, caller);
    if (!context.ok) {
      const is401 = context.problem.code === 'unauthenticated';
      const headers = is401 ? { 'WWW-Authenticate': challenges(authorization, query) } : {};
      return refusal(version, context.problem, headers);
    }
    if (!opens(context.value.scopes ?? [], operation)) {
      const header = challenge('insufficient_scope', scopeAddresses(version, operation.scopes));
      const text = `${operation.id} needs one of the scopes ${operation.scopes.join(', ')}`;
      const refused = refusal(version, problem('forbidden', text), { 'WWW-Authenticate': header });
      await onRecord(context.value, operation, call.values, refused);
      return refused;
    }
    const answer = await handler({ ...call, context: context.value, request });
    await onRecord(context.value, operation, call.values, answer);
    return answer;
  }

  async function respond(request: Request, response: Response, version: Version): Promise<Answer> {
    const caller = callerOf(request, response);
    const segments = segmentsOf(request.path);
    if (segments === undefined)
      return refusal(version, problem('invalid-request', 'The path is not encoded correctly'));
    const read = request.method === 'GET' || request.method === 'HEAD';
    const origin = originOf(request, publicUrl);
    if (origin === undefined) return refusal(version, problem('invalid-request', 'The Host header is not a host'));
    const document = read ? documentAt(segments, origin, deps.version) : undefined;
    if (document !== undefined) return { status: 200, body: document };
    const found = match(segments);
    if (found === undefined || !('values' in found)) {
      return refusal(version, problem('unknown-object', 'Unknown Object: there is no such path'));
    }
    const handled = found.operations.filter(({ kind }) => handlers[kind] !== undefined);
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const operation = handled.find((one) => one.method === method);
    const handler = operation && handlers[operation.kind];
    if (operation === undefined || handler === undefined) {
      const allow = handled.flatMap((one) => (one.method === 'GET' ? ['HEAD', 'GET'] : [one.method])).join(', ');
      const text = 'This path cannot be used like this';
      return refusal(version, problem('unsupported-operation', text), { Allow: allow });
    }
    const mark = request.originalUrl.indexOf('?');
    const query = mark < 0 ? '' : request.originalUrl.slice(mark + 1);
    const { service, values } = found;
    response.locals['route'] = service.base + operation.path;
    return perform({ service, operation, values, query, origin }, handler, request, caller);
  }

  return async (request: Request, response: Response, next: NextFunction): Promise<void> => {
    if (!/^\/+ims\/+oneroster(?:\/|$)/i.test(request.path)) {
      next();
      return;
    }
    const version = /^\/+ims\/+oneroster\/+v1p1(?:\/|$)/i.test(request.path) ? '1.1' : '1.2';
    try {
      write(request, response, await respond(request, response, version));
    } catch (error) {
      log.error({ error: error instanceof Error ? error.name : 'unknown' }, 'OneRoster request failed');
      if (response.headersSent) next(error);
      else
        write(
          request,
          response,
          refusal(version, problem('internal', 'The gateway failed; the request may be repeated')),
        );
    }
  };
}
