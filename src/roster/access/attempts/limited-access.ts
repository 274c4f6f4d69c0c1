import { ok, type Result } from '../../../base/result.ts';
import type { Context } from '../../context.ts';
import type { SessionsRoom } from '../../sessions/types.ts';
import type { Access } from '../../types.ts';
import type { Attempts } from './attempts.ts';
import type { RequestLimits } from './request-limits.ts';

/** What {@link makeLimitedAccess} needs. */
export interface LimitedAccessDeps {
  readonly attempts: Attempts;
  readonly requests: RequestLimits;
  /** Whether this password was found right for the name a moment ago; no hash is worked out. */
  remembers(name: string, password: string): Promise<boolean>;
}

/**
 * The same {@link Access} for every door: those who guess are slowed down, and nobody is let in more often than they may
 * ask (`too-many-requests`).
 */
export function makeLimitedAccess(access: Access, { attempts, requests, remembers }: LimitedAccessDeps): Access {
  async function counted(result: Result<Context>): Promise<Result<Context>> {
    return result.ok ? ((await requests.take(result.value)) ?? ok(result.value)) : result;
  }
  const password =
    (door: 'soapUser' | 'admin' | 'client' | 'sftpUser'): Access['client'] =>
    async (name, secret, caller) =>
      counted(
        await attempts.proveName(
          name,
          caller,
          () => access[door](name, secret, caller),
          () => remembers(name, secret),
        ),
      );

  return {
    ...access,
    soapUser: password('soapUser'),
    admin: password('admin'),
    client: password('client'),
    sftpUser: password('sftpUser'),
    sftpKey: async (name, key, signed, caller) =>
      counted(await attempts.proveName(name, caller, () => access.sftpKey(name, key, signed, caller))),
    soapDigest: async (name, proof, caller) =>
      counted(await attempts.proveName(name, caller, () => access.soapDigest(name, proof, caller))),
    signedClient: async (id, proof, caller) =>
      counted(await attempts.proveName(id, caller, () => access.signedClient(id, proof, caller))),
    // A key that is none may be a token, which is asked for next and counted there.
    adminKey: async (key, caller) => counted(await access.adminKey(key, caller)),
    token: async (token, caller) => counted(await attempts.proveBearer(caller, () => access.token(token, caller))),
  };
}

/** The same {@link SessionsRoom}, whose sessions may not ask more often than their credentials may. */
export function makeLimitedSessions(sessions: SessionsRoom, requests: RequestLimits): SessionsRoom {
  return {
    ...sessions,
    async find(token, caller) {
      const found = await sessions.find(token, caller);
      return found.ok ? ((await requests.take(found.value.context)) ?? found) : found;
    },
  };
}
