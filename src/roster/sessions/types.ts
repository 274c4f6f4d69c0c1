import type { Result } from '../../base/result.ts';
import type { SignedIn } from '../access/oidc/types.ts';
import type { AdminRole } from '../access/roles.ts';
import type { Caller, Context } from '../context.ts';

/** A session as people see it; never what opens it. */
export interface SessionItem {
  readonly id: string;
  /** The account's name. */
  readonly name: string;
  readonly role: AdminRole;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly lastSeenAt: string;
  /** When it ends, however much it is used. */
  readonly expiresAt: string;
  /** Until when acts that destroy something need no other proof. */
  readonly freshUntil: string;
  /** Where it was begun. */
  readonly address: string;
  /** Whether the tenant asks for a second factor that the account has not set up: until then nothing else is possible. */
  readonly mustSetUp: boolean;
}

/** A session that was just begun, or proved anew. */
export interface StartedSession {
  /** What the browser keeps in its cookie; told this once. */
  readonly token: string;
  /** What each request that changes something carries in `X-CSRF-Token`. */
  readonly csrfToken: string;
  readonly session: SessionItem;
}

/** A session that was found by what the browser keeps. */
export interface FoundSession {
  readonly context: Context;
  readonly csrfToken: string;
}

/** What a person types to prove who it is. */
export interface Proof {
  readonly password: string;
  /** Of the second factor: six digits, or a recovery code. */
  readonly code?: string | undefined;
}

/** A second factor that is being set up. */
export interface BegunTotp {
  /** Base32 (RFC 6238); told this once. */
  readonly secret: string;
  /** The same for apps that read a picture of it. */
  readonly uri: string;
}

/** Sessions of people's accounts, and their second factors (RFC 6238). */
export interface SessionsRoom {
  /** Signs in by name and password; `unauthenticated` alike for unknown names, wrong passwords and wrong codes. */
  signIn(name: string, proof: Proof, caller?: Caller): Promise<Result<StartedSession>>;
  /** Starts the session of somebody whom a provider has vouched for. */
  start(signedIn: SignedIn): Promise<StartedSession>;
  /** The session of a token: `unauthenticated` when it has ended, by time, by an admin, or since the account was changed. */
  find(token: string, caller?: Caller): Promise<Result<FoundSession>>;
  /** The session of a context; undefined where it has none. */
  own(context: Context): Promise<SessionItem | undefined>;
  /** Proves anew who it is; the session goes on under another token. */
  confirm(context: Context, proof: Proof): Promise<Result<StartedSession>>;
  /** Ends the session of a context. */
  end(context: Context): Promise<void>;
  /** The tenant's sessions, newest first, 1,000 at the most. */
  list(context: Context): Promise<{ readonly items: readonly SessionItem[] }>;
  /** Ends one of the tenant's sessions. */
  endById(context: Context, id: string): Promise<Result<{ readonly id: string }>>;
  /** Begins to set up a second factor; it counts once a code of it was given. */
  beginTotp(context: Context): Promise<Result<BegunTotp>>;
  /** Ends the setting up; answers ten codes for once, told this once, for who loses the device. Other sessions of the account end. */
  confirmTotp(context: Context, code: string): Promise<Result<{ readonly recoveryCodes: readonly string[] }>>;
  /** Takes the second factor away. */
  endTotp(context: Context): Promise<Result<object>>;
}
