import { scopeAddresses } from '../../../roster/index.ts';
import type { Kind, Noun, Operation, Parameter, Service, Version } from '../operations/index.ts';
import { nounOf } from '../operations/index.ts';
import { type JsonSchema, object, referenceSchemas } from '../schemas/field.ts';
import { fieldsOf } from '../schemas/nouns.ts';
import { bodyRequired, statusSchema } from '../schemas/status.ts';
import { summaryOf } from './summary.ts';

const refer = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);

const parameters: Readonly<Record<Parameter, JsonSchema>> = {
  limit: {
    description: 'How many objects a page has at most; more than 10,000 counts as 10,000.',
    schema: { type: 'integer', format: 'int32', minimum: 1, default: 100 },
  },
  offset: {
    description: 'How many objects to pass over.',
    schema: { type: 'integer', format: 'int32', minimum: 0, default: 0 },
  },
  sort: { description: 'A field to sort by.', schema: { type: 'string' } },
  orderBy: { description: 'Direction of the sorting.', schema: { type: 'string', enum: ['asc', 'desc'] } },
  filter: {
    description: "field='value', or two of those joined by AND or OR; predicates are = != > >= < <= ~ (contains).",
    schema: { type: 'string' },
  },
  fields: {
    description: 'Names of the fields to show, separated by commas.',
    style: 'form',
    explode: false,
    schema: { type: 'array', items: { type: 'string' } },
  },
};

/** Statuses of failure, with the operations that may give them. */
const failures: readonly (readonly [status: string, text: string, when: (operation: Operation) => boolean])[] = [
  ['400', 'The request, its filter or its selection of fields cannot be read.', () => true],
  ['401', 'Nobody is known by the token or signature.', () => true],
  ['403', 'No granted scope opens the operation, or the gateway refuses it.', () => true],
  ['404', 'There is no such object.', () => true],
  ['405', 'The path is not used with this method.', () => true],
  ['409', 'Somebody else changed the same objects just now.', ({ method }) => method !== 'GET'],
  ['413', 'The body is too large.', ({ method }) => method !== 'GET'],
  ['415', 'The body is no JSON.', ({ method }) => method !== 'GET'],
  ['422', 'The body does not make sense; the text names the field.', () => true],
  ['429', 'Too many requests; Retry-After says when to come again.', () => true],
  ['500', 'The gateway failed; the request may be repeated.', () => true],
  ['503', 'The gateway cannot store anything at present.', ({ method }) => method !== 'GET'],
];

const pageHeaders = {
  'X-Total-Count': { description: 'How many objects there are in all.', schema: { type: 'integer' } },
  Link: { description: 'Addresses of the first, previous, next and last page (RFC 8288).', schema: { type: 'string' } },
};

const json = (schema: JsonSchema) => ({ 'application/json': { schema } });

/** Schemas of what writes answer, by kind; reads answer the objects themselves. */
const answered: Readonly<Partial<Record<Kind, string>>> = {
  'post-set': 'SourcedIdPair',
  'push-post': 'SourcedIdPair',
  'push-batch': 'BatchResult',
};

/** What a success has for a body. */
function answerOf(service: Service, operation: Operation): JsonSchema | undefined {
  const { wrapper, kind } = operation;
  if (wrapper === undefined) return undefined;
  const one = refer(answered[kind] ?? capital(nounOf[operation.view]));
  const value = kind === 'read-one' ? one : { type: 'array', items: one };
  const beside = service.version === '1.1' ? { statusInfoSet: refer('StatusInfoSet') } : {};
  const properties = { [wrapper]: value, ...beside };
  return { type: 'object', additionalProperties: false, required: [wrapper], properties };
}

const statusTexts: Readonly<Record<number, string>> = {
  200: 'It is done.',
  201: 'It is stored.',
  204: 'It is deleted.',
};

function responsesOf(service: Service, operation: Operation): JsonSchema {
  const schema = answerOf(service, operation);
  const success = operation.success.map((status) => {
    const headers = operation.method === 'GET' ? { headers: pageHeaders } : {};
    const content = schema === undefined ? {} : { content: json(schema) };
    return [String(status), { description: statusTexts[status] ?? 'It is done.', ...headers, ...content }];
  });
  const failed = failures
    .filter(([, , when]) => when(operation))
    .map(([status, description]) => [status, { description, content: json(refer('Failure')) }]);
  return Object.fromEntries([...success, ...failed]);
}

/** The schema of an object as it is sent; the path of a set settles what it names. */
function sentSchema(version: Version, noun: Noun, settled: readonly string[] = []): JsonSchema {
  const required = bodyRequired(version, noun).filter((name) => !settled.includes(name));
  return { ...object(fieldsOf(version, noun), 'body'), required };
}

function bodyOf({ version }: Service, { body, kind, view, within }: Operation): JsonSchema {
  if (body === undefined) return {};
  const noun = nounOf[view];
  const one = kind === 'post-set' ? sentSchema(version, noun, within) : refer(`${capital(noun)}Sent`);
  const items = kind === 'push-batch' ? refer('BatchOperation') : one;
  const isList = kind === 'post-set' || kind === 'push-batch';
  const value = isList ? { type: 'array', minItems: 1, maxItems: 1000, items } : one;
  const schema = { type: 'object', additionalProperties: false, required: [body], properties: { [body]: value } };
  return { requestBody: { required: true, content: json(schema) } };
}

function operationOf(service: Service, operation: Operation): JsonSchema {
  const inPath = [...operation.path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const inQuery = operation.parameters.map((name) => ({ name, in: 'query', ...parameters[name] }));
  return {
    operationId: operation.id,
    summary: summaryOf(operation),
    tags: [operation.kind === 'push-batch' ? 'Batch' : capital(nounOf[operation.view])],
    security: scopeAddresses(service.version, operation.scopes).map((scope) => ({ OAuth2CC: [scope] })),
    parameters: [...inPath, ...inQuery],
    ...bodyOf(service, operation),
    responses: responsesOf(service, operation),
  };
}

/** The classes of objects that answers and bodies of a service have. */
function nounsOf({ operations }: Service): Noun[] {
  return [...new Set(operations.map(({ view }) => nounOf[view]))];
}

const referable: readonly Noun[] = [
  'academicSession',
  'assessmentLineItem',
  'category',
  'class',
  'course',
  'lineItem',
  'org',
  'resource',
  'scoreScale',
  'user',
];

/** The schemas of a service's objects, references and failures by name: what its answers hold to. */
export function schemasOf(service: Service): Record<string, JsonSchema> {
  const { version, operations } = service;
  const named: Record<string, JsonSchema> = { ...referenceSchemas(referable), ...statusSchema(version) };
  for (const noun of nounsOf(service)) {
    named[capital(noun)] = object(fieldsOf(version, noun), 'answer');
    if (operations.some(({ view, body }) => body !== undefined && nounOf[view] === noun)) {
      named[`${capital(noun)}Sent`] = sentSchema(version, noun);
    }
  }
  if (operations.some(({ kind }) => kind === 'post-set' || kind === 'push-post')) {
    named['SourcedIdPair'] = {
      type: 'object',
      additionalProperties: false,
      required: ['suppliedSourcedId', 'allocatedSourcedId'],
      properties: { suppliedSourcedId: { type: 'string' }, allocatedSourcedId: { type: 'string' } },
    };
  }
  return operations.some(({ kind }) => kind === 'push-batch') ? { ...named, ...batchSchemas } : named;
}

/** The schemas of a batch of rostering push: an operation, and what became of it. */
const batchSchemas: Readonly<Record<string, JsonSchema>> = {
  BatchOperation: {
    type: 'object',
    additionalProperties: false,
    required: ['method', 'path'],
    properties: {
      method: { type: 'string', enum: ['PUT', 'POST', 'DELETE'] },
      path: { type: 'string', description: 'Below the base of the service, as /orgs/s1.' },
      body: { type: 'object', description: 'What the operation would have for its body by itself.' },
    },
  },
  BatchResult: {
    type: 'object',
    additionalProperties: false,
    required: ['status'],
    properties: {
      status: { type: 'integer', description: 'The status that the operation would have by itself.' },
      sourcedId: { type: 'string' },
      failure: refer('Failure'),
    },
  },
};

/** The OpenAPI 3.0 document of a service, at the address by which clients know the gateway (OneRoster 1.2, service discovery). */
export function serviceDocument(service: Service, title: string, origin: string, version: string): JsonSchema {
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const operation of service.operations) {
    const method = operation.method.toLowerCase();
    paths[operation.path] = { ...paths[operation.path], [method]: operationOf(service, operation) };
  }
  const scopes = [...new Set(service.operations.flatMap((one) => scopeAddresses(service.version, one.scopes)))];
  return {
    openapi: '3.0.3',
    info: { title, version, description: `OneRoster ${service.version} as this gateway serves it.` },
    servers: [{ url: origin + service.base }],
    paths,
    components: {
      securitySchemes: {
        OAuth2CC: {
          type: 'oauth2',
          flows: {
            clientCredentials: {
              tokenUrl: `${origin}/oauth/token`,
              scopes: Object.fromEntries(scopes.map((scope) => [scope, ''])),
            },
          },
        },
      },
      schemas: schemasOf(service),
    },
  };
}
