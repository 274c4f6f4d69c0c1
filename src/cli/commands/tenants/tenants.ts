import type { Result } from '../../../base/result.ts';
import type { MadeTenant, TenantItem } from '../../../roster/index.ts';
import type { TenantOperations } from '../../operations.ts';
import { present, withSession } from '../../session.ts';
import { table } from '../../table.ts';
import { plain } from '../../terminal.ts';
import type { AddCommands } from '../add-commands.ts';

interface Options {
  readonly json?: true;
  readonly reason?: string;
  readonly force?: true;
  readonly timeZone?: string;
}

const why = ['--reason <text>', 'why, for other operators and the audit log'] as const;

/** `rostergate tenants`, `tenant-create`, `tenant-suspend`, `tenant-resume`, `tenant-delete`, `tenant-restore`. */
export const addTenantCommands: AddCommands = (program, deps, run) => {
  const withTenants = (
    { json }: Options,
    ask: (tenants: TenantOperations) => Promise<Result<TenantItem>>,
    show: (item: TenantItem) => readonly string[] = (item) => tenantTable([item]),
  ) =>
    run(
      withSession(deps, {}, async ({ operations, terminal }) =>
        present(terminal, await ask(operations.tenants), json === true, show),
      ),
    );

  program
    .command('tenants')
    .description('Lists the tenants of the gateway.')
    .addHelpText('after', '\nExample:\n  $ rostergate tenants')
    .action(({ json }: Options) =>
      run(
        withSession(deps, {}, async ({ operations, terminal }) =>
          present(terminal, await operations.tenants.list(), json === true, ({ items }) => tenantTable(items)),
        ),
      ),
    );

  program
    .command('tenant-create')
    .description('Makes a tenant and its first administrator, whose secrets are printed this once.')
    .argument('<id>', 'letters, digits, - and _')
    .option('--time-zone <zone>', 'for times without one, as Europe/Oslo; default: UTC')
    .addHelpText('after', '\nExample:\n  $ rostergate tenant-create birch --time-zone Europe/Oslo')
    .action((id: string, options: Options) =>
      withTenants(
        options,
        (tenants) => tenants.create(id, options.timeZone === undefined ? {} : { timeZone: options.timeZone }),
        (made) => secretLines(made as MadeTenant),
      ),
    );

  program
    .command('tenant-suspend')
    .description('Lets nobody of a tenant in and no run begin, until it is resumed; nothing is lost.')
    .argument('<id>', 'the tenant')
    .option(...why)
    .action((id: string, options: Options) => withTenants(options, (tenants) => tenants.suspend(id, options.reason)));

  program
    .command('tenant-resume')
    .description('Serves a suspended tenant again.')
    .argument('<id>', 'the tenant')
    .action((id: string, options: Options) => withTenants(options, (tenants) => tenants.resume(id)));

  program
    .command('tenant-delete')
    .description('Deletes a tenant; it can be restored for TENANT_QUARANTINE_DAYS, then all of its data is erased.')
    .argument('<id>', 'the tenant')
    .option('--force', 'erase all of its data now; nothing brings it back')
    .option(...why)
    .action((id: string, options: Options) =>
      withTenants(options, (tenants) => {
        const { reason, force = false } = options;
        return tenants.remove(id, { force, ...(reason === undefined ? {} : { reason }) });
      }),
    );

  program
    .command('tenant-restore')
    .description('Brings back a deleted tenant that is not erased yet.')
    .argument('<id>', 'the tenant')
    .action((id: string, options: Options) => withTenants(options, (tenants) => tenants.restore(id)));
};

function tenantTable(items: readonly TenantItem[]): string[] {
  return table([
    ['tenant', 'state', 'since', 'erased at', 'reason'],
    ...items.map(({ id, state, since, erasedAt, reason }) => [id, state, since ?? '', erasedAt ?? '', reason ?? '']),
  ]);
}

function secretLines({ id, user, password, adminKey }: MadeTenant): string[] {
  return [
    `The tenant ${id} is made. Its secrets are told this once:`,
    `  user       ${user}  (SOAP user, OneRoster client, admin)`,
    `  password   ${password}`,
    `  admin key  ${adminKey}`,
  ].map(plain);
}
