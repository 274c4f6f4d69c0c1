import { setTimeout as sleep } from 'node:timers/promises';
import { type ProblemCode, problemCodes } from '../base/problem.ts';
import { type Failed, failed, ok, type Result } from '../base/result.ts';
import type {
  AuditCheck,
  CredentialItem,
  MadeCredential,
  MadeTenant,
  RestoreResult,
  Sharing,
  SharingPreview,
  TenantItem,
  TenantSettings,
} from '../roster/index.ts';
import type { CertificationLog, DownstreamReport, ExportFile, Listing, Pull, Run } from '../sync/index.ts';
import type { Operations } from './operations.ts';
import { sendInPieces, wholeUpTo } from './uploads/send-in-pieces.ts';

/** A running gateway and how to come in. */
export interface GatewayAddress {
  /** Without `/api/v1` and without a slash at the end. */
  readonly url: string;
  readonly key: string;
  /** The tenant that an operator of the gateway names; unset: its own, or the only one. */
  readonly tenant?: string | undefined;
  /** Why what is changed is changed, for the audit log. */
  readonly why?: string | undefined;
}

const answerMs = 60_000;
const pollMs = 250;
/** How long a gateway may be away (restarted, say) while a run is waited for. */
const awayMs = 30_000;

type Query = Readonly<Record<string, string | number | boolean | undefined>>;
interface Asked {
  readonly query?: Query;
  readonly json?: object;
  readonly bytes?: AsyncIterable<Uint8Array>;
}

/** {@link Operations} of a running gateway, by its admin API. `signal` ends all that is under way. */
export function makeOverHttp({ url, key, tenant, why }: GatewayAddress, signal: AbortSignal): Operations {
  const own = { authorization: `Bearer ${key}`, ...(tenant === undefined ? {} : { 'x-tenant': tenant }) };

  async function ask<T>(method: string, path: string, { query = {}, json, bytes }: Asked = {}): Promise<Result<T>> {
    const target = new URL(`${url}/api/v1${path}`);
    const asked = method === 'GET' ? query : { ...query, reason: query['reason'] ?? why };
    for (const [name, value] of Object.entries(asked)) {
      if (value !== undefined) target.searchParams.set(name, String(value));
    }
    const type = json === undefined ? 'application/octet-stream' : 'application/json';
    const body = bytes ?? (json === undefined ? undefined : JSON.stringify(json));
    try {
      const response = await fetch(target, {
        method,
        redirect: 'manual',
        signal: bytes === undefined ? AbortSignal.any([signal, AbortSignal.timeout(answerMs)]) : signal,
        headers: { ...own, ...(body === undefined ? {} : { 'content-type': type }) },
        ...(body === undefined ? {} : { body, duplex: 'half' }),
      });
      const text = await response.text();
      return response.ok ? ok((text === '' ? {} : JSON.parse(text)) as T) : refusal(url, response.status, text);
    } catch (error) {
      return failed('busy', `There is no answer from the gateway at ${url} (${reasonOf(error)}). ${remedy}`);
    }
  }

  const refused = (status: number, text: string) => refusal(url, status, text);
  /** A request as it is; rejects where there is no answer. */
  const send = (method: string, path: string, headers: Record<string, string>, body?: Uint8Array) =>
    fetch(`${url}/api/v1${path}`, {
      method,
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerMs)]),
      headers: { ...own, ...headers },
      ...(body === undefined ? {} : { body }),
    });

  /** An answer whose body is read as it comes, however long it takes. */
  async function open(path: string, query: Query): Promise<Result<Response>> {
    const target = new URL(`${url}/api/v1${path}`);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) target.searchParams.set(name, String(value));
    }
    try {
      const response = await fetch(target, { redirect: 'manual', signal, headers: own });
      if (!response.ok) return refusal(url, response.status, await response.text());
      return ok(response);
    } catch (error) {
      return failed('busy', `There is no answer from the gateway at ${url} (${reasonOf(error)}). ${remedy}`);
    }
  }

  async function read(path: string, query: Query): Promise<Result<AsyncIterable<string>>> {
    const response = await open(path, query);
    return response.ok ? ok(textOf(response.value)) : response;
  }

  const at = (path: string, id: string, rest = '') => `${path}/${encodeURIComponent(id)}${rest}`;

  return {
    secrets: {
      status: () => ask('GET', '/secrets'),
      rotate: () => ask('POST', '/secrets/rotate'),
    },
    sessions: () => ask('GET', '/sessions'),
    async endSession(id) {
      const answer = await ask('DELETE', at('/sessions', id));
      return answer.ok ? ok({ id }) : answer;
    },
    tenants: {
      list: () => ask('GET', '/tenants'),
      create: (id, options = {}) => ask<MadeTenant>('POST', '/tenants', { json: { id, ...options } }),
      suspend: (id, reason) => ask<TenantItem>('POST', at('/tenants', id, '/suspend'), { query: { reason } }),
      resume: (id) => ask<TenantItem>('POST', at('/tenants', id, '/resume')),
      remove: (id, query) => ask<TenantItem>('DELETE', at('/tenants', id), { query: { ...query } }),
      restore: (id) => ask<TenantItem>('POST', at('/tenants', id, '/restore')),
    },
    afterwards: `goes on at the gateway ${url}`,
    async submit(request, bytes, size) {
      const { feed, mode, dryRun, fileName } = request;
      if (size === undefined || size <= wholeUpTo) {
        return ask<Run>('POST', '/imports', { query: { feed, mode, dryRun, name: fileName }, bytes });
      }
      try {
        const run = await sendInPieces({ ask: send, refusal: refused, signal }, request, bytes, size);
        return run.ok ? await ask<Run>('GET', at('/runs', run.value)) : run;
      } catch (error) {
        return failed('busy', `There is no answer from the gateway at ${url} (${reasonOf(error)}). ${remedy}`);
      }
    },
    async wait(id, onProgress) {
      let away = Date.now();
      for (;;) {
        const run = await ask<Run>('GET', at('/runs', id));
        if (run.ok) {
          away = Date.now();
          if (run.value.state !== 'queued' && run.value.state !== 'running') return run;
          onProgress(run.value);
        } else if (run.problem.code !== 'busy' || Date.now() - away > awayMs || signal.aborted) return run;
        await sleep(pollMs);
      }
    },
    run: (id) => ask<Run>('GET', at('/runs', id)),
    runs: (query) => ask<Listing<Run>>('GET', '/runs', { query: { ...query } }),
    approve: (id) => ask<Run>('POST', at('/runs', id, '/approve')),
    reject: (id) => ask<Run>('POST', at('/runs', id, '/reject')),
    undo: (id, dryRun) => ask<Run>('POST', at('/runs', id, '/undo'), { query: { dryRun } }),
    again: (id, dryRun) => ask<Run>('POST', at('/runs', id, '/again'), { query: { dryRun } }),
    arrivals: (feed, query) => ask('GET', at('/feeds', feed, '/arrivals'), { query: { ...query } }),
    checkFeed: (feed) => ask('POST', at('/feeds', feed, '/check')),
    sftpServer: () => ask('GET', '/sftp'),
    unmapped: (feed, query) => ask('GET', at('/feeds', feed, '/unmapped'), { query: { ...query } }),
    unmappedCsv: (feed) => read(at('/feeds', feed, '/unmapped.csv'), {}),
    snapshotReport: (feed, query) => ask('GET', at('/feeds', feed, '/snapshot-report'), { query: { ...query } }),
    snapshotReportCsv: (feed, query) => read(at('/feeds', feed, '/snapshot-report.csv'), { ...query }),
    webhooks: () => ask('GET', '/webhooks'),
    addWebhook: (wanted) => ask('POST', '/webhooks', { json: wanted }),
    changeWebhook: (id, change) => ask('PATCH', at('/webhooks', id), { json: change }),
    async removeWebhook(id) {
      const answer = await ask('DELETE', at('/webhooks', id));
      return answer.ok ? ok({ id }) : answer;
    },
    rotateWebhook: (id) => ask('POST', at('/webhooks', id, '/secret')),
    testWebhook: (id) => ask('POST', at('/webhooks', id, '/test')),
    webhookDeliveries: (id, query) => ask('GET', at('/webhooks', id, '/deliveries'), { query: { ...query } }),
    replayWebhook: (id, what) => ask('POST', at('/webhooks', id, '/replay'), { json: what }),
    subscribers: (feed) => ask('GET', at('/feeds', feed, '/subscribers')),
    addSubscriber: (feed, wanted) => ask('POST', at('/feeds', feed, '/subscribers'), { json: wanted }),
    async removeSubscriber(feed, id) {
      const answer = await ask('DELETE', at('/feeds', feed, '/subscribers'), { query: { id } });
      return answer.ok ? ok({ id }) : answer;
    },
    rollover: (request) => ask<Run>('POST', '/rollovers', { json: request }),
    crosswalk: ({ feed, dryRun, fileName }, bytes) =>
      ask<Run>('POST', '/crosswalks', { query: { feed, dryRun, name: fileName }, bytes }),
    changes: (id, query) => ask('GET', at('/runs', id, '/changes'), { query: { ...query } }),
    problems: (id, query) => ask('GET', at('/runs', id, '/problems'), { query: { ...query } }),
    pairs: (id, query) => ask('GET', at('/runs', id, '/pairs'), { query: { ...query } }),
    merge: (id, what) => ask<Run>('POST', at('/runs', id, '/merge'), { json: what }),
    log: (id) => ask<CertificationLog>('GET', at('/runs', id, '/log')),
    table: (id, table) => read(at('/runs', id, `/${table.of}.csv`), table.of === 'log' ? {} : { ...table.filter }),
    feed: (name) => ask('GET', at('/feeds', name)),
    feeds: () => ask('GET', '/feeds'),
    handEdits: (feed, query) => ask('GET', at('/feeds', feed, '/hand-edits'), { query: { ...query } }),
    checklist: (feed) => ask('GET', at('/feeds', feed, '/checklist')),
    putFeed: (name, settings) => ask('PUT', at('/feeds', name), { json: settings }),
    async removeFeed(name) {
      const answer = await ask('DELETE', at('/feeds', name));
      return answer.ok ? ok({ name }) : answer;
    },
    pull: ({ feed, ...query }) => ask<Pull>('POST', at('/feeds', feed, '/pull'), { query }),
    pulled: (feed) => ask<Pull>('GET', at('/feeds', feed, '/pull')),
    checkPull: (feed) => ask('POST', at('/feeds', feed, '/pull/check')),
    previewPull: (feed) => ask('POST', at('/feeds', feed, '/pull-preview')),
    trash: (query) => ask('GET', '/trash', { query: { ...query } }),
    async restore(what) {
      const answer = await ask<{ items: RestoreResult[] }>('POST', '/trash/restore', { json: what });
      return answer.ok ? ok(answer.value.items) : answer;
    },
    archived: (query) => ask('GET', '/archived', { query: { ...query } }),
    lock: (id, fields, type) =>
      ask('PUT', at('/records', id, '/locks'), { json: { fields, ...(type === undefined ? {} : { type }) } }),
    async purge(id, force) {
      const answer = await ask('DELETE', at('/trash', id), { query: { force } });
      return answer.ok ? ok({ id }) : answer;
    },
    async export(query) {
      const response = await open('/export', { ...query });
      return response.ok ? ok(fileOf(response.value)) : response;
    },
    async exportPerson(id) {
      const response = await open(at('/persons', id, '/access-export'), {});
      if (!response.ok) return response;
      const { name, bytes } = fileOf(response.value);
      return ok({ guid: /^person-(.+)\.json$/.exec(name)?.[1] ?? id, name, bytes });
    },
    identifyPerson: (asked) => ask('POST', '/persons/identify', { json: asked }),
    mailWishes: (id) => ask('GET', at('/persons', id, '/mail-wishes')),
    putMailWishes: (id, wishes) => ask('PUT', at('/persons', id, '/mail-wishes'), { json: wishes }),
    linkMailWishes: (id, days) => ask('POST', at('/persons', id, '/mail-wishes-link'), { query: { days } }),
    revokeMailWishesLinks: (id) => ask('DELETE', at('/persons', id, '/mail-wishes-link')),
    accountStatus: (name) => ask('POST', '/accounts/status', { json: { accounts: [name] } }),
    accountChanges: (query) => ask('GET', '/accounts/changes', { query }),
    settings: () => ask<TenantSettings>('GET', '/settings'),
    putSettings: (settings) => ask<TenantSettings>('PUT', '/settings', { json: settings }),
    credentials: () => ask('GET', '/credentials'),
    allowDigest: (name, password) =>
      ask<CredentialItem>('PUT', at('/credentials', name, '/digest'), { json: { password } }),
    denyDigest: (name) => ask<CredentialItem>('DELETE', at('/credentials', name, '/digest')),
    createCredential: (credential) => ask<MadeCredential>('POST', '/credentials', { json: credential }),
    changeCredential: (name, change) => ask<CredentialItem>('PUT', at('/credentials', name), { json: change }),
    renewCredential: (name) => ask<MadeCredential>('POST', at('/credentials', name, '/secret')),
    async removeCredential(name) {
      const answer = await ask('DELETE', at('/credentials', name));
      return answer.ok ? ok({ name }) : answer;
    },
    putScopes: (name, scopes) => ask<CredentialItem>('PUT', at('/credentials', name, '/scopes'), { json: { scopes } }),
    allowOauth1: (name, secret, sha1) =>
      ask<CredentialItem>('PUT', at('/credentials', name, '/oauth1'), { json: { secret, sha1 } }),
    denyOauth1: (name) => ask<CredentialItem>('DELETE', at('/credentials', name, '/oauth1')),
    sharing: (name) => ask<Sharing>('GET', at('/credentials', name, '/sharing')),
    putSharing: (name, sharing) => ask<Sharing>('PUT', at('/credentials', name, '/sharing'), { json: sharing }),
    previewSharing: (name) => ask<SharingPreview>('GET', at('/credentials', name, '/preview')),
    downstream: (resend) =>
      resend ? ask<DownstreamReport>('POST', '/downstream/resend') : ask<DownstreamReport>('GET', '/downstream'),
    putDownstream: (settings) => ask<DownstreamReport>('PUT', '/downstream', { json: settings }),
    async removeDownstream() {
      const answer = await ask('DELETE', '/downstream');
      return answer.ok ? ok({ removed: true }) : answer;
    },
    deadLetters: (query) => ask('GET', '/downstream/dead-letters', { query: { ...query } }),
    retryDeadLetters: (id) =>
      ask('POST', id === undefined ? '/downstream/dead-letters/retry' : at('/downstream/dead-letters', id, '/retry')),
    async dropDeadLetter(id) {
      const answer = await ask('DELETE', at('/downstream/dead-letters', id));
      return answer.ok ? ok({ id }) : answer;
    },
    jobs: (query) => ask('GET', '/jobs', { query: { ...query } }),
    retryJob: (id) => ask('POST', at('/jobs', id, '/retry')),
    async dropJob(id) {
      const answer = await ask('DELETE', at('/jobs', id));
      return answer.ok ? ok({ id }) : answer;
    },
    audit: (query) => ask('GET', '/audit', { query: { ...query } }),
    auditLines: (query) => read('/audit/export', { ...query }),
    async verifyAudit(expect) {
      const answer = await read('/audit/verify', { ...expect });
      if (!answer.ok) return answer;
      let text = '';
      for await (const piece of answer.value) text += piece;
      return ok(JSON.parse(text) as AuditCheck);
    },
    close: async () => undefined,
  };
}

async function* textOf(response: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) yield decoder.decode(chunk as Uint8Array, { stream: true });
}

const remedy = 'See that it runs there, or set ROSTERGATE_URL to where it does.';

/** What a refused request says: the gateway's problem document, or that it was no gateway that answered. */
function refusal(url: string, status: number, text: string): Failed {
  if (status === 401) {
    return failed(
      'unauthenticated',
      `The gateway at ${url} does not accept the key. Set ROSTERGATE_KEY to an admin key of it (its first start prints one), or DATA_DIR to its data folder, where cli-key holds one.`,
    );
  }
  const { code, detail } = documentOf(text);
  if (code !== undefined) return failed(code, detail ?? code);
  return failed('internal', `${url} answered with status ${status} as no gateway does. ${remedy}`);
}

/** An export as it is sent; the gateway names it without folders. */
function fileOf(response: Response): ExportFile {
  const { headers, body } = response;
  const name = /filename="([\w.-]+)"/.exec(headers.get('content-disposition') ?? '')?.[1];
  return {
    name: name ?? 'rostergate-export',
    mediaType: headers.get('content-type') ?? 'application/octet-stream',
    bytes: body ?? new Blob([]).stream(),
  };
}

function documentOf(text: string): { code?: ProblemCode; detail?: string } {
  try {
    const { code, detail } = JSON.parse(text) as { code?: unknown; detail?: unknown };
    const known = problemCodes.find((one) => one === code);
    return { ...(known === undefined ? {} : { code: known }), ...(typeof detail === 'string' ? { detail } : {}) };
  } catch {
    return {};
  }
}

function reasonOf(error: unknown): string {
  const { name, message, cause } = error as { name?: string; message?: string; cause?: { code?: unknown } };
  if (typeof cause?.code === 'string') return cause.code;
  return name === 'TimeoutError' ? 'it took too long' : (message ?? String(error));
}
