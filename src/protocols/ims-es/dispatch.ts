import type { Problem } from '../../base/problem.ts';
import type { Access, Audit, Caller, Context, Roster, TenantSettings } from '../../roster/index.ts';
import {
  basicCredential,
  element,
  parseXml,
  readEnvelope,
  readUsernameToken,
  type SoapEnvelope,
  type SoapFault,
  soapAction,
  soapMedia,
  writeEnvelope,
  type XmlElement,
  type XmlLimits,
} from '../../wire/index.ts';
import { makeCalls } from './calls.ts';
import { clip } from './codecs/elements.ts';
import { messageIdentifier, responseHeader, understands } from './header.ts';
import { type Answer, nounOf } from './items.ts';
import { common, serviceNamespaces } from './namespaces.ts';
import { type Endpoint, type Operation, operationOf, operations } from './operations.ts';
import { makeSchemaCheck, refusedItems } from './schema-check.ts';
import { statusOf } from './status.ts';

/** A request as it came by HTTP, its body unpacked. */
export interface Incoming {
  readonly endpoint: Endpoint;
  readonly contentType: string | undefined;
  /** The `SOAPAction` header. */
  readonly action: string | undefined;
  /** The `Authorization` header. */
  readonly authorization: string | undefined;
  readonly body: Uint8Array;
  /** Where the call comes from. */
  readonly caller?: Caller;
  /** Whether a password may travel on this connection. */
  readonly passwordAllowed: boolean;
}

/** An answer's envelope, or the fault to write. `operation` is for the log. */
export type Outgoing =
  | { readonly ok: true; readonly operation: Operation; readonly xml: string }
  | { readonly ok: false; readonly operation?: Operation; readonly fault: SoapFault };

/** What the dispatcher needs. */
export interface DispatchDeps {
  readonly roster: Roster;
  readonly access: Access;
  readonly audit: Pick<Audit, 'note'>;
  /** How a tenant is served. */
  settings(tenant: string): Promise<TenantSettings>;
  /** Folder of the WSDL and XSD texts. */
  readonly wsdlDir: string;
}

/** Bounds of a request's XML: 1,000 persons with all that the schema knows fit, and no prefix is looked for through many levels. */
const limits: Partial<XmlLimits> = { elements: 250_000, depth: 32 };

/**
 * Makes the dispatcher. The operation is the element in the Body; SOAPAction, where it names one, must be that
 * operation's, and the operation must belong to the endpoint. Who asks is known before the operation's data are read.
 */
export function makeDispatch(deps: DispatchDeps) {
  const calls = makeCalls(deps.roster);
  const schemaCheck = makeSchemaCheck(deps.wsdlDir);

  return async function dispatch(incoming: Incoming): Promise<Outgoing> {
    const media = soapMedia(incoming.contentType);
    if (media === undefined) return { ok: false, fault: unsupportedMedia };
    const parsed = parseXml(incoming.body, {
      limits,
      ...(media.charset === undefined ? {} : { charset: media.charset }),
    });
    if (!parsed.ok) return { ok: false, fault: unreadable(parsed.problem) };
    const read = readEnvelope(parsed.value, media.version, understands);
    if (!read.ok) return read;
    const { envelope } = read;

    if (messageIdentifier(envelope.headers).length > longestIdentifier) return { ok: false, fault: longIdentifier };
    const chosen = chooseOperation(envelope, incoming.endpoint, [incoming.action, media.action]);
    if (!('name' in chosen)) return { ok: false, fault: chosen };
    const who = await authenticate(deps.access, envelope, incoming);
    if (!('tenant' in who)) return { ok: false, operation: chosen, fault: who };
    const { imsEs } = await deps.settings(who.tenant);
    const check = imsEs.behaviour === 'strict' ? await schemaCheck() : undefined;
    const refused = (items: readonly XmlElement[]) => refusedItems(check?.(envelope.body) ?? [], items);
    const answer = await calls(chosen, envelope.body, { context: who, settings: imsEs, refused });
    if ('statuses' in answer) await noteAnswer(deps.audit, who, chosen, answer);
    if ('code' in answer) return { ok: false, operation: chosen, fault: answer };
    return { ok: true, operation: chosen, xml: writeAnswer(chosen, envelope, answer) };
  };
}

/** Characters of a messageIdentifier, which every status of an answer repeats. */
const longestIdentifier = 1024;
const longIdentifier: SoapFault = {
  code: 'Client',
  text: `The messageIdentifier is longer than ${longestIdentifier} characters.`,
};

/** The fault for content types that are not SOAP. */
export const unsupportedMedia: SoapFault = {
  code: 'Client',
  httpStatus: 415,
  text: 'The content type must be text/xml (SOAP 1.1) or application/soap+xml (SOAP 1.2).',
};

function unreadable({ text, place }: Problem): SoapFault {
  const line = place?.line === undefined ? '' : ` (line ${place.line})`;
  return { code: 'Client', text: `The message cannot be read: ${text}${line}.` };
}

function chooseOperation(
  { body }: SoapEnvelope,
  endpoint: Endpoint,
  actions: readonly (string | undefined)[],
): Operation | SoapFault {
  const operation = operationOf(body);
  if (operation === undefined) {
    return {
      code: 'Client',
      text: `The element {${clip(body.namespace, 256)}}${body.name} in the Body is no request known here; ${offer(endpoint)}.`,
    };
  }
  if (!endpoint.services.includes(operation.service)) {
    return { code: 'Client', text: `The operation ${operation.name} is not offered here; ${offer(endpoint)}.` };
  }
  for (const named of actions) {
    const action = soapAction(named);
    if (action !== undefined && comparable(action) !== comparable(operation.action)) {
      return {
        code: 'Client',
        text: `The SOAP action is not that of ${body.name}, which must be ${operation.action}.`,
      };
    }
  }
  return operation;
}

function offer({ name, services }: Endpoint): string {
  const offered = operations.filter(({ service }) => services.includes(service));
  return `${name} offers ${offered.map((operation) => operation.name).join(', ')}`;
}

/** An address in which the case of letters counts only where RFC 3986, section 6.2.2.1, says so. */
function comparable(address: string): string {
  return address.replace(/^[a-z][a-z0-9+.-]*:(?:\/\/[^/]*)?/i, (start) => start.toLowerCase());
}

async function authenticate(access: Access, envelope: SoapEnvelope, incoming: Incoming): Promise<Context | SoapFault> {
  const token = readUsernameToken(envelope.headers);
  if (!token.ok) return token.fault;
  const credential = token.credential ?? basicCredential(incoming.authorization);
  if (credential === undefined) {
    const text = 'A user name and password are needed: a WS-Security UsernameToken or HTTP Basic.';
    return { code: 'Client', security: 'InvalidSecurity', text };
  }
  if (credential.kind === 'text' && !incoming.passwordAllowed) {
    const text = 'Passwords are taken only over TLS or from the same machine; the operator may allow plain HTTP.';
    return { code: 'Client', security: 'InvalidSecurity', text };
  }
  const result = await (credential.kind === 'text'
    ? access.soapUser(credential.name, credential.password, incoming.caller)
    : access.soapDigest(credential.name, credential.proof, incoming.caller));
  if (result.ok) return result.value;
  const { code, text, retryAfter = 5 } = result.problem;
  if (code === 'too-many-requests') return { code: 'Server', httpStatus: 429, text, retryAfter };
  if (code === 'unauthenticated' || code === 'forbidden') {
    return { code: 'Client', security: 'FailedAuthentication', text: 'The user name or password is wrong.' };
  }
  return { code: 'Server', text: 'The user cannot be checked now; try again later.' };
}

/** Puts on record what is shown of persons, and whatever was asked for and is not there; nobody waits for it. */
async function noteAnswer(
  audit: Pick<Audit, 'note'>,
  context: Context,
  { act, service, for: end }: Operation,
  { statuses, seen }: Answer,
): Promise<void> {
  const type = nounOf[service];
  const action = act.startsWith('read') ? 'records.read' : 'records.write';
  if (seen !== undefined && (type !== 'group' || end === 'person')) {
    const subject = { type, ...(seen.guid === undefined ? {} : { id: seen.guid }) };
    await audit.note(context, { action, subject, count: seen.count, outcome: 'done' });
  }
  const unknown = statuses.filter(({ codeMinor }) => codeMinor === statusOf['unknown-object'].codeMinor);
  if (unknown.length === 0) return;
  const problem = 'unknown-object';
  await audit.note(context, { action, subject: { type }, count: unknown.length, outcome: 'refused', problem });
}

function writeAnswer(operation: Operation, envelope: SoapEnvelope, { statuses, content }: Answer): string {
  const { data } = serviceNamespaces[operation.service];
  const declarations = content === '' ? {} : { 'xmlns:d': data, 'xmlns:c': common };
  return writeEnvelope(
    envelope.version,
    responseHeader(messageIdentifier(envelope.headers), statuses, operation.status),
    element(operation.answer, { xmlns: operation.namespace, ...declarations }, content),
  );
}
