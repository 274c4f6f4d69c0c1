import { parseXml } from '../../../src/wire/index.ts';
import type { Asked } from './requests.ts';
import type { Got } from './send.ts';

/** What no answer holds, whatever was asked: stack frames, words of the driver and of the engine, paths. */
const insides = [
  '\n    at ',
  'node_modules',
  'file://',
  'mongodb://',
  'mongoose',
  'MongoServerError',
  'MongoError',
  'E11000',
  'BSONError',
  'CastError',
  'TypeError',
  'RangeError',
  'ReferenceError',
  'SyntaxError',
  'Cannot read properties',
  'is not a function',
  '[object Object]',
  '$argon2',
  process.cwd(),
] as const;

/** What is wrong with an answer; nothing for most. `canaries` are texts of others that it must not hold. */
export function faultsOf({ method, path }: Asked, got: Got, canaries: readonly string[]): string[] {
  const faults: string[] = [];
  const whole = `${got.head}\n${got.text}`;
  for (const text of [...insides, ...canaries])
    if (whole.includes(text)) faults.push(`it holds ${JSON.stringify(text)}`);
  if (got.status === 0 || got.type === '') {
    if (got.status >= 500 && got.status !== 501 && got.status !== 505 && !/:Fault>/.test(got.text)) {
      faults.push(`status ${got.status}`);
    }
    return faults;
  }
  const isXml = /^(?:text\/xml|application\/(?:soap\+)?xml)/.test(got.type);
  const isFault = isXml && /^\/+soap/i.test(path) && got.text.includes(':Fault>');
  // SOAP 1.1 says every fault by 500 (section 6.2).
  if (got.status >= 500 && !(got.status === 500 && isFault)) faults.push(`status ${got.status}`);
  if (isFault && got.text.includes('inside the gateway')) faults.push('a defect');
  if (method !== 'HEAD' && got.text !== '') faults.push(...shapeOf(got, isXml));
  return faults;
}

function shapeOf({ status, type, text }: Got, isXml: boolean): string[] {
  if (isXml) {
    const parsed = parseXml(Buffer.from(text));
    if (!parsed.ok) return [`XML that cannot be read: ${parsed.problem.text}`];
    const known = ['Envelope', 'definitions', 'schema', 'enterprise'].includes(parsed.value.name);
    return known ? [] : [`XML of an unknown kind: ${parsed.value.name}`];
  }
  if (/^application\/(?:problem\+)?json/.test(type)) {
    try {
      const value = JSON.parse(text) as Readonly<Record<string, unknown>>;
      const isProblem = type.startsWith('application/problem');
      return isProblem && value['status'] !== status ? ['a problem with another status than its own'] : [];
    } catch {
      return ['JSON that is none'];
    }
  }
  const isPlain = /^text\/(?:plain|html|csv|event-stream)|^application\/(?:zip|x-ndjson|jsonl|octet-stream)/.test(type);
  return isPlain ? [] : [`an answer of the type ${type}`];
}
