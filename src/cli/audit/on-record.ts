import type { Result } from '../../base/result.ts';
import type { Action, Audit, AuditAction, AuditFact, AuditSubject, Context } from '../../roster/index.ts';
import type { Operations, SecretsOperations, TenantOperations } from '../operations.ts';

type Asking = Exclude<keyof Operations, 'afterwards' | 'wait' | 'close' | 'tenants' | 'secrets'>;

/** What each operation is called in the audit log, and what it acts on. */
const acts: Readonly<Record<Asking, readonly [action: Action, type: string]>> = {
  submit: ['imports.send', 'run'],
  run: ['runs.read', 'run'],
  runs: ['runs.read', 'run'],
  approve: ['runs.decide', 'run'],
  reject: ['runs.decide', 'run'],
  again: ['imports.send', 'run'],
  arrivals: ['feeds.read', 'feed'],
  checkFeed: ['pulls.start', 'feed'],
  sftpServer: ['feeds.read', 'feed'],
  unmapped: ['reports.read', 'feed'],
  unmappedCsv: ['reports.read', 'feed'],
  snapshotReport: ['snapshots.read', 'feed'],
  snapshotReportCsv: ['snapshots.read', 'feed'],
  webhooks: ['webhooks.read', 'webhook'],
  addWebhook: ['webhooks.write', 'webhook'],
  changeWebhook: ['webhooks.write', 'webhook'],
  removeWebhook: ['webhooks.write', 'webhook'],
  rotateWebhook: ['webhooks.write', 'webhook'],
  testWebhook: ['webhooks.replay', 'webhook'],
  webhookDeliveries: ['webhooks.read', 'webhook'],
  replayWebhook: ['webhooks.replay', 'webhook'],
  subscribers: ['subscribers.read', 'feed'],
  addSubscriber: ['subscribers.add', 'feed'],
  removeSubscriber: ['subscribers.remove', 'feed'],
  undo: ['runs.undo', 'run'],
  rollover: ['rollovers.start', 'run'],
  crosswalk: ['imports.send', 'run'],
  changes: ['reports.read', 'run'],
  problems: ['reports.read', 'run'],
  pairs: ['reports.read', 'run'],
  merge: ['runs.decide', 'run'],
  log: ['reports.read', 'run'],
  table: ['reports.read', 'run'],
  feed: ['feeds.read', 'feed'],
  feeds: ['feeds.read', 'feed'],
  handEdits: ['records.read', 'record'],
  checklist: ['feeds.read', 'feed'],
  putFeed: ['feeds.write', 'feed'],
  removeFeed: ['feeds.write', 'feed'],
  jobs: ['jobs.read', 'job'],
  retryJob: ['jobs.retry', 'job'],
  dropJob: ['jobs.retry', 'job'],
  pull: ['pulls.start', 'feed'],
  pulled: ['feeds.read', 'feed'],
  checkPull: ['pulls.start', 'feed'],
  previewPull: ['pulls.start', 'feed'],
  trash: ['trash.read', 'record'],
  archived: ['records.read', 'record'],
  restore: ['trash.restore', 'record'],
  lock: ['records.write', 'record'],
  purge: ['trash.purge', 'record'],
  export: ['exports.read', 'roster'],
  exportPerson: ['persons.export', 'person'],
  identifyPerson: ['persons.identify', 'person'],
  mailWishes: ['preferences.read', 'person'],
  putMailWishes: ['preferences.write', 'person'],
  linkMailWishes: ['preferences.link', 'person'],
  revokeMailWishesLinks: ['preferences.write', 'person'],
  accountStatus: ['accounts.status', 'person'],
  accountChanges: ['accounts.status', 'person'],
  settings: ['settings.read', 'setting'],
  putSettings: ['settings.write', 'setting'],
  credentials: ['credentials.read', 'credential'],
  allowDigest: ['credentials.write', 'credential'],
  denyDigest: ['credentials.write', 'credential'],
  createCredential: ['credentials.write', 'credential'],
  changeCredential: ['credentials.write', 'credential'],
  renewCredential: ['credentials.write', 'credential'],
  removeCredential: ['credentials.write', 'credential'],
  putScopes: ['credentials.write', 'credential'],
  allowOauth1: ['credentials.write', 'credential'],
  denyOauth1: ['credentials.write', 'credential'],
  sharing: ['credentials.read', 'credential'],
  putSharing: ['credentials.write', 'credential'],
  previewSharing: ['credentials.read', 'credential'],
  downstream: ['downstream.read', 'downstream'],
  putDownstream: ['downstream.write', 'downstream'],
  removeDownstream: ['downstream.write', 'downstream'],
  deadLetters: ['downstream.read', 'downstream'],
  retryDeadLetters: ['downstream.resend', 'downstream'],
  dropDeadLetter: ['downstream.resend', 'downstream'],
  sessions: ['sessions.read', 'session'],
  endSession: ['sessions.end', 'session'],
  audit: ['audit.read', 'audit'],
  auditLines: ['audit.read', 'audit'],
  verifyAudit: ['audit.read', 'audit'],
};

/** What operators of the gateway do with tenants. */
const ofTenants: Readonly<Record<keyof TenantOperations, readonly [action: AuditAction, type: string]>> = {
  list: ['tenants.read', 'tenant'],
  create: ['tenants.write', 'tenant'],
  suspend: ['tenants.write', 'tenant'],
  resume: ['tenants.write', 'tenant'],
  restore: ['tenants.write', 'tenant'],
  remove: ['tenants.delete', 'tenant'],
};

/** What they do with the key of stored secrets. */
const ofSecrets: Readonly<Record<keyof SecretsOperations, readonly [action: AuditAction, type: string]>> = {
  status: ['secrets.read', 'secret'],
  rotate: ['secrets.write', 'secret'],
};

/** The same operations, each on record with how it ended: what the routes do for those who come over HTTP. */
export function recorded(
  operations: Operations,
  audit: Pick<Audit, 'record'>,
  context: Context,
  why: string | undefined,
): Operations {
  function wrapped<T extends object>(
    room: T,
    table: Readonly<Partial<Record<keyof T, readonly [action: AuditAction, type: string]>>>,
  ): T {
    const noted = Object.entries(table as Readonly<Record<string, readonly [AuditAction, string]>>).map(
      ([name, [action, type]]) => {
        const operation = room[name as keyof T] as (...asked: readonly unknown[]) => Promise<Result<unknown>>;
        return [
          name,
          async (...asked: readonly unknown[]) => {
            const result = await operation(...asked);
            const done = isResend(name, asked) ? 'downstream.resend' : action;
            await audit.record(context, { ...factOf(done, type, asked[0], result), ...reasonIn(type, asked[1], why) });
            return result;
          },
        ];
      },
    );
    return { ...room, ...(Object.fromEntries(noted) as Partial<T>) };
  }
  return {
    ...wrapped(operations, acts),
    tenants: wrapped(operations.tenants, ofTenants),
    secrets: wrapped(operations.secrets, ofSecrets),
  };
}

/** Why, where an operation is told. */
function reasonIn(type: string, asked: unknown, why: string | undefined): Pick<AuditFact, 'reason'> {
  const told = typeof asked === 'object' && asked !== null && 'reason' in asked ? asked.reason : undefined;
  // A text behind another name may be a password.
  const reason = type === 'tenant' && typeof asked === 'string' ? asked : (told ?? why);
  return typeof reason === 'string' ? { reason } : {};
}

/** One operation shows how a delivery is, or begins it anew. */
const isResend = (name: string, [first]: readonly unknown[]) => name === 'downstream' && first === true;

/** Names that are no data of persons; other ids may be anything that a sender thought of. */
const named: ReadonlySet<string> = new Set(['feed', 'credential', 'run', 'tenant']);

function factOf(action: AuditAction, type: string, asked: unknown, result: Result<unknown>): AuditFact {
  const id = typeof asked === 'string' ? asked : undefined;
  if (!result.ok) {
    const subject: AuditSubject = id === undefined ? { type } : { type, asked: id };
    return { action, subject, outcome: 'refused', problem: result.problem.code };
  }
  const found = (result.value ?? {}) as Readonly<Record<string, unknown>>;
  const own = named.has(type) ? (id ?? textOf(found['id']) ?? textOf(found['name'])) : textOf(found['guid']);
  const subject: AuditSubject =
    own !== undefined ? { type, id: own } : id !== undefined ? { type, asked: id } : { type };
  const list = Array.isArray(result.value) ? result.value : found['items'];
  return { action, subject, ...(Array.isArray(list) ? { count: list.length } : {}), outcome: 'done' };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
