import * as client from 'openid-client';
import { failed, ok, type Result } from '../../../base/result.ts';
import { makeOutboundFetch, type Outbound, OutboundFailed } from '../../../wire/index.ts';
import type { ProviderSettings } from './types.ts';

/** A provider with the gateway's client there. */
export interface ProviderClient extends ProviderSettings {
  readonly clientSecret: string;
}

/** What a sign-in is checked by when the browser comes back. */
export interface Handshake {
  readonly state: string;
  readonly nonce: string;
  /** Of PKCE (RFC 7636, section 4.1). */
  readonly verifier: string;
  /** Our own address that the provider sends the browser to. */
  readonly callback: string;
  /** Whether the person was to prove anew who it is. */
  readonly again: boolean;
}

/** What a provider says of a person. */
export interface Person {
  readonly subject: string;
  /** For people to tell accounts apart; the provider's word. */
  readonly label: string | undefined;
  readonly groups: readonly string[];
  readonly provenAt: Date | undefined;
}

/** Asks providers; every request goes out by the guarded way. */
export interface Providers {
  /** The address at the provider that a browser is sent to. */
  authorize(provider: ProviderClient, handshake: Handshake): Promise<Result<string>>;
  /** Takes the provider's answer in the callback's query, and asks it for what it says of the person. */
  exchange(provider: ProviderClient, handshake: Handshake, query: string): Promise<Result<Person>>;
}

/** Milliseconds for which a provider's metadata are known, and for which one that gave none is left alone. */
const knownMs = 600_000;
const failedMs = 5_000;
/** Seconds that a proof asked for anew may be old when the browser is back. */
const proofSeconds = 600;
const mostKnown = 1_000;

/** Makes {@link Providers}. `now` is in milliseconds. */
export function makeProviders(outbound: Outbound, now: () => number): Providers {
  const fetch = makeOutboundFetch(outbound);
  const known = new Map<string, { found: Promise<Result<client.Configuration>>; until: number }>();

  async function discover({ issuer, clientId, clientSecret }: ProviderClient): Promise<Result<client.Configuration>> {
    const isPlain = issuer.startsWith('http:');
    const execute = isPlain ? [client.allowInsecureRequests] : [];
    try {
      const found = await client.discovery(new URL(issuer), clientId, undefined, client.None(), {
        [client.customFetch]: fetch,
        execute,
      });
      const server = found.serverMetadata();
      const methods = server.token_endpoint_auth_methods_supported;
      // Without a word of the provider it is client_secret_basic (OpenID Connect Discovery 1.0, section 3).
      const isBasic = methods === undefined || methods.includes('client_secret_basic');
      const authentication = isBasic ? client.ClientSecretBasic(clientSecret) : client.ClientSecretPost(clientSecret);
      const configuration = new client.Configuration(server, clientId, undefined, authentication);
      configuration[client.customFetch] = fetch;
      // The code flow may trust the connection alone; signatures are checked all the same.
      client.enableNonRepudiationChecks(configuration);
      if (isPlain) client.allowInsecureRequests(configuration);
      return ok(configuration);
    } catch (error) {
      return problemOf(error);
    }
  }

  async function configurationOf(provider: ProviderClient): Promise<Result<client.Configuration>> {
    const key = JSON.stringify([provider.issuer, provider.clientId, provider.clientSecret]);
    const there = known.get(key);
    if (there !== undefined && there.until > now()) return there.found;
    const entry = { found: discover(provider), until: now() + knownMs };
    if (known.size >= mostKnown) known.clear();
    known.set(key, entry);
    const result = await entry.found;
    if (!result.ok) entry.until = now() + failedMs;
    return result;
  }

  return {
    async authorize(provider, { state, nonce, verifier, callback, again }) {
      const configuration = await configurationOf(provider);
      if (!configuration.ok) return configuration;
      const { scopes, requiredAcr } = provider;
      const parameters = {
        redirect_uri: callback,
        response_type: 'code',
        scope: ['openid', ...scopes.filter((scope) => scope !== 'openid')].join(' '),
        state,
        nonce,
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        ...(requiredAcr === null ? {} : { acr_values: requiredAcr }),
        ...(again ? { prompt: 'login', max_age: '0' } : {}),
      };
      try {
        return ok(client.buildAuthorizationUrl(configuration.value, parameters).href);
      } catch (error) {
        return problemOf(error);
      }
    },

    async exchange(provider, { state, nonce, verifier, callback, again }, query) {
      const configuration = await configurationOf(provider);
      if (!configuration.ok) return configuration;
      const { groupsClaim, requiredAcr } = provider;
      try {
        const tokens = await client.authorizationCodeGrant(configuration.value, new URL(`${callback}?${query}`), {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
          ...(again ? { maxAge: proofSeconds } : {}),
        });
        const claims = tokens.claims();
        if (claims === undefined) return notValid('no ID token');
        if (requiredAcr !== null && claims['acr'] !== requiredAcr) {
          return failed('forbidden', `The provider did not sign the person in as is asked for here (${requiredAcr}).`);
        }
        const more =
          claims[groupsClaim] === undefined && configuration.value.serverMetadata().userinfo_endpoint !== undefined
            ? await client.fetchUserInfo(configuration.value, tokens.access_token, claims.sub)
            : {};
        const all: Readonly<Record<string, unknown>> = { ...more, ...claims };
        return ok({
          subject: claims.sub,
          label: labelOf(all['preferred_username'] ?? all['email']),
          groups: groupsOf(all[groupsClaim]),
          provenAt: claims.auth_time === undefined ? undefined : new Date(claims.auth_time * 1000),
        });
      } catch (error) {
        return problemOf(error);
      }
    },
  };
}

function groupsOf(value: unknown): string[] {
  const all: readonly unknown[] = Array.isArray(value) ? value : [value];
  return all.filter((group) => typeof group === 'string');
}

function labelOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value.replace(/\p{C}/gu, '').slice(0, 256) : undefined;
}

const notValid = (why: string) =>
  failed('unauthenticated', `The answer of the provider is not valid (${why}). Begin the sign-in again.`);

/** What a failed step means, in our own words: what a provider writes is not repeated. A defect is thrown on. */
function problemOf(error: unknown): ReturnType<typeof failed> {
  const causes = causesOf(error);
  const out = causes.find((cause) => cause instanceof OutboundFailed);
  if (out !== undefined) {
    const isRefused = out.problem.code === 'forbidden' || out.problem.code === 'invalid-request';
    return isRefused
      ? failed(
          'forbidden',
          'The provider has an address that may not be asked; the operator may allow it (setting OUTBOUND_HOSTS).',
        )
      : failed('busy', 'The provider gives no answer. Try again later, or sign in with a name and password.');
  }
  const answered = causes.find((cause) => cause instanceof client.ResponseBodyError);
  if (answered?.error === 'invalid_client' || answered?.status === 401) {
    return failed(
      'forbidden',
      'The provider does not know the gateway: an admin has to set clientId and clientSecret anew.',
    );
  }
  if (answered?.error === 'invalid_grant') {
    return failed('unauthenticated', 'The sign-in was used already or took too long. Begin it again.');
  }
  if (causes.some((cause) => cause instanceof client.AuthorizationResponseError)) {
    return failed('unauthenticated', 'The provider did not let the person in.');
  }
  const coded = causes.find((cause) => cause instanceof client.ClientError);
  if (answered === undefined && coded === undefined) throw error;
  return notValid(coded?.code ?? 'refused');
}

function causesOf(error: unknown): readonly unknown[] {
  const causes: unknown[] = [];
  for (let cause = error; cause instanceof Error && causes.length < 10; cause = cause.cause) causes.push(cause);
  return causes;
}
