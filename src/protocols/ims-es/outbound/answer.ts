import { Unreachable } from '../../../sync/index.ts';
import { childNamed, childrenNamed, type OutboundAnswer, parseXml, type XmlElement } from '../../../wire/index.ts';
import { clip } from '../codecs/elements.ts';

/** A status as a server gave it (IMS-ES 1.0 message binding, StatusInfo); words in lower case. */
export interface ReadStatus {
  readonly codeMajor: string;
  readonly severity: string;
  readonly codeMinor: string;
  readonly text: string;
}

/** Longest text of a server that is kept. */
const longest = 300;

/** Status of HTTP for a message that is too large (RFC 9110, 15.5.14). */
const tooLarge = 413;

/** Fault codes of a server that does not let us in (WSS SOAP Message Security 1.1, section 12). */
const securityFault =
  /^(\w+:)?(UnsupportedSecurityToken|UnsupportedAlgorithm|InvalidSecurity|InvalidSecurityToken|FailedAuthentication|FailedCheck|SecurityTokenUnavailable)\b/;

/**
 * Reads the statuses of an answer, which must be as many as there were items. Elements are found by their local names,
 * since servers differ in namespaces. Throws {@link Unreachable} for a fault and whatever else is no such answer; it
 * says `answered` where the message itself may be to blame.
 */
export function readStatuses({ status, body }: OutboundAnswer, expected: number): ReadStatus[] {
  const parsed = parseXml(body, { limits: { elements: 500_000 } });
  if (!parsed.ok || parsed.value.name !== 'Envelope') {
    const text = `The server answered with HTTP status ${status} and no SOAP message.`;
    throw new Unreachable(text, { answered: status === tooLarge });
  }
  const [content] = childNamed(parsed.value, 'Body')?.children ?? [];
  if (content?.name === 'Fault') {
    const text = faultText(content);
    throw new Unreachable(`The server answered with a fault: ${text}`, { answered: !securityFault.test(text) });
  }
  if (status !== 200) {
    throw new Unreachable(`The server answered with HTTP status ${status}.`, { answered: status === tooLarge });
  }
  const header = childNamed(parsed.value, 'Header');
  const info = header === undefined ? undefined : childNamed(header, 'syncResponseHeaderInfo');
  const set = info === undefined ? undefined : childNamed(info, 'statusInfoSet');
  const infos = set === undefined ? [] : childrenNamed(set, 'statusInfo');
  if (infos.length !== expected) {
    const text = `The server answered with ${infos.length} statuses for ${expected} items.`;
    throw new Unreachable(text, { answered: true });
  }
  return infos.map((one) => ({
    codeMajor: textIn(one, 'codeMajor').toLowerCase(),
    severity: textIn(one, 'severity').toLowerCase(),
    codeMinor: textIn(one, 'codeMinorValue').toLowerCase(),
    text: clip(textIn(one, 'text'), longest),
  }));
}

function faultText(fault: XmlElement): string {
  const code = textIn(fault, 'faultcode') || textIn(fault, 'Value');
  const text = textIn(fault, 'faultstring') || textIn(fault, 'Text');
  return clip(`${code} ${text}`.trim(), longest);
}

/** Text of the first element of a name at any depth, `''` where there is none. */
function textIn(element: XmlElement, name: string): string {
  for (const child of element.children) {
    if (child.name === name) return child.text.trim();
    const below = textIn(child, name);
    if (below !== '') return below;
  }
  return '';
}
