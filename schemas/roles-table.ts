import { actions, adminRoles, gatewayActions, mayDo } from '../src/roster/index.ts';

/** The table of roles and what they may do, as Markdown. */
export function rolesTable(): string {
  const head = ['action', ...adminRoles, 'gateway operator'];
  const rows = [
    ...actions.map((action) => [
      `\`${action}\``,
      ...adminRoles.map((role) => (mayDo(role, action) ? 'yes' : '')),
      action === 'account.own' ? '' : 'yes',
    ]),
    ...gatewayActions.map((action) => [`\`${action}\``, ...adminRoles.map(() => ''), 'yes']),
  ];
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}
