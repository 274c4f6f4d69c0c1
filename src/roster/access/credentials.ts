import { failed, ok, type Result } from '../../base/result.ts';
import type { Store } from '../../store/index.ts';
import type { Context } from '../context.ts';
import type { CredentialItem, CredentialsRoom } from '../credentials-types.ts';
import type { CredentialRow, CredentialRows } from './credential-rows.ts';
import { digestPurpose } from './password-digest.ts';
import type { Secrets } from './secrets.ts';
import type { Vault } from './vault.ts';

/** What {@link makeCredentials} needs. */
export interface CredentialsDeps {
  readonly store: Store;
  readonly secrets: Secrets;
  readonly vault: Vault;
  /** What the log-in remembers. */
  readonly rows: CredentialRows;
}

/** Makes the {@link CredentialsRoom}. */
export function makeCredentials({ store, secrets, vault, rows }: CredentialsDeps): CredentialsRoom {
  const credentials = store.rows('credential');

  async function soapRow({ tenant }: Context, name: string): Promise<Result<CredentialRow>> {
    const row = (await credentials.findOne({ tenant, name })) as unknown as CredentialRow | null;
    if (row?.kinds.includes('soap') === true) return ok(row);
    const shown = name.slice(0, 64);
    return failed('unknown-object', `There is no SOAP credential ${shown}.`, { id: shown });
  }

  /** Changes a credential if it is still as `condition` says. */
  async function change(row: CredentialRow, condition: object, update: object): Promise<Result<CredentialItem>> {
    const { _id, tenant, name = '' } = row;
    const filter = { tenant, _id, ...condition };
    const changed = await credentials.findOneAndUpdate(filter, update, { returnDocument: 'after' });
    rows.forget(name);
    return changed === null
      ? failed('conflict', `The credential ${name} was changed by somebody else just now; try again.`, { id: name })
      : ok(itemOf(changed as unknown as CredentialRow));
  }

  /** PasswordDigest is shown as allowed where it works: with this key, and for the present password. */
  const itemOf = (row: CredentialRow): CredentialItem => {
    const { name = '', kinds, sealedPassword, createdAt } = row;
    const passwordDigest = sealedPassword !== undefined && vault.open(sealedPassword, digestPurpose(row)) !== undefined;
    return { name, kinds, passwordDigest, createdAt: (createdAt ?? new Date(0)).toISOString() };
  };

  return {
    async list({ tenant }) {
      const found = await credentials
        .find({ tenant, name: { $type: 'string' } })
        .sort({ name: 1 })
        .toArray();
      return { items: found.map((row) => itemOf(row as unknown as CredentialRow)) };
    },
    async allowDigest(context, name, password) {
      const row = await soapRow(context, name);
      if (!row.ok) return row;
      if (!(await secrets.matches(row.value._id, password, row.value.secretHash))) {
        return failed('invalid-data', 'The password is not that of the credential.', { field: 'password' });
      }
      const { secretHash } = row.value;
      const sealedPassword = vault.seal(password, digestPurpose(row.value));
      return change(row.value, { secretHash }, { $set: { sealedPassword } });
    },
    async denyDigest(context, name) {
      const row = await soapRow(context, name);
      return row.ok ? change(row.value, {}, { $unset: { sealedPassword: '' } }) : row;
    },
  };
}
