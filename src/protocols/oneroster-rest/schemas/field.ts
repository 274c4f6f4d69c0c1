import { oneRosterWords } from '../../../model/index.ts';
import type { Noun } from '../operations/index.ts';

/** A JSON Schema in the dialect of OpenAPI 3.0. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A field of an object: its schema in answers and in bodies that are sent, and whether an answer always has it. */
export interface Field {
  readonly answer: JsonSchema;
  readonly body: JsonSchema;
  readonly required: boolean;
}

/** The fields of an object by name. */
export type Fields = Readonly<Record<string, Field>>;

const field = (answer: JsonSchema, body: JsonSchema = answer): Field => ({ answer, body, required: false });

/** The same field, always there. */
export const required = (one: Field): Field => ({ ...one, required: true });

export const text = field({ type: 'string' });
export const texts = field({ type: 'array', items: { type: 'string' } });
export const number = field({ type: 'number' }, { oneOf: [{ type: 'number' }, { type: 'string' }] });
export const uri = field({ type: 'string', format: 'uri' }, { type: 'string' });
/** A day: `YYYY-MM-DD`. A body may have a time behind it. */
export const day = field({ type: 'string', format: 'date' }, { type: 'string' });
/** A time in UTC; a body may give a day. */
export const moment = field({ type: 'string', format: 'date-time' }, { type: 'string' });
/** A OneRoster boolean: the texts `true` and `false`; a body may have real booleans. */
export const flag = field({ type: 'string', enum: ['true', 'false'] }, { enum: ['true', 'false', true, false] });

/** One of some words, or an extension of the vocabulary. */
export function words(list: readonly string[], extensible = true): Field {
  const known = { type: 'string', enum: [...list] };
  return field(extensible ? { anyOf: [known, { type: 'string', pattern: '^(ext:)[a-zA-Z0-9.\\-_]+$' }] } : known);
}

/** Words of one of the vocabularies of OneRoster. */
export const vocabulary = (name: keyof typeof oneRosterWords): Field => words([...oneRosterWords[name]]);

const referenceName = (noun: Noun) => `${noun.charAt(0).toUpperCase()}${noun.slice(1)}Reference`;

/** The schema of a reference to an object of a class (`…GUIDRef`). */
export function referenceSchema(noun: Noun): JsonSchema {
  return {
    type: 'object',
    additionalProperties: false,
    required: ['href', 'sourcedId', 'type'],
    properties: {
      href: { type: 'string', format: 'uri' },
      sourcedId: { type: 'string' },
      type: { type: 'string', enum: [noun] },
    },
  };
}

const sentReference: JsonSchema = {
  type: 'object',
  required: ['sourcedId'],
  properties: { href: { type: 'string' }, sourcedId: { type: 'string' }, type: { type: 'string' } },
};

/** A reference to an object of a class. A body needs no more than the `sourcedId`. */
export const reference = (noun: Noun): Field =>
  field({ $ref: `#/components/schemas/${referenceName(noun)}` }, sentReference);

/** References to objects of a class. */
export const references = (noun: Noun): Field => {
  const one = reference(noun);
  return field({ type: 'array', items: one.answer }, { type: 'array', items: one.body });
};

/** The schemas of references to the classes that can be referred to, by name. */
export function referenceSchemas(nouns: readonly Noun[]): Record<string, JsonSchema> {
  return Object.fromEntries(nouns.map((noun) => [referenceName(noun), referenceSchema(noun)]));
}

/** A closed object. */
export function object(fields: Fields, side: 'answer' | 'body', least: readonly string[] = []): JsonSchema {
  const names = Object.keys(fields).filter((name) => fields[name]?.required === true || least.includes(name));
  return {
    type: 'object',
    additionalProperties: false,
    ...(names.length > 0 ? { required: names } : {}),
    properties: Object.fromEntries(Object.entries(fields).map(([name, one]) => [name, one[side]])),
  };
}

/** A list of closed objects. */
export const objects = (fields: Fields): Field =>
  field({ type: 'array', items: object(fields, 'answer') }, { type: 'array', items: object(fields, 'body') });

/** A list that has at least one item. */
export const some = ({ answer, body }: Field): Field => field({ ...answer, minItems: 1 }, { ...body, minItems: 1 });
