import { failed } from '../../../base/result.ts';
import type { FeedSection } from './section.ts';

/** How a feed shows who it is to the server that its file is fetched from. */
export const httpsPullAuths = ['none', 'basic', 'bearer', 'header'] as const;

/** Where a feed's file is fetched by HTTPS; part of its settings. */
export interface HttpsPullSettings {
  url: string;
  /** `basic`: `user` and the secret; `bearer`: the secret as a token; `header`: the secret in the header `header`. */
  auth: (typeof httpsPullAuths)[number];
  user: string | null;
  header: string | null;
}

/** Headers that are no place for a secret: of the connection, or those that the gateway sets itself. */
const taken =
  /^(host|connection|content-.*|transfer-encoding|te|trailer|upgrade|expect|accept.*|if-.*|range|proxy-.*)$/i;

/** The rules of the setting `httpsPull`. */
export const httpsPullSection: FeedSection<HttpsPullSettings> = {
  properties: {
    url: { type: 'string', minLength: 1, maxLength: 2048 },
    auth: { enum: httpsPullAuths },
    user: { type: ['string', 'null'], minLength: 1, maxLength: 256, pattern: '^[^:\\u0000-\\u001f\\u007f]+$' },
    header: { type: ['string', 'null'], minLength: 1, maxLength: 64, pattern: '^[A-Za-z0-9-]+$' },
    secret: { type: 'string', minLength: 1, maxLength: 4096 },
  },
  secrets: ['secret'],
  required: ['url'],
  defaults: { auth: 'none', user: null, header: null },
  check({ url, auth, user, header }, { there, secrets }, { checkUrl }) {
    const address = checkUrl(url);
    if (!address.ok) return failed('invalid-request', address.problem.text, { field: 'url' });
    const missing = (field: string) =>
      failed('invalid-request', `The setting httpsPull.${field} is needed with auth ${auth}.`, { field });
    if (auth === 'none') return undefined;
    if (auth === 'basic' && user === null) return missing('user');
    if (auth === 'header' && header === null) return missing('header');
    if (auth === 'header' && header !== null && taken.test(header)) {
      return failed('invalid-request', 'The setting httpsPull.header names a header that cannot hold a secret.', {
        field: 'header',
      });
    }
    if (secrets['secret'] !== undefined) {
      return auth === 'basic' || /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(secrets['secret'])
        ? undefined
        : failed('invalid-request', 'The setting httpsPull.secret holds characters that no header can have.', {
            field: 'secret',
          });
    }
    if (there === null || there.auth === 'none') return missing('secret');
    if (new URL(there.url).origin === address.value.origin) return undefined;
    return failed('invalid-request', elsewhere, { field: 'secret' });
  },
};

const elsewhere =
  'The setting httpsPull.secret is needed with an address at another server (scheme, host or port): the stored one is for the server of before and is not sent elsewhere.';
