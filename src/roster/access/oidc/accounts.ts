import { sha256 } from '../../../base/ids.ts';
import { failed, ok, type Result } from '../../../base/result.ts';
import type { Doc, Store } from '../../../store/index.ts';
import type { CredentialRow, CredentialRows } from '../credential-rows.ts';
import type { Revocations } from '../revocations.ts';
import type { AdminRole } from '../roles.ts';

/** Whom an account belongs to. */
export interface Holder {
  readonly tenant: string;
  readonly issuer: string;
  readonly subject: string;
  readonly label: string | undefined;
}

const duplicateKey = 11_000;

/** Accounts of people who sign in at a provider: credentials of kind `admin` without a password. */
export interface Accounts {
  /** The account of a person, made where there is none, with the role that it has from now on. */
  signIn(holder: Holder, role: AdminRole): Promise<Result<CredentialRow>>;
  /** Ends what the account of a person may do, if there is one, its sessions too: its groups have no role any more. */
  lose(holder: Holder): Promise<void>;
}

/** What {@link makeAccounts} needs. */
export interface AccountsDeps {
  readonly store: Store;
  readonly rows: Pick<CredentialRows, 'forget'>;
  readonly revocations: Pick<Revocations, 'tell'>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Makes {@link Accounts}. */
export function makeAccounts({ store, rows, revocations, now }: AccountsDeps): Accounts {
  const credentials = store.rows('credential');
  const own = (holder: Holder) => {
    const { tenant, issuer, subject } = holder;
    return { tenant, name: nameOf(holder), 'oidc.issuer': issuer, 'oidc.subject': subject };
  };

  /** Sets role and label of an account that is there; every instance forgets who it was when the role is another. */
  async function change(holder: Holder, role: AdminRole): Promise<CredentialRow | null> {
    const { issuer, subject, label } = holder;
    const set = { role, ...(label === undefined ? {} : { 'oidc.label': label }) };
    const update = { $set: set as Doc, $unset: { 'oidc.withoutRole': '' } as const };
    const found = await credentials.findOneAndUpdate(own(holder) as Doc, update, { returnDocument: 'before' });
    const before = found as unknown as CredentialRow | null;
    if (before === null) return null;
    if (before.role !== role || before.oidc?.withoutRole === true) await revocations.tell();
    return { ...before, role, oidc: { issuer, subject, ...(label === undefined ? {} : { label }) } };
  }

  return {
    async signIn(holder, role) {
      const name = nameOf(holder);
      try {
        const there = await change(holder, role);
        if (there !== null) return ok(there);
        const { tenant, issuer, subject, label } = holder;
        const row: CredentialRow = {
          _id: `${tenant}/${name}`,
          tenant,
          name,
          kinds: ['admin'],
          role,
          oidc: { issuer, subject, ...(label === undefined ? {} : { label }) },
          namespace: 'default',
          createdAt: new Date(now()),
        };
        await credentials.insertOne(row as unknown as Parameters<typeof credentials.insertOne>[0]);
        return ok(row);
      } catch (error) {
        if ((error as { code?: unknown }).code !== duplicateKey) throw error;
        // Two browsers of one person at the same time: the other has made it.
        const made = await change(holder, role);
        return made === null
          ? failed('conflict', `A credential named ${name} exists that is not this person’s; delete it.`, { id: name })
          : ok(made);
      } finally {
        rows.forget(name);
      }
    },
    async lose(holder) {
      const lost = await credentials.updateOne(own(holder) as Doc, { $set: { 'oidc.withoutRole': true } as Doc });
      if (lost.modifiedCount === 0) return;
      rows.forget(nameOf(holder));
      await revocations.tell();
    },
  };
}

/** Names are unique over the gateway, and go on record: this one says nothing of the person. */
function nameOf({ tenant, issuer, subject }: Holder): string {
  return `oidc-${sha256(JSON.stringify([tenant, issuer, subject])).slice(0, 24)}`;
}
