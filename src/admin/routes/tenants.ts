import { answered, answerOf } from '../answer.ts';
import { route } from '../route.ts';

const bodyProblems = ['invalid-request', 'unreadable-input', 'too-large', 'unsupported-media-type'] as const;

/** A query parameter is kept in the audit log, a reason here with the tenant: operators see it beside its state. */
interface Reasoned {
  readonly reason?: string;
}

/** The gateway's tenants, for its operators. */
export const tenantRoutes = [
  route({
    id: 'listTenants',
    action: 'tenants.read',
    method: 'get',
    path: '/tenants',
    summary: 'All tenants with their states.',
    query: {},
    success: { status: 200, doc: 'The tenants, by id.', schema: 'TenantList' },
    problems: [],
    async handle({ tenancy }) {
      return answered(await tenancy.list());
    },
  }),
  route({
    id: 'getTenant',
    action: 'tenants.read',
    method: 'get',
    path: '/tenants/:id',
    summary: 'One tenant and how it stands.',
    query: {},
    success: { status: 200, doc: 'The tenant.', schema: 'Tenant' },
    problems: ['unknown-object'],
    async handle({ tenancy }, { id }) {
      return answerOf(await tenancy.get(id));
    },
  }),
  route({
    id: 'createTenant',
    action: 'tenants.write',
    method: 'post',
    path: '/tenants',
    summary: 'Makes a tenant and its first administrator, whose secrets are told in this answer only.',
    query: {},
    body: 'NewTenant',
    success: { status: 201, doc: 'The tenant with the secrets of its first administrator.', schema: 'MadeTenant' },
    problems: [...bodyProblems, 'already-exists', 'invalid-data'],
    async handle({ tenancy }, { body }) {
      const { id, timeZone } = body as { readonly id: string; readonly timeZone?: string };
      const made = await tenancy.create(id, timeZone === undefined ? {} : { timeZone });
      return made.ok ? { status: 201, body: made.value } : made;
    },
  }),
  route({
    id: 'suspendTenant',
    action: 'tenants.write',
    method: 'post',
    path: '/tenants/:id/suspend',
    summary:
      'Lets nobody in and no run begin until the tenant is resumed; nothing is lost. Within half a second on all instances.',
    query: {},
    success: { status: 200, doc: 'The tenant as it is now.', schema: 'Tenant' },
    problems: ['unknown-object', 'conflict', 'invalid-request'],
    async handle({ tenancy }, { id, query }) {
      return answerOf(await tenancy.suspend(id, (query as Reasoned).reason));
    },
  }),
  route({
    id: 'resumeTenant',
    action: 'tenants.write',
    method: 'post',
    path: '/tenants/:id/resume',
    summary: 'Serves a suspended tenant again; what waits goes on.',
    query: {},
    success: { status: 200, doc: 'The tenant as it is now.', schema: 'Tenant' },
    problems: ['unknown-object', 'conflict', 'invalid-request'],
    async handle({ tenancy }, { id }) {
      return answerOf(await tenancy.resume(id));
    },
  }),
  route({
    id: 'deleteTenant',
    action: 'tenants.delete',
    method: 'delete',
    path: '/tenants/:id',
    fresh: true,
    summary: 'Deletes a tenant: nobody comes in, and after the quarantine all of its data is erased.',
    query: { force: { kind: 'flag', doc: 'Erase all of its data now; nothing brings it back.' } },
    success: { status: 200, doc: 'The tenant, with the time when it is erased.', schema: 'Tenant' },
    problems: ['confirmation-needed', 'unknown-object', 'conflict', 'invalid-request'],
    async handle({ tenancy }, { id, query }) {
      const { reason } = query as Reasoned;
      return answerOf(await tenancy.remove(id, { force: query.force, ...(reason === undefined ? {} : { reason }) }));
    },
  }),
  route({
    id: 'restoreTenant',
    action: 'tenants.delete',
    method: 'post',
    path: '/tenants/:id/restore',
    summary: 'Brings back a deleted tenant that is not erased yet, with all it had.',
    query: {},
    success: { status: 200, doc: 'The tenant as it is now.', schema: 'Tenant' },
    problems: ['unknown-object', 'conflict', 'invalid-request'],
    async handle({ tenancy }, { id }) {
      return answerOf(await tenancy.restore(id));
    },
  }),
];
