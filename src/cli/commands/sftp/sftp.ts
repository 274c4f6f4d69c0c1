import type { SftpServerInfo } from '../../../transports/index.ts';
import { present, withSession } from '../../session.ts';
import { table } from '../../table.ts';
import { plain } from '../../terminal.ts';
import type { AddCommands } from '../add-commands.ts';

const help = `
Give the fingerprint to senders: they compare it when they connect for the first time. Behind the name of the host, type and key
are a line of their known_hosts. Accounts of senders are made by rostergate credential NAME --create sftp --feeds FEED.

Examples:
  $ rostergate sftp
  $ rostergate sftp --json`;

/** `rostergate sftp`. */
export const addSftpCommand: AddCommands = (program, deps, run) => {
  program
    .command('sftp')
    .description('Shows the port of the SFTP server and the fingerprints of its host keys.')
    .addHelpText('after', help)
    .action(({ json }: { readonly json?: true }) =>
      run(
        withSession(deps, {}, async ({ operations, terminal }) =>
          present(terminal, await operations.sftpServer(), json === true, shown),
        ),
      ),
    );
};

function shown({ port, hostKeys }: SftpServerInfo): string[] {
  return [
    plain(port === null ? 'No SFTP server runs here; set SFTP_PORT.' : `The SFTP server listens on port ${port}.`),
    ...table([['host key', 'fingerprint'], ...hostKeys.map(({ type, fingerprint }) => [type, fingerprint])]),
    ...hostKeys.map(({ publicKey }) => plain(publicKey)),
  ];
}
