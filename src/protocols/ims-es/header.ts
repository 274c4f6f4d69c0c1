import { element, isSecurity, textElement, type XmlElement } from '../../wire/index.ts';
import { clip } from './codecs/elements.ts';
import { common, isOurs, messageBinding } from './namespaces.ts';
import type { Status } from './status.ts';

/** Whether a header block is processed here: the request header of the standard and WS-Security. */
export function understands(block: XmlElement): boolean {
  return isSecurity(block) || isRequestHeader(block);
}

function isRequestHeader(block: XmlElement): boolean {
  return block.name === 'syncRequestHeaderInfo' && isOurs(block.namespace);
}

/** The `messageIdentifier` of a request, empty when the header or it is missing (IMS-ES 1.0, syncRequestHeaderInfo). */
export function messageIdentifier(headers: readonly XmlElement[]): string {
  const header = headers.find(isRequestHeader);
  const child = header?.children.find(({ name, namespace }) => name === 'messageIdentifier' && isOurs(namespace));
  return child?.text ?? '';
}

/**
 * Writes `syncResponseHeaderInfo` (IMS-ES 1.0 message binding): the request's identifier echoed, and one status or,
 * for operations on sets, one for each item in the order of the request.
 */
export function responseHeader(identifier: string, statuses: readonly Status[], kind: 'single' | 'set'): string {
  const infos = statuses.map((status) => statusInfo(identifier, status));
  return element(
    'h:syncResponseHeaderInfo',
    { 'xmlns:h': messageBinding, xmlns: messageBinding, 'xmlns:c': common },
    textElement('messageIdentifier', identifier),
    kind === 'set' ? element('statusInfoSet', undefined, ...infos) : infos.slice(0, 1).join(''),
  );
}

function statusInfo(identifier: string, { codeMajor, severity, codeMinor, text }: Status): string {
  return element(
    'statusInfo',
    undefined,
    textElement('codeMajor', codeMajor),
    textElement('severity', severity),
    codeMinor === undefined ? '' : codeMinorOf(codeMinor),
    textElement('messageIdRef', identifier),
    text === undefined || text === ''
      ? ''
      : element('description', undefined, textElement('c:language', 'en-US'), textElement('c:text', clip(text, 2048))),
  );
}

function codeMinorOf(value: string): string {
  const field = [textElement('codeMinorName', 'TargetEndSystem'), textElement('codeMinorValue', value)];
  return element('codeMinor', undefined, element('codeMinorField', undefined, ...field));
}
