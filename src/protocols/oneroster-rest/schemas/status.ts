import type { Noun, Version } from '../operations/index.ts';
import { statusWords } from '../status.ts';
import type { JsonSchema } from './field.ts';
import { fieldsOf } from './nouns.ts';

const texts = (list: Iterable<string>) => ({ type: 'string', enum: [...new Set(list)] });
const major = texts(['success', 'processing', 'failure', 'unsupported']);
const severity = texts(['status', 'warning', 'error']);

/** The schemas of failures: bare `imsx_StatusInfo` in 1.2, `statusInfoSet` in 1.1, which may stand beside data too. */
export function statusSchema(version: Version): Record<string, JsonSchema> {
  if (version === '1.1') {
    const one = {
      type: 'object',
      additionalProperties: false,
      required: ['imsx_codeMajor', 'imsx_severity', 'imsx_codeMinor'],
      properties: {
        imsx_codeMajor: major,
        imsx_severity: severity,
        imsx_codeMinor: { type: 'string' },
        imsx_description: { type: 'string' },
      },
    };
    const set = { $ref: '#/components/schemas/StatusInfoSet' };
    return {
      StatusInfoSet: { type: 'array', minItems: 1, items: one },
      Failure: {
        type: 'object',
        additionalProperties: false,
        required: ['statusInfoSet'],
        properties: { statusInfoSet: set },
      },
    };
  }
  const minors = Object.values(statusWords).flatMap(({ minor }) => (minor === undefined ? [] : [minor]));
  const minor = {
    type: 'object',
    additionalProperties: false,
    required: ['imsx_codeMinorFieldName', 'imsx_codeMinorFieldValue'],
    properties: { imsx_codeMinorFieldName: { type: 'string' }, imsx_codeMinorFieldValue: texts(minors) },
  };
  return {
    Failure: {
      type: 'object',
      additionalProperties: false,
      required: ['imsx_codeMajor', 'imsx_severity'],
      properties: {
        imsx_codeMajor: major,
        imsx_severity: severity,
        imsx_description: { type: 'string' },
        imsx_CodeMinor: {
          type: 'object',
          additionalProperties: false,
          required: ['imsx_codeMinorField'],
          properties: { imsx_codeMinorField: { type: 'array', minItems: 1, items: minor } },
        },
      },
    },
  };
}

/** Required fields of answers that the gateway fills in where a body does not have them. */
const filledIn: ReadonlySet<string> = new Set([
  'sourcedId',
  'status',
  'dateLastModified',
  'school',
  'scoreStatus',
  'identifier',
  'courseCode',
]);

/** The fields that a body of a class must have. */
export function bodyRequired(version: Version, noun: Noun): string[] {
  return Object.entries(fieldsOf(version, noun))
    .filter(([name, { required }]) => required && !filledIn.has(name))
    .map(([name]) => name);
}
