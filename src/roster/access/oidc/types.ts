import type { Result } from '../../../base/result.ts';
import type { Caller, Context } from '../../context.ts';
import { type AdminRole, adminRoles } from '../roles.ts';

/** How people of a tenant sign in at a provider of OpenID Connect; the client's secret is never shown. */
export interface ProviderSettings {
  /** The provider's issuer identifier (OpenID Connect Discovery 1.0, section 3): its metadata are below this address. */
  readonly issuer: string;
  readonly clientId: string;
  /** What is asked for besides `openid`. */
  readonly scopes: readonly string[];
  /** Claim of the ID token, else of the UserInfo answer, that names a person's groups. */
  readonly groupsClaim: string;
  /** The role of the first line whose group a person is in is the person's. */
  readonly roles: readonly { readonly group: string; readonly role: AdminRole }[];
  /** The role of people whom no line fits; null: they may not come in. */
  readonly defaultRole: AdminRole | null;
  /** The `acr` that the ID token must have, as of a second factor; null: any. */
  readonly requiredAcr: string | null;
}

const word = (maxLength: number) => ({ type: 'string', minLength: 1, maxLength }) as const;
const role = { enum: [...adminRoles] } as const;

/** The JSON Schema of what `PUT /api/v1/sign-in/oidc` takes. */
export const providerSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['issuer', 'clientId', 'roles'],
  properties: {
    issuer: word(2048),
    clientId: word(256),
    clientSecret: word(1024),
    scopes: {
      type: 'array',
      maxItems: 20,
      uniqueItems: true,
      items: { type: 'string', pattern: '^[\\x21\\x23-\\x5b\\x5d-\\x7e]{1,128}$' },
    },
    groupsClaim: word(256),
    roles: {
      type: 'array',
      maxItems: 200,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['group', 'role'],
        properties: { group: word(256), role },
      },
    },
    defaultRole: { anyOf: [role, { type: 'null' }] },
    requiredAcr: { anyOf: [word(256), { type: 'null' }] },
  },
} as const;

/** A sign-in that has begun: where the browser goes, and what it brings back. */
export interface BegunSignIn {
  /** Address at the provider. */
  readonly location: string;
  /** Sealed; only the browser that began has it. */
  readonly ticket: string;
}

/** Somebody whom the provider has vouched for. */
export interface SignedIn {
  readonly context: Context;
  /** When the person has last proved to the provider who it is, where the provider says so. */
  readonly provenAt: Date | undefined;
}

/** Sign-in of people by OpenID Connect Core 1.0: the code flow with PKCE (RFC 7636), state and nonce. */
export interface ProviderRoom {
  /** The settings of the tenant; `unknown-object` where it has none. */
  settings(context: Context): Promise<Result<ProviderSettings>>;
  /** Sets them as a whole. `clientSecret` may be left out where the issuer and the client stay the same. */
  putSettings(context: Context, wanted: unknown): Promise<Result<ProviderSettings>>;
  /** Ends sign-in by the provider; accounts that came by it stay out until there is one again. */
  removeSettings(context: Context): Promise<Result<object>>;
  /**
   * Begins a sign-in at the provider of a tenant. `callback` is our own address that the provider sends the browser back
   * to; `again`: the person must prove anew who it is. Problems: `unknown-object` alike for unknown tenants and for those
   * without a provider, `busy` and `forbidden` where the provider cannot be asked.
   */
  begin(tenant: string, callback: string, again: boolean): Promise<Result<BegunSignIn>>;
  /**
   * Ends a sign-in with what the browser brought back: its ticket and the query of the callback. The account of
   * {issuer, subject} is made at the first sign-in, and gets its role anew at each. Problems: `unauthenticated` (the
   * answer does not fit, was used before, or came too late), `forbidden` (no role, or disabled), `busy`.
   */
  finish(ticket: string, query: string, caller?: Caller): Promise<Result<SignedIn>>;
}
