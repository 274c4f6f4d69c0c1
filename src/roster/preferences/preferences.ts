import { isGuid } from '../../base/ids.ts';
import { failed, ok, type Result } from '../../base/result.ts';
import { type EmailPreferences, key, mailFrequencies, type StoredRecord } from '../../model/index.ts';
import type { Vault } from '../access/vault.ts';
import type { Audit } from '../audit/types.ts';
import type { Caller, Context } from '../context.ts';
import type { Roster } from '../types.ts';
import { keyOfView } from '../views.ts';
import type { MailWishes, PersonMailWishes, PreferencesRoom } from './types.ts';

/** What the wishes of persons need. */
export interface PreferencesDeps {
  readonly roster: Pick<Roster, 'find' | 'execute'>;
  readonly vault: Pick<Vault, 'seal' | 'open'>;
  readonly audit: Pick<Audit, 'record'>;
  /** Whether a tenant is served. */
  isServed(tenant: string): Promise<boolean>;
  now(): number;
}

/** What a link is for. */
interface Claims {
  readonly tenant: string;
  readonly guid: string;
  /** Milliseconds since 1970. */
  readonly until: number;
  /** How often links of the person had been taken back when it was made. */
  readonly revoked: number;
}

const purpose = 'mail-wishes-link';
const field = 'emailPreferences';
const longestToken = 1_000;
const dayMs = 86_400_000;

/** Makes a {@link PreferencesRoom}. The wishes are a field of the person, locked against feeds once somebody has said them. */
export function makePreferences({ roster, vault, audit, isServed, now }: PreferencesDeps): PreferencesRoom {
  async function personOf(context: Context, id: string): Promise<Result<StoredRecord<'person'>>> {
    const references = [key('person', context.namespace, id), keyOfView('user', id), ...(isGuid(id) ? [id] : [])];
    const found = (await roster.find(context, 'person', references)).find((record) => record !== undefined);
    return found === undefined
      ? failed('unknown-object', `There is no person ${id.slice(0, 64)}.`, { id: id.slice(0, 64) })
      : ok(found as StoredRecord<'person'>);
  }

  async function keep(context: Context, person: StoredRecord<'person'>, wishes: Partial<EmailPreferences>) {
    const said: EmailPreferences = { optOut: false, ...person.data.emailPreferences, ...wishes };
    const { guid, locks = [] } = person;
    const results = await roster.execute(context, [
      { op: 'upsert', type: 'person', key: guid, data: { [field]: said } },
      { op: 'lock', type: 'person', key: guid, fields: [...new Set([...locks, field])] },
    ]);
    const refused = results.find((result) => !result.ok);
    return refused !== undefined && !refused.ok ? refused : ok(shown({ guid, locks: [field] }, said));
  }

  async function byToken(token: string): Promise<Result<{ context: Context; person: StoredRecord<'person'> }>> {
    const text = token.length > longestToken ? undefined : vault.open(token, purpose);
    const claims = text === undefined ? undefined : (JSON.parse(text) as Claims);
    if (claims === undefined || claims.until <= now() || !(await isServed(claims.tenant))) return noLink();
    // The person acts by the right of who gave the link out.
    const context: Context = {
      tenant: claims.tenant,
      writer: 'admin:mail-wishes-link',
      namespace: 'default',
      source: 'rest',
    };
    const [person] = await roster.find(context, 'person', [claims.guid]);
    if (person === undefined) return noLink();
    const { emailPreferences } = (person as StoredRecord<'person'>).data;
    if ((emailPreferences?.revokedLinks ?? 0) !== claims.revoked) return noLink();
    return ok({ context, person: person as StoredRecord<'person'> });
  }

  return {
    async get(context, id) {
      const person = await personOf(context, id);
      return person.ok ? ok(shown(person.value, person.value.data.emailPreferences)) : person;
    },

    async put(context, id, wishes) {
      const person = await personOf(context, id);
      return person.ok ? keep(context, person.value, wishes) : person;
    },

    async link(context, id, days) {
      const person = await personOf(context, id);
      if (!person.ok) return person;
      const { guid, data } = person.value;
      const until = now() + days * dayMs;
      const claims: Claims = {
        tenant: context.tenant,
        guid,
        until,
        revoked: data.emailPreferences?.revokedLinks ?? 0,
      };
      return ok({ guid, token: vault.seal(JSON.stringify(claims), purpose), expiresAt: new Date(until).toISOString() });
    },

    async revoke(context, id) {
      const person = await personOf(context, id);
      if (!person.ok) return person;
      const revokedLinks = (person.value.data.emailPreferences?.revokedLinks ?? 0) + 1;
      return keep(context, person.value, { revokedLinks });
    },

    async read(token) {
      const found = await byToken(token);
      if (!found.ok) return found;
      const { optOut, frequency } = shown(found.value.person, found.value.person.data.emailPreferences);
      return ok({ optOut, frequency });
    },

    async write(token, wishes, caller: Caller) {
      const found = await byToken(token);
      if (!found.ok) return found;
      const context = { ...found.value.context, caller };
      const kept = await keep(context, found.value.person, wishes);
      if (!kept.ok) return kept;
      const subject = { type: 'person', id: kept.value.guid };
      await audit.record(context, { action: 'preferences.write', subject, outcome: 'done' });
      const { optOut, frequency } = kept.value;
      return ok({ optOut, frequency });
    },
  };
}

const noLink = () =>
  failed('unknown-object', 'This link does not hold, or no more. Ask whoever sent it for another one.');

function shown(
  { guid, locks = [] }: { readonly guid: string; readonly locks?: readonly string[] },
  said: EmailPreferences | undefined,
): PersonMailWishes {
  const frequency = mailFrequencies.find((one) => one === said?.frequency) ?? 'each';
  const wishes: MailWishes = { optOut: said?.optOut ?? false, frequency };
  return { guid, ...wishes, kept: locks.includes(field) };
}
