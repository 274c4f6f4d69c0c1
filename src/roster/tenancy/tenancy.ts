import { randomBytes } from 'node:crypto';
import { randomSecret, sha256 } from '../../base/ids.ts';
import { failed, ok, type Result } from '../../base/result.ts';
import { type Doc, eraseTenant, isAtWork, type Row, type Store } from '../../store/index.ts';
import { oneRosterScopes } from '../access/scopes.ts';
import type { Secrets } from '../access/secrets.ts';
import { isTenantId, type MadeTenant, type Tenancy, type TenantItem, type TenantState } from './types.ts';

/** What {@link makeTenancy} needs. */
export interface TenancyDeps {
  readonly store: Store;
  readonly secrets: Pick<Secrets, 'hash'>;
  /** Days that a deleted tenant can be brought back. */
  readonly quarantineDays: number;
  /** Told of a tenant that was changed here, so that nothing old of it is remembered. */
  forget(tenant: string): Promise<void>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const day = 86_400_000;
/** Milliseconds after which an erasure that has not ended is taken up by another instance: it was killed. */
const erasureMs = 3_600_000;
const duplicateKey = 11_000;

/** A tenant as it is stored. */
interface TenantRow {
  readonly _id: string;
  readonly state?: TenantState;
  readonly reason?: string;
  readonly since?: Date;
  readonly createdAt?: Date;
}

/** Makes {@link Tenancy}. */
export function makeTenancy({ store, secrets, quarantineDays, forget, now }: TenancyDeps): Tenancy {
  const tenants = store.rows('tenant');

  const itemOf = ({ _id, state = 'active', reason, since, createdAt }: TenantRow): TenantItem => ({
    id: _id,
    state,
    reason: reason ?? null,
    createdAt: (createdAt ?? new Date(0)).toISOString(),
    since: since?.toISOString() ?? null,
    erasedAt:
      state === 'deleted' && since !== undefined
        ? new Date(since.getTime() + quarantineDays * day).toISOString()
        : null,
  });
  const unknown = (id: string) =>
    failed('unknown-object', `There is no tenant ${id.slice(0, 64)}.`, { id: id.slice(0, 64) });
  const rowOf = async (id: string) => (await tenants.findOne({ _id: id })) as unknown as TenantRow | null;

  /** Moves a tenant on, where it is in one of some states. */
  async function move(
    id: string,
    from: readonly TenantState[],
    to: TenantState,
    reason: string | undefined,
    otherwise: string,
  ): Promise<Result<TenantItem>> {
    const isIn = from.includes('active') ? [...from, null] : [...from];
    const isOver = to === 'active';
    const update: Doc = {
      $set: { state: to, ...(isOver ? {} : { since: new Date(now()), ...(reason === undefined ? {} : { reason }) }) },
      ...(isOver ? { $unset: { since: '', reason: '' } } : {}),
    };
    const moved = await tenants.findOneAndUpdate({ _id: id, state: { $in: isIn } } as Doc, update, {
      returnDocument: 'after',
    });
    await forget(id);
    if (moved !== null) return ok(itemOf(moved as unknown as TenantRow));
    const there = await rowOf(id);
    return there === null
      ? unknown(id)
      : failed('conflict', `The tenant ${id} is ${there.state ?? 'active'}; ${otherwise}`, { id });
  }

  /** Erases a tenant that is deleted still; from here on nobody can bring it back. */
  async function erase(id: string, condition: Doc): Promise<boolean> {
    const filter = { _id: id, state: { $in: ['deleted', 'erasing'] }, ...condition };
    const claimed = await tenants.updateOne(
      filter as Doc,
      { $set: { state: 'erasing', since: new Date(now()) } } as Doc,
    );
    if (claimed.matchedCount === 0) return false;
    await forget(id);
    await eraseTenant(store, id);
    await forget(id);
    return true;
  }

  const tenancy: Tenancy = {
    async list() {
      const found = await tenants.find({}, { sort: { _id: 1 } }).toArray();
      return { items: found.map((row) => itemOf(row as unknown as TenantRow)) };
    },
    async get(id) {
      const row = await rowOf(id);
      return row === null ? unknown(id) : ok(itemOf(row));
    },

    async create(id, { timeZone = 'UTC' } = {}) {
      if (!isTenantId(id)) {
        const text = 'A tenant’s id is up to 64 letters, digits, - and _, and begins with a letter or digit.';
        return failed('invalid-data', text, { field: 'id' });
      }
      const made = await makeTenant(store, secrets, { id, timeZone }, now());
      if (!made.ok) return made;
      const row = await rowOf(id);
      return row === null ? unknown(id) : ok({ ...itemOf(row), ...made.value });
    },

    suspend: (id, reason) => move(id, ['active', 'suspended'], 'suspended', reason, 'restore it first.'),
    resume: (id) => move(id, ['suspended', 'active'], 'active', undefined, 'restore it first.'),
    restore: (id) => move(id, ['deleted'], 'active', undefined, 'there is nothing to restore.'),

    async remove(id, { force, reason }) {
      if (!force) {
        return move(id, ['active', 'suspended'], 'deleted', reason, 'erase it at once with force, or restore it.');
      }
      const closed = await move(id, ['active', 'suspended', 'deleted'], 'deleted', reason, 'it ends by itself.');
      if (!closed.ok) return closed;
      if (await isAtWork(store, id, new Date())) {
        const text = `The tenant ${id} is deleted, but one of its runs or deliveries is at work; erase it when that has ended.`;
        return failed('conflict', text, { id });
      }
      if (await erase(id, {})) return ok({ ...closed.value, erasedAt: new Date(now()).toISOString() });
      return failed('conflict', `The tenant ${id} was changed by somebody else just now; try again.`, { id });
    },

    async eraseDue() {
      const before = new Date(now() - quarantineDays * day);
      const killed = { state: 'erasing', since: { $lte: new Date(now() - erasureMs) } };
      const isDue = { $or: [{ state: 'deleted', since: { $lte: before } }, killed] };
      const due = await tenants.find(isDue as Doc, { projection: { _id: 1 } }).toArray();
      const erased: string[] = [];
      for (const { _id } of due) {
        if (await isAtWork(store, _id, new Date())) continue;
        if (await erase(_id, isDue)) erased.push(_id);
      }
      return erased;
    },
  };
  return tenancy;
}

/** What a new tenant is to have; what is absent is made up. */
export interface NewTenant {
  readonly id: string;
  readonly timeZone?: string;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
}

/**
 * Makes a tenant and its first credential, which is SOAP user, OneRoster client and admin; `already-exists` where one of the
 * two is there.
 */
export async function makeTenant(
  store: Store,
  secrets: Pick<Secrets, 'hash'>,
  { id, timeZone = 'UTC', user = `${id}-sis`, password = randomSecret(18) }: NewTenant,
  at: number,
  adminKey = randomSecret(24),
): Promise<Result<Pick<MadeTenant, 'user' | 'password' | 'adminKey'>>> {
  const credentials = store.rows('credential');
  if ((await credentials.findOne({ name: user }, { projection: { _id: 1 } })) !== null) {
    return failed('already-exists', `There is a credential ${user} already.`, { id: user });
  }
  const createdAt = new Date(at);
  const made = await store
    .rows('tenant')
    .updateOne(
      { _id: id },
      { $setOnInsert: { guidKey: randomBytes(32), timeZone, namespace: 'default', createdAt } as Partial<Row> },
      { upsert: true },
    );
  if (made.upsertedCount === 0) return failed('already-exists', `There is a tenant ${id} already.`, { id });
  const common = { tenant: id, namespace: 'default', createdAt };
  const rows = [
    {
      ...common,
      _id: `${id}/${user}`,
      name: user,
      kinds: ['soap', 'oneroster', 'admin'],
      secretHash: await secrets.hash(password),
      scopes: [...oneRosterScopes],
    },
    { ...common, _id: `${id}/admin-key`, kinds: ['admin'], keyHash: sha256(adminKey) },
  ];
  try {
    await credentials.insertMany(rows as Row[]);
  } catch (error) {
    if ((error as { code?: unknown }).code !== duplicateKey) throw error;
    await eraseTenant(store, id);
    return failed('already-exists', `There is a credential ${user} already, or its key is in use.`, { id: user });
  }
  return ok({ user, password, adminKey });
}
