import type { NextFunction, Request, Response } from 'express';
import { problem } from '../../base/problem.ts';
import type { Context } from '../../roster/index.ts';
import { type Answer, refusal, write } from './answer.ts';
import { bearerContext, challenge } from './bearer.ts';
import type { OneRosterDeps } from './deps.ts';
import { encodeItems } from './nouns/encode.ts';
import {
  makeMatcher,
  type Operation,
  opens,
  type Service,
  scopeAddresses,
  services,
  type Version,
} from './operations.ts';
import { makeFieldTable } from './query/fields.ts';
import { linkHeader } from './query/links.ts';
import { type Asked, askedBy, readParameters } from './query/parameters.ts';

/** A request that has found its operation. */
interface Call {
  readonly service: Service;
  readonly operation: Operation;
  readonly values: readonly string[];
  readonly query: string;
  /** Address of the service as clients know it. */
  readonly base: string;
}

/** The segments of a path, decoded, without empty ones; undefined for malformed percent-encoding. */
function segmentsOf(path: string): string[] | undefined {
  try {
    return path.split('/').filter(Boolean).map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

/** The beginning of absolute addresses; undefined for a `Host` that is no host. */
function originOf(request: Request, publicUrl: string | undefined): string | undefined {
  if (publicUrl !== undefined) return publicUrl.replace(/\/+$/, '');
  const host: string | undefined = request.host;
  return host !== undefined && /^[A-Za-z0-9.\-_:[\]]{1,255}$/.test(host) ? `${request.protocol}://${host}` : undefined;
}

function selected(objects: readonly Record<string, unknown>[], fields: ReadonlySet<string> | undefined): object[] {
  if (fields === undefined) return [...objects];
  return objects.map((object) => Object.fromEntries(Object.entries(object).filter(([name]) => fields.has(name))));
}

/** Makes the handler of every path under `/ims/oneroster`; other paths are passed on. */
export function makeServe({ roster, access, log, publicUrl }: OneRosterDeps) {
  const match = makeMatcher(services);
  const fieldsOf = makeFieldTable();

  async function encode(call: Call, context: Context, asked: Asked, items: Parameters<typeof encodeItems>[2]['items']) {
    const { service, operation, base } = call;
    const encoding = { version: service.version, view: operation.view, base, items };
    const { objects, left } = await encodeItems(roster, context, encoding);
    for (const guid of left) log.error({ guid, operation: operation.id }, 'record lacks what OneRoster requires');
    return selected(objects, asked.fields);
  }

  function answer({ operation }: Call, asked: Asked, data: unknown, headers: Record<string, string>): Answer {
    const warnings = asked.warnings.length > 0 ? { statusInfoSet: asked.warnings } : {};
    return { status: 200, body: { [operation.wrapper]: data, ...warnings }, headers };
  }

  async function readOne(call: Call, context: Context, asked: Asked): Promise<Answer> {
    const [sourcedId = ''] = call.values;
    const item = await roster.served(context, call.operation.view, sourcedId);
    const [object] = item === undefined ? [] : await encode(call, context, asked, [item]);
    if (object === undefined) {
      return refusal(
        call.service.version,
        problem('unknown-object', 'Unknown Object: there is none with this sourcedId'),
      );
    }
    return answer(call, asked, object, { 'X-Total-Count': '1' });
  }

  async function readMany(call: Call, context: Context, asked: Asked): Promise<Answer> {
    const { items, total } = await roster.page(context, asked.page);
    const objects = await encode(call, context, asked, items);
    const address = call.base + call.operation.path;
    const place = { limit: asked.page.limit, offset: asked.page.offset, total };
    return answer(call, asked, objects, {
      'X-Total-Count': String(total),
      Link: linkHeader(address, readParameters(call.query, call.operation), place),
    });
  }

  async function perform(call: Call, authorization: string | undefined): Promise<Answer> {
    const { service, operation, query } = call;
    const { version } = service;
    const context = await bearerContext(access, authorization, query);
    if (!context.ok) {
      const error = authorization === undefined ? undefined : 'invalid_token';
      const headers = context.problem.code === 'unauthenticated' ? { 'WWW-Authenticate': challenge(error) } : {};
      return refusal(version, context.problem, headers);
    }
    if (!opens(context.value.scopes ?? [], operation)) {
      const header = challenge('insufficient_scope', scopeAddresses(version, operation.scopes));
      const text = `${operation.id} needs one of the scopes ${operation.scopes.join(', ')}`;
      return refusal(version, problem('forbidden', text), { 'WWW-Authenticate': header });
    }
    const parameters = readParameters(query, operation);
    const asked = askedBy(version, operation.view, parameters, fieldsOf(version, operation.view));
    if (!asked.ok) return refusal(version, asked.problem);
    return operation.single ? readOne(call, context.value, asked.value) : readMany(call, context.value, asked.value);
  }

  async function respond(request: Request, response: Response, version: Version): Promise<Answer> {
    const segments = segmentsOf(request.path);
    if (segments === undefined)
      return refusal(version, problem('invalid-request', 'The path is not encoded correctly'));
    const found = match(segments);
    if (found === undefined || !('values' in found)) {
      return refusal(version, problem('unknown-object', 'Unknown Object: there is no such path'));
    }
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const operation = found.operations.find((one) => one.method === method);
    if (operation === undefined) {
      const allow = ['HEAD', ...found.operations.map((one) => one.method)].join(', ');
      return refusal(version, problem('unsupported-operation', 'This path cannot be used like this'), { Allow: allow });
    }
    const origin = originOf(request, publicUrl);
    if (origin === undefined) return refusal(version, problem('invalid-request', 'The Host header is not a host'));
    const mark = request.originalUrl.indexOf('?');
    const query = mark < 0 ? '' : request.originalUrl.slice(mark + 1);
    const { service, values } = found;
    response.locals['route'] = service.base + operation.path;
    return perform({ service, operation, values, query, base: origin + service.base }, request.headers.authorization);
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
