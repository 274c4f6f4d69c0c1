import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const clients = join(import.meta.dirname, 'clients');

/** How a client loads the descriptions, and through which endpoints it calls. */
export interface Way {
  /** The query by which it asks for the WSDL. */
  readonly query: 'wsdl' | 'singleWsdl';
  /** `combined`: one endpoint for all operations; `apart`: one for each port type; `soap12`: combined, in SOAP 1.2. */
  readonly mode: 'combined' | 'apart' | 'soap12';
}

/** A SOAP stack of somebody else, and the program that drives it. */
export interface ClientProgram {
  readonly name: string;
  readonly command: string;
  /** Arguments of the command that succeed where all that the program needs is installed. */
  readonly probe: readonly string[];
  /** What to install where the probe fails. */
  readonly needs: string;
  readonly ways: readonly Way[];
  /** Arguments of the command that start the program with these arguments of its own. */
  start(own: readonly string[]): readonly string[];
}

const combined: readonly Way[] = [
  { query: 'wsdl', mode: 'combined' },
  { query: 'singleWsdl', mode: 'combined' },
];
const combinedAndApart: readonly Way[] = [
  ...combined,
  { query: 'wsdl', mode: 'apart' },
  { query: 'singleWsdl', mode: 'apart' },
];

const env = (name: string) => process.env[name] || undefined;

/** A Java client: its code is made from the WSDL, compiled and run by one call of Maven. */
const maven = (name: string, folder: string): ClientProgram => ({
  name,
  command: env('ROSTERGATE_MAVEN') ?? 'mvn',
  probe: ['--version'],
  needs: 'install maven and a JDK (17), or set ROSTERGATE_MAVEN',
  ways: combinedAndApart,
  start: (own) => [
    '-q',
    '-B',
    '-f',
    join(clients, folder, 'pom.xml'),
    `-Dwsdl=${own[0]}/ImsEnterpriseServicesPort?${own[4]}`,
    'clean',
    'compile',
    'exec:java',
    `-Dexec.args=${own.map((each) => `"${each}"`).join(' ')}`,
  ],
});

/** The clients, in the order of the table. A command is taken from its variable, else from the PATH. */
export const clientPrograms: readonly ClientProgram[] = [
  {
    name: 'zeep',
    command: env('ROSTERGATE_ZEEP_PYTHON') ?? 'python3',
    probe: ['-c', 'import zeep'],
    needs: 'pip install zeep, or set ROSTERGATE_ZEEP_PYTHON',
    ways: combinedAndApart,
    start: (own) => [join(clients, 'zeep/client.py'), ...own],
  },
  {
    name: 'npm soap',
    command: process.execPath,
    probe: ['--version'],
    needs: 'npm ci',
    ways: combinedAndApart,
    start: (own) => ['--import', 'tsx', join(clients, 'npm-soap/client.ts'), ...own],
  },
  {
    name: 'PHP SoapClient',
    command: env('ROSTERGATE_PHP') ?? 'php',
    probe: ['-r', 'exit(class_exists("SoapClient") ? 0 : 1);'],
    needs: 'install php-cli and php-soap, or set ROSTERGATE_PHP',
    ways: [...combinedAndApart, { query: 'wsdl', mode: 'soap12' }],
    start: (own) => [join(clients, 'php/client.php'), ...own],
  },
  {
    name: 'Perl SOAP::Lite',
    command: env('ROSTERGATE_PERL') ?? 'perl',
    probe: ['-MSOAP::Lite', '-e', '1'],
    needs: 'install libsoap-lite-perl, or set ROSTERGATE_PERL',
    ways: combinedAndApart,
    start: (own) => [join(clients, 'perl/client.pl'), ...own],
  },
  maven('Apache CXF', 'cxf'),
  maven('JAX-WS Metro', 'metro'),
];

/** The clients that are not on this machine, or not with all that their programs need. */
export async function missingPrograms(): Promise<readonly ClientProgram[]> {
  const found = await Promise.all(
    clientPrograms.map(({ command, probe }) =>
      run(command, [...probe]).then(
        () => true,
        () => false,
      ),
    ),
  );
  return clientPrograms.filter((_, index) => found[index] === false);
}

/** Whom a client calls, and as whom. */
export interface Target {
  /** Address of the SOAP mount. */
  readonly soap: string;
  readonly user: string;
  readonly password: string;
  /** Prefix of the identifiers, and the messages' identifier. */
  readonly tag: string;
}

/** What a client found: `ok` or what was wrong, by operation. */
export type Findings = Readonly<Record<string, string>>;

/**
 * Has a client play the steps, which it gets as JSON on stdin; its last line is the findings as JSON. Throws where it
 * ends otherwise, or after five minutes.
 */
export async function play(
  client: ClientProgram,
  { query, mode }: Way,
  { soap, user, password, tag }: Target,
  steps: readonly object[],
): Promise<Findings> {
  const limits = { maxBuffer: 16 * 1024 * 1024, timeout: 300_000 };
  const running = run(client.command, [...client.start([soap, user, password, tag, query, mode])], limits);
  // A program that does not read its steps closes the pipe; its findings or its end tell what happened.
  running.child.stdin?.on('error', () => {}).end(JSON.stringify(steps));
  const { stdout } = await running;
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Findings;
}
