import { createFloor } from './create-floor.ts';
import { csvFloor } from './csv-floor.ts';
import { findFloor } from './find-floor.ts';
import { gateway } from './gateway.ts';
import { insertFloor } from './insert-floor.ts';
import { jsonFloor } from './json-floor.ts';
import { pageFloor } from './page-floor.ts';
import type { Options, Role } from './role.ts';
import { saxesFloor } from './saxes-floor.ts';
import { sftpServer } from './sftp-server.ts';
import { updateFloor } from './update-floor.ts';

const roles: Readonly<Record<string, (options: Options) => Promise<Role>>> = {
  gateway,
  'insert-floor': insertFloor,
  'saxes-floor': saxesFloor,
  'csv-floor': csvFloor,
  'json-floor': jsonFloor,
  'page-floor': pageFloor,
  'find-floor': findFloor,
  'create-floor': createFloor,
  'update-floor': updateFloor,
  'sftp-server': sftpServer,
};

const [, , name = '', options = '{}'] = process.argv;
const start = roles[name];
if (start === undefined) throw new Error(`no role ${name}`);
const role = await start(JSON.parse(options) as Options);
process.on('message', (question) => {
  role.answer(question as Options).then(
    (answer) => process.send?.(answer),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      process.exit(1);
    },
  );
});
process.once('disconnect', () => {
  role.close().then(
    () => process.exit(0),
    () => process.exit(1),
  );
});
process.send?.(role.ready);
