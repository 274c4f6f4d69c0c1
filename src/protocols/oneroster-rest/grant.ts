import OAuth2Server from '@node-oauth/oauth2-server';
import type { Request } from 'express';
import type { Problem } from '../../base/problem.ts';
import type { Caller, Context, IssuedToken } from '../../roster/index.ts';
import { type ClientCredentials, credentialsOf } from './client-credentials.ts';
import type { Tokens } from './deps.ts';
import { statusWords } from './status.ts';

/** An answer of the token endpoint. */
export interface TokenAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, string | number>>;
  /** Seconds after which to ask again. */
  readonly retryAfter?: number;
}

/** An error of RFC 6749, section 5.2. */
export const refuse = (status: number, error: string, text: string): TokenAnswer => ({
  status,
  body: { error, error_description: text },
});

/** The words of RFC 6749, section 5.2, for a problem other than wrong names and secrets. */
function refusalOf(problem: Problem): TokenAnswer {
  if (problem.code === 'forbidden') return refuse(400, 'invalid_scope', problem.text);
  const busy = ['busy', 'too-many-requests', 'storage-full'].includes(problem.code);
  const error = busy ? 'temporarily_unavailable' : 'invalid_request';
  const { retryAfter } = problem;
  const refused = refuse(statusWords[problem.code].http, error, problem.text);
  return retryAfter === undefined ? refused : { ...refused, retryAfter };
}

/** The library's model for one request, and what came of it. */
interface Attempt {
  readonly model: OAuth2Server.ClientCredentialsModel;
  issued?: IssuedToken;
  refusal?: Problem;
}

function makeAttempt(access: Tokens, credentials: readonly ClientCredentials[], caller: Caller | undefined): Attempt {
  let context: Context | undefined;
  const model: OAuth2Server.ClientCredentialsModel = {
    async getClient(id) {
      for (const one of credentials) {
        const client = await access.client(one.id, one.secret, caller);
        if (client.ok) {
          context = client.value;
          return { id, grants: ['client_credentials'] };
        }
        if (client.problem.code !== 'unauthenticated') {
          attempt.refusal = client.problem;
          return false;
        }
      }
      return false;
    },
    getUserFromClient: async () => ({}),
    async validateScope(_user, _client, requested) {
      const allowed = context?.scopes ?? [];
      const granted = requested === undefined ? [...allowed] : allowed.filter((scope) => requested.includes(scope));
      return granted.length > 0 ? granted : false;
    },
    async generateAccessToken(_client, _user, scope) {
      if (context === undefined) return '';
      const token = await access.issueToken(context, scope);
      if (token.ok) attempt.issued = token.value;
      else attempt.refusal = token.problem;
      return token.ok ? token.value.token : '';
    },
    saveToken: async (token, client, user) => (attempt.issued === undefined ? false : { ...token, client, user }),
    getAccessToken: async () => false,
  };
  const attempt: Attempt = { model };
  return attempt;
}

/**
 * Runs one client credentials grant (RFC 6749, section 4.4) through `@node-oauth/oauth2-server`. The model lives for
 * one request and is backed by {@link Tokens}; credentials reach the library percent-encoded, for it takes ASCII only.
 */
export async function grant(
  access: Tokens,
  request: Request,
  fields: ReadonlyMap<string, string>,
  caller?: Caller,
): Promise<TokenAnswer> {
  const credentials = credentialsOf(request.headers.authorization, fields);
  if (!credentials.ok) return refuse(400, 'invalid_request', credentials.problem.text);
  const attempt = makeAttempt(access, credentials.value, caller);
  const first = credentials.value[0];
  const given = [...fields].filter(([name, value]) => name !== 'scope' || value.trim() !== '');
  const body = {
    ...Object.fromEntries(given),
    ...(first === undefined
      ? {}
      : { client_id: encodeURIComponent(first.id), client_secret: encodeURIComponent(first.secret) }),
  };
  const headers: Record<string, string> = {};
  for (const name of ['content-type', 'content-length', 'transfer-encoding']) {
    const value = request.headers[name];
    if (typeof value === 'string') headers[name] = value;
  }
  try {
    const server = new OAuth2Server({ model: attempt.model });
    const asked = new OAuth2Server.Request({ headers, method: request.method, query: {}, body });
    await server.token(asked, new OAuth2Server.Response());
  } catch (error) {
    if (attempt.refusal !== undefined) return refusalOf(attempt.refusal);
    if (error instanceof OAuth2Server.OAuthError && error.code < 500) {
      return refuse(error.name === 'invalid_client' ? 401 : error.code, error.name, error.message);
    }
    throw error;
  }
  const { issued } = attempt;
  if (issued === undefined) throw new Error('a token was granted but not issued');
  return {
    status: 200,
    body: {
      access_token: issued.token,
      token_type: 'Bearer',
      expires_in: issued.expiresIn,
      scope: issued.scopes.join(' '),
    },
  };
}
