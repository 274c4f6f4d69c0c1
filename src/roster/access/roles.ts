/**
 * What people and keys may do by the admin API and the command line; a role is a set of {@link actions}.
 *
 * - `viewer`: sees runs, reports, records, the trash and settings, and asks for mails; changes nothing.
 * - `operator`: also sends files, approves, rejects, undoes, restores and exports; no settings, no purge.
 * - `mapper`: full access to the sync service: feeds, their settings, pulls, mappings, deliveries; no trash, no decisions.
 * - `registrar`: sees single records and edits them (locks, registrations), nothing else.
 * - `sender`: a program that sends files or snapshots of its feeds, nothing else.
 * - `platform`: a learning platform that finds persons by an identifier that they sign on with and asks how accounts stand.
 * - `reporter`: reads what snapshots have shown of courses and students, nothing else.
 * - `auditor`: reads the audit log, runs and their reports, nothing else.
 * - `admin`: everything in the tenant.
 */
export const adminRoles = [
  'viewer',
  'operator',
  'mapper',
  'registrar',
  'sender',
  'platform',
  'reporter',
  'auditor',
  'admin',
] as const;
/** One of {@link adminRoles}. */
export type AdminRole = (typeof adminRoles)[number];

/** Who may do what: the one table that the checks, the API's document and the audit log go by. An admin may do all of it. */
const table = {
  'feeds.read': ['viewer', 'operator', 'mapper'],
  'feeds.write': ['mapper'],
  'imports.send': ['operator', 'mapper', 'sender'],
  'pulls.start': ['operator', 'mapper'],
  /** Who gets mails about a feed. */
  'subscribers.read': ['operator', 'mapper'],
  /** Asking for them; the address confirms it by a link. */
  'subscribers.add': ['viewer', 'operator', 'mapper'],
  'subscribers.remove': ['mapper'],
  /** Endpoints that are told of notices, and what was sent to them. */
  'webhooks.read': ['operator', 'mapper'],
  'webhooks.write': ['mapper'],
  'webhooks.replay': ['operator', 'mapper'],
  'jobs.read': ['viewer', 'operator', 'mapper'],
  'jobs.retry': ['operator', 'mapper'],
  'runs.read': ['viewer', 'operator', 'mapper', 'auditor'],
  'runs.decide': ['operator'],
  'runs.undo': ['operator'],
  'rollovers.start': ['operator'],
  'reports.read': ['viewer', 'operator', 'mapper', 'auditor'],
  /** New, old, moved and conflicting courses and students of snapshots. */
  'snapshots.read': ['viewer', 'operator', 'mapper', 'reporter'],
  'records.read': ['viewer', 'operator', 'mapper', 'registrar'],
  'records.write': ['registrar'],
  'trash.read': ['viewer', 'operator'],
  'trash.restore': ['operator'],
  'trash.purge': [],
  'exports.read': ['operator'],
  'persons.export': [],
  'persons.identify': ['registrar', 'platform'],
  /** Finding persons by a national identity number. */
  'persons.identify-national': ['registrar'],
  /** Whether accounts are to be let in. */
  'accounts.status': ['operator', 'registrar', 'platform'],
  /** What persons want of mails, and links by which they say it. */
  'preferences.read': ['registrar', 'platform'],
  'preferences.write': ['registrar'],
  'preferences.link': ['registrar', 'platform'],
  'settings.read': ['viewer', 'operator', 'mapper'],
  'settings.write': [],
  'downstream.read': ['viewer', 'operator', 'mapper'],
  'downstream.write': ['mapper'],
  'downstream.resend': ['operator', 'mapper'],
  'credentials.read': [],
  'credentials.write': [],
  'audit.read': ['auditor'],
  'sessions.read': [],
  'sessions.end': [],
  /** What everybody may do with the own account: see who one is, sign out, set up a second factor. */
  'account.own': ['viewer', 'operator', 'mapper', 'registrar', 'sender', 'platform', 'reporter', 'auditor'],
} as const satisfies Readonly<Record<string, readonly AdminRole[]>>;

/** What the admin API can do within a tenant. */
export type Action = keyof typeof table;

/** All {@link Action}s. */
export const actions = Object.keys(table) as readonly Action[];

/** What only an operator of the gateway may do, who stands above the tenants. */
export const gatewayActions = [
  'tenants.read',
  'tenants.write',
  'tenants.delete',
  'secrets.read',
  'secrets.write',
] as const;
/** One of {@link gatewayActions}. */
export type GatewayAction = (typeof gatewayActions)[number];

/** Whether an action is one of the gateway's operators. */
export function isGatewayAction(action: string): action is GatewayAction {
  return (gatewayActions as readonly string[]).includes(action);
}

/** The roles that may do something, in the order of {@link adminRoles}. */
export function rolesThatMay(action: Action): readonly AdminRole[] {
  const some: readonly AdminRole[] = table[action];
  return adminRoles.filter((role) => role === 'admin' || some.includes(role));
}

/** Whether a role may do something. */
export function mayDo(role: AdminRole, action: Action): boolean {
  return role === 'admin' || (table[action] as readonly AdminRole[]).includes(role);
}

/** Whether a text names a role. */
export function isAdminRole(text: unknown): text is AdminRole {
  return (adminRoles as readonly unknown[]).includes(text);
}
