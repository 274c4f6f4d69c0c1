import { type Problem, problem } from '../../base/problem.ts';
import { type Context, everyTenant, isGatewayAction, mayDo, rolesThatMay } from '../../roster/index.ts';
import type { Route } from '../route.ts';
import { isClient } from './authenticate.ts';

/** Why a context may not use a route, or undefined where it may: by its kind, its role and the tenant that it acts for. */
export function refusalOf(
  { action, clients, fresh }: Pick<Route, 'action' | 'clients' | 'fresh'>,
  context: Context,
): Problem | undefined {
  const { role, gateway, tenant, session } = context;
  if (isClient(context)) {
    const text = 'OneRoster clients may only send files and read their runs.';
    return clients === true ? undefined : problem('forbidden', text);
  }
  if (isGatewayAction(action)) {
    const text = `Only operators of the gateway may do this (${action}), with their own key.`;
    return gateway === true ? undefined : problem('forbidden', text);
  }
  // The gateway has an audit log of its own.
  if (tenant === everyTenant && action !== 'audit.read') {
    const text = 'An operator of the gateway names the tenant: send X-Tenant, or --tenant on the command line.';
    return problem('invalid-request', text, { field: 'X-Tenant' });
  }
  if (session?.mustSetUp === true && action !== 'account.own') {
    const text = 'The tenant asks for a second factor: set one up first (POST /api/v1/session/totp).';
    return problem('forbidden', text);
  }
  if (role !== undefined && mayDo(role, action)) {
    if (fresh !== true || session === undefined || session.fresh) return undefined;
    const text = 'Prove anew who you are (POST /api/v1/session/confirm); that holds for ten minutes.';
    return problem('confirmation-needed', text);
  }
  const text = `The role ${role ?? 'none'} may not do this (${action}); possible with: ${rolesThatMay(action).join(', ')}.`;
  return problem('forbidden', text);
}

/** Who may use a route, in words. */
export function whoMay({ action }: Pick<Route, 'action'>): string {
  return isGatewayAction(action) ? 'operators of the gateway' : `the roles ${rolesThatMay(action).join(', ')}`;
}
