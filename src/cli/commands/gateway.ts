import { fetchMongod } from '../../store/mongod/index.ts';
import { exitCodes } from '../exit.ts';
import { present } from '../session.ts';
import { makeTerminal } from '../terminal.ts';
import type { AddCommands } from './add-commands.ts';

interface JsonOption {
  readonly json?: true;
}

/** `rostergate mongod fetch` and `rostergate start`. */
export const addGatewayCommands: AddCommands = (program, deps, run) => {
  program
    .command('mongod')
    .description('The MongoDB program that a gateway runs where MONGODB_URI names no server.')
    .command('fetch')
    .description('Makes sure that the program is on this machine, so that the first start needs no network.')
    .addHelpText('after', '\nExample:\n  $ rostergate mongod fetch')
    .action(({ json }: JsonOption) => run(fetchProgram(json === true)));

  program
    .command('start')
    .description('Starts the gateway in this terminal; the same as npm start.')
    .addHelpText('after', '\nExample:\n  $ PORT=8080 DATA_DIR=/var/lib/rostergate rostergate start')
    .action(() => run(deps.start().then(() => exitCodes.done)));

  async function fetchProgram(json: boolean): Promise<number> {
    const terminal = makeTerminal(deps);
    const fetched = await fetchMongod({ env: deps.env, progress: (line) => terminal.note(line) });
    return present(terminal, fetched, json, ({ path, version }) => [`MongoDB ${version} is at ${path}`]);
  }
};
