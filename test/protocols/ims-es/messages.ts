import { operations } from '../../../src/protocols/ims-es/operations.ts';
import { childNamed, parseXml, type XmlElement } from '../../../src/wire/index.ts';
import { collectAnswer } from './answers.ts';
import { soapUser } from './gateway.ts';
import type { Validate } from './schemas.ts';

const base = 'http://www.imsglobal.org/services';
const wsse = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
const tokens = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0';

/** Envelope namespaces by version. */
export const envelopes = {
  '1.1': 'http://schemas.xmlsoap.org/soap/envelope/',
  '1.2': 'http://www.w3.org/2003/05/soap-envelope',
} as const;

/** Prefixes that test messages use: message and data namespace of each service, the common one, and our extension's. */
const prefixes = [
  'xmlns:x="urn:rostergate:ims-es:extension:v1p0"',
  `xmlns:c="${base}/common/imsCommonSchema_v1p0"`,
  `xmlns:h="${base}/common/imsMessBindSchema_v1p0"`,
  ...[
    ['p', 'pms', 'Person'],
    ['g', 'gms', 'Group'],
    ['m', 'mms', 'Member'],
  ].flatMap(([prefix, service, noun]) => [
    `xmlns:${prefix}m="${base}/${service}/xsd/ims${noun}ManMessSchema_v1p0"`,
    `xmlns:${prefix}d="${base}/${service}/xsd/ims${noun}ManDataSchema_v1p0"`,
  ]),
].join(' ');

/** A WS-Security header with a UsernameToken. */
export function security(name = soapUser.name, password = soapUser.password, type = 'PasswordText'): string {
  return `<w:Security xmlns:w="${wsse}" s:mustUnderstand="1"><w:UsernameToken><w:Username>${name}</w:Username><w:Password Type="${tokens}#${type}">${password}</w:Password></w:UsernameToken></w:Security>`;
}

/** The request header with a message identifier. */
export function requestHeader(id: string): string {
  return `<h:syncRequestHeaderInfo><h:messageIdentifier>${id}</h:messageIdentifier></h:syncRequestHeaderInfo>`;
}

/** A whole message. */
export function message(body: string, header = security(), version: keyof typeof envelopes = '1.1'): string {
  const open = `<s:Envelope xmlns:s="${envelopes[version]}" ${prefixes}>`;
  return `${open}${header === '' ? '' : `<s:Header>${header}</s:Header>`}<s:Body>${body}</s:Body></s:Envelope>`;
}

/** A `sourcedId` of a service's messages. */
export function sourcedId(prefix: 'pm' | 'gm' | 'mm', id: string): string {
  return `<${prefix}:sourcedId><c:identifier>${id}</c:identifier></${prefix}:sourcedId>`;
}

/** What came back. */
export interface Reply {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  /** The child of the Body; a fault where it is one. */
  readonly body: XmlElement;
  /** Each status as `codeMajor severity codeMinor`, as far as there. */
  readonly statuses: readonly string[];
  /** Description of the first status. */
  readonly description: string;
  readonly messageIdentifier: string | undefined;
  /** The fault's code (with its subcode) and text. */
  readonly fault: string | undefined;
}

/** Sends a message. */
export async function post(
  address: string,
  content: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  const response = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'text/xml; charset=utf-8', ...headers },
    body: content as string | Uint8Array<ArrayBuffer>,
  });
  const text = await response.text();
  return readReply(response.status, response.headers.get('content-type') ?? '', text);
}

/** Reads an answer that came. */
export function readReply(status: number, type: string, text: string): Reply {
  const parsed = parseXml(text);
  if (!parsed.ok) throw new Error(`the answer is no XML: ${status} ${text.slice(0, 200)}`);
  const header = childNamed(parsed.value, 'Header');
  const info = header === undefined ? undefined : childNamed(header, 'syncResponseHeaderInfo');
  const set = info === undefined ? undefined : childNamed(info, 'statusInfoSet');
  const infos = (set ?? info)?.children.filter(({ name }) => name === 'statusInfo') ?? [];
  const body = childNamed(parsed.value, 'Body')?.children[0];
  if (body === undefined) throw new Error('the answer has no content');
  collectAnswer(text);
  return {
    status,
    type,
    text,
    body,
    statuses: infos.map((each) =>
      [find(each, 'codeMajor'), find(each, 'severity'), find(each, 'codeMinorValue')].filter(Boolean).join(' '),
    ),
    description: infos[0] === undefined ? '' : find(infos[0], 'text'),
    messageIdentifier: info === undefined ? undefined : childNamed(info, 'messageIdentifier')?.text,
    fault: body.name === 'Fault' ? faultText(body) : undefined,
  };
}

function faultText(fault: XmlElement): string {
  const values = all(fault)
    .filter(({ name }) => name === 'faultcode' || name === 'Value')
    .map(({ text }) => text);
  return `${values.join(' ')}: ${find(fault, 'faultstring') || find(fault, 'Text')}`;
}

function all(element: XmlElement): XmlElement[] {
  return [element, ...element.children.flatMap(all)];
}

/** Text of the first element of a name, at any depth. */
export function find(element: XmlElement, name: string): string {
  return all(element).find((each) => each.name === name)?.text ?? '';
}

/** Texts of all elements of a name, at any depth. */
export function texts(element: XmlElement, name: string): string[] {
  return all(element)
    .filter((each) => each.name === name)
    .map(({ text }) => text);
}

/** A client of one gateway that checks every answer against the schemas. */
export function makeClient(soap: string, validate: Validate) {
  return async function call(body: string, header = security() + requestHeader('42')): Promise<Reply> {
    const request = /^<\w+:(\w+)/.exec(body)?.[1] ?? '';
    const action = operations.find((operation) => operation.request === request)?.action ?? '';
    const reply = await post(`${soap}/ImsEnterpriseServicesPort`, message(body, header), { soapaction: `"${action}"` });
    if (reply.fault !== undefined) throw new Error(reply.fault);
    const faults = validate(reply.text);
    if (faults.length > 0) throw new Error(`${faults.join('; ')} in ${reply.text}`);
    return reply;
  };
}
