import { element, escapeText, xmlDeclaration } from '../xml/index.ts';
import { envelopeNamespaces, type SoapVersion, wsse } from './namespaces.ts';

/** A SOAP fault before it is written; codes in the words of SOAP 1.1 section 4.4.1. */
export interface SoapFault {
  readonly code: 'VersionMismatch' | 'MustUnderstand' | 'Client' | 'Server';
  /** A fault code of WS-Security 1.0, section 12. */
  readonly security?: 'InvalidSecurity' | 'FailedAuthentication' | 'UnsupportedSecurityToken';
  readonly text: string;
  /** The HTTP status where the transport itself refused, such as 413 or 415. */
  readonly httpStatus?: number;
  /** Seconds after which the same may be tried again. */
  readonly retryAfter?: number;
  /** Header blocks that were not understood (SOAP 1.2 part 1, section 5.4.8). */
  readonly notUnderstood?: readonly { readonly namespace: string; readonly name: string }[];
}

/** The HTTP status of a fault: 500 in SOAP 1.1 (section 6.2); in SOAP 1.2 400 for Sender, else 500 (part 2, 7.5.2.2). */
export function faultStatus(version: SoapVersion, fault: SoapFault): number {
  return fault.httpStatus ?? (version === '1.2' && fault.code === 'Client' ? 400 : 500);
}

/** Writes an envelope that holds a fault (SOAP 1.1 section 4.4, SOAP 1.2 part 1 section 5.4). */
export function writeFault(version: SoapVersion, fault: SoapFault): string {
  const header = version === '1.2' ? notUnderstoodBlocks(fault) : '';
  const body = element('s:Body', undefined, version === '1.1' ? fault11(fault) : fault12(fault));
  return xmlDeclaration + element('s:Envelope', { 'xmlns:s': envelopeNamespaces[version] }, header, body);
}

function fault11({ code, security, text }: SoapFault): string {
  return element(
    's:Fault',
    undefined,
    security === undefined
      ? element('faultcode', undefined, `s:${code}`)
      : element('faultcode', { 'xmlns:a': wsse }, `a:${security}`),
    element('faultstring', { 'xml:lang': 'en-US' }, escapeText(text)),
  );
}

function fault12({ code, security, text }: SoapFault): string {
  const value = code === 'Client' ? 's:Sender' : code === 'Server' ? 's:Receiver' : `s:${code}`;
  const subcode =
    security === undefined
      ? ''
      : element('s:Subcode', undefined, element('s:Value', { 'xmlns:a': wsse }, `a:${security}`));
  return element(
    's:Fault',
    undefined,
    element('s:Code', undefined, element('s:Value', undefined, value), subcode),
    element('s:Reason', undefined, element('s:Text', { 'xml:lang': 'en-US' }, escapeText(text))),
  );
}

function notUnderstoodBlocks(fault: SoapFault): string {
  const blocks = (fault.notUnderstood ?? []).map(({ namespace, name }) =>
    element('s:NotUnderstood', namespace === '' ? { qname: name } : { 'xmlns:n': namespace, qname: `n:${name}` }),
  );
  return blocks.length === 0 ? '' : element('s:Header', undefined, ...blocks);
}
