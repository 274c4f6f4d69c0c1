import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { message } from '../../../protocols/ims-es/messages.ts';

/** A hostile request to the person service; what is not said is as a friendly client has it. */
export interface Hostile {
  readonly name: string;
  readonly body: () => string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sends the body without its length, in pieces. */
  readonly chunked?: true;
  /** Status of the answer, or `cut` where the connection may be cut instead. */
  readonly answers: readonly (number | 'cut')[];
  /** What the answer says. */
  readonly says?: RegExp;
}

/** A legal request that every hostile one is made from. */
export const legal = message(
  '<pm:readPersonRequest><pm:sourcedId><c:identifier>nobody</c:identifier></pm:sourcedId></pm:readPersonRequest>',
  '',
);
const inBody = (content: string) => message(content, '');
const nested = (depth: number) => inBody('<a>'.repeat(depth) + '</a>'.repeat(depth));
const attributes = (count: number) =>
  inBody(`<a ${Array.from({ length: count }, (_, index) => `b${index}=""`).join(' ')}/>`);
const zeros = (length: number) => ' '.repeat(length);
const mega = 1_000_000;
const fault = [500] as const;
const tooLarge = { answers: [413, 'cut'], says: /larger than this service takes/ } as const;
const limit = (words: string): Pick<Hostile, 'answers' | 'says'> => ({ answers: fault, says: new RegExp(words) });
const unreadable = { answers: fault, says: /cannot be read/ } as const;
const readAction = 'http://www.imsglobal.org/soap/pms/readPerson';
const answered = { answers: [200], says: /unknownobject/ } as const;

/** Prefixes of an outer element, each of which is looked for through all levels by what stands deep inside. */
function farPrefixes(): string {
  const names = Array.from({ length: 60 }, (_, index) => `p${index}`);
  const declared = names.map((name) => `xmlns:${name}="urn:${name}"`).join(' ');
  const used = names.map((name) => `${name}:a=""`).join(' ');
  return inBody(`<a ${declared}>${'<a>'.repeat(27)}${`<a ${used}/>`.repeat(12_000)}${'</a>'.repeat(27)}</a>`);
}

function quadratic(): string {
  const entity = 'a'.repeat(100_000);
  return `<!DOCTYPE a [<!ENTITY a "${entity}">]>${inBody(`<a>${'&a;'.repeat(10_000)}</a>`)}`;
}

const large: readonly Hostile[] = [
  { name: 'quadratic blow-up', body: quadratic, ...limit('DOCTYPE') },
  {
    name: '1 M numeric character references',
    body: () => inBody(`<a>${'&#65;'.repeat(mega)}</a>`),
    answers: fault,
  },
  { name: 'nesting 33', body: () => nested(31), ...limit('nested more than 32 deep') },
  { name: 'nesting 65', body: () => nested(65), ...limit('nested more than 32 deep') },
  { name: 'nesting 10,000', body: () => nested(10_000), ...limit('nested more than 32 deep') },
  { name: 'nesting 200,000', body: () => nested(200_000), ...limit('nested more than 32 deep') },
  { name: '65 attributes', body: () => attributes(65), ...limit('more than 64 attributes') },
  { name: '200,000 attributes', body: () => attributes(200_000), ...limit('more than 64 attributes') },
  { name: 'a name of 50 MB', body: () => inBody(`<${'n'.repeat(50 * mega)}/>`), ...tooLarge },
  { name: 'a name of 9 MB', body: () => inBody(`<${'n'.repeat(9 * mega)}/>`), ...limit('longer than') },
  { name: 'an attribute of 9 MB', body: () => inBody(`<a b="${'n'.repeat(9 * mega)}"/>`), ...limit('longer than') },
  { name: 'a text of 100 MB', body: () => inBody(`<a>${zeros(100 * mega)}</a>`), ...tooLarge },
  {
    name: 'a text of 100 MB in pieces',
    body: () => inBody(`<a>${zeros(100 * mega)}</a>`),
    chunked: true,
    ...tooLarge,
  },
  { name: 'a text of 9 MB', body: () => inBody(`<a>${zeros(9 * mega)}</a>`), ...limit('longer than') },
  {
    name: '1 M empty siblings',
    body: () => inBody(`<a>${'<b/>'.repeat(mega)}</a>`),
    ...limit('more than .* elements'),
  },
  { name: '1 M comments', body: () => inBody(`<a>${'<!---->'.repeat(mega)}</a>`), ...limit('longer than') },
  { name: '1 M instructions', body: () => inBody(`<a>${'<?b?>'.repeat(mega)}</a>`), ...limit('longer than') },
  {
    name: '1 M sections of characters',
    body: () => inBody(`<a>${'<![CDATA[]]>'.repeat(mega / 2)}</a>`),
    answers: fault,
  },
  { name: 'prefixes declared far away', body: farPrefixes, ...limit('more than .* elements and attributes') },
  {
    name: '100,000 unclosed tags',
    body: () => inBody('').replace('</s:Body></s:Envelope>', '<a b="">'.repeat(100_000)),
    ...limit('nested more than 32 deep'),
  },
];

const packed: readonly Hostile[] = [
  {
    name: 'a gzip bomb',
    body: () => gzipSync(inBody(`<a>${zeros(300 * mega)}</a>`)),
    headers: { 'content-encoding': 'gzip' },
    ...tooLarge,
  },
  { name: 'no gzip at all', body: () => legal, headers: { 'content-encoding': 'gzip' }, answers: [400] },
  {
    name: 'gzip cut short',
    body: () => gzipSync(legal).subarray(0, -12),
    headers: { 'content-encoding': 'gzip' },
    answers: [400],
  },
  {
    name: 'gzip in gzip',
    body: () => gzipSync(gzipSync(legal)),
    headers: { 'content-encoding': 'gzip' },
    ...unreadable,
  },
  {
    name: 'gzip said twice',
    body: () => gzipSync(gzipSync(legal)),
    headers: { 'content-encoding': 'gzip, gzip' },
    answers: [415],
  },
  { name: 'brotli', body: () => brotliCompressSync(legal), headers: { 'content-encoding': 'br' }, answers: [415] },
  { name: 'deflate', body: () => deflateSync(legal), headers: { 'content-encoding': 'deflate' }, answers: [415] },
  { name: 'zstd', body: () => legal, headers: { 'content-encoding': 'zstd' }, answers: [415] },
];

const utf8 = 'text/xml; charset=utf-8';
const bytes = (text: string, ...odd: readonly number[]) => {
  const [before = '', after = ''] = text.split('nobody');
  return Buffer.concat([Buffer.from(before), Buffer.from(odd), Buffer.from(after)]);
};
const utf32 = () => {
  const points = [0xfeff, ...Buffer.from(legal)];
  const buffer = Buffer.alloc(points.length * 4);
  points.forEach((point, at) => {
    buffer.writeUInt32LE(point, at * 4);
  });
  return buffer;
};

const encodings: readonly Hostile[] = [
  { name: 'a NUL', body: () => bytes(legal, 0), ...unreadable },
  { name: 'control characters', body: () => bytes(legal, 1, 8, 0x1b), ...unreadable },
  { name: 'a control character by reference', body: () => legal.replace('nobody', '&#1;'), ...unreadable },
  { name: 'a lone surrogate', body: () => bytes(legal, 0xed, 0xa0, 0x80), ...unreadable },
  { name: 'a lone surrogate by reference', body: () => legal.replace('nobody', '&#xD800;'), ...unreadable },
  { name: 'overlong UTF-8', body: () => bytes(legal, 0xc0, 0xaf), ...unreadable },
  { name: 'UTF-8 cut off', body: () => bytes(legal, 0xe2, 0x82), ...unreadable },
  {
    name: 'UTF-7',
    body: () => legal.replace(/</g, '+ADw-'),
    headers: { 'content-type': 'text/xml; charset=utf-7' },
    ...unreadable,
  },
  { name: 'UTF-32', body: utf32, headers: { 'content-type': 'text/xml; charset=utf-32' }, ...unreadable },
  {
    name: 'UTF-16 that calls itself UTF-8',
    body: () => Buffer.from(legal, 'utf16le'),
    headers: { 'content-type': utf8 },
    ...unreadable,
  },
  {
    name: 'UTF-8 that calls itself UTF-16',
    body: () => legal,
    headers: { 'content-type': 'text/xml; charset=utf-16' },
    ...unreadable,
  },
  {
    name: 'an encoding that nobody knows',
    body: () => `<?xml version="1.0" encoding="../../etc/passwd"?>${legal}`,
    headers: { 'content-type': 'text/xml' },
    ...unreadable,
  },
  { name: 'XML 1.1', body: () => `<?xml version="1.1"?>${legal.replace('nobody', '&#1;')}`, ...unreadable },
];

const actions: readonly Hostile[] = [
  {
    name: 'the action of another operation',
    body: () => legal,
    headers: { soapaction: '"http://www.imsglobal.org/soap/pms/deletePerson"' },
    ...limit('SOAP action is not that'),
  },
  {
    name: 'the last part of an action',
    body: () => legal,
    headers: { soapaction: 'readPerson' },
    ...limit('SOAP action is not that'),
  },
  { name: 'an empty action', body: () => legal, headers: { soapaction: '""' }, ...answered },
  { name: 'an action without quotes', body: () => legal, headers: { soapaction: readAction }, ...answered },
  {
    name: 'the action of another operation in SOAP 1.2',
    body: () => legal.replace('http://schemas.xmlsoap.org/soap/envelope/', 'http://www.w3.org/2003/05/soap-envelope'),
    headers: { 'content-type': 'application/soap+xml; action="http://www.imsglobal.org/soap/pms/deletePerson"' },
    answers: [400],
    says: /SOAP action is not that/,
  },
  {
    name: 'an envelope of SOAP 1.2 sent as SOAP 1.1',
    body: () => legal.replace('http://schemas.xmlsoap.org/soap/envelope/', 'http://www.w3.org/2003/05/soap-envelope'),
    ...limit('VersionMismatch'),
  },
];

/** Hostile requests that are too large or too odd for files. */
export const generated: readonly Hostile[] = [...large, ...packed, ...encodings, ...actions];

const path = '/soap/PersonManagementServiceSync';
const head = (lines: readonly string[], body = '') => `${lines.join('\r\n')}\r\n\r\n${body}`;
const usual = ['Host: gateway', 'Content-Type: text/xml', 'Connection: close'];
const length = `Content-Length: ${legal.length}`;
const chunk = `${legal.length.toString(16)}\r\n${legal}\r\n0\r\n\r\n`;
const smuggled = 'GET /soap/PersonManagementServiceSync?wsdl HTTP/1.1\r\nHost: gateway\r\n\r\n';

/** Bytes of HTTP itself, by what is wrong with them; `answers` are the statuses of all answers that may come. */
export const transports: readonly {
  readonly name: string;
  readonly bytes: string;
  readonly answers: readonly number[];
}[] = [
  {
    name: 'a length and pieces both',
    bytes: head([`POST ${path} HTTP/1.1`, ...usual, 'Content-Length: 4', 'Transfer-Encoding: chunked'], chunk),
    answers: [400],
  },
  {
    name: 'Transfer-Encoding twice',
    bytes: head(
      [`POST ${path} HTTP/1.1`, ...usual, 'Transfer-Encoding: chunked', 'Transfer-Encoding: identity'],
      chunk,
    ),
    answers: [400],
  },
  {
    name: 'a Transfer-Encoding that is not known',
    bytes: head([`POST ${path} HTTP/1.1`, ...usual, 'Transfer-Encoding: xchunked'], chunk),
    answers: [400, 501],
  },
  {
    name: 'two lengths',
    bytes: head([`POST ${path} HTTP/1.1`, ...usual, length, 'Content-Length: 0'], legal + smuggled),
    answers: [400],
  },
  {
    name: 'a length that is no number',
    bytes: head([`POST ${path} HTTP/1.1`, ...usual, 'Content-Length: +4'], legal),
    answers: [400],
  },
  {
    name: 'a space before a colon',
    bytes: head([`POST ${path} HTTP/1.1`, ...usual, 'Content-Length : 4'], legal),
    answers: [400],
  },
  {
    name: 'a header that goes on in the next line',
    bytes: head([`POST ${path} HTTP/1.1`, ...usual, 'Transfer-Encoding:', ' chunked', length], legal),
    answers: [400],
  },
  {
    name: 'a length that is too small',
    bytes: head([`POST ${path} HTTP/1.1`, 'Host: gateway', 'Content-Type: text/xml', 'Content-Length: 9'], legal),
    answers: [400, 500],
  },
  {
    name: 'the address of another host',
    bytes: head([`GET http://elsewhere.example${path}?wsdl HTTP/1.1`, ...usual]),
    answers: [200, 400, 404],
  },
  {
    name: 'an address that is none',
    bytes: head([`GET http://[${path}?wsdl HTTP/1.1`, ...usual]),
    answers: [400, 404],
  },
  { name: 'a path of slashes', bytes: head([`GET /${path}?wsdl HTTP/1.1`, ...usual]), answers: [400, 404] },
  {
    name: 'a path that leaves',
    bytes: head(['GET /soap/../../../etc/passwd HTTP/1.1', ...usual]),
    answers: [400, 404],
  },
  {
    name: 'a description that leaves',
    bytes: head([`GET ${path}?xsd=../../package.json HTTP/1.1`, ...usual]),
    answers: [404],
  },
  {
    name: '10,000 headers',
    bytes: head([`POST ${path} HTTP/1.1`, ...usual, ...Array.from({ length: 10_000 }, (_, at) => `X-${at}: 1`)]),
    answers: [431],
  },
  {
    name: 'a header of 1 MB',
    bytes: head([`POST ${path} HTTP/1.1`, ...usual, `X-Long: ${'x'.repeat(mega)}`]),
    answers: [431],
  },
  { name: 'no HTTP', bytes: '\u0016\u0003\u0001\r\n\r\n', answers: [400] },
];
