import { randomSecret } from '../../../base/ids.ts';
import { failed, ok, type Result } from '../../../base/result.ts';
import { isSameSecret } from '../../../base/same-secret.ts';
import type { Outbound } from '../../../wire/index.ts';
import type { Audit } from '../../audit/types.ts';
import type { Caller, Context } from '../../context.ts';
import { contextOf } from '../access.ts';
import { makeNonces } from '../nonces.ts';
import type { AdminRole } from '../roles.ts';
import type { Usable } from '../usable.ts';
import type { Vault } from '../vault.ts';
import { type AccountsDeps, makeAccounts } from './accounts.ts';
import { type Handshake, makeProviders } from './provider.ts';
import { makeProviderRows } from './provider-rows.ts';
import type { ProviderRoom, ProviderSettings, SignedIn } from './types.ts';

/** What {@link makeProviderRoom} needs. */
export interface ProviderRoomDeps extends AccountsDeps {
  readonly vault: Vault;
  readonly outbound: Outbound;
  readonly usable: Usable;
  readonly audit: Pick<Audit, 'note'>;
}

/** What the browser carries between the two steps of a sign-in. */
interface Ticket extends Handshake {
  readonly tenant: string;
  readonly issuer: string;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** Milliseconds that a person has at the provider; shorter than the time for which used tickets are known. */
const ticketMs = 600_000;
const longestTicket = 4_096;
const longestQuery = 8_192;
const ticketPurpose = 'oidc-ticket';

const noProvider = failed('unknown-object', 'There is no sign-in by a provider here.');
const notOurs = failed('unauthenticated', 'This browser has not begun this sign-in, or too long ago. Begin it again.');

/**
 * Makes the {@link ProviderRoom}. What a callback is checked by goes along with the browser, sealed, so that strangers who
 * begin sign-ins leave nothing in the store; that it comes back once only is kept there.
 */
export function makeProviderRoom(deps: ProviderRoomDeps): ProviderRoom {
  const { store, vault, outbound, usable, audit, now } = deps;
  const stored = makeProviderRows(store, vault, outbound);
  const providers = makeProviders(outbound, now);
  const accounts = makeAccounts(deps);
  const nonces = makeNonces(store, now);

  function opened(sealed: string, state: string): Ticket | undefined {
    const text = sealed.length > longestTicket ? undefined : vault.open(sealed, ticketPurpose);
    if (text === undefined) return undefined;
    const ticket = JSON.parse(text) as Ticket;
    return ticket.until > now() && isSameSecret(Buffer.from(ticket.state), Buffer.from(state)) ? ticket : undefined;
  }

  /** What the provider says of a person whose browser has brought its own ticket back, and the account of it. */
  async function checked(ticket: Ticket, query: string, caller: Caller | undefined): Promise<Result<SignedIn>> {
    const { tenant, issuer } = ticket;
    if (!(await nonces.isFirst(tenant, `${ticketPurpose}:${ticket.state}`))) return notOurs;
    const provider = await stored.of(tenant);
    // Another provider than the one that was asked must not vouch for the person.
    if (provider === undefined || provider.issuer !== issuer) return noProvider;
    const person = await providers.exchange(provider, ticket, query);
    if (!person.ok) return person;
    const { subject, label, groups, provenAt } = person.value;
    const holder = { tenant, issuer, subject, label };
    const role = roleOf(provider, groups);
    if (role === undefined) {
      await accounts.lose(holder);
      return noRole;
    }
    const account = await accounts.signIn(holder, role);
    if (!account.ok) return account;
    if (!(await usable(account.value, caller))) return noEntry;
    return ok({ context: contextOf(account.value, 'admin', caller), provenAt });
  }

  return {
    async settings({ tenant }) {
      const there = await stored.of(tenant);
      if (there === undefined) return noProvider;
      const { clientSecret: _, ...shown } = there;
      return ok(shown);
    },
    putSettings: ({ tenant }, wanted) => stored.put(tenant, wanted),
    async removeSettings({ tenant }) {
      return (await stored.remove(tenant)) ? ok({}) : noProvider;
    },

    async begin(tenant, callback, again) {
      const provider = await stored.of(tenant);
      if (provider === undefined) return noProvider;
      const handshake = {
        state: randomSecret(32),
        nonce: randomSecret(32),
        verifier: randomSecret(32),
        callback,
        again,
      };
      const location = await providers.authorize(provider, handshake);
      if (!location.ok) return location;
      const ticket: Ticket = { ...handshake, tenant, issuer: provider.issuer, until: now() + ticketMs };
      return ok({ location: location.value, ticket: vault.seal(JSON.stringify(ticket), ticketPurpose) });
    },

    async finish(sealed, query, caller) {
      const state = query.length > longestQuery ? '' : (new URLSearchParams(query).get('state') ?? '');
      const ticket = opened(sealed, state);
      const result = ticket === undefined ? notOurs : await checked(ticket, query, caller);
      const { tenant = '' } = ticket ?? {};
      if (result.ok) await audit.note(result.value.context, { action: 'sign-in', outcome: 'done' });
      else
        await audit.note(nobodyOf(tenant, caller), {
          action: 'sign-in',
          outcome: 'refused',
          problem: result.problem.code,
        });
      return result;
    },
  };
}

/** Who is refused: what the browser says of itself is not kept. */
function nobodyOf(tenant: string, caller: Caller | undefined): Context {
  const nobody = { tenant, writer: 'nobody', namespace: 'default', source: 'admin' } as const;
  return caller === undefined ? nobody : { ...nobody, caller };
}

/** The role of a person by the first line that fits. */
function roleOf({ roles, defaultRole }: ProviderSettings, groups: readonly string[]): AdminRole | undefined {
  return roles.find(({ group }) => groups.includes(group))?.role ?? defaultRole ?? undefined;
}

const noRole: Result<never> = failed(
  'forbidden',
  'The provider knows the person, but none of the groups has a role here. An admin may give one (sign-in settings).',
);
const noEntry: Result<never> = failed('forbidden', 'This account may not sign in now or from here; ask an admin.');
