/**
 * npm soap: makes the calls of the scenario on stdin (JSON) and prints `{"operation": "ok" or what was wrong}`.
 *
 * Arguments: address of the SOAP mount, user, password, tag, `wsdl` or `singleWsdl`, and `combined` (one endpoint) or
 * `apart` (one endpoint for each port type). In headers, which it reads without their schema, it does not tell a list of
 * one from its item.
 */
import { text } from 'node:stream/consumers';
import { type Client, createClientAsync, WSSecurity } from 'soap';
import type { Step } from '../../scenario/story.ts';

const [soap = '', user = '', password = '', tag = '', query = '', mode = ''] = process.argv.slice(2);
const messageBinding = 'http://www.imsglobal.org/services/common/imsMessBindSchema_v1p0';

type Bag = Readonly<Record<string, unknown>>;
type Call = (request: unknown) => Promise<{ readonly body: unknown; readonly header: unknown }>;

const isBag = (value: unknown): value is Bag => typeof value === 'object' && value !== null && !Array.isArray(value);
const bag = (value: unknown): Bag => (isBag(value) ? value : {});

async function connect(endpoint: string): Promise<Client> {
  const client = await createClientAsync(`${soap}/${endpoint}?${query}`);
  client.setSecurity(new WSSecurity(user, password, { hasTimeStamp: false }));
  client.addSoapHeader({ syncRequestHeaderInfo: { messageIdentifier: tag } }, '', 'h', messageBinding);
  return client;
}

function callsOf(client: Client): [operation: string, call: Call][] {
  const described = Object.entries<Bag>(client.describe());
  return described.flatMap(([service, ports]) =>
    Object.entries(ports).flatMap(([port, operations]) =>
      Object.keys(bag(operations)).map((operation): [string, Call] => {
        const method = bag(bag((client as unknown as Bag)[service])[port])[operation];
        return [operation, (request) => called(client, method, request)];
      }),
    ),
  );
}

function called(client: Client, method: unknown, request: unknown): ReturnType<Call> {
  if (typeof method !== 'function') throw new Error('the client has no such method');
  return new Promise((resolve, reject) => {
    method.call(client, request, (error: unknown, body: unknown, _raw: unknown, header: unknown) => {
      if (error === null || error === undefined) resolve({ body, header });
      else reject(error instanceof Error ? error : new Error(JSON.stringify(error)));
    });
  });
}

async function calls(): Promise<ReadonlyMap<string, Call>> {
  const combined = await connect('ImsEnterpriseServicesPort');
  if (mode !== 'apart') return new Map(callsOf(combined));
  const ports = Object.values<Bag>(combined.describe()).flatMap((service) => Object.keys(service));
  const clients = await Promise.all(ports.map((port) => connect(port.replace('BasicHttpBinding_', ''))));
  return new Map(clients.flatMap(callsOf));
}

const saved = new Map<string, unknown>();

/** A request as npm soap takes it; it writes null as nil by itself. */
function filled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(filled);
  if (!isBag(value)) return value;
  if (typeof value['$saved'] === 'string') return saved.get(value['$saved']);
  return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, filled(child)]));
}

/** What of the answer does not match the pattern; undefined when all does. */
function wrong(pattern: unknown, value: unknown, at: string): string | undefined {
  const unlike = `${at}: ${JSON.stringify(pattern)} wanted, got ${JSON.stringify(value)}`;
  if (Array.isArray(pattern)) {
    const items: unknown = at.startsWith('header') && isBag(value) ? [value] : value;
    if (!Array.isArray(items) || items.length !== pattern.length) return unlike;
    return firstWrong(pattern.map((each, index) => wrong(each, items[index], `${at}[${index}]`)));
  }
  if (pattern === null) return value === null || value === undefined ? undefined : unlike;
  if (!isBag(pattern))
    return (value instanceof Date ? value.toISOString().slice(0, 10) : value) === pattern ? undefined : unlike;
  if (typeof pattern['$text'] === 'string') {
    saved.set(pattern['$text'], value);
    return typeof value === 'string' && value !== '' ? undefined : unlike;
  }
  if (typeof pattern['$saved'] === 'string') return wrong(saved.get(pattern['$saved']), value, at);
  if (typeof pattern['$atLeast'] === 'number') {
    return typeof value === 'number' && value >= pattern['$atLeast'] ? undefined : unlike;
  }
  if (typeof pattern['$count'] === 'number') {
    return Array.isArray(value) && value.length === pattern['$count'] ? undefined : unlike;
  }
  if (Array.isArray(pattern['$inAnyOrder'])) return wrongInAnyOrder(pattern['$inAnyOrder'], value, at);
  return firstWrong(Object.entries(pattern).map(([name, each]) => wrong(each, bag(value)[name], `${at}.${name}`)));
}

const firstWrong = (found: readonly (string | undefined)[]) => found.find((each) => each !== undefined);

function wrongInAnyOrder(wanted: readonly unknown[], value: unknown, at: string): string | undefined {
  const rest: unknown[] = Array.isArray(value) ? [...value] : [];
  if (rest.length !== wanted.length) return `${at}: ${wanted.length} items wanted, got ${JSON.stringify(value)}`;
  for (const each of wanted) {
    const match = rest.findIndex((item) => wrong(each, item, at) === undefined);
    if (match < 0) return `${at}: no item like ${JSON.stringify(each)}`;
    rest.splice(match, 1);
  }
  return undefined;
}

async function problemOf({ operation, request, header, body }: Step, call: Call | undefined) {
  if (call === undefined) return 'the client knows no such operation';
  try {
    const answer = await call(filled(request));
    return wrong(header, bag(answer.header)['syncResponseHeaderInfo'], 'header') ?? wrong(body, answer.body, 'body');
  } catch (error) {
    return `${operation}: ${String(error)}`;
  }
}

const known = await calls();
const results: Record<string, string> = {};
for (const step of JSON.parse(await text(process.stdin)) as readonly Step[]) {
  const problem = await problemOf(step, known.get(step.operation));
  for (const operation of step.judges) {
    results[operation] ??= 'ok';
    if (results[operation] === 'ok' && problem !== undefined) results[operation] = `${step.operation}: ${problem}`;
  }
}
process.stdout.write(`${JSON.stringify(results)}\n`);
