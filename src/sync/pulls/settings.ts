import { failed, ok, type Result } from '../../base/result.ts';
import type { Feed } from '../types.ts';
import type { PullSettings } from './types.ts';

const text = (maxLength: number) => ({ type: 'string', minLength: 1, maxLength });

/** The JSON Schema of a feed's setting `pull`; the secret is taken and never shown. */
export const pullSchema = {
  type: ['object', 'null'],
  additionalProperties: false,
  properties: {
    url: text(2048),
    version: { enum: ['v1p1', 'v1p2'] },
    auth: { enum: ['oauth2', 'oauth1', 'bearer'] },
    tokenUrl: { ...text(2048), type: ['string', 'null'] },
    clientId: { ...text(256), type: ['string', 'null'] },
    signature: { enum: ['HMAC-SHA256', 'HMAC-SHA1'] },
    secret: text(1024),
    clientAuth: { enum: ['basic', 'form'] },
    scope: { type: ['string', 'null'], minLength: 1, maxLength: 2000 },
    demographics: { type: 'boolean' },
    pageSize: { type: 'integer', minimum: 1, maximum: 10_000 },
    delta: { type: 'boolean' },
    fullEvery: { type: 'integer', minimum: 1, maximum: 365 },
  },
} as const;

const { secret: _secret, ...shown } = pullSchema.properties;
/** The JSON Schema of the setting as it is shown. */
export const shownPullSchema = { ...pullSchema, properties: shown };

const defaults = {
  version: 'v1p2',
  auth: 'oauth2',
  tokenUrl: null,
  clientId: null,
  signature: 'HMAC-SHA256',
  clientAuth: 'basic',
  scope: null,
  demographics: false,
  pageSize: 100,
  delta: false,
  fullEvery: 7,
} as const;

/** Settings as they are stored, with defaults for what was not a setting yet when they were. */
export function completePull(stored: PullSettings | null): PullSettings | null {
  return stored === null ? null : { ...defaults, ...stored };
}

/** Settings as they are after a change, and the secret where the change has one. */
export interface CheckedPull {
  readonly pull: PullSettings | null;
  readonly secret: string | undefined;
}

type Wanted = (Partial<PullSettings> & { readonly secret?: string }) | null;

/** Merges a change into the settings there are, or says what is wrong or missing. */
export function checkPull(
  there: Feed['pull'],
  wanted: Wanted,
  checkUrl: (url: string) => Result<URL>,
): Result<CheckedPull> {
  if (wanted === null) return ok({ pull: null, secret: undefined });
  const { secret, ...rest } = wanted;
  const { url, ...others } = { ...defaults, ...there, ...rest };
  const { auth, tokenUrl, clientId } = others;
  if (url === undefined) return missing('url');
  if (auth === 'oauth2' && tokenUrl === null) return missing('tokenUrl');
  if (auth !== 'bearer' && clientId === null) return missing('clientId');
  if (there === null && secret === undefined) return missing('secret');
  const service = checkUrl(url);
  if (!service.ok) return at('url', service.problem.text);
  if (service.value.search !== '') return at('url', 'The address must not hold a query (?).');
  const token = tokenUrl === null ? undefined : checkUrl(tokenUrl);
  if (token?.ok === false) return at('tokenUrl', token.problem.text);
  const origins = (pull: Pick<PullSettings, 'url' | 'tokenUrl'>) =>
    [pull.url, ...(pull.tokenUrl === null ? [] : [pull.tokenUrl])].map((address) => new URL(address).origin);
  const elsewhere = there !== null && origins({ url, tokenUrl }).some((origin) => !origins(there).includes(origin));
  if (elsewhere && secret === undefined) return at('secret', elsewhereText);
  return ok({ pull: { ...others, url: url.replace(/\/+$/, '') }, secret });
}

const elsewhereText =
  'The setting pull.secret is needed with an address at another server (scheme, host or port): the stored one is for the server of before and is not sent elsewhere.';

function missing(field: string) {
  return at(field, `The setting pull.${field} is needed to pull from another server.`);
}

function at(field: string, words: string) {
  return failed('invalid-request', words, { field: `pull.${field}` });
}
