import { type ProblemCode, problemCodes } from '../base/problem.ts';
import { whoMay } from './access/allowed.ts';
import { queryOfRoute } from './audit/reason.ts';
import { schemaOfParameter } from './parameters.ts';
import type { Route } from './route.ts';
import { type SchemaName, schemas } from './schemas.ts';
import { sessionCookie } from './session/cookie.ts';
import { documentedDoors } from './session/documented.ts';
import { statusWords } from './status.ts';

const always: readonly ProblemCode[] = [
  'invalid-request',
  'unauthenticated',
  'forbidden',
  'too-many-requests',
  'busy',
  'internal',
];

const refer = (name: SchemaName) => ({ $ref: `#/components/schemas/${name}` });
const json = (name: SchemaName) => ({ 'application/json': { schema: refer(name) } });

/** The OpenAPI 3.1 description of a table of routes; who serves it adds `servers`. */
export function openApiDocument(routes: readonly Route[], version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method]: operation(route) };
  }
  for (const [path, methods] of Object.entries(documentedDoors)) paths[path] = { ...paths[path], ...methods };
  paths['/openapi.json'] = {
    get: {
      operationId: 'getOpenApi',
      summary: 'This document.',
      security: [],
      responses: {
        200: { description: 'This document.', content: { 'application/json': { schema: { type: 'object' } } } },
      },
    },
  };
  return {
    openapi: '3.1.1',
    info: {
      title: 'Rostergate admin API',
      version,
      description:
        'Imports and their runs, what runs changed and found, feeds, the trash. Every error is an RFC 9457 problem document.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    security: [{ basic: [] }, { key: [] }, { session: [] }],
    paths,
    components: {
      securitySchemes: {
        basic: { type: 'http', scheme: 'basic', description: 'An admin’s name and password.' },
        key: { type: 'http', scheme: 'bearer', description: 'An admin key, or an API key.' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: sessionCookie,
          description: 'A person’s session; what changes something carries its token in X-CSRF-Token too.',
        },
      },
      schemas,
    },
  };
}

function operation(route: Route): object {
  const { id, action, summary, body, success, path } = route;
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const inQuery = Object.entries(queryOfRoute(route)).map(([name, parameter]) => ({
    name,
    in: 'query',
    description: parameter.doc,
    ...('required' in parameter ? { required: true } : {}),
    schema: schemaOfParameter(parameter),
  }));
  const parameters = [...inPath, ...inQuery];
  return {
    operationId: id,
    summary,
    description: `Action \`${action}\`; for ${whoMay(route)}.`,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: requestBody(body) }),
    responses: { [success.status]: successResponse(success), ...problemResponses(route) },
  };
}

function requestBody(body: SchemaName | 'file'): object {
  return { required: true, content: body === 'file' ? { '*/*': {} } : json(body) };
}

const raw = { schema: { type: 'string' } };

function successResponse({ status, doc, schema, content }: Route['success']): object {
  const location = { Location: { description: 'Address of the run.', schema: { type: 'string' } } };
  return {
    description: doc,
    ...(status === 202 ? { headers: location } : {}),
    ...(schema === undefined ? {} : { content: json(schema) }),
    ...(content === undefined ? {} : { content: Object.fromEntries([content].flat().map((type) => [type, raw])) }),
  };
}

/** Problems by HTTP status, each with its codes. */
function problemResponses({ problems }: Route): Record<number, object> {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of problemCodes) {
    if (!always.includes(code) && !problems.includes(code)) continue;
    const { status } = statusWords[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const content = { 'application/problem+json': { schema: refer('Problem') } };
  const describe = (codes: readonly ProblemCode[]) =>
    codes.map((code) => `${statusWords[code].title} (\`${code}\`).`).join(' ');
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [status, { description: describe(codes), content }]),
  );
}
