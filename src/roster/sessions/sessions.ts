import { createHmac } from 'node:crypto';
import { randomSecret, sha256 } from '../../base/ids.ts';
import { failed, ok, type Result } from '../../base/result.ts';
import type { Doc, Store } from '../../store/index.ts';
import { contextOf } from '../access/access.ts';
import type { Attempts } from '../access/attempts/attempts.ts';
import { type CredentialRow, type CredentialRows, roleOf } from '../access/credential-rows.ts';
import type { Revocations } from '../access/revocations.ts';
import type { AdminRole } from '../access/roles.ts';
import type { Secrets } from '../access/secrets.ts';
import type { Usable } from '../access/usable.ts';
import type { Audit } from '../audit/types.ts';
import type { Caller, Context } from '../context.ts';
import type { SecondFactor } from './second-factor.ts';
import type { Proof, SessionItem, SessionsRoom, StartedSession } from './types.ts';

/** What {@link makeSessions} needs. */
export interface SessionsDeps {
  readonly store: Store;
  readonly rows: CredentialRows;
  readonly secrets: Secrets;
  readonly usable: Usable;
  readonly attempts: Attempts;
  readonly factor: SecondFactor;
  readonly revocations: Pick<Revocations, 'tell'>;
  readonly audit: Pick<Audit, 'record' | 'note'>;
  /** Whether a tenant asks for second factors. */
  requiresTotp(tenant: string): Promise<boolean>;
  /** Milliseconds without a request after which a session ends, and those after which it ends in any case. */
  readonly idleMs: number;
  readonly lifeMs: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Milliseconds after a proof in which what destroys something needs no other one. */
const freshMs = 600_000;
/** Milliseconds between two notes of when a session was last used. */
const noteMs = 60_000;
/** Milliseconds that a second factor may take to be set up. */
const setUpMs = 600_000;
const mostListed = 1_000;

const wrong = failed('unauthenticated', 'The name, the password or the code is wrong.');
const ended = failed('unauthenticated', 'The session has ended; sign in again.');
const noSession = failed('conflict', 'This works in a session only: sign in at /api/v1/session.');

/** A session as it is stored. */
interface SessionRow {
  /** Hash of its token. */
  readonly _id: string;
  readonly tenant: string;
  readonly credential: string;
  /** What the account was when it signed in: the session ends when that changes. */
  readonly stamp: string;
  readonly role: AdminRole;
  readonly address: string;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
  readonly freshUntil: Date;
  readonly expiresAt: Date;
  readonly mustSetUp: boolean;
}

/** Makes {@link SessionsRoom}. */
export function makeSessions(deps: SessionsDeps): SessionsRoom {
  const { store, rows, secrets, usable, attempts, factor, audit, idleMs, lifeMs, now } = deps;
  const sessions = store.rows('session');
  const credentials = store.rows('credential');

  const account = async (name: string): Promise<CredentialRow | null> => {
    const row = await rows.named(name);
    return row?.kinds.includes('admin') === true ? row : null;
  };

  /** Checks what a person types for an account; the same work is done where there is none. */
  async function proven(row: CredentialRow | null, { password, code }: Proof): Promise<Result<CredentialRow>> {
    const good = await secrets.matches(row?._id ?? '', password, row?.secretHash);
    if (row === null || !good) return wrong;
    if (row.totp === undefined) return ok(row);
    if (code === undefined || code === '') {
      return failed('unauthenticated', 'A code of the second factor is needed too.', { field: 'code' });
    }
    return (await factor.take(row, code)) ? ok(row) : wrong;
  }

  const mustSetUp = async (row: CredentialRow): Promise<boolean> =>
    row.totp === undefined && row.oidc === undefined && (await deps.requiresTotp(row.tenant));

  /** Starts a session, or goes on with one that was proved anew: when it ends in any case stays then. */
  async function start(
    row: CredentialRow,
    caller: Caller | undefined,
    provenAt: number,
    goingOn?: Pick<SessionRow, 'createdAt' | 'expiresAt'>,
  ): Promise<StartedSession> {
    const token = randomSecret(32);
    const at = now();
    const session: SessionRow = {
      _id: sha256(token),
      tenant: row.tenant,
      credential: row.name ?? '',
      stamp: stampOf(row),
      role: roleOf(row),
      address: caller?.address ?? '',
      createdAt: goingOn?.createdAt ?? new Date(at),
      lastSeenAt: new Date(at),
      freshUntil: new Date(provenAt + freshMs),
      expiresAt: goingOn?.expiresAt ?? new Date(at + lifeMs),
      mustSetUp: await mustSetUp(row),
    };
    await sessions.insertOne(session as unknown as Parameters<typeof sessions.insertOne>[0]);
    return { token, csrfToken: csrfOf(token), session: itemOf(session) };
  }

  /** A session that has not ended; both of its times are asked for, since what is over goes only now and then. */
  async function living(tenant: string | undefined, id: string): Promise<SessionRow | null> {
    const at = now();
    const filter: Doc = {
      ...(tenant === undefined ? {} : { tenant }),
      _id: id,
      expiresAt: { $gt: new Date(at) },
      lastSeenAt: { $gt: new Date(at - idleMs) },
    };
    return (await sessions.findOne(filter)) as unknown as SessionRow | null;
  }

  /** The session of a context with its account, or what to answer where there is none. */
  async function ownOf({ tenant, session }: Context): Promise<Result<{ row: SessionRow; holder: CredentialRow }>> {
    if (session === undefined) return noSession;
    const row = await living(tenant, session.id);
    const holder = row === null ? null : await account(row.credential);
    return row === null || holder === null ? ended : ok({ row, holder });
  }

  const changeTotp = async (holder: CredentialRow, update: Doc): Promise<void> => {
    const { tenant, _id, name = '' } = holder;
    await credentials.updateOne({ tenant, _id } as Doc, update);
    rows.forget(name);
    await deps.revocations.tell();
  };

  return {
    async signIn(name, proof, caller) {
      let holder: CredentialRow | undefined;
      const result = await attempts.proveName(name, caller, async () => {
        const row = await account(name);
        const good = await proven(row !== null && (await usable(row, caller)) ? row : null, proof);
        if (!good.ok) return good;
        holder = good.value;
        return ok(contextOf(good.value, 'admin', caller));
      });
      if (!result.ok || holder === undefined) {
        const tenant = (await rows.named(name))?.tenant;
        const subject = tenant === undefined ? {} : { subject: { type: 'credential', id: name } };
        const code = result.ok ? 'unauthenticated' : result.problem.code;
        await audit.note(nobody(tenant, caller), { action: 'sign-in', outcome: 'refused', problem: code, ...subject });
        return result.ok ? wrong : result;
      }
      await audit.record(result.value, { action: 'sign-in', outcome: 'done' });
      return ok(await start(holder, caller, now()));
    },

    async start({ context, provenAt }) {
      const holder = await account(context.writer.slice('admin:'.length));
      if (holder === null) throw new Error('somebody has signed in who has no account');
      return start(holder, context.caller, provenAt?.getTime() ?? 0);
    },

    async find(token, caller) {
      const row = await living(undefined, sha256(token));
      const holder = row === null ? null : await account(row.credential);
      if (row === null || holder === null || holder.tenant !== row.tenant) return ended;
      if (stampOf(holder) !== row.stamp || !(await usable(holder, caller))) return ended;
      const at = now();
      if (row.lastSeenAt.getTime() < at - noteMs) {
        const { tenant, _id } = row;
        await sessions.updateOne({ tenant, _id } as Doc, { $set: { lastSeenAt: new Date(at) } } as Doc);
      }
      const session = { id: row._id, fresh: row.freshUntil.getTime() > at, mustSetUp: await mustSetUp(holder) };
      return ok({ context: { ...contextOf(holder, 'admin', caller), session }, csrfToken: csrfOf(token) });
    },

    async own(context) {
      const found = await ownOf(context);
      return found.ok ? itemOf(found.value.row) : undefined;
    },

    async confirm(context, proof) {
      const found = await ownOf(context);
      if (!found.ok) return found;
      const { row, holder } = found.value;
      if (holder.secretHash === undefined) {
        return failed('conflict', 'This account has no password here: sign in at its provider again, with again=true.');
      }
      const { name = '' } = holder;
      const proved = await attempts.proveName(name, context.caller, async () => {
        const good = await proven(holder, proof);
        return good.ok ? ok(context) : good;
      });
      if (!proved.ok) return proved;
      // The old token ends with the old proof, so that nobody else goes on by it.
      await sessions.deleteOne({ tenant: row.tenant, _id: row._id } as Doc);
      return ok(await start(holder, context.caller, now(), row));
    },

    async end({ tenant, session }) {
      if (session !== undefined) await sessions.deleteOne({ tenant, _id: session.id } as Doc);
    },

    async list({ tenant }) {
      const at = now();
      const filter = { tenant, expiresAt: { $gt: new Date(at) }, lastSeenAt: { $gt: new Date(at - idleMs) } } as Doc;
      const found = await sessions.find(filter).sort({ createdAt: -1 }).limit(mostListed).toArray();
      return { items: found.map((row) => itemOf(row as unknown as SessionRow)) };
    },

    async endById({ tenant }, id) {
      const gone = /^[0-9a-f]{64}$/.test(id) ? await sessions.deleteOne({ tenant, _id: id } as Doc) : undefined;
      return gone?.deletedCount === 1
        ? ok({ id })
        : failed('unknown-object', 'There is no such session, or it has ended.', { id: id.slice(0, 64) });
    },

    async beginTotp(context) {
      const found = await ownOf(context);
      if (!found.ok) return found;
      const { holder } = found.value;
      if (holder.secretHash === undefined) return failed('conflict', 'The account’s provider sees to second factors.');
      if (holder.totp !== undefined) return failed('already-exists', 'The account has a second factor; end it first.');
      const { sealed, secret, uri } = factor.make(holder);
      await changeTotp(holder, { $set: { totpBegun: { sealed, until: new Date(now() + setUpMs) } } });
      return ok({ secret, uri });
    },

    async confirmTotp(context, code) {
      const found = await ownOf(context);
      if (!found.ok) return found;
      const { holder, row } = found.value;
      const begun = holder.totpBegun;
      if (holder.totp !== undefined || begun === undefined || begun.until.getTime() <= now()) {
        return failed('conflict', 'No second factor is being set up, or it took too long; begin again.');
      }
      const step = factor.stepOf(begun.sealed, holder, code.replace(/\s/g, ''));
      if (step === undefined) return failed('invalid-data', 'The code is not the present one.', { field: 'code' });
      const { told, kept } = factor.recovery();
      const totp = { sealed: begun.sealed, step, recovery: kept };
      await changeTotp(holder, { $set: { totp }, $unset: { totpBegun: '' } });
      // The others of the account end, for it is another one now; this one has just seen the code.
      const stamp = stampOf({ ...holder, totp });
      await sessions.updateOne(
        { tenant: row.tenant, _id: row._id } as Doc,
        { $set: { stamp, mustSetUp: false } } as Doc,
      );
      return ok({ recoveryCodes: told });
    },

    async endTotp(context) {
      const found = await ownOf(context);
      if (!found.ok) return found;
      const { holder, row } = found.value;
      await changeTotp(holder, { $unset: { totp: '', totpBegun: '' } });
      const { totp: _, ...without } = holder;
      const stamp = stampOf(without);
      await sessions.updateOne({ tenant: row.tenant, _id: row._id } as Doc, { $set: { stamp } } as Doc);
      return ok({});
    },
  };
}

/** What of an account must stay as it is for its sessions to go on: password, role, provider, second factor. */
function stampOf(row: CredentialRow): string {
  const { _id, secretHash, kinds, oidc, totp } = row;
  return sha256(JSON.stringify([_id, secretHash, roleOf(row), kinds, oidc?.subject, totp !== undefined]));
}

/** Follows from the token, so that only who has the session's cookie and its answer knows it. */
function csrfOf(token: string): string {
  return createHmac('sha256', token).update('csrf').digest('base64url');
}

function itemOf(row: SessionRow): SessionItem {
  const { _id, credential, role, createdAt, lastSeenAt, expiresAt, freshUntil, address, mustSetUp } = row;
  return {
    id: _id,
    name: credential,
    role,
    createdAt: createdAt.toISOString(),
    lastSeenAt: lastSeenAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    freshUntil: freshUntil.toISOString(),
    address,
    mustSetUp,
  };
}

function nobody(tenant: string | undefined, caller: Caller | undefined): Context {
  const context = { tenant: tenant ?? '', writer: 'nobody', namespace: 'default', source: 'admin' } as const;
  return caller === undefined ? context : { ...context, caller };
}
