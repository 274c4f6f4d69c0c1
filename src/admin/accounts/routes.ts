import { failed } from '../../base/result.ts';
import type { AccountName } from '../../roster/index.ts';
import { answered, answerOf } from '../answer.ts';
import { route } from '../route.ts';

/** How accounts stand, for the learning platforms that sign persons in. */
export const accountRoutes = [
  route({
    id: 'accountStatus',
    action: 'accounts.status',
    method: 'post',
    path: '/accounts/status',
    summary:
      'How up to 1,000 accounts stand, by OneRoster `sourcedId`, the sender’s `id`, user name or e-mail: only `active` ones are to be let in. The platform that signs persons in asks this, and ends the sessions of the others.',
    query: {},
    body: 'AccountNames',
    success: { status: 200, doc: 'One status for each name, in the order of the request.', schema: 'AccountStatuses' },
    problems: ['invalid-request', 'unreadable-input', 'too-large', 'unsupported-media-type'],
    async handle({ roster }, { context, body }) {
      const { accounts } = body as { accounts: readonly AccountName[] };
      return answered({ items: await roster.accountStatus(context, accounts) });
    },
  }),
  route({
    id: 'accountStatusOfOne',
    action: 'accounts.status',
    method: 'get',
    path: '/accounts/:id/status',
    summary:
      'How the account with a OneRoster `sourcedId` stands. User names and e-mails are asked for by POST, so that they stand in no address.',
    query: {},
    success: { status: 200, doc: 'Its status.', schema: 'AccountStatus' },
    problems: ['unknown-object'],
    async handle({ roster }, { context, id }) {
      const [account] = await roster.accountStatus(context, [{ sourcedId: id }]);
      if (account === undefined || account.status === 'unknown') {
        return failed('unknown-object', 'There is no account of this sourcedId.');
      }
      return answered(account);
    },
  }),
  route({
    id: 'listChangedAccounts',
    action: 'accounts.status',
    method: 'get',
    path: '/accounts/changes',
    summary:
      'Accounts that have changed after a time, as they stand now, the oldest change first; what one run has changed together comes together, so that a page may have more than `limit`. Ask next with `until` as `changedSince`: a platform that asks every minute ends sessions within the minute.',
    query: {
      changedSince: { kind: 'text', max: 64, required: true, doc: 'A date and time, as 2026-03-01T00:00:00Z.' },
      limit: { kind: 'integer', min: 1, max: 1000, fallback: 200, doc: 'About how many.' },
    },
    success: {
      status: 200,
      doc: 'The accounts; `more` says that there are others already.',
      schema: 'ChangedAccounts',
    },
    problems: ['invalid-request'],
    async handle({ roster }, { context, query }) {
      return answerOf(await roster.accountsChanged(context, query));
    },
  }),
];
