import { type Failed, failed } from '../../../base/result.ts';
import type { FeedSection } from './section.ts';

/** Where a feed's files lie in an S3 bucket; part of its settings. */
export interface S3Settings {
  /** Address of the S3 service, without bucket. */
  endpoint: string;
  region: string;
  bucket: string;
  /** The object; with `pattern`, what the keys of the objects begin with. */
  key: string;
  /**
   * Null: `key` is one object. Else the rest of the keys, with `*` for any characters and `?` for one; what lies behind a
   * further `/` is not looked at.
   */
  pattern: string | null;
  accessKeyId: string;
  /** The bucket is a part of the path of the address, not of its host name. */
  pathStyle: boolean;
  /** What becomes of an object that was taken or refused: it stays, it is deleted, or it is put below `moveTo`. */
  after: 'keep' | 'delete' | 'move';
  /** What the key of a moved object begins with. */
  moveTo: string | null;
}

/** The rules of the setting `s3`. */
export const s3Section: FeedSection<S3Settings> = {
  properties: {
    endpoint: { type: 'string', minLength: 1, maxLength: 2048 },
    region: { type: 'string', minLength: 1, maxLength: 64, pattern: '^[A-Za-z0-9-]+$' },
    bucket: { type: 'string', minLength: 3, maxLength: 63, pattern: '^[a-z0-9][a-z0-9.-]*[a-z0-9]$' },
    key: { type: 'string', minLength: 1, maxLength: 1024 },
    pattern: { type: ['string', 'null'], minLength: 1, maxLength: 255 },
    accessKeyId: { type: 'string', minLength: 1, maxLength: 256, pattern: '^[\\u0021-\\u007e]+$' },
    secretAccessKey: { type: 'string', minLength: 1, maxLength: 1024 },
    pathStyle: { type: 'boolean' },
    after: { enum: ['keep', 'delete', 'move'] },
    moveTo: { type: ['string', 'null'], minLength: 1, maxLength: 512 },
  },
  secrets: ['secretAccessKey'],
  required: ['endpoint', 'bucket', 'key', 'accessKeyId', 'secretAccessKey'],
  defaults: { region: 'us-east-1', pattern: null, pathStyle: true, after: 'keep', moveTo: null },
  check(section, { there, secrets }, { checkUrl }) {
    const endpoint = checkUrl(section.endpoint);
    if (!endpoint.ok) return bad('endpoint', endpoint.problem.text);
    const { pathname, search, origin } = endpoint.value;
    if (pathname !== '/' || search !== '') {
      return bad('endpoint', 'The setting s3.endpoint is the address of the service alone, without bucket and path.');
    }
    const wrong = checkKeys(section);
    if (wrong !== undefined) return wrong;
    if (there === null || secrets['secretAccessKey'] !== undefined) return undefined;
    return new URL(there.endpoint).origin === origin ? undefined : bad('secretAccessKey', elsewhere);
  },
};

function checkKeys({ key, pattern, after, moveTo }: S3Settings): Failed | undefined {
  if (pattern === null && key.endsWith('/')) {
    return bad(
      'pattern',
      'The setting s3.pattern is needed where s3.key ends with /: that is no object, but a place of objects.',
    );
  }
  if (pattern?.includes('/') === true) {
    return bad('pattern', 'The setting s3.pattern is for the rest of the keys, without /.');
  }
  if (after !== 'move') return undefined;
  if (moveTo === null) return bad('moveTo', 'The setting s3.moveTo is needed with after move.');
  const comesBack = pattern === null ? moveTo + key === key : isLookedAt(moveTo, key);
  return comesBack
    ? bad('moveTo', 'The setting s3.moveTo leads to keys that are looked at again; name another place, as done/.')
    : undefined;
}

/** Whether objects below a place would be among those that a look at a prefix finds. */
function isLookedAt(moveTo: string, key: string): boolean {
  if (!moveTo.startsWith(key)) return key.startsWith(moveTo);
  return !moveTo.slice(key.length).includes('/');
}

function bad(field: string, text: string): Failed {
  return failed('invalid-request', text, { field });
}

const elsewhere =
  'The setting s3.secretAccessKey is needed with an endpoint at another server (scheme, host or port): the stored one is for the server of before and is not sent elsewhere.';
