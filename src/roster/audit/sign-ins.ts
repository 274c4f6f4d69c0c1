import type { Result } from '../../base/result.ts';
import { everyTenant } from '../access/tenants.ts';
import type { Caller, Context } from '../context.ts';
import type { Access } from '../types.ts';
import type { Audit } from './types.ts';

/** A credential that comes in from an address by a door is on record once in an hour. */
const hourly = (by: string) => ({ inMs: 3_600_000, by });

/** What {@link makeRecordedAccess} needs. */
export interface RecordedAccessDeps {
  readonly audit: Pick<Audit, 'record' | 'note'>;
  /** The tenant of a credential's name; undefined for unknown names. */
  tenantOf(name: string): Promise<string | undefined>;
}

/**
 * The same {@link Access}, with all that it lets in and refuses on record. A name that no credential has is not kept:
 * people type passwords where names belong.
 */
export function makeRecordedAccess(access: Access, { audit, tenantOf }: RecordedAccessDeps): Access {
  async function refused(name: string | undefined, source: Context['source'], caller: Caller | undefined) {
    const tenant = name === undefined ? undefined : await tenantOf(name);
    const context: Context = {
      tenant: tenant ?? everyTenant,
      writer: 'nobody',
      namespace: 'default',
      source,
      ...(caller === undefined ? {} : { caller }),
    };
    const subject = tenant === undefined || name === undefined ? {} : { subject: { type: 'credential', id: name } };
    await audit.note(context, { action: 'sign-in', outcome: 'refused', problem: 'unauthenticated', ...subject });
  }

  async function noted(
    result: Result<Context>,
    name: string | undefined,
    source: Context['source'],
    caller: Caller | undefined,
  ): Promise<Result<Context>> {
    if (result.ok) await audit.note(result.value, { action: 'sign-in', outcome: 'done' }, hourly(source));
    else if (result.problem.code === 'unauthenticated') await refused(name, source, caller);
    return result;
  }

  return {
    ...access,
    soapUser: async (name, password, caller) =>
      noted(await access.soapUser(name, password, caller), name, 'soap', caller),
    soapDigest: async (name, proof, caller) =>
      noted(await access.soapDigest(name, proof, caller), name, 'soap', caller),
    admin: async (name, password, caller) => noted(await access.admin(name, password, caller), name, 'admin', caller),
    client: async (id, secret, caller) => {
      const result = await access.client(id, secret, caller);
      // The token that it asks for is on record by itself.
      return result.ok ? result : noted(result, id, 'rest', caller);
    },
    signedClient: async (id, proof, caller) => noted(await access.signedClient(id, proof, caller), id, 'rest', caller),
    sftpUser: async (name, password, caller) =>
      noted(await access.sftpUser(name, password, caller), name, 'file', caller),
    sftpKey: async (name, key, signed, caller) =>
      noted(await access.sftpKey(name, key, signed, caller), name, 'file', caller),
    async adminKey(key, caller) {
      const result = await access.adminKey(key, caller);
      // A key that is none may be a token, which is asked for next.
      return result.ok ? noted(result, undefined, 'admin', caller) : result;
    },
    async token(token, caller) {
      const result = await access.token(token, caller);
      // Its sign-in was the issue of the token.
      return result.ok ? result : noted(result, undefined, 'rest', caller);
    },
    async forTenant(context, tenant) {
      const result = await access.forTenant(context, tenant);
      if (!result.ok)
        await audit.note(context, { action: 'sign-in', outcome: 'refused', problem: result.problem.code });
      return result;
    },
    async issueToken(context, scopes) {
      const issued = await access.issueToken(context, scopes);
      const problem = issued.ok ? {} : { problem: issued.problem.code };
      await audit.record(context, { action: 'tokens.issue', outcome: issued.ok ? 'done' : 'refused', ...problem });
      return issued;
    },
  };
}
